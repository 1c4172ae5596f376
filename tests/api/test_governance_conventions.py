"""Conventions, their versions and signatures over HTTP."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from accounts.models import User
from governance.models import ConventionSignature
from governance.rules.conventions import digest_of
from governance.services.conventions import adopt_version, draft_version, file_version, withdraw_version
from tests.api.helpers import API, signed_in, system
from tests.cast import Cast
from tests.factories import make_building, make_household, make_stairwell
from tests.governance.bodies_cast import a_vote
from tests.governance.conventions_cast import TEXT, a_convention, a_draft, adopted, sign, today

pytestmark = pytest.mark.django_db


@pytest.fixture
def community(community_worker: User) -> APIClient:
    return signed_in(community_worker)


@pytest.fixture
def official(district_official: User) -> APIClient:
    return signed_in(district_official)


def signature_body(version: int, household: int, **fields: Any) -> dict[str, Any]:
    return {
        "convention_version": version,
        "household": household,
        "signer": "周敏",
        "respondent": "owner",
        "form": "thumbprint",
        "signed_on": today().isoformat(),
        "client_id": str(uuid4()),
        **fields,
    }


def test_a_convention_from_its_draft_to_its_filing(cast: Cast, community: APIClient):
    draft = {
        "neighbourhood": cast.home.pk,
        "kind": "residents",
        "title": "居民公约",
        "text": TEXT,
        "needed_share": "0.5000",
    }
    made = community.post(f"{API}/conventions/", draft, format="json")
    assert made.status_code == 201, made.content
    convention = made.json()
    assert {name: convention[name] for name in ("neighbourhood", "kind", "stairwell", "title", "in_force")} == {
        "neighbourhood": cast.home.pk,
        "kind": "residents",
        "stairwell": None,
        "title": "居民公约",
        "in_force": None,
    }
    version = convention["draft"]["id"]
    address = f"{API}/convention-versions/{version}"
    read = community.get(f"{address}/").json()
    assert (read["text"], read["digest"], read["needed_share"], read["state"], read["vote_stands"]) == (
        TEXT,
        digest_of(TEXT),
        "0.5000",
        "draft",
        None,
    )

    few = community.post(f"{address}/adopt/", {"adopted_on": today().isoformat()}, format="json")
    assert (few.status_code, few.json()["code"]) == (409, "too_few_signatures")
    assert [few.json()[name] for name in ("signed", "households", "needed")] == [0, 4, 2]
    for door in cast.doors[:2]:
        signed = community.post(f"{API}/convention-signatures/", signature_body(version, door.pk), format="json")
        assert signed.status_code == 201, signed.content
    told = community.get(f"{address}/signing/").json()
    assert (told["households"], told["signed"], told["needed"], told["is_enough"]) == (4, 2, 2, True)
    assert [(row["number"], row["households"], row["signed"]) for row in told["buildings"]] == [
        ("1", 2, 2),
        ("2", 2, 0),
    ]
    assert told["buildings"][0]["stairwells"] == [
        {"stairwell": cast.doors[0].stairwell_id, "number": "1", "households": 2, "signed": 2}
    ]

    body = {"adopted_on": today().isoformat(), "document": "居议〔2026〕1号"}
    done = community.post(f"{address}/adopt/", body, format="json")
    assert (done.status_code, done.json()["state"]) == (200, "adopted")
    filing = {"filed_on": today().isoformat(), "filed_with": "示范街道办事处"}
    assert community.post(f"{address}/file/", filing, format="json").json()["filed_with"] == "示范街道办事处"
    stale = community.patch(f"{address}/", {"text": "x"}, format="json")
    assert (stale.status_code, stale.json()["code"]) == (409, "not_a_draft")
    now = community.get(f"{API}/conventions/{convention['id']}/")
    assert (now.json()["in_force"]["id"], now.json()["draft"], now["ETag"] == made["ETag"]) == (version, None, False)
    repealed = community.post(f"{address}/withdraw/", {"reason": "重拟"}, format="json").json()
    assert (repealed["state"], repealed["end_reason"], repealed["ended_on"]) == ("withdrawn", "重拟", str(today()))


def test_a_covenant_tells_whether_its_vote_still_stands(cast: Cast, community: APIClient, community_worker: User):
    version = a_draft(cast.home, community_worker, "covenant", title="管理规约")
    vote = a_vote(cast.home, community_worker, matter=2, title="管理规约")
    address = f"{API}/convention-versions/{version.pk}"
    body = {"adopted_on": today().isoformat(), "vote": vote.pk}
    done = community.post(f"{address}/adopt/", body, format="json")
    assert (done.status_code, done.json()["vote"], done.json()["vote_stands"]) == (200, vote.pk, True)

    vote.rescinded_at = vote.closed_at
    vote.save(update_fields=["rescinded_at"])

    again = community.get(f"{address}/")
    assert (again.json()["vote_stands"], again["ETag"] == done["ETag"]) == (False, False)


def test_a_signature_sent_twice_is_kept_once_and_taken_back_by_a_row(
    cast: Cast, community: APIClient, community_worker: User
):
    version = a_draft(cast.home, community_worker)
    body = signature_body(version.pk, cast.doors[0].pk)
    first = community.post(f"{API}/convention-signatures/", body, format="json")
    second = community.post(f"{API}/convention-signatures/", body, format="json")
    assert (first.status_code, second.status_code, second.json()) == (201, 200, first.json())
    assert (first.json()["signer"], first.json()["stands"], first.json()["withdraws"]) == ("周敏", True, None)
    assert datetime.fromisoformat(first.json()["created_at"]) == ConventionSignature.objects.get().at
    other = community.post(f"{API}/convention-signatures/", body | {"household": cast.doors[1].pk}, format="json")
    assert (other.status_code, other.json()["code"]) == (409, "client_id_reused")
    early = signature_body(version.pk, cast.doors[1].pk, signed_on=(today() + timedelta(days=30)).isoformat())
    assert community.post(f"{API}/convention-signatures/", early, format="json").json()["code"] == "day_in_future"

    address = f"{API}/convention-signatures/{first.json()['id']}"
    taken = community.post(f"{address}/withdraw/", {"client_id": str(uuid4())}, format="json")

    assert (taken.status_code, taken.json()["withdraws"], taken.json()["stands"]) == (201, first.json()["id"], False)
    assert community.get(f"{address}/").json()["stands"] is False
    listed = f"{API}/convention-signatures/?convention_version={version.pk}"
    assert community.get(f"{listed}&stands=true").json()["results"] == []
    assert len(community.get(f"{listed}&stands=false").json()["results"]) == 2


def test_who_may_not_see_it_finds_nothing_and_who_only_reads_is_refused(
    cast: Cast, outsider: User, grid_worker: User, community_worker: User
):
    version = a_draft(cast.home, community_worker)
    signature = sign(version, cast.doors[0], community_worker)
    stranger, reader = signed_in(outsider), signed_in(grid_worker)
    new = {"neighbourhood": cast.home.pk, "kind": "covenant", "title": "x", "text": "x"}

    for name, pk in (
        ("conventions", version.convention_id),
        ("convention-versions", version.pk),
        ("convention-signatures", signature.pk),
    ):
        assert stranger.get(f"{API}/{name}/{pk}/").status_code == 404
        assert stranger.get(f"{API}/{name}/").json()["results"] == []
        assert reader.get(f"{API}/{name}/{pk}/").status_code == 200
    assert stranger.post(f"{API}/conventions/", new, format="json").status_code == 400
    assert reader.post(f"{API}/conventions/", new, format="json").status_code == 403
    body = signature_body(version.pk, cast.doors[1].pk)
    assert stranger.post(f"{API}/convention-signatures/", body, format="json").status_code == 400
    assert reader.post(f"{API}/convention-signatures/", body, format="json").status_code == 403
    for step, told in (("adopt", {"adopted_on": str(today())}), ("withdraw", {"reason": "x"})):
        address = f"{API}/convention-versions/{version.pk}/{step}/"
        assert stranger.post(address, told, format="json").status_code == 404
        assert reader.post(address, told, format="json").status_code == 403
    take = f"{API}/convention-signatures/{signature.pk}/withdraw/"
    assert stranger.post(take, {"client_id": str(uuid4())}, format="json").status_code == 404
    assert reader.post(take, {"client_id": str(uuid4())}, format="json").status_code == 403
    assert ConventionSignature.objects.count() == 1


def test_officials_read_texts_and_totals_and_a_clerk_only_texts(
    cast: Cast, official: APIClient, property_clerk: User, community_worker: User
):
    stairwell = make_stairwell(building=make_building(neighbourhood=cast.home, number="3"))
    for unit in range(101, 109):
        make_household(stairwell=stairwell, unit_number=str(unit))
    version = a_draft(cast.home, community_worker)
    signature = sign(version, cast.doors[0], community_worker)
    clerk = signed_in(property_clerk)
    address = f"{API}/convention-versions/{version.pk}"

    told = official.get(f"{address}/signing/").json()
    assert (told["households"], told["signed"]) == (12, 1)
    assert [(row["building"], row["households"], row["signed"]) for row in told["buildings"]] == [(None, 12, 1)]
    assert official.get(f"{API}/convention-signatures/{signature.pk}/").status_code == 404
    assert official.get(f"{API}/convention-signatures/").json()["results"] == []
    assert clerk.get(f"{address}/").json()["text"] == TEXT
    assert clerk.get(f"{address}/signing/").status_code == 403
    assert clerk.get(f"{API}/convention-signatures/").json()["results"] == []


def test_a_client_needs_the_scope_of_governance_alone(cast: Cast, community_worker: User):
    version = a_draft(cast.home, community_worker)
    writer, reader = system("governance:write"), system("governance:read")
    body = signature_body(version.pk, cast.doors[0].pk)

    assert reader.post(f"{API}/convention-signatures/", body, format="json").status_code == 403
    assert system("registry:read").get(f"{API}/conventions/").status_code == 403
    assert writer.post(f"{API}/convention-signatures/", body, format="json").status_code == 201
    new = {
        "neighbourhood": cast.home.pk,
        "kind": "stairwell",
        "stairwell": cast.doors[0].stairwell_id,
        "title": "楼道公约",
        "text": "x",
    }
    assert writer.post(f"{API}/conventions/", new, format="json").status_code == 201


def test_filters_are_strict_and_narrow(cast: Cast, community: APIClient, community_worker: User):
    done = adopted(cast.home, cast.doors[0], community_worker)
    stairwell = a_convention(
        cast.home, community_worker, "stairwell", stairwell=cast.doors[0].stairwell, title="楼道公约"
    )

    def listed(query: str) -> list[int]:
        return [row["id"] for row in community.get(f"{API}/conventions/?{query}").json()["results"]]

    assert listed("in_force=true") == [done.convention_id]
    assert listed("in_force=false") == [stairwell.pk]
    assert listed("kind=stairwell") == listed(f"stairwell={cast.doors[0].stairwell_id}") == [stairwell.pk]
    assert listed("search=楼道") == [stairwell.pk]
    versions = community.get(f"{API}/convention-versions/?state=adopted&kind=residents").json()["results"]
    assert [row["id"] for row in versions] == [done.pk]
    assert community.get(f"{API}/conventions/?door=1").status_code == 400
    assert community.get(f"{API}/conventions/?in_force=x").status_code == 400


def test_what_cannot_be_read_is_told_at_its_place(cast: Cast, community: APIClient):
    body = {"neighbourhood": cast.home.pk, "kind": "bylaw", "title": "", "text": "x", "needed_share": "1.5"}

    answer = community.post(f"{API}/conventions/", body, format="json")

    assert answer.status_code == 400
    assert {fault["pointer"] for fault in answer.json()["errors"]} == {"/kind", "/title", "/needed_share"}


def test_a_stale_version_is_refused(cast: Cast, community: APIClient, community_worker: User):
    version = a_draft(cast.home, community_worker)
    address = f"{API}/convention-versions/{version.pk}/"
    tag = community.get(address)["ETag"]
    assert community.patch(address, {"text": "二"}, format="json", HTTP_IF_MATCH=tag).status_code == 200

    assert community.patch(address, {"text": "三"}, format="json", HTTP_IF_MATCH=tag).status_code == 412


def test_the_tag_changes_with_the_version_in_force_behind_drafts_given_up(
    cast: Cast, community: APIClient, community_worker: User
):
    done = adopted(cast.home, cast.doors[0], community_worker)
    given_up = draft_version(convention=done.convention, text="二", by=community_worker)
    withdraw_version(version=given_up, reason="重拟", by=community_worker)
    draft_version(convention=done.convention, text="三", by=community_worker)
    address = f"{API}/conventions/{done.convention_id}/"
    before = community.get(address)

    file_version(version=done, filed_on=today(), filed_with="街道办", by=community_worker)

    after = community.get(address, HTTP_IF_NONE_MATCH=before["ETag"])
    assert (after.status_code, after.json()["in_force"]["filed_on"]) == (200, today().isoformat())


def test_lists_spend_the_same_queries_for_one_row_and_for_three(
    cast: Cast, community: APIClient, community_worker: User
):
    def spent(name: str) -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert community.get(f"{API}/{name}/").status_code == 200
        return len(queries)

    names = ("conventions", "convention-versions", "convention-signatures")
    first = adopted(cast.home, cast.doors[0], community_worker)
    one = {name: spent(name) for name in names}
    for door in cast.doors[1:]:
        sign(first, door, community_worker)
    second = draft_version(convention=first.convention, text="二", needed_share=Decimal("0.25"), by=community_worker)
    sign(second, cast.doors[0], community_worker)
    adopt_version(version=second, adopted_on=today(), by=community_worker)
    for door in (cast.doors[0], cast.doors[2]):
        a_convention(
            cast.home, community_worker, "stairwell", stairwell=door.stairwell, text=f"楼道{door.pk}", title="楼道公约"
        )

    assert {name: spent(name) for name in names} == one
