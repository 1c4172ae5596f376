"""The routes of `/api/`: every app registers its resources here, under the names of api.md."""

from typing import Any, ClassVar

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.urls import URLPattern, include, path, re_path
from django.utils import translation
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import (
    OpenApiJsonRenderer,
    OpenApiJsonRenderer2,
    OpenApiYamlRenderer,
    OpenApiYamlRenderer2,
)
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.exceptions import NotFound
from rest_framework.permissions import AllowAny

from accounts.api.changes import Changes
from accounts.api.webhooks import WebhookDeliveries, Webhooks
from accounts.bulk import BulkRouter
from accounts.rest import ApiView
from consent.api.announcements import Announcements
from consent.api.ballots import Ballots, Voters
from consent.api.doors import Doors
from consent.api.notices import Notices, Objections
from consent.api.plan_changes import PlanChanges
from consent.api.policies import ConsentPolicies
from consent.api.receipt_contests import ReceiptContests
from consent.api.surveys import Surveys
from consent.api.tree import Tree
from consent.api.visits import Photos, Visits
from consent.api.vote_challenges import Challenges, ProcedureRules
from consent.api.vote_tree import VoteTree
from consent.api.votes import Votes
from consent.api.workshops import Attendances, Decisions, Workshops, WorkshopTasks
from governance.api.boards import NoticeBoards
from governance.api.bodies import Bodies
from governance.api.contests import ContestEntries, Contests
from governance.api.convention_signatures import ConventionSignatures
from governance.api.conventions import Conventions, ConventionVersions
from governance.api.fees.accounts import FeeAccounts
from governance.api.fees.billing_runs import BillingRuns
from governance.api.fees.bills import Bills
from governance.api.fees.disclosures import Disclosures, PurseEntries
from governance.api.fees.liabilities import FeeLiabilities
from governance.api.fees.month_closings import MonthClosings
from governance.api.fees.orders import PaymentOrders
from governance.api.fees.parking import ParkingPasses, ParkingSessions, Vehicles
from governance.api.fees.payments import FeeRefunds, PaymentReversals, Payments
from governance.api.fees.rates import CollectionRates
from governance.api.fees.reductions import FeeReductions
from governance.api.fees.reminders import Reminders
from governance.api.fees.schedules import FeeSchedules
from governance.api.fees.statements import FeeStatements
from governance.api.handover import HandoverAssets, Handovers
from governance.api.managements import Managements
from governance.api.member_reports import MemberReports
from governance.api.memberships import Memberships
from governance.api.party import PartyMembers, PartyTotals
from governance.api.points import PointRules, ServiceRecords
from governance.api.responsibility_areas import ResponsibilityAreas
from governance.api.seats import BodySeats
from governance.api.upkeep import Findings, Inspections
from governance.api.upkeep_tasks import UpkeepTasks
from governance.api.withdrawals import ServiceWithdrawals
from overview.api.dashboard import OverviewReport
from overview.api.exports import Exports
from renovation.api.acceptance import Acceptances, CompletionFilings, Warranties
from renovation.api.awards import AwardTranches
from renovation.api.buildings import Buildings, Stairwells
from renovation.api.change_requests import ChangeRequests
from renovation.api.defects import Defects
from renovation.api.divisions import Divisions
from renovation.api.evaluations import Evaluations
from renovation.api.funding import FundingCommitments, FundingPayments, FundingReceipts, FundingSources
from renovation.api.households import Households, Owners, Ownerships, ParkingSpaces
from renovation.api.menu import MenuItems
from renovation.api.neighbourhoods import Neighbourhoods
from renovation.api.plan_items import PlanItems
from renovation.api.plans import Plans
from renovation.api.preconditions import Preconditions
from renovation.api.roster_imports import RosterImports
from renovation.api.site_photos import SitePhotos
from renovation.api.site_reports import SiteReports
from renovation.api.works import WorkPackages


