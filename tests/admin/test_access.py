"""Who comes in, what each may see and do there, and what nobody finds."""

import json
import re
from html import unescape

import pytest
from django.apps import apps
from django.contrib import admin
from django.db.models import ForeignKey
from django.urls import reverse
from django.utils.html import strip_tags

from accounts.choices import Role
from accounts.models import HistoryEntry, User
from consent.models import ConsentPolicy, HandedVisit, Stance, Survey, Tally, Visit
from governance.models import PointRule
from overview.models import NeighbourhoodDay
from renovation.models import Division, Evaluation, Household, MenuEdition, MenuItem
from renovation.services.evaluations import close_evaluation, record_answers
from tests.admin.conftest import SECRETS, browser
from tests.admin.test_importing import workbook_of
from tests.admin.test_lists import REGISTERED, list_of, page_of
from tests.factories import give_role, make_building, make_neighbourhood, make_user
from tests.renovation.evaluation_cast import NOW, a_sheet, make_evaluation, make_homes

REFERENCE = {
    "renovation.Division",
    "renovation.MenuEdition",
    "renovation.MenuItem",
    "consent.ConsentPolicy",
    "governance.PointRule",
}
LEDGERS = (
    "consent.Visit", "consent.VisitPrivateData", "consent.VisitPhoto", "consent.TreeHead", "consent.RollAmendment",
    "consent.RollEntry", "consent.Round", "consent.RoundDoor", "consent.Stance", "consent.Tally", "consent.Survey",
    "consent.PhoneQueue", "consent.HandedVisit", "consent.ReceiptContest",
    "accounts.HistoryEntry", "accounts.Change", "renovation.Evidence", "renovation.StageChange",
    "renovation.GuardOverride", "renovation.RosterBeforeImage", "renovation.RosterTouch", "renovation.RosterProblem",
    "consent.OwnersVote", "consent.Voter", "consent.VoterPart", "consent.Ballot", "consent.BallotPrivateData",
    "consent.BallotState", "consent.VoteHead", "governance.ConventionSignature", "governance.HandoverSignature",
    "governance.Finding", "governance.TaskEvent", "governance.ContestScore", "governance.PointEntry",
    "governance.MemberReport",
    "governance.FeeSchedule", "governance.FeeLiability", "governance.FeeReduction", "governance.FeeAccount",
    "governance.BillingRun", "governance.Bill", "governance.Payment", "governance.Allocation",
    "governance.PaymentReversal", "governance.Refund", "governance.MonthClosing", "governance.BilledTally",
    "governance.SettledTally", "governance.Reminder", "governance.Vehicle", "governance.ParkingPass",
    "governance.ParkingSession", "governance.Statement", "governance.StatementLine", "governance.PaymentChannel",
    "governance.PaymentOrder", "governance.ProviderNotice", "governance.PurseEntry", "governance.Disclosure",
    "governance.FeeAudit",
    "accounts.WebhookDelivery", "accounts.WebhookAttempt",
)  # fmt: skip


def opens(user: User) -> set[str]:
    """The lists that the user may open."""
    client = browser(user)
    return {model._meta.label for model in REGISTERED if client.get(list_of(model)).status_code == 200}


def test_a_visitor_is_led_to_the_sites_own_sign_in_and_back(client, db):
    answer = client.get("/admin/renovation/household/", follow=True)

    path, query = answer.redirect_chain[-1][0].split("?")
    assert path == reverse("account_login")
    assert query == "next=%2Fadmin%2Frenovation%2Fhousehold%2F"


@pytest.mark.parametrize(
    "role",
    [
        Role.COMMUNITY_STAFF,
        Role.GRID_WORKER,
        Role.COMMITTEE_MEMBER,
        Role.PARTY_SECRETARY,
        Role.PROPERTY_CLERK,
        None,
    ],
)
def test_roles_that_work_elsewhere_have_no_back_office(walked, role):
    user = make_user(role, walked.neighbourhood.community_code, is_staff=True)

    for url in ("/admin/", "/admin/login/", "/admin/search/?s=a", "/admin/autocomplete/", list_of(Household)):
        assert browser(user).get(url).status_code == 403


def test_a_role_that_has_ended_opens_nothing(walked):
    user = make_user(None, is_staff=True)
    give_role(user, Role.AUDITOR, "4205", ends_on="2021-01-01")

    assert browser(user).get("/admin/").status_code == 403


def test_an_administrator_opens_every_list(keeper):
    assert opens(keeper) == {model._meta.label for model in REGISTERED}


