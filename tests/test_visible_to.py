"""Territory holds on every route (design.md, decision 1): strangers walk them all and find nothing.

The routes come from the URL resolver. One that is not said here how to be asked for fails the test, so a new page or
resource cannot be forgotten. What is hidden is first shown to be there: the keeper of the place finds it.
"""

import re
from collections.abc import Callable
from datetime import timedelta
from itertools import cycle
from typing import Any
from uuid import uuid4

import pytest
from django.apps import apps
from django.db.models import Model
from django.test import Client
from django.utils import timezone
from oauth2_provider.settings import oauth2_settings
from rest_framework.test import APIClient

from accounts.choices import Role
from accounts.models import HistoryEntry, User
from accounts.services.changes import number_changes
from config.openapi_examples import FOLDER
from consent.models import Survey
from renovation.models import Neighbourhood, Owner, ParkingSpace
from tests.api.helpers import signed_in, token_of
from tests.cast import ELSEWHERE, HERE, THERE
from tests.factories import make_client, make_neighbourhood, make_user
from tests.walk import QUERIES, Home, Route, routes

SAFE = ("get", "head", "options")
UNSAFE = ("post", "put", "patch", "delete")

# Words that stand in the home's rows and nowhere else; none may reach a stranger.
MARKERS = (
    "嘉明花园",
    "周敏",
    "周**",
    "13812342071",
    "138****2071",
    "王业主",
    "京A车位",
    "屋顶的棚子",
    "本小区征询",
    "本小区备案",
    "本小区党支部",
    "本小区业委会",
    "本小区选聘物业",
    "本小区居民公约",
    "本小区党员",
    "本小区楼长",
    "15400000077",
)

HIDDEN = {302, 401, 403, 404, 405}

# Routes that lead strangers somewhere, by name: they say nothing of anybody's place.
PUBLIC = {
    # Everybody's own: signing in and out, second factors, sessions, the language.
    "account_login",
    "account_logout",
    "account_inactive",
    "account_signup",
    "account_reauthenticate",
    "account_email",
    "account_email_verification_sent",
    "account_change_password",
    "account_set_password",
    "account_reset_password",
    "account_confirm_login_code",
    "account_confirm_email",
    "account_reset_password_from_key_done",
    "account_reset_password_from_key",
    "account_reset_password_done",
    "mfa_index",
    "mfa_authenticate",
    "mfa_reauthenticate",
    "mfa_activate_totp",
    "mfa_deactivate_totp",
    "mfa_view_recovery_codes",
    "mfa_generate_recovery_codes",
    "mfa_download_recovery_codes",
    "usersessions_list",
    "set_language",
    # What hangs in public.
    "notice_public",
    "public_notices",
    "print_notice",
    # What a receipt code opens, for whoever holds one.
    "check",
    "check_contest",
    "check_file",
    "fee_disclosure",
    "fee_disclosure_file",
    "print_disclosure",
    # The field page as the phone keeps it: words and no data.
    "field_shell",
    "field_worker",
    "field_manifest",
    # The API's document, its way to a token, and what no route names.
    "api-schema",
    "api-docs",
    "api-nothing",
    "oauth-token",
    "oauth-revoke",
}

