"""The building and the door sheet, without a script."""

import re
from uuid import UUID, uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.choices import Role
from accounts.models import HistoryEntry
from consent.models import Stance, Survey, Visit
from consent.services.visits import record_visits
from tests.consent.casts import a_visit, make_survey
from tests.factories import COMMUNITY, make_user

pytestmark = pytest.mark.django_db

PIXEL = (
    "data:image/png;base64,"
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


@pytest.fixture
def worker(client):
    worker = make_user()
    client.force_login(worker)
    client.cookies["django_language"] = "en"
    return worker


def body(answer) -> str:
    return re.sub(r"\s+", " ", answer.content.decode()).replace(" <", "<")


def sheet(**fields):
    """A sheet that is complete for a yes in round 1."""
    return {
        "client_id": str(uuid4()),
        "outcome": "supports",
        "given": "signed",
        "respondent": "owner",
        "party": ["owners_committee", "community"],
        "commitments": ["convention"],
        **fields,
    }


def address(survey: Survey, household) -> str:
    return f"/field/surveys/{survey.pk}/doors/{household.pk}/"


def test_a_visit_is_recorded_and_the_next_door_offered_with_the_receipt_code(client, worker):
    survey, doors, _by = make_survey()

    saved = client.post(address(survey, doors[0]), sheet(menu_items=["B03"], reasons=["cost"], note="先修排水"))
    page = body(client.get(saved["Location"]))

    visit = Visit.objects.get()
    assert saved["Location"] == f"/field/surveys/{survey.pk}/?from={doors[0].pk}"
    assert visit.commitments == {
        "self_governance": False,
        "convention": True,
        "demolition": False,
        "contribution": False,
        "property_management": False,
    }
    assert (visit.menu_items, visit.reasons, visit.private.note) == (["B03"], ["cost"], "先修排水")
    assert f'data-testid="receipt-code">{visit.private.receipt_code}</strong>' in page
    assert re.search(r'href="([^"]+)" data-testid="next-door"', page)[1] == address(survey, doors[1])


def test_sending_the_sheet_twice_records_one_visit(client, worker):
    survey, doors, _by = make_survey()
    filled = sheet()

    client.post(address(survey, doors[0]), filled)
    client.post(address(survey, doors[0]), filled)

    assert Visit.objects.count() == 1


def test_each_refusal_stands_at_its_place_and_what_was_entered_stays(client, worker):
    survey, doors, _by = make_survey()

    refused = client.post(
        address(survey, doors[0]), sheet(given="", respondent="tenant", party=["community"], note="在外地")
    )

    page = body(refused)
    assert refused.status_code == 409
    assert Visit.objects.count() == 0
    for place, words in (
        ("given-verbal", "Say how the yes was given"),
        ("respondent-tenant", "A tenant cannot give an owner"),
        ("party-community", "Round 1 needs at the door: Owners"),
    ):
        fieldset = page[page.index(f'data-testid="{place}"') :].split("</fieldset>")[0]
        assert words in fieldset
    assert 'value="tenant" checked' in page
    assert ">在外地</textarea>" in page


def test_what_does_not_belong_to_the_outcome_is_left_out(client, worker):
    survey, doors, _by = make_survey()

    client.post(address(survey, doors[0]), sheet(outcome="no_answer"))

    visit = Visit.objects.get()
    assert (visit.outcome, visit.given, visit.respondent, visit.commitments) == ("no_answer", "", "", None)


@pytest.mark.parametrize(
    "fields",
    [
        {"outcome": "maybe"},
        {"outcome": ""},
        {"client_id": "x"},
        {"menu_items": ["ZZ"]},
        {"party": ["postman"]},
        {"visited_at": "yesterday"},
        {"visited_at": "1000-01-01T00:00"},
        {"visited_at": "2999-01-01T00:00"},
        {"round": "3"},
        {"supersedes": "x"},
        {"supersedes": "11111111-1111-1111-1111-111111111111"},
        {"signature": "data:image/png;base64,AAAA"},
        {"signature": "javascript:1"},
        {"note": "\x00"},
        {"note": "x" * 2001},
    ],
)
def test_what_cannot_be_taken_is_said_and_nothing_is_recorded(client, worker, fields):
    survey, doors, _by = make_survey()

    refused = client.post(address(survey, doors[0]), sheet(**fields))

    assert refused.status_code == 409
    assert "Not saved yet." in body(refused)
    assert Visit.objects.count() == 0


def test_a_signature_comes_along_encrypted(client, worker):
    survey, doors, _by = make_survey()

    client.post(address(survey, doors[0]), sheet(signature=PIXEL))

    kept = bytes(Visit.objects.get().private.signature)
    assert kept
    assert b"PNG" not in kept


def test_a_photo_that_cannot_be_read_does_not_lose_the_answer(client, worker):
    survey, doors, _by = make_survey()
    photo = SimpleUploadedFile("form.jpg", b"not a photo", "image/jpeg")

    saved = client.post(address(survey, doors[0]), sheet(photo=photo))

    assert Visit.objects.count() == 1
    assert "The answer is saved, the photo is not" in body(client.get(saved["Location"]))


def test_a_slip_is_corrected_by_a_visit_that_names_it(client, worker):
    survey, doors, _by = make_survey()
    client.post(address(survey, doors[0]), sheet())
    wrong = Visit.objects.get()

    form = body(client.get(f"{address(survey, doors[0])}?correct={wrong.client_id}"))
    client.post(address(survey, doors[0]), sheet(outcome="not_yet", supersedes=str(wrong.client_id)))

    assert f'name="supersedes" value="{wrong.client_id}"' in form
    assert 'value="supports" checked' in form
    assert Visit.objects.latest("sequence").supersedes == wrong
    assert Stance.objects.get(door=wrong.door).value == "not_yet"
    again = body(client.get(address(survey, doors[0])))
    assert f"?correct={wrong.client_id}" not in again
    assert f"?correct={Visit.objects.latest('sequence').client_id}" in again


def test_the_party_is_chosen_once_for_the_outing(client, worker):
    survey, doors, _by = make_survey()

    client.post(f"/field/surveys/{survey.pk}/party/", {"party": ["owners_committee", "community", "nobody"]})

    page = body(client.get(address(survey, doors[3])))
    assert 'value="owners_committee" checked' in page
    assert 'value="community" checked' in page
    assert 'value="grid" data' in page


def test_a_grid_worker_finds_only_the_own_grid(client):
    survey, doors, _by = make_survey()
    mine, other = doors[0].building, doors[5].building
    mine.grid, other.grid = f"{COMMUNITY}001", f"{COMMUNITY}002"
    mine.save()
    other.save()
    client.force_login(make_user(Role.GRID_WORKER, f"{COMMUNITY}001"))

    page = body(client.get(f"/field/surveys/{survey.pk}/"))

    assert f'data-testid="door-{doors[0].pk}"' in page
    assert f'data-testid="door-{doors[5].pk}"' not in page
    assert client.get(address(survey, doors[5])).status_code == 404
    assert client.post(address(survey, doors[5]), sheet()).status_code == 404


@pytest.mark.parametrize("role", [Role.PARTY_SECRETARY, Role.PROPERTY_CLERK, Role.DISTRICT_OFFICIAL, Role.AUDITOR])
def test_who_logs_no_visits_finds_no_sheet(client, role):
    survey, doors, _by = make_survey()
    territory = survey.neighbourhood.code if role in (Role.PARTY_SECRETARY, Role.PROPERTY_CLERK) else COMMUNITY[:6]
    client.force_login(make_user(role, territory))

    assert client.get(address(survey, doors[0])).status_code in (403, 404)
    assert client.post(address(survey, doors[0]), sheet()).status_code in (403, 404)
    assert Visit.objects.count() == 0


def test_name_and_phone_are_masked_until_opened_and_that_is_kept(client, worker):
    survey, doors, _by = make_survey()
    doors[0].head_name, doors[0].phones = "周敏", ["13812342071"]
    doors[0].save()

    masked = body(client.get(address(survey, doors[0])))
    opened = body(client.post(address(survey, doors[0]), {"reveal": "1"}))

    assert "周**" in masked
    assert "138****2071" in masked
    assert "13812342071" not in masked
    assert "周敏" in opened
    assert 'href="tel:13812342071"' in opened
    assert HistoryEntry.objects.get(act="personal_fields_read").by == worker


def test_the_building_shows_each_door_with_its_stance(client, worker):
    survey, doors, _by = make_survey()
    record_visits(survey=survey, visits=[a_visit(doors[0], given="verbal"), a_visit(doors[1], "opposes")], by=worker)

    page = body(client.get(f"/field/surveys/{survey.pk}/"))

    def door(household) -> str:
        (found,) = (tag for tag in re.findall(r"<a class=\"door\"[^>]*>", page) if f'"door-{household.pk}"' in tag)
        return found

    assert 'data-stance="supports" data-given="verbal"' in door(doors[0])
    assert 'data-stance="opposes"' in door(doors[1])
    assert 'data-stance="not_visited"' in door(doors[2])
    assert 'data-due="true"' in door(doors[2])
    assert 'data-due="true"' not in door(doors[1])


def test_a_door_is_found_by_its_number(client, worker):
    survey, doors, _by = make_survey()

    found = body(client.get(f"/field/surveys/{survey.pk}/search/?search=2-1-301"))
    nothing = body(client.get(f"/field/surveys/{survey.pk}/search/?search=999"))

    assert re.findall(r"/doors/(\d+)/", found) == [str(doors[7].pk)]
    assert "No such door in your area." in nothing


def test_the_list_names_the_doors_left(client, worker):
    survey, doors, _by = make_survey()
    record_visits(survey=survey, visits=[a_visit(doors[0])], by=worker)

    page = body(client.get("/field/"))

    card = page[page.index(f'data-testid="survey-{survey.pk}"') :]
    assert '<b class="num">9</b>' in card


def test_the_id_on_an_empty_sheet_is_new_each_time(client, worker):
    survey, doors, _by = make_survey()

    ids = {
        UUID(re.search(r'name="client_id" value="([^"]+)"', body(client.get(address(survey, doors[0]))))[1])
        for _ in range(3)
    }

    assert len(ids) == 3
