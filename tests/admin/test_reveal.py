"""Personal fields on a reason: to whom the roles table gives them, one row at a time, and written down."""

import pytest

from accounts.choices import Role
from accounts.models import HistoryEntry, User
from renovation.models import Owner
from tests.admin.conftest import SECRETS, browser
from tests.admin.test_lists import page_of
from tests.consent.walked_survey import Walked
from tests.factories import make_user

REASON = {"reason": "信访件 2026-18"}


@pytest.fixture
def official(walked: Walked) -> User:
    return make_user(Role.DISTRICT_OFFICIAL, walked.neighbourhood.community_code[:6], username="official")


def test_an_official_reads_one_household_on_a_reason(walked, official):
    household = walked.households[0]
    client = browser(official)
    masked = client.get(page_of(household))
    assert "周**" in masked.content.decode()
    assert page_of(household, "reveal") in masked.content.decode()
    asked = client.get(page_of(household, "reveal"))
    assert not HistoryEntry.objects.filter(act="revealed").exists()

    page = client.post(page_of(household, "reveal"), REASON, HTTP_X_REQUEST_ID="case-18")

    assert [text for _label, text in page.context["shown"]] == ["周敏敏", "13812342071", "周敏敏住院"]
    assert "no-store" in page["Cache-Control"]
    entry = HistoryEntry.objects.get(act="revealed")
    assert (entry.by, entry.object_id, entry.resource, entry.request_id) == (
        official,
        household.pk,
        "households",
        "case-18",
    )
    assert entry.details == REASON
    for other in (masked, asked, client.get(page_of(household)), client.get(page_of(household, "history"))):
        assert not any(secret in other.content.decode() for secret in SECRETS)
    assert client.get(page_of(household, "reveal")).context["shown"] == []


def test_an_owner_too(walked, official):
    owner = Owner.objects.get(name="李四四")

    page = browser(official).post(page_of(owner, "reveal"), REASON)

    assert [text for _label, text in page.context["shown"]] == ["李四四", "13900001111"]


@pytest.mark.parametrize("reason", ["", "   ", "x" * 501])
def test_without_a_reason_nothing_is_shown_and_nothing_written_down(walked, official, reason):
    page = browser(official).post(page_of(walked.households[0], "reveal"), {"reason": reason})

    assert page.status_code == 400
    assert "周敏敏" not in page.content.decode()
    assert not HistoryEntry.objects.filter(act="revealed").exists()


@pytest.mark.parametrize("who", ["root", "keeper", "reader"])
def test_administrators_and_auditors_stay_with_the_mask(walked, request, who):
    household, client = walked.households[0], browser(request.getfixturevalue(who))

    page = client.get(page_of(household))
    refused = [client.get(page_of(household, "reveal")), client.post(page_of(household, "reveal"), REASON)]

    assert page.status_code == 200
    assert page_of(household, "reveal") not in page.content.decode()
    assert [answer.status_code for answer in refused] == [403, 403]
    assert not HistoryEntry.objects.filter(act="revealed").exists()


def test_an_official_of_elsewhere_does_not_find_the_row(walked):
    elsewhere = make_user(Role.DISTRICT_OFFICIAL, "420503")

    answer = browser(elsewhere).post(page_of(walked.households[0], "reveal"), REASON)

    assert answer.status_code == 302
    assert not HistoryEntry.objects.filter(act="revealed").exists()


def test_the_lists_of_doors_and_owners_are_masked_for_officials(walked, official):
    client = browser(official)
    for url in ("/admin/renovation/household/", "/admin/renovation/owner/", "/admin/renovation/household/export/"):
        answer = client.get(url)
        body = (b"".join(answer.streaming_content) if answer.streaming else answer.content).decode()
        assert answer.status_code == 200
        assert "周**" in body or "李**" in body
        assert not any(secret in body for secret in SECRETS)
