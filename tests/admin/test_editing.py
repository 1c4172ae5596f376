"""What is kept in the back office: people, clients and reference data; and what the history tells of it."""

from base64 import b64encode
from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from django_tasks_db.models import DBTaskResult, get_date_max

from accounts.choices import Role
from accounts.models import ApiClient, Change, HistoryEntry, Job, RoleAssignment, User
from accounts.services.clients import create_client, renew_secret
from accounts.services.webhooks.subscribing import pause_webhook
from consent.models import ConsentPolicy, FieldPhone, HandedVisit, PhoneQueue
from consent.services.phones import secret_of
from governance.models import PointRule
from overview.services.exports.asking import queue_export
from renovation.models import Division, MenuEdition, MenuItem
from tests.accounts.jobs_cast import IN_THE_DATABASE
from tests.admin.conftest import browser
from tests.admin.test_lists import page_of
from tests.factories import (
    SECRET,
    give_role,
    make_client,
    make_delivery,
    make_division,
    make_menu_edition,
    make_user,
    make_webhook,
)

NO_ROLES = {
    "assignments-TOTAL_FORMS": "0",
    "assignments-INITIAL_FORMS": "0",
    "assignments-MIN_NUM_FORMS": "0",
    "assignments-MAX_NUM_FORMS": "1000",
}


@pytest.fixture
def keeper(db) -> User:
    return make_user(Role.ADMIN, "4205", username="keeper")


def latest(resource: str) -> HistoryEntry:
    return HistoryEntry.objects.filter(resource=resource).latest("id")


def errors_of(answer) -> dict:
    return {name: [str(error) for error in errors] for name, errors in answer.context["adminform"].form.errors.items()}


# --- People ----------------------------------------------------------------------------------------


def test_a_user_is_made_with_a_password_and_roles(keeper, client):
    answer = browser(keeper).post(
        reverse("admin:accounts_user_add"),
        {
            **NO_ROLES,
            "username": "worker",
            "display_name": "社区小周",
            "password1": "a-door-at-a-time",
            "password2": "a-door-at-a-time",
            "assignments-TOTAL_FORMS": "1",
            "assignments-0-role": Role.COMMUNITY_STAFF,
            "assignments-0-territory": "420502001001",
            "assignments-0-starts_on": "2026-01-01",
        },
    )

    user = User.objects.get(username="worker")
    entry = latest("users")
    assert answer.status_code == 302
    assert client.login(username="worker", password="a-door-at-a-time")
    assert user.roles_in_force == [(Role.COMMUNITY_STAFF, "420502001001")]
    assert (entry.act, entry.by, entry.object_id) == ("created", keeper, user.pk)
    assert entry.details["changed"]["display_name"] == [None, "社区小周"]
    assert "a-door-at-a-time" not in str(entry.details)
    assert not Change.objects.filter(resource="users").exists()


@pytest.mark.parametrize("territory", ["42050", "x", "420502001001-1", "４２０５０２"])
def test_a_role_for_no_place_is_refused_at_its_field(keeper, territory):
    user = make_user(None)

    answer = browser(keeper).post(
        page_of(user),
        {
            **NO_ROLES,
            "username": user.username,
            "is_active": "on",
            "assignments-TOTAL_FORMS": "1",
            "assignments-0-role": Role.AUDITOR,
            "assignments-0-territory": territory,
            "assignments-0-starts_on": "2026-01-01",
        },
    )

    assert answer.status_code == 200
    assert "territory" in answer.context["inline_admin_formsets"][0].formset.errors[0]
    assert not RoleAssignment.objects.filter(user=user).exists()


