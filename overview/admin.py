"""The first page of the back office, its sidebar and its look. Every app is known here, so all lists are in reach."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any
from urllib.parse import urlencode

from allauth.mfa.models import Authenticator
from django.apps import apps
from django.contrib import admin
from django.db.models import Count, Exists, Model, OuterRef, QuerySet
from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from accounts.back_office.admins import caller
from accounts.back_office.history import tell, with_callers
from accounts.back_office.words import READS
from accounts.choices import Role
from accounts.models import ApiClient, HistoryEntry, Job, User, Webhook
from accounts.services.clients import ENDS_SOON
from consent.models import ConsentPolicy, Survey
from governance.models import PaymentReversal, PointRule
from overview.back_office import days as _days  # noqa: F401 - its lists are registered
from overview.back_office import exports as _exports  # noqa: F401 - its lists are registered
from renovation.choices import Stage
from renovation.models import Division, GuardOverride, MenuEdition, Neighbourhood, RosterImport

RECENT = 12
# A figure on the first page is counted no further than this.
COUNTED = 10_000

SIDEBAR: list[tuple[str | Promise, bool, list[tuple[str, str]]]] = [
    (
        _("People and access"),
        False,
        [
            ("accounts.User", "group"),
            ("accounts.RoleAssignment", "badge"),
            ("accounts.ApiClient", "key"),
            ("accounts.ClientSecret", "password"),
            ("usersessions.UserSession", "devices"),
            ("mfa.Authenticator", "passkey"),
        ],
    ),
    (
        _("Reference data"),
        False,
        [
            ("renovation.Division", "account_tree"),
            ("consent.ConsentPolicy", "rule"),
            ("renovation.MenuEdition", "menu_book"),
            ("renovation.MenuItem", "checklist"),
        ],
    ),
    (
        _("Registry"),
        False,
        [
            ("renovation.Neighbourhood", "holiday_village"),
            ("renovation.Building", "apartment"),
            ("renovation.Stairwell", "stairs"),
            ("renovation.Household", "door_front"),
            ("renovation.Owner", "person"),
            ("renovation.Ownership", "real_estate_agent"),
            ("renovation.ParkingSpace", "local_parking"),
        ],
    ),
    (
        _("Roster imports"),
        True,
        [
            ("renovation.RosterImport", "upload_file"),
            ("renovation.RosterProblem", "error"),
            ("renovation.RosterTouch", "playlist_add"),
            ("renovation.RosterBeforeImage", "undo"),
            ("renovation.RosterMapping", "table_convert"),
        ],
    ),
    (
        _("Surveys"),
        False,
        [
            ("consent.Survey", "how_to_vote"),
            ("consent.Round", "counter_3"),
            ("consent.RollEntry", "list_alt"),
            ("consent.RollAmendment", "edit_note"),
            ("consent.RoundDoor", "directions_walk"),
            ("consent.Stance", "thumbs_up_down"),
            ("consent.Tally", "tag"),
        ],
    ),
    (
        _("Plans and money"),
        True,
        [
            ("renovation.RenovationPlan", "architecture"),
            ("renovation.PlanItem", "format_list_numbered"),
            ("renovation.FundingSource", "account_balance"),
            ("renovation.FundingShare", "pie_chart"),
            ("renovation.HouseholdShare", "safety_divider"),
            ("renovation.FundingEntry", "payments"),
            ("renovation.AwardTranche", "workspace_premium"),
            ("renovation.AwardStep", "stairs_2"),
        ],
    ),
    (
        _("Works"),
        True,
        [
            ("renovation.WorkPackage", "construction"),
            ("renovation.PackageItem", "handyman"),
            ("renovation.ProgressEntry", "trending_up"),
            ("renovation.PackageEvent", "event_note"),
            ("renovation.ChangeRequest", "published_with_changes"),
            ("renovation.SiteReport", "assignment"),
            ("renovation.Defect", "report"),
            ("renovation.DefectEvent", "build"),
            ("renovation.SitePhoto", "photo_library"),
            ("renovation.Acceptance", "verified"),
            ("renovation.Warranty", "shield"),
            ("renovation.CompletionFiling", "folder"),
            ("renovation.Evaluation", "reviews"),
            ("renovation.EvaluationAnswer", "rate_review"),
        ],
    ),
    (
        _("Notices"),
        True,
        [
            ("consent.PublicNotice", "campaign"),
            ("consent.Objection", "feedback"),
        ],
    ),
    (
        _("Owners' votes"),
        True,
        [
            ("consent.OwnersVote", "how_to_reg"),
            ("consent.Voter", "groups_2"),
            ("consent.VoterPart", "real_estate_agent"),
            ("consent.Ballot", "ballot"),
            ("consent.BallotState", "inventory"),
            ("consent.BallotPrivateData", "lock"),
            ("consent.RulesOfProcedure", "gavel"),
            ("consent.VoteChallenge", "balance"),
            ("consent.VoteHead", "account_tree"),
        ],
    ),
    (
        _("Bodies and texts"),
        True,
        [
            ("governance.Body", "groups"),
            ("governance.Membership", "badge"),
            ("governance.Management", "handshake"),
            ("governance.Convention", "contract"),
            ("governance.ConventionVersion", "history_edu"),
            ("governance.ConventionSignature", "signature"),
            ("consent.Workshop", "diversity_3"),
            ("consent.WorkshopAttendance", "how_to_reg"),
            ("consent.WorkshopDecision", "task_alt"),
            ("consent.WorkshopTask", "checklist"),
            ("consent.Announcement", "campaign"),
        ],
    ),
    (
        _("Party members on duty"),
        True,
        [
            ("governance.PartyMember", "person_pin"),
            ("governance.ResponsibilityArea", "location_home"),
            ("governance.PointRule", "rule"),
            ("governance.ServiceRecord", "volunteer_activism"),
            ("governance.PointEntry", "add_circle"),
            ("governance.MemberReport", "summarize"),
        ],
    ),
    (
        _("Handover and upkeep"),
        True,
        [
            ("governance.Handover", "move_to_inbox"),
            ("governance.HandoverItem", "checklist"),
            ("governance.Asset", "inventory_2"),
            ("governance.HandoverSignature", "draw"),
            ("governance.ServiceWithdrawal", "event_busy"),
            ("governance.Inspection", "tour"),
            ("governance.Finding", "search"),
            ("governance.UpkeepTask", "build"),
            ("governance.TaskEvent", "history"),
            ("governance.Contest", "emoji_events"),
            ("governance.ContestEntry", "apartment"),
            ("governance.ContestScore", "scoreboard"),
            ("governance.NoticeBoard", "badge"),
        ],
    ),
    (
        _("Fees"),
        True,
        [
            ("governance.FeeSchedule", "sell"),
            ("governance.FeeLiability", "key"),
            ("governance.FeeReduction", "percent"),
            ("governance.FeeAccount", "account_circle"),
            ("governance.BillingRun", "play_circle"),
            ("governance.Bill", "receipt"),
            ("governance.Payment", "payments"),
            ("governance.Allocation", "call_split"),
            ("governance.PaymentReversal", "undo"),
            ("governance.Refund", "currency_exchange"),
            ("governance.MonthClosing", "event_available"),
            ("governance.BilledTally", "tag"),
            ("governance.SettledTally", "tag"),
        ],
    ),
    (
        _("Arrears and parking"),
        True,
        [
            ("governance.Reminder", "notifications"),
            ("governance.Vehicle", "directions_car"),
            ("governance.ParkingPass", "confirmation_number"),
            ("governance.ParkingSession", "local_parking"),
        ],
    ),
    (
        _("Statements and providers"),
        True,
        [
            ("governance.Statement", "request_quote"),
            ("governance.StatementLine", "list"),
            ("governance.PaymentChannel", "point_of_sale"),
            ("governance.PaymentOrder", "qr_code"),
            ("governance.ProviderNotice", "mark_email_read"),
        ],
    ),
    (
        _("Disclosure and audit"),
        True,
        [
            ("governance.PurseEntry", "savings"),
            ("governance.Disclosure", "campaign"),
            ("governance.FeeAudit", "fact_check"),
        ],
    ),
    (
        _("Dashboards"),
        True,
        [
            ("overview.NeighbourhoodDay", "calendar_month"),
            ("overview.CommunityDay", "calendar_view_week"),
            ("overview.KeptDay", "event_available"),
        ],
    ),
    (
        _("Exports"),
        True,
        [
            ("overview.Export", "file_download"),
            ("overview.SavedView", "bookmark"),
            ("overview.WeeklySheet", "schedule_send"),
        ],
    ),
    (
        _("At the doors"),
        True,
        [
            ("consent.FieldPhone", "smartphone"),
            ("consent.PhoneQueue", "pending_actions"),
            ("consent.HandedVisit", "move_to_inbox"),
            ("consent.ReceiptContest", "contact_support"),
        ],
    ),
    (
        _("Ledger"),
        True,
        [
            ("consent.Visit", "receipt_long"),
            ("consent.VisitPrivateData", "lock"),
            ("consent.VisitPhoto", "photo_camera"),
            ("consent.TreeHead", "account_tree"),
            ("consent.SigningKey", "vpn_key"),
        ],
    ),
    (
        _("History"),
        True,
        [
            ("accounts.HistoryEntry", "history"),
            ("renovation.StageChange", "timeline"),
            ("renovation.Evidence", "fact_check"),
            ("renovation.GuardOverride", "key_off"),
            ("accounts.Change", "sync_alt"),
        ],
    ),
    (
        _("System"),
        True,
        [
            ("accounts.Job", "work_history"),
            ("accounts.WorkerBeat", "memory"),
            ("django_tasks_database.DBTaskResult", "low_priority"),
            ("oauth2_provider.AccessToken", "token"),
            ("accounts.IdempotencyKey", "fingerprint"),
            ("accounts.Webhook", "webhook"),
            ("accounts.WebhookDelivery", "outbox"),
            ("accounts.WebhookAttempt", "list_alt"),
            ("accounts.SavedList", "bookmarks"),
        ],
    ),
]
"""Groups of lists: a title, whether it folds up while one is not in it, and each list with its sign."""


def sidebar(request: HttpRequest) -> list[dict[str, Any]]:
    """The lists that the caller may open, grouped. One that no group names stands at the end, rather than nowhere."""
    home = {"title": _("Start page"), "icon": "space_dashboard", "link": reverse("admin:index")}
    groups: list[dict[str, Any]] = [{"items": [home]}]
    others = dict.fromkeys(admin.site._registry)
    for title, folds, entries in SIDEBAR:
        items = []
        for label, icon in entries:
            model = apps.get_model(label)
            others.pop(model, None)
            items.append(_item(request, model, icon))
        groups.append({"title": title, "collapsible": folds, "separator": True, "items": [i for i in items if i]})
    items = [_item(request, model, "table_rows") for model in others]
    groups.append({"title": _("Other"), "collapsible": True, "separator": True, "items": [i for i in items if i]})
    return [group for group in groups if group["items"]]


def _item(request: HttpRequest, model: type[Model], icon: str) -> dict[str, Any] | None:
    if not admin.site.get_model_admin(model).has_view_permission(request):
        return None
    return {"title": capfirst(str(model._meta.verbose_name_plural)), "icon": icon, "link": _list_of(model)}


@dataclass(frozen=True)
class KeyFigure:
    """A number with the list that it counts behind it."""

    name: str
    label: str | Promise
    count: int
    url: str


@dataclass(frozen=True)
class Figure:
    """What a number of the first page counts: rows of a list, as its address narrows it; and whose work they are."""

    model: type[Model]
    label: str | Promise
    name: str
    filters: dict[str, str]
    narrow: Callable[[QuerySet[Any]], QuerySet[Any]]
    seats: tuple[str, ...] = (Role.ADMIN,)


WEEK = 7
OFFICIALS = (Role.CITY_OFFICIAL, Role.DISTRICT_OFFICIAL)
READERS = (Role.ADMIN, Role.AUDITOR)
KEEPERS = (Role.ADMIN, *OFFICIALS)


def _last_days(field: str) -> Callable[[QuerySet[Any]], QuerySet[Any]]:
    return lambda rows: rows.filter(**{f"{field}__gte": timezone.now() - timedelta(days=WEEK)})


def _in_force(rows: QuerySet[Any]) -> QuerySet[Any]:
    return rows.in_force(timezone.localdate())  # type: ignore[attr-defined]


def _read_lately(rows: QuerySet[Any]) -> QuerySet[Any]:
    return _last_days("at")(rows).filter(act__in=READS)


def _without_second_factor(rows: QuerySet[Any]) -> QuerySet[Any]:
    factors = Authenticator.objects.filter(user=OuterRef("pk")).exclude(type=Authenticator.Type.RECOVERY_CODES)
    return rows.filter(~Exists(factors), is_active=True)


FIGURES: list[Figure] = [
    Figure(Neighbourhood, _("Neighbourhoods"), "neighbourhoods", {}, lambda rows: rows, READERS),
    Figure(
        Survey,
        _("Open surveys"),
        "open-surveys",
        {"verdict__exact": "open"},
        lambda rows: rows.filter(verdict="open"),
        READERS,
    ),
    Figure(
        GuardOverride,
        _("Guards overridden in 7 days"),
        "overrides",
        {"last": "7"},
        _last_days("requested_at"),
        (Role.AUDITOR,),
    ),
    Figure(
        HistoryEntry,
        _("Read on a reason in 7 days"),
        "reads",
        {"act": "reads", "last": "7"},
        _read_lately,
        (Role.AUDITOR,),
    ),
    Figure(
        PaymentReversal,
        _("Payments reversed in 7 days"),
        "reversals",
        {"last": "7"},
        _last_days("created_at"),
        (Role.AUDITOR,),
    ),
    Figure(
        RosterImport,
        _("Imports waiting"),
        "imports",
        {"status__exact": "queued"},
        lambda rows: rows.filter(status="queued"),
    ),
    Figure(User, _("Active users"), "users", {"is_active__exact": "1"}, lambda rows: rows.filter(is_active=True)),
    Figure(
        User,
        _("Active users without a second factor"),
        "without-second-factor",
        {"is_active__exact": "1", "second_factor": "none"},
        _without_second_factor,
    ),
    Figure(
        ApiClient,
        _("API clients switched on"),
        "clients",
        {"service_user__is_active__exact": "1"},
        lambda rows: rows.filter(service_user__is_active=True),
    ),
    Figure(
        ApiClient,
        _("API clients that end within 30 days"),
        "ending-clients",
        {"ends": "soon"},
        lambda rows: rows.filter(expires_on__range=(timezone.localdate(), timezone.localdate() + ENDS_SOON)),
    ),
    Figure(
        Webhook,
        _("Webhooks paused"),
        "webhooks-paused",
        {"state__exact": "paused"},
        lambda rows: rows.filter(state="paused"),
    ),
    Figure(
        Job,
        _("Jobs running"),
        "running-jobs",
        {"state__exact": "running"},
        lambda rows: rows.filter(state="running"),
    ),
    Figure(Job, _("Jobs waiting"), "jobs", {"state__exact": "queued"}, lambda rows: rows.filter(state="queued")),
    Figure(
        Job,
        _("Jobs failed"),
        "failed-jobs",
        {"state__exact": "failed"},
        lambda rows: rows.filter(state="failed"),
    ),
    Figure(ConsentPolicy, _("Consent policies in force"), "policies", {"in_force": "today"}, _in_force, KEEPERS),
    Figure(MenuEdition, _("Menu editions"), "menu-editions", {}, lambda rows: rows, KEEPERS),
    Figure(PointRule, _("Rules of points in force"), "point-rules", {"in_force": "today"}, _in_force, KEEPERS),
    Figure(Division, _("Divisions"), "divisions", {}, lambda rows: rows, KEEPERS),
]


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Key figures of the caller's work, neighbourhoods by stage and the latest acts, each of what the caller may see. A
    query for each.
    """
    user, figures = caller(request), []
    for figure in FIGURES:
        is_theirs = user.has_role(*figure.seats) or (user.is_administrator and Role.ADMIN in figure.seats)
        rows = _rows(request, figure.model) if is_theirs else None
        if rows is not None:
            count = figure.narrow(rows).order_by()[:COUNTED].count()
            figures.append(KeyFigure(figure.name, figure.label, count, _list_of(figure.model, figure.filters)))
    history = _rows(request, HistoryEntry)
    latest = [] if history is None else with_callers(history).order_by("-id")[:RECENT]
    return {
        **context,
        "title": _("Start page"),
        "figures": figures,
        "stages": _stages(request),
        "entries": tell(latest, request, brief=True),
        "history_url": _list_of(HistoryEntry),
        "shows_history": history is not None,
    }