# Lists and pages that a stranger opens, and finds without the home's rows in them.
OPENS_EMPTY = {
    "home",
    "dashboard",
    "dashboard_rows",
    "dashboard_what_if",
    "print_dashboard",
    "neighbourhoods",
    "deferred",
    "exports",
    "export_new",
    "export-list",
    "neighbourhood_register",
    "surveys",
    "field",
    "field_waiting",
    "field_hello",
    "changes",
    "division-list",
    "neighbourhood-list",
    "building-list",
    "stairwell-list",
    "household-list",
    "owner-list",
    "ownership-list",
    "parking-space-list",
    "consent-policy-list",
    "survey-list",
    "notice-list",
    "objection-list",
    "receipt-contest-list",
    "evaluation-list",
    "menu-item-list",
    "plan-list",
    "plan-item-list",
    "funding-source-list",
    "funding-commitment-list",
    "funding-receipt-list",
    "funding-payment-list",
    "award-tranche-list",
    "roster-import-list",
    "precondition-list",
    "early_damage",
    "site-report-list",
    "site-photo-list",
    "defect-list",
    "work-package-list",
    "change-request-list",
    "acceptance-list",
    "warranty-list",
    "completion-filing-list",
    "vote-list",
    "procedure-rule-list",
    "workshop-list",
    "workshop-task-list",
    "announcement-list",
    "bodies",
    "body-list",
    "body-seat-list",
    "membership-list",
    "management-list",
    "party-member-list",
    "party-totals-list",
    "responsibility-area-list",
    "member-report-list",
    "point-rule-list",
    "service-record-list",
    "notice-board-list",
    "handover-list",
    "handover-asset-list",
    "service-withdrawal-list",
    "convention-list",
    "convention-version-list",
    "convention-signature-list",
    "inspection-list",
    "finding-list",
    "upkeep-task-list",
    "contest-list",
    "contest-entry-list",
    "fees_home",
    "fee-schedule-list",
    "fee-liability-list",
    "fee-reduction-list",
    "fee-account-list",
    "billing-run-list",
    "bill-list",
    "month-closing-list",
    "payment-list",
    "payment-reversal-list",
    "fee-refund-list",
    "fee-statement-list",
    "payment-order-list",
    "reminder-list",
    "vehicle-list",
    "parking-pass-list",
    "parking-session-list",
    "purse-entry-list",
    "fee-disclosure-list",
    "fee_audits",
    "fee_audit",
    "webhook-list",
    "webhook-delivery-list",
}

# The same for everybody who is signed in: the divisions above a place, a policy that binds it, the published menu.
SHARED = {"division-detail", "menu-item-detail", "consent-policy-detail"}


# What the keeper does not read either: addresses that are only posted to, that lead on, or come with the close.
NOT_READ = {
    "home",
    "household-reveal",
    "saved_view_act",
    "owner-reveal",
    "survey-close",
    "survey-photo-list",
    "survey-tree-export",
    "roster-import-revert",
    "plan-freeze",
    "plan_draft_open",
    "plan_draft_discard",
    "plan_draft_item",
    "evaluation-close",
    "funding-commitment-reverse",
    "funding-receipt-reverse",
    "funding-payment-reverse",
    "award-tranche-advance",
    "money_source_new",
    "money_source_edit",
    "money_tranche_new",
    "neighbourhood-confirm-override",
    "neighbourhood_override",
    "neighbourhood_override_confirm",
    "roster_import_write",
    "roster_import_revert",
    "survey_close",
    "survey_file",
    "survey_close_round",
    "notice-replace",
    "notice-close",
    "notice-closing-photo",
    "objection-answer",
    "receipt-contest-answer",
    "notice_close",
    "notice_object",
    "objection_answer",
    "field_seen",
    "field_reveal",
    "field_survey_handed",
    "site-report-photos",
    "defect-rectify",
    "defect-recheck",
    "site_photo_publish",
    "work-package-move",
    "change-request-refuse",
    "work_package_new",
    "work_package_edit",
    "work_progress",
    "work_move",
    "work_acceptance",
    "change_request_new",
    "completion_filing",
    "bill-void",
    "bill-reissue",
    "month-closing-reopen",
    "vote-close",
    "vote-cancel",
    "vote-challenge-decide",
    "vote-tree-export",
    "vote_amend",
    "vote_close",
    "vote_cancel",
    "vote_challenge",
    "vote_decide",
    "vote_deliver",
    "vote_enter",
    "vote_file",
    "workshop-hold",
    "workshop-cancel",
    "workshop-attendance-detail",
    "workshop-task-settle",
    "workshop_edit",
    "announcement_new",
    "body-file",
    "body-renew",
    "body-end",
    "membership-end",
    "management-end",
    "party-member-end",
    "responsibility-area-show",
    "responsibility-area-end",
    "service-record-approve",
    "service-record-reject",
    "service-record-reverse",
    "notice-board-withdraw-consent",
    "notice-board-take-down",
    "notice-board-photo",
    "convention-version-adopt",
    "purse-entry-reverse",
    "convention-version-file",
    "convention-version-withdraw",
    "convention-signature-withdraw",
    "handover-sign",
    "handover_asset_remove",
    "service-withdrawal-readiness",
    "service-withdrawal-postpone",
    "service-withdrawal-withdraw",
    "inspection-close",
    "finding-task",
    "upkeep-task-done",
    "upkeep-task-check",
    "upkeep-task-drop",
    "contest-enter-all",
    "contest-close",
    "inspection_close",
    "finding_task",
    "contest_act",
    "fee-liability-end",
    "fee_schedule_new",
    "fee_liability_new",
    "fee_ending",
    "fees_home",
    "fee_payment_new",
    "fee_refund",
    "fee_notify",
    "fee_statement_match",
    "fee_statement_line",
    "fee_notice_settle",
    "fee_channel_new",
    "fee_channel",
    "fee_order_new",
    "fee-statement-match",
    "fee-statement-settle",
    "fee-statement-set-aside",
    "fee-statement-take-up",
    "payment-order-close",
    "fee-reduction-decide",
    "fee-reduction-withdraw",
    "vehicle-end",
    "parking-pass-end",
    "parking-session-leave",
    "parking-session-pay",
    # A client's own, and the administrators'.
    "webhook-list",
    "webhook-detail",
    "webhook-test",
    "webhook-pause",
    "webhook-resume",
    "webhook-rotate-secret",
    "webhook-delivery-list",
    "webhook-delivery-detail",
    "webhook-delivery-resend",
} | {route.name for route in routes() if route.name.endswith("-bulk")}