def test_what_was_changed_is_told_before_and_after_with_the_role_that_ended(keeper):
    user = make_user(Role.GRID_WORKER, "420502001001001", unit="一网格")
    role = user.assignments.get()

    browser(keeper).post(
        page_of(user),
        {
            **NO_ROLES,
            "username": user.username,
            "unit": "二网格",
            "is_active": "on",
            "assignments-TOTAL_FORMS": "1",
            "assignments-INITIAL_FORMS": "1",
            "assignments-0-id": role.pk,
            "assignments-0-user": user.pk,
            "assignments-0-role": role.role,
            "assignments-0-territory": role.territory,
            "assignments-0-starts_on": "2020-01-01",
            "assignments-0-ends_on": "2026-06-30",
        },
    )

    entry = latest("users")
    assert entry.act == "changed"
    assert entry.details["changed"] == {
        "unit": ["一网格", "二网格"],
        f"roleassignment:changed:{role.pk}": {"ends_on": [None, "2026-06-30"]},
    }


def test_saving_without_a_change_tells_nothing(keeper):
    user = make_user(None, unit="一网格")

    browser(keeper).post(page_of(user), {**NO_ROLES, "username": user.username, "unit": "一网格", "is_active": "on"})

    assert not HistoryEntry.objects.filter(resource="users").exists()


def test_a_new_password_is_set_and_told_without_saying_it(keeper, client):
    user = make_user(None, username="forgetful")

    answer = browser(keeper).post(
        reverse("admin:auth_user_password_change", args=[user.pk]),
        {"password1": "another-door-today", "password2": "another-door-today", "usable_password": "true"},
    )

    assert answer.status_code == 302
    assert client.login(username="forgetful", password="another-door-today")
    assert "another-door-today" not in str(latest("users").details)


def test_nobody_locks_themselves_out_and_nobody_is_deleted(keeper):
    client = browser(keeper)
    answer = client.post(
        page_of(keeper),
        {
            **NO_ROLES,
            "username": "keeper",
            "assignments-TOTAL_FORMS": "0",
        },
    )

    keeper.refresh_from_db()
    assert answer.status_code == 302
    assert keeper.is_active
    assert client.post(page_of(make_user(None), "delete"), {"post": "yes"}).status_code == 403


def test_service_users_are_no_people(keeper):
    client_row = make_client("consent:read")
    shown = browser(keeper).get(reverse("admin:accounts_user_changelist")).context["cl"].result_list

    assert [user.username for user in shown] == ["keeper"]
    assert browser(keeper).get(page_of(client_row.service_user)).status_code == 302


# --- Clients ---------------------------------------------------------------------------------------


def test_a_client_is_made_and_its_secret_shown_once(keeper, client):
    answer = browser(keeper).post(
        reverse("admin:accounts_apiclient_add"),
        {"name": "市平台", "territory": "4205", "scopes": ["consent:read", "plans:read"]},
    )

    made, secret = ApiClient.objects.get(), answer.context["secret"]
    assert answer.status_code == 200
    assert secret in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    assert made.scopes == ["consent:read", "plans:read"]
    assert secret not in browser(keeper).get(page_of(made)).content.decode()
    assert latest("api-clients").by == keeper
    token = client.post(
        "/oauth/token/",
        {"grant_type": "client_credentials", "client_id": made.client_id, "client_secret": secret},
    )
    assert token.status_code == 200


@pytest.mark.parametrize(
    ("field", "value"),
    [("name", "市平台"), ("name", ""), ("territory", "42"), ("scopes", ["consent:all"]), ("scopes", [])],
)
def test_a_client_that_cannot_be_is_refused_at_its_field(keeper, field, value):
    asked = {"name": "市平台", "territory": "4205", "scopes": ["consent:read"]}
    browser(keeper).post(reverse("admin:accounts_apiclient_add"), asked)
    assert ApiClient.objects.count() == 1

    answer = browser(keeper).post(reverse("admin:accounts_apiclient_add"), {**asked, "name": "另一个", field: value})

    assert list(errors_of(answer)) == [field]
    assert ApiClient.objects.count() == 1