@dataclass(frozen=True)
class StageCount:
    label: str
    count: int
    url: str


def _stages(request: HttpRequest) -> list[StageCount]:
    """How many neighbourhoods stand at each stage, in the order of the stages; those with none are left out."""
    rows = _rows(request, Neighbourhood)
    if rows is None:
        return []
    counts = dict(rows.order_by().values_list("stage").annotate(n=Count("pk")))
    return [
        StageCount(str(stage.label), counts[stage.value], _list_of(Neighbourhood, {"stage__exact": stage.value}))
        for stage in Stage
        if counts.get(stage.value)
    ]


def _rows(request: HttpRequest, model: type[Model]) -> QuerySet[Any] | None:
    """What the list of a model shows the caller; nothing where there is no such list for them."""
    shown = admin.site.get_model_admin(model)
    return shown.get_queryset(request) if shown.has_view_permission(request) else None


def _list_of(model: type[Model], filters: dict[str, str] | None = None) -> str:
    return f"{_address_of(model)}?{urlencode(filters)}" if filters else _address_of(model)


@cache
def _address_of(model: type[Model]) -> str:
    """Looked up once: every page links to every list."""
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


def mark(request: HttpRequest) -> str:
    return static("favicon.svg")


def stylesheet(request: HttpRequest) -> str:
    return static("css/back-office.css")