def test_an_auditor_opens_what_the_roles_table_lets_them_read(reader):
    closed = {m._meta.label for m in REGISTERED} - opens(reader)

    assert closed == {
        "accounts.User", "accounts.RoleAssignment", "accounts.ApiClient", "accounts.ClientSecret",
        "accounts.IdempotencyKey", "accounts.Job", "accounts.SavedList", "accounts.WorkerBeat",
        "django_tasks_database.DBTaskResult", "mfa.Authenticator", "oauth2_provider.AccessToken",
        "usersessions.UserSession", "renovation.RosterImport", "renovation.RosterProblem", "renovation.RosterTouch",
        "renovation.RosterBeforeImage", "renovation.RosterMapping", "consent.FieldPhone",
        "renovation.EvaluationAnswer", "renovation.HouseholdShare", "consent.ReceiptContest",
        # Who signed, and party members: by totals, or not at all.
        "governance.ConventionSignature", "governance.PartyMember", "governance.ResponsibilityArea",
        "governance.MemberReport", "governance.ServiceRecord", "governance.PointEntry",
        # Whoever asked for them has them on pages of their own.
        "overview.Export", "overview.SavedView", "overview.WeeklySheet",
        # Of API clients, which administrators look after.
        "accounts.Webhook", "accounts.WebhookDelivery", "accounts.WebhookAttempt",
    }  # fmt: skip


@pytest.mark.parametrize("role", [Role.CITY_OFFICIAL, Role.DISTRICT_OFFICIAL])
def test_officials_open_the_reference_data_and_the_doors_masked(walked, role):
    doors = {"renovation.Neighbourhood", "renovation.Household", "renovation.Owner"}
    assert opens(make_user(role, "420502")) == REFERENCE | doors


@pytest.mark.parametrize("model", ["household", "owner"])
def test_officials_narrow_the_doors_by_the_neighbourhoods_of_their_territory(walked, model):
    make_neighbourhood(community_code="420503001001")
    asked = {"app_label": "renovation", "model_name": model, "field_name": "neighbourhood", "term": ""}

    answer = browser(make_user(Role.DISTRICT_OFFICIAL, "420502")).get("/admin/autocomplete/", asked)

    assert [one["id"] for one in answer.json()["results"]] == [str(walked.neighbourhood.pk)]


def test_an_auditor_of_elsewhere_sees_no_row_of_here(walked, reader, stranger):
    # The menu, the public keys, the audits (told without their findings) and which days were kept are of no place.
    everywhere = {
        "renovation.MenuEdition", "renovation.MenuItem", "consent.SigningKey", "governance.FeeAudit", "overview.KeptDay"
    }  # fmt: skip

    for model in REGISTERED:
        if (here := browser(reader).get(list_of(model))).status_code != 200:
            continue
        there = browser(stranger).get(list_of(model))
        assert here.context["cl"].result_count > 0, model._meta.label
        if model._meta.label in everywhere:
            continue
        assert there.context["cl"].result_count == 0, model._meta.label
        row = here.context["cl"].result_list[0]
        assert browser(reader).get(page_of(row)).status_code == 200, model._meta.label
        assert browser(stranger).get(page_of(row)).status_code == 302, model._meta.label
        assert browser(stranger).get(page_of(row, "history")).status_code == 302, model._meta.label