@pytest.mark.parametrize(("days", "then"), [("0", 401), ("7", 200)])
def test_a_new_secret_is_made_by_post_and_the_old_one_holds_as_long_as_was_said(keeper, client, days, then):
    page = browser(keeper).post(
        reverse("admin:accounts_apiclient_add"), {"name": "市平台", "territory": "4205", "scopes": ["consent:read"]}
    )
    made, old = ApiClient.objects.get(), page.context["secret"]
    url = reverse("admin:client_new_secret", args=[made.pk])

    def token_with(secret: str) -> int:
        asked = {"grant_type": "client_credentials", "client_id": made.client_id, "client_secret": secret}
        return client.post("/oauth/token/", asked).status_code

    assert browser(keeper).get(url).status_code == 200
    assert token_with(old) == 200
    unread = browser(keeper).post(url, {"overlap_days": "365"})
    assert list(unread.context["form"].errors) == ["overlap_days"]
    assert token_with(old) == 200

    new = browser(keeper).post(url, {"overlap_days": days}).context["secret"]

    assert token_with(old) == then
    assert token_with(new) == 200


def test_the_earlier_secret_is_ended_by_post_where_it_still_holds(keeper):
    made = create_client(name="市平台", territory="4205", scopes=["consent:read"])
    url, page = reverse("admin:client_end_secret", args=[made.client.pk]), page_of(made.client)
    assert url not in browser(keeper).get(page).content.decode()
    renew_secret(client=made.client, overlap_days=7)

    shown = browser(keeper).get(page).content.decode()
    asked = browser(keeper).get(url)
    assert url in shown
    assert made.secret[-4:] in shown
    assert asked.status_code == 200
    assert made.client.secrets.filter(expires_at__gt=timezone.now()).exists()

    browser(keeper).post(url)

    assert not made.client.secrets.filter(expires_at__gt=timezone.now()).exists()
    assert latest("api-clients").act == "secret_ended"
    assert url not in browser(keeper).get(page).content.decode()


def test_a_client_gets_a_last_day_and_a_limit_of_its_own(keeper):
    client_row, today = make_client("consent:read", territory="4205"), timezone.localdate()
    asked = {"territory": "4205", "scopes": ["consent:read"]}

    past = browser(keeper).post(
        page_of(client_row), {**asked, "expires_on": today - timedelta(days=1), "requests_per_minute": "0"}
    )
    done = browser(keeper).post(page_of(client_row), {**asked, "expires_on": today, "requests_per_minute": "100"})

    client_row.refresh_from_db()
    assert sorted(errors_of(past)) == ["expires_on", "requests_per_minute"]
    assert done.status_code == 302
    assert (client_row.expires_on, client_row.requests_per_minute) == (today, 100)
    assert latest("api-clients").details["changed"] == {
        "expires_on": [None, today.isoformat()],
        "requests_per_minute": [None, 100],
    }


def test_a_failed_job_is_queued_again_by_post(keeper):
    task = DBTaskResult.objects.create(
        args_kwargs={"args": [1], "kwargs": {}},
        task_path="governance.jobs.vote_fell",
        backend_name="default",
        run_after=get_date_max(),
        status="FAILED",
        worker_ids=["a", "b", "c"],
        finished_at=timezone.now(),
    )
    job = Job.objects.create(
        task=task.task_path, task_id=str(task.pk), subject="votes", subject_id=1, state="failed", attempts=3
    )
    url = reverse("admin:job_try_again", args=[job.pk])
    assert url in browser(keeper).get(page_of(job)).content.decode()
    assert browser(keeper).get(url).status_code == 405

    browser(keeper).post(url)
    browser(keeper).post(url)  # it waits already: nothing is done

    job.refresh_from_db()
    task.refresh_from_db()
    assert (job.state, task.status, task.worker_ids) == ("queued", "READY", [])
    assert HistoryEntry.objects.filter(resource="jobs", act="job_tried_again", by=keeper).count() == 1
    assert browser(make_user(Role.AUDITOR, "4205")).post(url).status_code == 403


def test_a_job_that_waits_is_cancelled_by_post(keeper, settings):
    settings.TASKS = IN_THE_DATABASE
    export = queue_export(subject="households", format="csv", by=keeper, language="en", filters={})
    job = Job.objects.get(subject="exports", subject_id=export.pk)
    url = reverse("admin:job_cancel", args=[job.pk])
    assert url in browser(keeper).get(page_of(job)).content.decode()

    browser(keeper).post(url)

    job.refresh_from_db()
    export.refresh_from_db()
    assert (job.state, export.state, export.error) == ("cancelled", "failed", "cancelled")
    assert url not in browser(keeper).get(page_of(job)).content.decode()