# Pages' own scripts send JSON there.
SENT_AS_JSON = {"field_seen", "field_reveal", "field_survey_handed"}

# --- The strangers ---------------------------------------------------------------------------------


@pytest.fixture
def strangers(home: Home) -> dict[str, Client]:
    make_neighbourhood(community_code=ELSEWHERE, name="别处小区")
    abroad = ELSEWHERE[:6]
    system = APIClient()
    every_scope = sorted(oauth2_settings.SCOPES)
    system.credentials(HTTP_AUTHORIZATION=f"Bearer {token_of(make_client(*every_scope, territory=abroad))}")
    return {
        "visitor": signed_in(None),
        "nobody": signed_in(make_user(None, username="nobody")),
        "neighbour": signed_in(make_user(Role.COMMUNITY_STAFF, THERE, username="neighbour")),
        "next grid": signed_in(make_user(Role.GRID_WORKER, f"{THERE}001", username="next_grid")),
        "next committee": signed_in(
            make_user(Role.COMMITTEE_MEMBER, home.cast.next_door.code, username="next_committee")
        ),
        "official": signed_in(make_user(Role.DISTRICT_OFFICIAL, abroad, username="official", is_staff=True)),
        "auditor": signed_in(make_user(Role.AUDITOR, abroad, username="far_auditor", is_staff=True)),
        "clerk": signed_in(make_user(Role.PROPERTY_CLERK, abroad, username="far_clerk")),
        "system": system,
    }