class RouterByResource(BulkRouter):
    """The routes below the first word of their addresses, so that only those of one resource are tried one by one."""

    def get_urls(self) -> list[Any]:
        below: dict[str, list[URLPattern]] = {}
        made: list[Any] = super().get_urls()
        for route in made:
            word, _slash, rest = str(route.pattern).removeprefix("^").partition("/")
            below.setdefault(word, []).append(re_path(f"^{rest}", route.callback, route.default_args, route.name))
        return [re_path(f"^{word}/", include(routes)) for word, routes in below.items()]


router = RouterByResource()
router.register("divisions", Divisions, "division")
router.register("neighbourhoods", Neighbourhoods, "neighbourhood")
router.register("buildings", Buildings, "building")
router.register("stairwells", Stairwells, "stairwell")
router.register("households", Households, "household")
router.register("owners", Owners, "owner")
router.register("ownerships", Ownerships, "ownership")
router.register("parking-spaces", ParkingSpaces, "parking-space")
router.register("roster-imports", RosterImports, "roster-import")
router.register("preconditions", Preconditions, "precondition")
router.register("menu-items", MenuItems, "menu-item")
router.register("plans", Plans, "plan")
router.register("plan-items", PlanItems, "plan-item")
router.register("funding-sources", FundingSources, "funding-source")
router.register("funding-commitments", FundingCommitments, "funding-commitment")
router.register("funding-receipts", FundingReceipts, "funding-receipt")
router.register("funding-payments", FundingPayments, "funding-payment")
router.register("award-tranches", AwardTranches, "award-tranche")
router.register("work-packages", WorkPackages, "work-package")
router.register("change-requests", ChangeRequests, "change-request")
router.register("acceptances", Acceptances, "acceptance")
router.register("warranties", Warranties, "warranty")
router.register("completion-filings", CompletionFilings, "completion-filing")
router.register("consent-policies", ConsentPolicies, "consent-policy")
router.register("surveys", Surveys, "survey")
router.register("notices", Notices, "notice")
router.register("objections", Objections, "objection")
router.register("receipt-contests", ReceiptContests, "receipt-contest")
router.register("workshops", Workshops, "workshop")
router.register("workshop-tasks", WorkshopTasks, "workshop-task")
router.register("announcements", Announcements, "announcement")
router.register("site-reports", SiteReports, "site-report")
router.register("site-photos", SitePhotos, "site-photo")
router.register("defects", Defects, "defect")
router.register("evaluations", Evaluations, "evaluation")
router.register("bodies/seats", BodySeats, "body-seat")
router.register("bodies", Bodies, "body")
router.register("memberships", Memberships, "membership")
router.register("managements", Managements, "management")
router.register("conventions", Conventions, "convention")
router.register("convention-versions", ConventionVersions, "convention-version")
router.register("convention-signatures", ConventionSignatures, "convention-signature")
router.register("handovers", Handovers, "handover")
router.register("handover-assets", HandoverAssets, "handover-asset")
router.register("service-withdrawals", ServiceWithdrawals, "service-withdrawal")
router.register("party-members", PartyMembers, "party-member")
router.register("party-totals", PartyTotals, "party-totals")
router.register("responsibility-areas", ResponsibilityAreas, "responsibility-area")
router.register("member-reports", MemberReports, "member-report")
router.register("point-rules", PointRules, "point-rule")
router.register("service-records", ServiceRecords, "service-record")
router.register("notice-boards", NoticeBoards, "notice-board")
router.register("inspections", Inspections, "inspection")
router.register("findings", Findings, "finding")
router.register("upkeep-tasks", UpkeepTasks, "upkeep-task")
router.register("contests", Contests, "contest")
router.register("contest-entries", ContestEntries, "contest-entry")

router.register("fee-schedules", FeeSchedules, "fee-schedule")
router.register("fee-liabilities", FeeLiabilities, "fee-liability")
router.register("fee-reductions", FeeReductions, "fee-reduction")
router.register("purse-entries", PurseEntries, "purse-entry")
router.register("fee-disclosures", Disclosures, "fee-disclosure")
router.register("fee-accounts", FeeAccounts, "fee-account")
router.register("billing-runs", BillingRuns, "billing-run")
router.register("bills", Bills, "bill")
router.register("month-closings", MonthClosings, "month-closing")
router.register("payments", Payments, "payment")
router.register("payment-reversals", PaymentReversals, "payment-reversal")
router.register("fee-refunds", FeeRefunds, "fee-refund")
router.register("fee-statements", FeeStatements, "fee-statement")
router.register("payment-orders", PaymentOrders, "payment-order")
router.register("reminders", Reminders, "reminder")
router.register("vehicles", Vehicles, "vehicle")
router.register("parking-passes", ParkingPasses, "parking-pass")
router.register("parking-sessions", ParkingSessions, "parking-session")