def test_the_list_of_jobs_shows_how_far_each_is_and_is_drawn_anew_while_one_runs(keeper):
    job = Job.objects.create(task="overview.jobs.make_export", subject="exports", subject_id=7, state="running")
    Job.objects.exclude(pk=job.pk).delete()
    Job.objects.filter(pk=job.pk).update(done=30, total=40)

    running = browser(keeper).get(reverse("admin:accounts_job_changelist")).content.decode()
    Job.objects.filter(pk=job.pk).update(state="done")
    done = browser(keeper).get(reverse("admin:accounts_job_changelist")).content.decode()

    assert '<progress max="40" value="30"></progress>' in running
    assert reverse("admin:overview_export_change", args=[7]) in running
    assert 'hx-trigger="every 2s"' in running
    assert "<progress" not in done
    assert 'hx-trigger="every 2s"' not in done


def test_a_client_is_switched_off_and_on(keeper):
    client_row = make_client("consent:read")
    url = reverse("admin:client_switch", args=[client_row.pk])

    browser(keeper).get(url)
    client_row.service_user.refresh_from_db()
    assert client_row.service_user.is_active
    browser(keeper).post(url)
    client_row.service_user.refresh_from_db()
    assert not client_row.service_user.is_active
    browser(keeper).post(url)
    client_row.service_user.refresh_from_db()
    assert client_row.service_user.is_active


def test_a_client_gets_other_scopes_and_the_history_tells(keeper):
    client_row = make_client("consent:read", territory="4205")

    answer = browser(keeper).post(page_of(client_row), {"territory": "420502", "scopes": ["plans:read"]})

    client_row.refresh_from_db()
    assert answer.status_code == 302
    assert (client_row.territory, client_row.scopes) == ("420502", ["plans:read"])
    assert latest("api-clients").details["changed"] == {
        "territory": ["4205", "420502"],
        "scopes": [["consent:read"], ["plans:read"]],
    }


def test_clients_are_for_administrators(keeper):
    client_row, auditor = make_client("consent:read"), make_user(Role.AUDITOR, "4205")

    for url in (reverse("admin:client_new_secret", args=[client_row.pk]), page_of(client_row)):
        assert browser(auditor).get(url).status_code in (302, 403)
        assert browser(auditor).post(url).status_code in (302, 403)
    assert HistoryEntry.objects.filter(resource="api-clients").count() == 0


# --- Reference data --------------------------------------------------------------------------------


def policy_form(division: Division, **fields) -> dict:
    return {
        "division": division.pk,
        "pass_share": "0.95",
        "count_vacant": "on",
        "valid_from": "2026-01-01",
        "document": "宜住建〔2026〕1号",
        **fields,
    }


def test_a_policy_is_set_changed_and_told(keeper):
    division = make_division("4205")
    browser(keeper).post(reverse("admin:consent_consentpolicy_add"), policy_form(division))
    policy = ConsentPolicy.objects.get()

    browser(keeper).post(page_of(policy), policy_form(division, pass_share="0.9"))

    policy.refresh_from_db()
    entry, change = latest("consent-policies"), Change.objects.filter(resource="consent-policies").latest("id")
    assert (entry.act, entry.community_code) == ("changed", "4205")
    assert entry.details["changed"] == {"pass_share": ["0.9500", "0.9"]}
    assert (change.action, change.fields, policy.version) == ("updated", ["pass_share"], 2)


@pytest.mark.parametrize(("share", "code"), [("0", "pass_share"), ("1.01", "pass_share"), ("x", "pass_share")])
def test_a_share_that_is_none_is_refused_at_its_field(keeper, share, code):
    answer = browser(keeper).post(
        reverse("admin:consent_consentpolicy_add"), policy_form(make_division("4205"), pass_share=share)
    )

    assert list(errors_of(answer)) == [code]