def bodies(route: Route, home: Home) -> list[tuple[str, Any]]:
    """What a stranger might send: as JSON to the API, as forms to pages. All of it names the home's rows."""
    ids = home.ids
    visit = {
        "client_id": str(uuid4()),
        "household": ids["household"],
        "outcome": "no_answer",
        "visited_at": timezone.now().isoformat(),
        "party": ["community"],
    }
    fields: dict[str, Any] = {
        "neighbourhood": ids["neighbourhood"],
        "building": ids["building"],
        "stairwell": ids["stairwell"],
        "household": ids["household"],
        "handed": ids["handed"],
        "act": "set_aside",
        "owner": ids["owner"],
        "division": HERE,
        "number": "77",
        "unit_number": "777",
        "name": "x",
        "title": "x",
        "reason": "x",
        "action": "close",
        "closes_on": None,
        "revisit_on": (timezone.localdate() + timedelta(days=9)).isoformat(),
        "pass_share": "0.50",
        "valid_from": "2026-01-01",
        "document": "x",
        "outcome": "no_answer",
        "visits": [visit],
        "visit": visit,
        "errors": ["wrong_round"],
        "mode": "good_rows",
        "to": "withdrawn",
        "guard": "filing_receipt",
        "kind": "precondition_2",
        "facts": {"evidence": "x"},
        "evidence": "x",
        "dated_on": "2026-01-01",
    }
    if route.name.endswith("-bulk"):
        item = {"id": ids.get(route.name.removesuffix("-bulk"), 1), **fields}
        return [("application/json", {"items": [item], "mode": "all_or_nothing"})]
    if route.path.startswith("/api/") or route.name in SENT_AS_JSON:
        return [("application/json", fields), ("application/json", {**fields, "action": "remove"})]
    return [("", {name: value for name, value in fields.items() if not isinstance(value, dict | list | None)})]


def ask(client: Client, method: str, url: str, body: tuple[str, Any] | None = None) -> Any:
    if body is None:
        return getattr(client, method)(url)
    kind, fields = body
    if kind:
        return getattr(client, method)(url, fields, format="json")
    return client.generic(method.upper(), url) if method != "post" else client.post(url, fields, format="multipart")


def text_of(response: Any) -> str:
    content = b"".join(response.streaming_content) if response.streaming else response.content
    return content.decode(errors="replace") + str(response.headers)


OF_THE_SITE = ("accounts", "renovation", "consent", "governance", "overview")
KEPT_APART = {"IdempotencyKey"}


def everything() -> dict[str, list[Any]]:
    """Every row of ours, to see that nothing was written."""
    models: list[type[Model]] = [model for label in OF_THE_SITE for model in apps.get_app_config(label).get_models()]
    return {
        model.__name__: list(model._default_manager.order_by("pk").values_list())
        for model in models
        if model.__name__ not in KEPT_APART
    }


# --- The tests -------------------------------------------------------------------------------------


def test_every_route_is_known_here() -> None:
    """A new route says how strangers are answered: by default they find nothing, else it is named above."""
    names = {route.name for route in routes() if not route.is_admin}

    assert len(names) > 60
    assert all(route.name for route in routes() if not route.is_admin), "A route without a name."
    assert (PUBLIC | OPENS_EMPTY | SHARED | NOT_READ | set(QUERIES)) - names == set(), "Routes that are no more."


def asked(home: Home) -> list[tuple[Route, str]]:
    return [(route, route.address(home)) for route in routes() if not route.is_admin and route.name not in PUBLIC]


def test_the_keeper_finds_what_strangers_do_not(home: Home) -> None:
    browser = signed_in(home.keeper)
    found: dict[str, bool] = {}
    for route, url in asked(home):
        response = browser.get(url)
        found[route.name] = response.status_code == 200
        if route.name in OPENS_EMPTY and response.status_code == 200 and url.startswith("/api/"):
            assert response.json()["results"] != [], url

    assert {name for name, is_open in found.items() if not is_open} == NOT_READ


def test_strangers_read_nothing_on_any_route(home: Home, strangers: dict[str, Client]) -> None:
    number_changes()
    before = everything()
    for route, url in asked(home):
        for who, client in strangers.items():
            for method in SAFE if who in ("visitor", "neighbour") else ("get",):
                response = ask(client, method, url)
                said = f"{who}: {method.upper()} {url} ({route.name}) {response.status_code}"
                _check(route, who, response, said)
    assert everything() == before


AT_ONCE = 25
"""So many routes are asked before the rows are counted: counting them takes as long as asking."""