router.register("exports", Exports, "export")
router.register("webhooks", Webhooks, "webhook")
router.register("webhook-deliveries", WebhookDeliveries, "webhook-delivery")

router.register("votes", Votes, "vote")
router.register("procedure-rules", ProcedureRules, "procedure-rule")

SURVEY = r"surveys/(?P<survey>[0-9]{1,18})"
router.register(rf"{SURVEY}/doors", Doors, "survey-door")
router.register(rf"{SURVEY}/visits", Visits, "survey-visit")
router.register(rf"{SURVEY}/photos", Photos, "survey-photo")
router.register(rf"{SURVEY}/plan-changes", PlanChanges, "survey-plan-change")
router.register(rf"{SURVEY}/tree", Tree, "survey-tree")

VOTE = r"votes/(?P<vote>[0-9]{1,18})"
router.register(rf"{VOTE}/voters", Voters, "vote-voter")
router.register(rf"{VOTE}/ballots", Ballots, "vote-ballot")
router.register(rf"{VOTE}/challenges", Challenges, "vote-challenge")
router.register(rf"{VOTE}/tree", VoteTree, "vote-tree")

WORKSHOP = r"workshops/(?P<workshop>[0-9]{1,18})"
router.register(rf"{WORKSHOP}/attendances", Attendances, "workshop-attendance")
router.register(rf"{WORKSHOP}/decisions", Decisions, "workshop-decision")


class NoSuchRoute(ApiView):
    """404 as a problem document for whatever no route names."""

    permission_classes = [AllowAny]
    schema = None

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        self.http_method_not_allowed = self._not_found  # type: ignore[method-assign]
        return super().dispatch(request, *args, **kwargs)

    def _not_found(self, *_args: Any, **_kwargs: Any) -> Any:
        raise NotFound


class SchemaGeneratedOnce(SchemaGenerator):
    """The document in each language, made by the first who asks for it: it takes seconds and is the same for all."""

    _made: ClassVar[dict[str, Any]] = {}

    def get_schema(self, request: Any = None, public: bool = False) -> Any:
        asked = translation.get_language()
        language = asked if asked in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
        if language not in self._made:
            with translation.override(language):
                self._made[language] = super().get_schema(request=None, public=True)
        return self._made[language]


class SchemaView(SpectacularAPIView):
    """The OpenAPI document: JSON, or YAML for who asks for it."""

    generator_class = SchemaGeneratedOnce
    renderer_classes = [OpenApiJsonRenderer2, OpenApiJsonRenderer, OpenApiYamlRenderer2, OpenApiYamlRenderer]


DOCS_POLICY = (
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "frame-ancestors 'none'; base-uri 'none'"
)


class DocsView(SpectacularSwaggerSplitView):
    """The document to read and try in a browser. Swagger UI styles itself, so here styles may stand in the page."""

    def finalize_response(self, *args: Any, **kwargs: Any) -> Any:
        response = super().finalize_response(*args, **kwargs)
        response["Content-Security-Policy"] = DOCS_POLICY
        return response


urlpatterns = [
    path("v1/changes/", Changes.as_view(), name="changes"),
    path("v1/collection-rates/", CollectionRates.as_view(), name="collection-rates"),
    path("v1/reports/overview/", OverviewReport.as_view(), name="reports-overview"),
    path("v1/", include(router.urls)),
    path("schema/", SchemaView.as_view(), name="api-schema"),
    path("docs/", DocsView.as_view(url_name="api-schema"), name="api-docs"),
    re_path("", NoSuchRoute.as_view(), name="api-nothing"),
]