@pytest.mark.parametrize("who", ["root", "keeper", "reader"])
def test_what_is_recorded_is_not_written_here_by_anybody(walked, request, who):
    client = browser(request.getfixturevalue(who))

    for model in map(apps.get_model, LEDGERS):
        row = model._default_manager.order_by("pk").first()
        before = list(model._default_manager.order_by("pk").values())
        add = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_add")
        refused = [
            client.get(add),
            client.post(add, {"survey": "1", "_save": "1"}),
            client.post(page_of(row), {"outcome": "opposes", "_save": "1"}),
            client.get(page_of(row, "delete")),
            client.post(page_of(row, "delete"), {"post": "yes"}),
        ]
        # An action that is not offered does nothing; the list comes back.
        client.post(list_of(model), {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"})

        assert {answer.status_code for answer in refused} == {403}, model._meta.label
        assert list(model._default_manager.order_by("pk").values()) == before


def test_the_registry_is_read_here_even_by_who_may_write_it_elsewhere(walked):
    both = make_user(Role.ADMIN, "4205")
    give_role(both, Role.COMMUNITY_STAFF, walked.neighbourhood.community_code)
    household = walked.households[0]

    answer = browser(both).post(page_of(household), {"unit_number": "999", "_save": "1"})

    assert answer.status_code == 403


@pytest.mark.parametrize("who", ["keeper", "reader"])
def test_nothing_personal_is_shown_on_any_page(walked, request, who):
    client = browser(request.getfixturevalue(who))
    shown = []

    for model in REGISTERED:
        if (answer := client.get(list_of(model))).status_code != 200:
            continue
        rows = model._default_manager.order_by("pk")
        # The first rows hold what is personal; more of the same kind tell no more.
        pages = [page_of(row, view) for row in rows[:4] for view in ("change", "history")]
        for url, text in [(list_of(model), answer), *((url, client.get(url)) for url in pages)]:
            shown += [(url, secret) for secret in (*SECRETS, "totp-seed") if secret in text.content.decode()]

    assert shown == []
    assert "周**" in client.get(page_of(walked.households[0])).content.decode()
    assert "138****2071" in client.get(page_of(walked.households[0])).content.decode()


@pytest.mark.parametrize(
    ("label", "lookup"),
    [
        ("renovation.Household", {"head_name__startswith": "周"}),
        ("renovation.Household", {"phones__contains": "13812342071"}),
        ("renovation.Household", {"ownerships__owner__name": "李四四"}),
        ("renovation.Household", {"neighbourhood__owners__name__startswith": "李"}),
        ("renovation.Owner", {"name": "李四四"}),
        ("consent.Visit", {"door__exact": "1"}),
        ("consent.Visit", {"door__unit_number": "101"}),
        ("consent.Visit", {"private__note__contains": "钱"}),
        ("consent.Stance", {"value": "supports"}),
        ("consent.Stance", {"value__exact": "supports"}),
        ("consent.RollEntry", {"stance__value": "supports"}),
        ("consent.VisitPrivateData", {"receipt_code__startswith": "A"}),
        ("accounts.User", {"password__startswith": "md5"}),
    ],
)
def test_an_address_does_not_find_what_the_lists_mask(walked, keeper, label, lookup):
    assert browser(keeper).get(list_of(apps.get_model(label)), lookup).status_code == 400


def test_a_search_does_not_find_people_by_what_is_masked(walked, keeper):
    client = browser(keeper)
    assert client.get(list_of(Household), {"q": walked.households[0].unit_number}).context["cl"].result_count > 0

    for model in REGISTERED:
        for secret in SECRETS[:3]:
            assert client.get(list_of(model), {"q": secret}).context["cl"].result_count == 0, model._meta.label


def test_the_choices_of_a_filter_tell_no_name(walked, keeper):
    """The autocomplete answers with the text of a row, so rows with a name in theirs are not offered."""
    client = browser(keeper)
    offered = 0

    for model in REGISTERED:
        for spec in client.get(list_of(model)).context["cl"].filter_specs:
            field = getattr(spec, "field", None)
            if not isinstance(field, ForeignKey):
                continue
            where = {"app_label": field.model._meta.app_label, "model_name": field.model._meta.model_name}
            answer = client.get("/admin/autocomplete/", {**where, "field_name": field.name, "term": ""})
            offered += answer.status_code == 200
            assert not any(secret in answer.content.decode() for secret in SECRETS)

    assert offered > 10


def test_a_door_and_its_answer_are_never_side_by_side(walked, keeper):
    client = browser(keeper)
    visit, stance = Visit.objects.first(), Stance.objects.filter(value="supports").first()

    of_visit = client.get(page_of(visit)).context["adminform"]
    of_stance = client.get(page_of(stance)).context["adminform"]

    assert {name for fieldset in of_visit for name in fieldset.fields} & {"door", "private_hash", "door_hash"} == set()
    assert {name for fieldset in of_stance for name in fieldset.fields} == {"survey", "door", "masked_stance"}


def test_a_handed_visit_is_shown_without_its_door_and_its_content(walked, keeper):
    handed = HandedVisit.objects.first()

    fields = {
        name for fieldset in browser(keeper).get(page_of(handed)).context["adminform"] for name in fieldset.fields
    }

    assert "outcome" in fields
    assert fields & {"door", "content", "settle_reason"} == set()


def test_a_small_building_is_not_broken_down(walked, keeper):
    assert Tally.objects.count() > 0
    everybody = sum(tally.households for tally in Tally.objects.all())
    shown = browser(keeper).get(list_of(Tally)).context["cl"].result_count
    assert everybody >= 5
    assert shown == Tally.objects.count()

    Tally.objects.all().update(households=0)

    assert browser(keeper).get(list_of(Tally)).context["cl"].result_count == 0


@pytest.mark.parametrize(
    ("sizes", "shown"),
    [([4, 6, 7], {7}), ([4, 6, 6, 7], {7}), ([3, 2, 6, 7], {6, 7}), ([6, 7], {6, 7}), ([0, 6, 7], {6, 7})],
)
def test_a_small_building_cannot_be_read_from_the_total(walked, keeper, sizes, shown):
    Tally.objects.all().delete()
    for size in sizes:
        Tally.objects.create(
            survey=walked.survey,
            building=make_building(neighbourhood=walked.neighbourhood),
            round=0,
            value="unreached",
            counts=False,
            excluded=False,
            contacted=False,
            households=size,
        )

    rows = browser(keeper).get(list_of(Tally)).context["cl"].result_list

    assert {row.households for row in rows} == shown


KEPT_ROW = {"supports": 70731, "verbal": 70732, "visited": 70733, "excluded": 70734, "rounds": [[70735]]}
OF_FEES = {f"{kind}_{part}": 70736 for kind in ("property", "parking_year") for part in ("billed", "settled")}


def test_of_a_small_roll_a_kept_day_tells_no_support_and_of_few_households_no_fees(walked, keeper):
    row, client = NeighbourhoodDay.objects.get(neighbourhood=walked.neighbourhood), browser(keeper)
    url = list_of(NeighbourhoodDay)

    def told(*, size: int) -> dict[str, set[str]]:
        """Which of the figures stand where."""
        NeighbourhoodDay.objects.filter(pk=row.pk).update(roll=size, households=size, **KEPT_ROW, **OF_FEES)
        texts = {
            "list": client.get(url).content.decode(),
            "page": client.get(page_of(row)).content.decode(),
            "csv": b"".join(client.get(f"{url}export/").streaming_content).decode(),
            "xlsx": str(workbook_of(client.get(f"{url}export/xlsx/"))),
        }
        return {name: set(re.findall(r"\b70,?73[1-6]", text)) for name, text in texts.items()}

    whole, small = told(size=5), told(size=4)

    assert {name: len(found) for name, found in whole.items()} == {"list": 1, "page": 6, "csv": 1, "xlsx": 1}
    assert small == {"list": set(), "page": set(), "csv": set(), "xlsx": set()}


def test_of_a_small_roll_the_result_of_a_survey_is_not_told(walked):
    shown, survey = admin.site._registry[Survey], walked.survey
    survey.result = {"supports": 70731}

    survey.roll_size = 5
    whole = shown.figures(survey)
    survey.roll_size = 4

    assert "70731" in whole
    assert "70731" not in shown.figures(survey)


def test_an_address_with_a_nul_is_an_error_of_the_address(keeper):
    client = browser(keeper)

    for url in ("/admin/renovation/household/?q=%00", "/admin/search/?s=%00", "/admin/autocomplete/?term=%00"):
        assert client.get(url).status_code == 400


def test_lists_are_found_by_their_names(keeper, reader):
    typed = {"HTTP_HX_REQUEST": "true"}
    found = browser(keeper).get("/admin/search/", {"s": "住户", "page": "x"}, **typed).content.decode()

    assert list_of(Household) in found
    assert list_of(User) in browser(keeper).get("/admin/search/", {"s": "用户"}, **typed).content.decode()
    assert list_of(User) not in browser(reader).get("/admin/search/", {"s": "用户"}, **typed).content.decode()


def test_the_sidebar_names_every_list_once_and_only_what_opens(keeper, reader):
    for user in (keeper, reader):
        groups = browser(user).get("/admin/").context["sidebar_navigation"]
        links = [item["link"] for group in groups for item in group["items"]]
        wanted = {list_of(apps.get_model(label)) for label in opens(user)}
        assert sorted(links) == sorted(wanted | {"/admin/"})


def test_signing_out_and_passwords_are_the_sites_own(keeper):
    client = browser(keeper)

    assert client.post("/admin/logout/").url == reverse("account_logout")
    assert client.get("/admin/password_change/").url == reverse("account_change_password")


def test_the_history_of_a_row_is_our_own(walked, keeper):
    household = walked.households[0]
    assert HistoryEntry.objects.filter(resource="households", object_id=household.pk).count() == 1

    entries = browser(keeper).get(page_of(household, "history")).context["entries"]

    assert len(entries) == 1


def test_reference_models_are_those_of_the_table():
    assert {m._meta.label for m in (Division, MenuEdition, MenuItem, ConsentPolicy, PointRule)} == REFERENCE
    assert {
        model._meta.label for model in REGISTERED if getattr(admin.site._registry[model], "is_reference", False)
    } == REFERENCE


def test_the_result_of_an_evaluation_is_told_without_small_groups(db):
    homes = make_homes(6)
    staff = make_user()
    evaluation = make_evaluation(homes[0].neighbourhood, staff)
    sheets = [a_sheet(home, respondent="tenant" if home is homes[0] else "owner") for home in homes]
    record_answers(evaluation=evaluation, answers=sheets, by=staff, at=NOW)
    closed = close_evaluation(evaluation=evaluation, by=staff, at=NOW)
    assert closed.result["questions"][0]["by_respondent"]["tenant"]["respondents"] == 1

    shown = admin.site._registry[Evaluation].result_told(closed)
    told = json.loads(unescape(strip_tags(shown)))

    question = told["questions"][0]
    assert (question["scores"]["respondents"], question["by_respondent"]["tenant"]) == (6, None)
