"""The first page of the back office, its sidebar and its look. Every app is known here, so all lists are in reach."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import urlencode

from django.apps import apps
from django.contrib import admin
from django.db.models import Count, Model, QuerySet
from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from accounts.back_office.words import act_text, resource_text
from accounts.models import ApiClient, HistoryEntry, Job, User, Webhook
from accounts.services.clients import ENDS_SOON
from consent.models import ConsentPolicy, Survey
from overview.back_office import days as _days  # noqa: F401 - its lists are registered
from overview.back_office import exports as _exports  # noqa: F401 - its lists are registered
from renovation.choices import Stage
from renovation.models import Division, MenuEdition, Neighbourhood, RosterImport

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


Narrowing = tuple[type[Model], str | Promise, str, dict[str, str], Callable[[QuerySet[Any]], QuerySet[Any]]]

FIGURES: list[Narrowing] = [
    (Neighbourhood, _("Neighbourhoods"), "neighbourhoods", {}, lambda rows: rows),
    (Survey, _("Open surveys"), "open-surveys", {"verdict__exact": "open"}, lambda rows: rows.filter(verdict="open")),
    (
        RosterImport,
        _("Imports waiting"),
        "imports",
        {"status__exact": "queued"},
        lambda rows: rows.filter(status="queued"),
    ),
    (User, _("Active users"), "users", {"is_active__exact": "1"}, lambda rows: rows.filter(is_active=True)),
    (
        ApiClient,
        _("API clients switched on"),
        "clients",
        {"service_user__is_active__exact": "1"},
        lambda rows: rows.filter(service_user__is_active=True),
    ),
    (
        ApiClient,
        _("API clients that end within 30 days"),
        "ending-clients",
        {"ends": "soon"},
        lambda rows: rows.filter(expires_on__range=(timezone.localdate(), timezone.localdate() + ENDS_SOON)),
    ),
    (Job, _("Jobs waiting"), "jobs", {"state__exact": "queued"}, lambda rows: rows.filter(state="queued")),
    (Job, _("Jobs running"), "running-jobs", {"state__exact": "running"}, lambda rows: rows.filter(state="running")),
    (Job, _("Jobs failed"), "failed-jobs", {"state__exact": "failed"}, lambda rows: rows.filter(state="failed")),
    (
        Webhook,
        _("Webhooks paused"),
        "webhooks-paused",
        {"state__exact": "paused"},
        lambda rows: rows.filter(state="paused"),
    ),
    (ConsentPolicy, _("Consent policies"), "policies", {}, lambda rows: rows),
    (MenuEdition, _("Menu editions"), "menu-editions", {}, lambda rows: rows),
    (Division, _("Divisions"), "divisions", {}, lambda rows: rows),
]


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Key figures, neighbourhoods by stage and the latest acts, each of what the caller may see. A query for each."""
    figures = []
    for model, label, name, filters, narrow in FIGURES:
        rows = _rows(request, model)
        if rows is not None:
            count = narrow(rows).order_by()[:COUNTED].count()
            figures.append(KeyFigure(name, label, count, _list_of(model, filters)))
    history = _rows(request, HistoryEntry)
    latest = [] if history is None else history.select_related("by").order_by("-id")[:RECENT]
    return {
        **context,
        "title": _("Start page"),
        "figures": figures,
        "stages": _stages(request),
        "entries": [(entry, act_text(entry.act), resource_text(entry.resource), "") for entry in latest],
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
