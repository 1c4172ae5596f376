"""Every model has its list and its pages, in both languages, at a cost that does not grow with the rows."""

import pytest
from django.apps import apps
from django.contrib import admin
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.back_office.lists import BoundedPaginator
from accounts.choices import Role
from consent.services.signing import publish_head
from renovation.models import Household
from tests.admin.conftest import browser, hang_rows_on
from tests.consent.walked_survey import open_walked, walk
from tests.factories import make_user

OURS = ("accounts", "renovation", "consent")
REGISTERED = sorted(admin.site._registry, key=lambda model: model._meta.label)
HEAVY = (
    "accounts.User", "accounts.HistoryEntry", "accounts.Change", "renovation.Neighbourhood", "renovation.Building",
    "renovation.Stairwell", "renovation.Household", "renovation.Owner", "renovation.Ownership",
    "renovation.ParkingSpace", "renovation.StageChange", "renovation.RosterProblem", "consent.Survey", "consent.Round",
    "consent.RollEntry", "consent.RoundDoor", "consent.Visit", "consent.VisitPrivateData", "consent.VisitPhoto",
    "consent.Stance", "consent.Tally", "consent.TreeHead", "consent.FieldPhone", "consent.PhoneQueue",
    "consent.HandedVisit",
)  # fmt: skip


def list_of(model) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


def page_of(row, view: str = "change") -> str:
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_{view}", args=[row.pk])


def test_every_model_of_ours_is_registered_searchable_and_filtered():
    ours = [model for model in apps.get_models() if model._meta.app_label in OURS]

    assert [model for model in ours if model not in admin.site._registry] == []
    assert [model for model in REGISTERED if not admin.site._registry[model].search_fields] == []
    assert [model for model in REGISTERED if not admin.site._registry[model].list_filter] == []


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_list_opens_searches_and_leads_to_its_rows(walked, keeper, language):
    client = browser(keeper)
    client.cookies["django_language"] = language

    for model in REGISTERED:
        rows = admin.site._registry[model].model._default_manager.all()
        if model._meta.label == "accounts.User":
            rows = rows.people()
        row = rows.order_by("-pk").first()
        assert row is not None, model._meta.label
        answers = [
            client.get(list_of(model)),
            client.get(list_of(model), {"q": "1 小区"}),
            client.get(page_of(row)),
            client.get(page_of(row, "history")),
        ]
        assert [answer.status_code for answer in answers] == [200, 200, 200, 200], model._meta.label


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_first_page_counts_what_the_lists_show(walked, keeper, language):
    client = browser(keeper)
    client.cookies["django_language"] = language

    figures = {figure.name: figure for figure in client.get("/admin/").context["figures"]}

    assert figures["open-surveys"].count == 1
    for figure in figures.values():
        assert client.get(figure.url).context["cl"].result_count == figure.count, figure.name


@pytest.mark.django_db
def test_a_list_is_ordered_by_nothing_but_what_it_may_be_sorted_by():
    make_user(Role.COMMUNITY_STAFF, username="aaa")
    client = browser(make_user(Role.ADMIN, "4205", username="keeper"))
    users, bills = (list_of(apps.get_model(name)) for name in ("accounts.User", "governance.Bill"))
    columns = client.get(users).context["cl"].list_display
    name, active = columns.index("username"), columns.index("is_active")

    found = client.get(users, {"o": f"-{name}.{active}.99.x"}).context["cl"]
    assert [user.username for user in found.result_list] == ["keeper", "aaa"]
    assert list(found.get_ordering_field_columns()) == [name]
    by_default = client.get(bills).context["cl"].get_ordering_field_columns()
    amount = client.get(bills).context["cl"].list_display.index("amount")
    assert client.get(bills, {"o": str(amount)}).context["cl"].get_ordering_field_columns() == by_default
    assert amount not in by_default


def test_every_kind_of_filter_takes_any_value_without_falling_over(walked, keeper):
    client, tried = browser(keeper), set()

    for model in REGISTERED:
        for spec in client.get(list_of(model)).context["cl"].filter_specs:
            kind = (type(spec), type(getattr(spec, "field", None)))
            if kind in tried:
                continue
            tried.add(kind)
            for name in spec.expected_parameters():
                for value in ("abc", "1", "99999999999999999999", "2026-13-45"):
                    answer = client.get(list_of(model), {name: value})
                    assert answer.status_code in (200, 302), (model._meta.label, name, value)

    assert len(tried) > 10


def test_a_list_costs_the_same_with_more_rows(walked, keeper):
    client, models = browser(keeper), [apps.get_model(label) for label in HEAVY]

    def queries(model) -> int:
        with CaptureQueriesContext(connection) as captured:
            client.get(list_of(model))
        return len(captured)

    client.get("/admin/")
    few = {model._meta.label: queries(model) for model in models}
    for _n in range(2):
        more = open_walked()
        walk(more)
        publish_head(more.survey)
        hang_rows_on(more)

    assert {model._meta.label: queries(model) for model in models} == few


def test_a_list_is_counted_and_paged_up_to_its_limit(walked, monkeypatch):
    monkeypatch.setattr("accounts.back_office.lists.ROWS_LISTED", 3)

    short = BoundedPaginator(Household.objects.filter(pk=walked.households[0].pk).order_by("pk"), 2)
    long = BoundedPaginator(Household.objects.order_by("pk"), 2)

    assert (long.count, long.num_pages, long.is_cut) == (3, 2, True)
    assert (short.count, short.is_cut) == (1, False)


def test_a_cut_list_says_so(walked, keeper, monkeypatch):
    page = browser(keeper).get(list_of(Household)).content.decode()
    assert 'class="bo-note"' not in page
    monkeypatch.setattr("accounts.back_office.lists.ROWS_LISTED", 3)

    assert 'class="bo-note"' in browser(keeper).get(list_of(Household)).content.decode()


def test_a_list_without_rows_says_why(db):
    client = browser(make_user(Role.ADMIN, "4205"))
    client.cookies["django_language"] = "en"

    empty, narrowed = (client.get("/admin/accounts/webhook/", query).content.decode() for query in ({}, {"q": "none"}))

    assert ("Nothing here yet" in empty, "No row fits" in empty) == (True, False)
    assert ("Nothing here yet" in narrowed, "No row fits" in narrowed) == (False, True)