def test_an_official_sets_policies_in_their_own_territory_only(db):
    official = make_user(Role.DISTRICT_OFFICIAL, "420502")
    own, other = make_division("420502"), make_division("420503")
    of_city = ConsentPolicy.objects.create(
        division=make_division("4205"), pass_share="0.9", valid_from=date(2025, 1, 1), document="1"
    )
    add = reverse("admin:consent_consentpolicy_add")

    refused = browser(official).post(add, policy_form(other))
    taken = browser(official).post(add, policy_form(own))

    assert list(errors_of(refused)) == ["division"]
    assert taken.status_code == 302
    assert [policy.division for policy in ConsentPolicy.objects.exclude(pk=of_city.pk)] == [own]
    # It binds here, so it is read; it was set above, so it is not changed.
    assert browser(official).get(page_of(of_city)).status_code == 200
    assert browser(official).post(page_of(of_city), policy_form(own)).status_code == 403
    assert browser(official).post(page_of(of_city, "delete"), {"post": "yes"}).status_code == 403


def test_who_reads_a_city_keeps_rules_of_points_only_where_another_role_lets_them(db):
    secretary = make_user(Role.AUDITOR, "4205")
    give_role(secretary, Role.PARTY_SECRETARY, "420502001001")
    own, other = make_division("420502001001"), make_division("420503001001")
    add = reverse("admin:governance_pointrule_add")
    asked = {"code": "patrol", "name": "巡逻", "points": "5", "document": "办法", "valid_from": "2026-01-01"}

    refused = browser(secretary).post(add, {**asked, "division": other.pk})
    taken = browser(secretary).post(add, {**asked, "division": own.pk})

    assert list(errors_of(refused)) == ["division"]
    assert taken.status_code == 302
    assert [rule.division for rule in PointRule.objects.all()] == [own]


def test_a_policy_and_a_menu_in_use_stay_as_they_are(walked, keeper):
    policy, edition = ConsentPolicy.objects.get(), MenuEdition.objects.get()

    for row in (policy, edition):
        assert browser(keeper).get(page_of(row)).status_code == 200
        assert browser(keeper).post(page_of(row), policy_form(policy.division)).status_code == 403
        assert browser(keeper).post(page_of(row, "delete"), {"post": "yes"}).status_code == 403


def menu_form(edition: MenuEdition, **fields) -> dict:
    items = list(edition.items.order_by("code"))
    form = {
        "valid_from": edition.valid_from,
        "document": edition.document,
        "items-TOTAL_FORMS": len(items),
        "items-INITIAL_FORMS": len(items),
        "items-MIN_NUM_FORMS": 0,
        "items-MAX_NUM_FORMS": 1000,
    }
    for n, item in enumerate(items):
        for name in ("code", "category", "name_zh", "name_en", "unit", "funding_hint", "source"):
            form[f"items-{n}-{name}"] = getattr(item, name)
        form |= {f"items-{n}-id": item.pk, f"items-{n}-edition": edition.pk}
        if item.mandatory:
            form[f"items-{n}-mandatory"] = "on"
    return {**form, **fields}


def test_an_edition_is_kept_with_its_items_by_the_city(db):
    edition = make_menu_edition()
    city, district = make_user(Role.CITY_OFFICIAL, "4205"), make_user(Role.DISTRICT_OFFICIAL, "420502")
    changed = menu_form(edition, **{"items-1-name_zh": "新名字", "items-2-DELETE": "on"})

    assert browser(district).post(page_of(edition), changed).status_code == 403
    assert browser(city).post(page_of(edition), changed).status_code == 302

    assert [item.name_zh for item in MenuItem.objects.order_by("code")] == ["项目B01", "新名字"]
    told = latest("menu-editions").details["changed"]
    kept = MenuItem.objects.get(code="B03")
    assert told[f"menuitem:changed:{kept.pk}"] == {"name_zh": ["项目B03", "新名字"]}
    assert len(told["menuitem:removed"]) == 1


