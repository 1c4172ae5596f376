import re
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from governance.models import Convention, ConventionSignature
from renovation.services.evidence import latest_of
from tests.cast import Cast
from tests.factories import make_building, make_household, make_stairwell
from tests.governance.bodies_cast import a_vote
from tests.governance.conventions_cast import TEXT, a_convention, a_draft, adopted, sign, today

pytestmark = pytest.mark.django_db


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    client.cookies["django_language"] = "en"
    return client


@pytest.fixture
def community(community_worker: User) -> Client:
    return browser(community_worker)


def mains(html: str) -> int:
    return len(re.findall(r'data-kind="main"', html))


def entry(**fields: Any) -> dict[str, Any]:
    return {
        "signer": "周敏",
        "respondent": "owner",
        "form": "signed",
        "signed_on": today().isoformat(),
        "client_id": str(uuid4()),
        **fields,
    }


def test_a_convention_is_drafted_signed_door_by_door_and_adopted(cast: Cast, community: Client):
    hub = reverse("conventions", args=[cast.home.pk])
    assert "There is no residents" in community.get(hub).content.decode()
    new = reverse("convention_new", args=[cast.home.pk, "residents"])
    text = TEXT.replace("\n", "\r\n")
    made = community.post(new, {"title": "嘉明公约", "text": text, "per_cent": "50"})
    convention = Convention.objects.get()
    page = reverse("convention", args=[cast.home.pk, convention.pk])
    version = convention.versions.get()
    assert (made.status_code, made["Location"]) == (302, page)
    assert (version.text, version.needed_share) == (TEXT, Decimal("0.5"))
    shown = community.get(page)
    assert (shown.context["main"], mains(shown.content.decode())) == ("sign", 1)

    first, second = (reverse("convention_door", args=[cast.home.pk, convention.pk, door.pk]) for door in cast.doors[:2])
    assert 'value="周敏"' in community.get(first).content.decode()
    signed = community.post(first, entry(next="yes"))
    assert (signed.status_code, signed["Location"]) == (302, second)
    assert mains(community.get(first).content.decode()) == 0
    last = community.post(second, entry(next="yes", form="thumbprint"))
    assert (
        last["Location"]
        == f"{reverse('convention_doors', args=[cast.home.pk, convention.pk])}?building={cast.doors[0].building_id}"
    )
    doors = community.get(reverse("convention_doors", args=[cast.home.pk, convention.pk]))
    assert (doors.context["at_hand"].number, doors.context["next"]) == ("2", cast.doors[2])

    shown = community.get(page)
    assert (shown.context["main"], mains(shown.content.decode())) == ("adopt", 1)
    adopted_now = community.post(page, {"act": "adopt", "adopted_on": today().isoformat(), "document": "居议1号"})
    version.refresh_from_db()
    assert (adopted_now.status_code, version.state) == (302, "adopted")
    assert latest_of(cast.home, "precondition_2") is not None
    shown = community.get(page)
    assert (shown.context["main"], mains(shown.content.decode())) == ("file", 1)
    community.post(page, {"act": "file", "filed_with": "示范街道办", "filed_on": today().isoformat()})
    shown = community.get(page)
    assert (shown.context["main"], mains(shown.content.decode())) == ("", 0)
    assert "示范街道办" in community.get(hub).content.decode()


def test_a_refusal_is_said_on_the_form_with_its_status(cast: Cast, community: Client, community_worker: User):
    version = a_draft(cast.home, community_worker, needed_share=Decimal("0.5"))
    page = reverse("convention", args=[cast.home.pk, version.convention_id])

    refused = community.post(page, {"act": "adopt", "adopted_on": today().isoformat()})
    unread = community.post(page, {"act": "withdraw", "reason": ""})

    assert (refused.status_code, unread.status_code) == (409, 400)
    assert "0 of 4 households have signed; 2 must have." in refused.content.decode()
    version.refresh_from_db()
    assert version.state == "draft"


def test_a_signature_is_taken_back_at_its_door(cast: Cast, community: Client, community_worker: User):
    version = a_draft(cast.home, community_worker)
    sign(version, cast.doors[0], community_worker)
    address = reverse("convention_door", args=[cast.home.pk, version.convention_id, cast.doors[0].pk])

    taken = community.post(address, {"signed_on": today().isoformat(), "client_id": str(uuid4())})

    assert (taken.status_code, taken["Location"]) == (302, address)
    assert not ConventionSignature.objects.standing().exists()
    assert "taken back" in community.get(address).content.decode()


def test_a_covenant_waits_for_its_vote(cast: Cast, community: Client, community_worker: User):
    version = a_draft(cast.home, community_worker, "covenant", title="管理规约")
    page = reverse("convention", args=[cast.home.pk, version.convention_id])
    before = community.get(page)
    assert (before.context["main"], mains(before.content.decode())) == ("vote", 1)
    vote = a_vote(cast.home, community_worker, matter=2, title="通过管理规约")

    after = community.get(page)
    assert (after.context["main"], mains(after.content.decode())) == ("adopt", 1)
    done = community.post(page, {"act": "adopt", "vote": vote.pk, "adopted_on": today().isoformat()})
    assert done.status_code == 302
    vote.rescinded_at = vote.closed_at
    vote.save(update_fields=["rescinded_at"])
    assert "was rescinded" in community.get(page).content.decode()


