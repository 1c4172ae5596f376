"""Where people look at figures there is a way to their sheet, with what the page shows filled in."""

import html
import re

import pytest
from django.urls import reverse

from accounts.choices import Role
from consent.models import Survey
from overview.models import Export
from tests.cast import HERE
from tests.factories import make_user
from tests.overview.sheets_cast import a_full_place

pytestmark = pytest.mark.django_db

OF_A_NEIGHBOURHOOD = {
    "notices": "notice-log",
    "votes": "vote-results",
    "plan": "cost-shares",
    "money": "award-ledger",
    "warranties": "acceptance-list",
    "neighbourhood_evidence": "precondition-checklist",
    "governance": "committee-terms",
    "fee_rates": "collection",
}
OF_A_SURVEY = {"survey": "round-tally", "survey_orders": "item-choices", "survey_doors": "household-list"}


def way(page, sheet: str) -> str:
    found = re.search(rf'href="([^"]*)" data-testid="export-{sheet}"', page.content.decode())
    return html.unescape(found[1]) if found else ""


def test_each_page_leads_to_its_sheet_and_the_form_takes_what_the_page_gives(client):
    place = a_full_place(HERE)
    survey = Survey.objects.get(neighbourhood=place)
    staff = make_user(Role.COMMUNITY_STAFF, HERE)
    client.force_login(staff)
    client.cookies["django_language"] = "en"
    pages = [
        *((reverse(name, args=[place.pk]), sheet) for name, sheet in OF_A_NEIGHBOURHOOD.items()),
        *((reverse(name, args=[survey.pk]), sheet) for name, sheet in OF_A_SURVEY.items()),
        (f"{reverse('bodies')}?wants=ending", "committee-terms"),
        (reverse("deferred"), "deferred-list"),
        (reverse("neighbourhoods"), "neighbourhood-list"),
    ]

    for url, sheet in pages:
        link = way(client.get(url), sheet)
        assert link.startswith(f"/exports/new/?sheet={sheet}"), url
        form = client.get(link)
        assert form.status_code == 200, link
        sent = {bound.html_name: bound.value() or "" for bound in form.context["form"]}
        answer = client.post(reverse("export_new"), {**sent, "sheet": sheet, "format": "xlsx", "act": "make"})
        assert answer.status_code == 302, (sheet, sent, answer.context and answer.context["form"].errors)
        made = Export.objects.latest("pk")
        assert made.subject == sheet
        if "/neighbourhoods/" in url and url.count("/") > 3:
            assert made.filters["neighbourhood"] == place.name, sheet
        if "/surveys/" in url:
            assert made.filters["survey"] == str(survey.pk), sheet
        Export.objects.all().delete()
    assert (
        f"{place.name} · {survey.title}"
        in client.get(f"/exports/new/?sheet=round-tally&survey={survey.pk}").content.decode()
    )


def test_who_is_not_offered_a_sheet_finds_no_way_to_it(client):
    place = a_full_place(HERE)
    clerk = make_user(Role.PROPERTY_CLERK, place.code)
    client.force_login(clerk)

    assert way(client.get(reverse("notices", args=[place.pk])), "notice-log") == ""
    assert way(client.get(reverse("fee_rates", args=[place.pk])), "collection") != ""
    assert client.get("/exports/new/?sheet=notice-log").status_code in (403, 404)