def test_an_edition_by_hand_holds_from_today_on_with_codes_that_phones_can_send(keeper):
    edition = make_menu_edition(valid_from=timezone.localdate() + timedelta(days=9))
    client = browser(keeper)
    past = client.post(page_of(edition), menu_form(edition, valid_from="2026-01-01"))
    unsendable = client.post(page_of(edition), menu_form(edition, **{"items-1-code": "B-03"}))

    today = client.post(page_of(edition), menu_form(edition, valid_from=timezone.localdate()))

    assert set(errors_of(past)) == {"valid_from"}
    assert unsendable.status_code == 200
    assert today.status_code == 302
    edition.refresh_from_db()
    assert edition.valid_from == timezone.localdate()
    assert sorted(edition.items.values_list("code", flat=True)) == ["B01", "B03", "U11"]


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"code": "42050200"}, ["code", "parent"]),
        ({"code": "420503001"}, ["parent"]),
        ({"parent": ""}, ["parent"]),
        ({"level": "community"}, ["code", "parent"]),
        ({"code": "42050200x"}, ["code"]),
    ],
)
def test_a_division_lies_where_its_code_says(keeper, fields, wrong):
    district = make_division("420502")
    asked = {"name": "示范街道", "level": "street", "code": "420502009", "parent": district.pk}

    answer = browser(keeper).post(reverse("admin:renovation_division_add"), {**asked, **fields})

    assert set(errors_of(answer)) <= set(wrong)
    assert errors_of(answer) != {}
    assert not Division.objects.filter(name="示范街道").exists()


def test_a_division_is_added_renamed_and_removed_while_nothing_is_given_for_it(keeper):
    district = make_division("420502")
    client = browser(keeper)
    client.post(
        reverse("admin:renovation_division_add"),
        {"name": "示范街道", "level": "street", "code": "420502009", "parent": district.pk},
    )
    street = Division.objects.get(code="420502009")

    client.post(page_of(street), {"name": "示范二街", "code": "999999999", "level": "city"})
    street.refresh_from_db()
    assert (street.name, street.code, street.level) == ("示范二街", "420502009", "street")

    role = make_user(Role.COMMUNITY_STAFF, "420502009001").assignments.get()
    assert client.post(page_of(street, "delete"), {"post": "yes"}).status_code == 403
    role.delete()
    assert client.post(page_of(street, "delete"), {"post": "yes"}).status_code == 302

    assert not Division.objects.filter(code="420502009").exists()
    assert Change.objects.filter(resource="divisions").latest("id").action == "deleted"


def test_divisions_are_kept_by_administrators_alone(db):
    both = make_user(Role.AUDITOR, "4205")
    give_role(both, Role.COMMUNITY_STAFF, "420502001001")
    own, district = make_division("420502001001"), Division.objects.get(code="420502")
    asked = {"name": "示范街道", "level": "street", "code": "420502009", "parent": district.pk}
    client = browser(both)
    assert client.get(page_of(own)).status_code == 200

    answers = [
        client.post(reverse("admin:renovation_division_add"), asked),
        client.post(page_of(own), {"name": "改名社区"}),
        client.post(page_of(own, "delete"), {"post": "yes"}),
    ]

    assert [answer.status_code for answer in answers] == [403, 403, 403]
    assert Division.objects.get(pk=own.pk).name == "D420502001001"
    assert not Division.objects.filter(code="420502009").exists()


def test_a_lost_second_factor_and_a_lost_phone_are_ended_and_told(walked, keeper):
    from allauth.mfa.models import Authenticator
    from allauth.usersessions.models import UserSession

    client = browser(keeper)

    client.post(page_of(Authenticator.objects.get(), "delete"), {"post": "yes"})
    client.post(page_of(UserSession.objects.get(user=walked.staff), "delete"), {"post": "yes"})

    assert not Authenticator.objects.exists()
    assert not UserSession.objects.filter(user=walked.staff).exists()
    acts = HistoryEntry.objects.filter(resource="users", object_id=walked.staff.pk).order_by("id")
    assert [entry.act for entry in acts][-2:] == ["second_factor_removed", "device_signed_out"]