def test_an_official_reads_totals_and_no_door(cast: Cast, district_official: User, community_worker: User):
    stairwell = make_stairwell(building=make_building(neighbourhood=cast.home, number="3"))
    for unit in range(101, 109):
        make_household(stairwell=stairwell, unit_number=str(unit))
    version = a_draft(cast.home, community_worker)
    sign(version, cast.doors[0], community_worker, signer="签字的人")
    official, args = browser(district_official), [cast.home.pk, version.convention_id]

    page = official.get(reverse("convention", args=args)).content.decode()
    hub = official.get(reverse("conventions", args=[cast.home.pk])).content.decode()

    assert '<span class="figure" data-testid="signed">1<small> / 12</small></span>' in page
    assert "Small buildings together" in page
    assert ("签字的人" in page, mains(page), mains(hub)) == (False, 0, 0)
    assert official.get(reverse("convention_doors", args=args)).status_code == 403
    assert official.get(reverse("convention_door", args=[*args, cast.doors[0].pk])).status_code == 403
    assert "签字的人" not in official.get(reverse("convention_print", args=args)).content.decode()
    assert official.post(reverse("convention", args=args), {"act": "rename", "title": "x"}).status_code == 403
    assert official.get(reverse("convention_text", args=args)).status_code == 403


def test_a_grid_worker_sees_the_doors_of_the_grid_and_writes_none(
    cast: Cast, grid_worker: User, community_worker: User
):
    version = a_draft(cast.home, community_worker)
    args = [cast.home.pk, version.convention_id]
    page = browser(grid_worker)

    doors = page.get(reverse("convention_doors", args=args))
    mine = reverse("convention_door", args=[*args, cast.doors[0].pk])

    assert [door.pk for door in doors.context["doors"]] == [door.pk for door in cast.doors[:2]]
    assert page.get(mine).status_code == 200
    assert page.post(mine, entry()).status_code == 403
    assert page.get(reverse("convention_door", args=[*args, cast.doors[2].pk])).status_code == 404


def test_a_clerk_reads_the_text_and_no_figures(cast: Cast, property_clerk: User, community_worker: User):
    version = a_draft(cast.home, community_worker)
    sign(version, cast.doors[0], community_worker)

    page = browser(property_clerk).get(reverse("convention", args=[cast.home.pk, version.convention_id]))

    assert (page.context["signing"], TEXT.split("\n")[0] in page.content.decode()) == (None, True)


def test_strangers_find_no_convention(cast: Cast, outsider: User, community_worker: User):
    version = a_draft(cast.home, community_worker)
    stranger, args = browser(outsider), [cast.home.pk, version.convention_id]

    names = ("convention", "convention_text", "convention_print", "convention_doors")
    assert [stranger.get(reverse(name, args=args)).status_code for name in names] == [404] * 4
    assert stranger.get(reverse("conventions", args=[cast.home.pk])).status_code == 404
    assert stranger.get(reverse("convention_new", args=[cast.home.pk, "residents"])).status_code == 404


def test_a_convention_is_asked_for_in_its_own_neighbourhood(cast: Cast, city_official: User, community_worker: User):
    version = a_draft(cast.home, community_worker)

    answer = browser(city_official).get(reverse("convention", args=[cast.next_door.pk, version.convention_id]))

    assert answer.status_code == 404


def test_the_wall_shows_which_stairwell_has_its_own(cast: Cast, community: Client, community_worker: User):
    stairwell = cast.doors[0].stairwell
    a_convention(cast.home, community_worker, "stairwell", stairwell=stairwell, title="楼道公约")

    page = community.get(reverse("conventions", args=[cast.home.pk]))

    tiles = page.context["texts"].tiles
    assert [(tile.stairwell.pk, tile.state) for tile in tiles] == [
        (stairwell.pk, "draft"),
        (cast.doors[2].stairwell_id, "none"),
    ]
    new = community.get(
        reverse("convention_new", args=[cast.home.pk, "stairwell"]) + f"?stairwell={tiles[1].stairwell.pk}"
    )
    assert list(new.context["form"].stairwells) == [str(tiles[1].stairwell.pk)]


def test_pages_spend_the_same_queries_for_one_row_and_for_three(cast: Cast, community: Client, community_worker: User):
    version = adopted(cast.home, cast.doors[0], community_worker)
    addresses = [
        reverse("conventions", args=[cast.home.pk]),
        *(reverse(name, args=[cast.home.pk, version.convention_id]) for name in ("convention", "convention_doors")),
        reverse("convention_print", args=[cast.home.pk, version.convention_id]),
    ]

    def spent() -> list[int]:
        found = []
        for address in addresses:
            with CaptureQueriesContext(connection) as queries:
                assert community.get(address).status_code == 200
            found.append(len(queries))
        return found

    spent()
    one = spent()
    for door in cast.doors[1:]:
        sign(version, door, community_worker)
    for door in (cast.doors[0], cast.doors[2]):
        a_convention(
            cast.home, community_worker, "stairwell", stairwell=door.stairwell, text=f"楼道{door.pk}", title="楼道公约"
        )
    assert spent() == one