def test_strangers_write_nothing_on_any_route(home: Home, strangers: dict[str, Client]) -> None:
    before = everything()
    since: list[str] = []
    for route, url in asked(home):
        # A method that a route does not have (405) it has for nobody: one of them tries all, the others what is left.
        taken: list[str] = list(UNSAFE)
        for who in ("neighbour", "visitor", "nobody", "official", "system"):
            client = strangers[who]
            for method in tuple(taken):
                for body in bodies(route, home)[: 2 if method == "post" else 1]:
                    # What is asked of a list is refused by its name where it is written to.
                    address = url.split("?")[0] if url.startswith("/api/") else url
                    response = ask(client, method, address, body)
                    said = f"{who}: {method.upper()} {url} ({route.name}) {response.status_code}"
                    # 400: what is named in the body does not exist for the caller; 422: of many. A page may show
                    # itself again.
                    again = {200} if route.name in OPENS_EMPTY and not url.startswith("/api/") else set()
                    many = {422} if route.name.endswith("-bulk") else set()
                    assert response.status_code in HIDDEN | {400, 415} | again | many, said
                    assert not _markers(response), said
                if who == "neighbour" and response.status_code == 405:
                    taken.remove(method)
        since.append(url)
        if len(since) == AT_ONCE:
            _nothing_was_written(before, since)
            since.clear()
    _nothing_was_written(before, since)


def _nothing_was_written(before: dict[str, list[Any]], since: list[str]) -> None:
    after = everything()
    assert after == before, f"One of {since} wrote {[name for name in after if after[name] != before[name]]}"


def test_public_routes_say_nothing_of_any_place(home: Home, strangers: dict[str, Client]) -> None:
    before = everything()
    for route in routes():
        if route.name in PUBLIC and not route.is_admin:
            url = re.sub(r"\{\w+\}", "x", route.path)
            for who in ("visitor", "nobody"):
                response = ask(strangers[who], "get", url)
                assert response.status_code < 500, url
                # What hangs in public names the place that it hangs in, and nobody.
                said = {home.cast.home.name} if route.name == "public_notices" else set()
                # The document's examples are files, recorded of a home whose rows are called like these.
                said |= RECORDED if route.name == "api-schema" else set()
                assert set(_markers(response)) <= said, url
    changed = {name for name, rows in everything().items() if rows != before[name]}
    assert changed <= {"User"}


ADMIN_MODELS: dict[str, Callable[[Home], Any]] = {
    "user": lambda home: home.keeper.pk,
    "roleassignment": lambda home: home.keeper.assignments.get().pk,
    "historyentry": lambda home: HistoryEntry.objects.filter(neighbourhood_code=home.cast.home.code).last(),
    "neighbourhood": lambda home: home.cast.home.pk,
}


def test_strangers_read_nothing_in_the_back_office(home: Home, strangers: dict[str, Client]) -> None:
    """Changelists without the home's rows, no page of one of them, and nothing written by opening one."""
    before = everything()
    seen = 0
    inside = {who: strangers[who] for who in ("official", "auditor")}
    # The others have no back office: none of them gets past its door, whichever page it is.
    outside = cycle((who, client) for who, client in strangers.items() if who not in inside)
    for route in routes():
        if not route.is_admin or route.name in ("login", "logout", "jsi18n"):
            continue
        url = _admin_address(route, home)
        for who, client in (*inside.items(), next(outside)):
            response = client.get(url)
            assert response.status_code < 500, url
            assert not _markers(response), f"{who}: GET {url} {response.status_code}"
            seen += response.status_code == 200
    assert seen > 20
    assert everything() == before


def _admin_address(route: Route, home: Home) -> str:
    """The page of a row of the home where the route is about one."""
    match = re.match(r"/admin/(\w+)/(\w+)/", route.path)
    key: Any = 1
    if match and match[1] in OF_THE_SITE:
        model = apps.get_model(match[1], match[2])
        own = {
            Neighbourhood: home.cast.home,
            Owner: home.owner,
            ParkingSpace: home.space,
            Survey: home.survey,
            User: home.keeper,
        }.get(model) or model._default_manager.order_by("pk").first()
        key = own.pk if own else 1
    return re.sub(r"\{\w+\}", str(key), route.path)