def test_a_phone_lost_at_the_doors_is_removed_with_its_secret_and_told(walked, keeper):
    phone = FieldPhone.objects.get()
    client = browser(keeper)
    page = client.get(page_of(phone)).content.decode()

    asked = client.get(page_of(phone, "delete"))
    client.post(page_of(phone, "delete"), {"post": "yes"})

    assert "Android · Chrome" in page
    assert (b64encode(secret_of(phone)).decode() in page, bytes(phone.secret).decode() in page) == (False, False)
    assert asked.status_code == 200
    assert (FieldPhone.objects.count(), PhoneQueue.objects.count()) == (0, 0)
    entry = HistoryEntry.objects.filter(resource="users", object_id=walked.staff.pk).latest("pk")
    assert (entry.act, entry.by) == ("phone_removed", keeper)
    assert HandedVisit.objects.count() == 2


def test_a_phone_is_neither_made_nor_changed_here(walked, keeper):
    phone = FieldPhone.objects.get()

    made = browser(keeper).get("/admin/consent/fieldphone/add/")
    changed = browser(keeper).post(page_of(phone), {"name": "x", "_save": "1"})

    assert (made.status_code, changed.status_code) == (403, 403)
    assert FieldPhone.objects.get().name == "Android · Chrome"


def test_a_webhook_is_paused_and_resumed_and_its_secret_shown_nowhere(walked, keeper):
    webhook = make_webhook()
    url = reverse("admin:webhook_switch", args=[webhook.pk])

    browser(keeper).get(url)
    webhook.refresh_from_db()
    assert webhook.state == "active"
    browser(keeper).post(url)
    webhook.refresh_from_db()
    assert (webhook.state, webhook.paused_reason, latest("webhooks").by) == ("paused", "asked", keeper)
    figures = {figure.name: figure.count for figure in browser(keeper).get("/admin/").context["figures"]}
    assert figures["webhooks-paused"] == 1
    browser(keeper).post(url)
    webhook.refresh_from_db()
    assert webhook.state == "active"
    page = browser(keeper).get(page_of(webhook)).content.decode()
    assert (webhook.name in page, SECRET in page, bytes(webhook.secret).decode() in page) == (True, False, False)


def test_a_webhook_is_sent_a_test_unless_it_is_paused(walked, keeper, reader):
    webhook = make_webhook()
    url = reverse("admin:webhook_test", args=[webhook.pk])
    client = browser(keeper)

    assert browser(reader).post(url).status_code == 403
    asked = client.get(url)
    assert not webhook.deliveries.exists()
    sent = client.post(url)
    delivery = webhook.deliveries.get()
    pause_webhook(webhook=webhook, by=keeper)
    refused = client.post(url)

    assert webhook.name in asked.content.decode()
    assert (sent["Location"], delivery.type) == (page_of(delivery), "webhook.test")
    assert (refused["Location"], webhook.deliveries.count()) == (page_of(webhook), 1)


def test_an_act_says_to_which_row_it_is_done(keeper):
    client = make_client("consent:read", name="市平台")
    page = browser(keeper).get(reverse("admin:client_switch", args=[client.pk]))

    html = page.content.decode()
    assert f'<a href="{page_of(client)}">{client}</a>' in html
    assert f'<span class="bo-here">{page.context["title"]}</span>' in html


def test_a_message_is_sent_again_from_its_page(walked, keeper, reader):
    over = make_delivery(webhook=make_webhook(), state="given_up")
    waiting = make_delivery(webhook=over.webhook)
    url = reverse("admin:webhook_resend", args=[over.pk])

    assert browser(reader).post(url).status_code == 403
    browser(keeper).get(url)
    assert over.webhook.deliveries.count() == 2
    answer = browser(keeper).post(url)
    again = over.webhook.deliveries.get(resend_of=over.pk)
    assert answer["Location"] == page_of(again)
    assert again.event_id == over.event_id

    browser(keeper).post(reverse("admin:webhook_resend", args=[waiting.pk]))
    assert over.webhook.deliveries.count() == 3
    assert url in browser(keeper).get(page_of(over)).content.decode()
    assert "resend" not in browser(keeper).get(page_of(waiting)).content.decode()