def _check(route: Route, who: str, response: Any, said: str) -> None:
    opens = route.name in OPENS_EMPTY or (route.name in SHARED and who != "visitor")
    options = response.request["REQUEST_METHOD"] == "OPTIONS"
    allowed = HIDDEN | ({200} if opens else set()) | ({204} if options else set())
    assert response.status_code in allowed, said
    if response.status_code == 302:
        assert "/accounts/login/" in response["Location"] or who != "visitor", said
    assert not _markers(response), said


def _markers(response: Any) -> list[str]:
    text = text_of(response)
    return [marker for marker in MARKERS if marker in text]


EXAMPLES = "".join(path.read_text("utf-8") for path in sorted(FOLDER.glob("*.json")))
RECORDED = {marker for marker in MARKERS if marker in EXAMPLES}

# What of the home only those may read who work at its doors.
PERSONAL = ("周敏", "13812342071", "王业主", "本小区党员", "屋顶的棚子")

# Where it stands who pledged and gave what, and who votes: for the owners' committee, which keeps both.
COMMITTEES = ("money_", "funding-commitment", "funding-receipt", "funding-payment", "vote")

# Where party members stand by name: for the secretary, who keeps them.
MEMBERS = ("party", "responsibility-area", "service-record", "member-report", "board")

# Where it stands who owes: for the clerk, who takes their money.
FEES = ("fee", "bill", "payment", "reminder", "vehicle", "parking-pass", "parking-session")


@pytest.mark.parametrize(
    ("role", "territory"),
    [
        (Role.PROPERTY_CLERK, f"{HERE}-001"),
        (Role.PARTY_SECRETARY, f"{HERE}-001"),
        (Role.COMMITTEE_MEMBER, f"{HERE}-001"),
        (Role.DISTRICT_OFFICIAL, HERE[:6]),
        (Role.CITY_OFFICIAL, HERE[:4]),
        (Role.AUDITOR, HERE[:4]),
        (Role.ADMIN, HERE[:4]),
    ],
)
def test_those_inside_who_do_not_work_at_the_doors_read_no_names_unasked(home: Home, role: str, territory: str) -> None:
    """Without a stated reason, no address shows a name, a phone or a note: they are masked or not there."""
    browser = signed_in(make_user(role, territory, username="inside", is_staff=True))
    assert browser.get(f"/api/v1/households/{home.ids['household']}/").json()["head_name"] == "周**"
    # Notes are for those who go to the door next, the committee among them while a round is open.
    hidden = PERSONAL[:-1] if role == Role.COMMITTEE_MEMBER else PERSONAL
    opened = 0
    for place, route in enumerate(routes()):
        if route.name in PUBLIC or route.name in ("login", "logout", "jsi18n"):
            continue
        # Those who have a back office, and see the registry there, ask for all of it; the others for each tenth page.
        if route.is_admin and role not in (Role.AUDITOR, Role.ADMIN) and place % 10:
            continue
        url = _admin_address(route, home) if route.is_admin else route.address(home).split("?")[0]
        response = browser.get(url)
        assert response.status_code < 500, url
        opened += response.status_code == 200
        text = text_of(response)
        shown = set()
        if role == Role.COMMITTEE_MEMBER and (route.name or "").startswith(COMMITTEES):
            shown = {"王业主"}
        if role == Role.PROPERTY_CLERK and (route.name or "").startswith(FEES):
            shown = {"周敏", "王业主"}
            if "liabilit" in route.name:  # the tenant who agreed to pay is a customer, telephone and all
                shown.add("13812342071")
        if role == Role.PARTY_SECRETARY and (route.name or "").startswith(MEMBERS):
            shown = {"本小区党员", "13812342071"}
        assert [word for word in hidden if word in text and word not in shown] == [], f"{role}: {url} ({route.name})"
    assert opened > 15
