"""What tests of owners' votes start from: owners with doors and areas, an open vote, and entries that are valid."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

from django.utils import timezone

from accounts.models import User
from consent.models import OwnersVote, Voter
from consent.rules.ballots import BallotInput
from consent.services.votes.ballots import BallotBatch, record_ballots
from consent.services.votes.opening import open_vote
from consent.services.votes.rules import adopt_rules
from renovation.models import Neighbourhood, Owner
from tests.factories import (
    COMMUNITY,
    make_building,
    make_household,
    make_neighbourhood,
    make_owner,
    make_ownership,
    make_stairwell,
    make_user,
)

DAY = timedelta(days=1)


def make_owners(*areas: int | str, neighbourhood: Neighbourhood | None = None) -> list[Owner]:
    """Owners of one household each in building 1, stairwell 1, with these areas in square metres."""
    neighbourhood = neighbourhood or make_neighbourhood()
    stairwell = make_stairwell(building=make_building(neighbourhood=neighbourhood, number="1"), number="1")
    owners = []
    for number, area in enumerate(areas, 1):
        household = make_household(
            stairwell=stairwell, unit_number=f"{number}01", floor=number, gross_floor_area=Decimal(area)
        )
        owner = make_owner(neighbourhood=neighbourhood, name=f"业主{number}号")
        make_ownership(household=household, owner=owner, area_source="register")
        owners.append(owner)
    return owners


def make_vote(
    *areas: int | str, by: User | None = None, neighbourhood: Neighbourhood | None = None, **fields: Any
) -> tuple[OwnersVote, list[Owner], User]:
    """An open vote that was announced in time and takes ballots from today for ten days, with its owners.

    `areas` are four of 100 m2 if none is given. `rules` as a dict adopts rules of procedure first.
    """
    owners = make_owners(*(areas or (100, 100, 100, 100)), neighbourhood=neighbourhood)
    by = by or make_user(territory=COMMUNITY)
    today = timezone.localdate()
    place = owners[0].neighbourhood
    if (rules := fields.pop("rules", None)) is not None:
        adopt_rules(neighbourhood=place, adopted_on=today - 100 * DAY, document="议事规则", by=by, **rules)
    defaults = {
        "matter": 9,
        "title": "公共部位改造",
        "announced_on": today - 20 * DAY,
        "residents_committee_told_on": today - 20 * DAY,
        "starts_on": today - 3 * DAY,
        "ends_on": today + 7 * DAY,
    }
    return open_vote(neighbourhood=place, by=by, **{**defaults, **fields}), owners, by


def delivered(
    owner: Owner | None, *, voter: Voter | None = None, at: datetime | None = None, **fields: Any
) -> BallotInput:
    """A ballot handed to an owner two days ago, with its proof."""
    at = at or timezone.now() - 2 * DAY
    who: dict[str, Any] = {"voter": voter.pk} if voter else {"owner": owner.pk if owner else None}
    return BallotInput(
        client_id=uuid4(), **who, **{"delivered_at": at, "delivery": "in_person", "proof": "签收单", **fields}
    )


def returned(owner: Owner | None, choice: str = "agree", **fields: Any) -> BallotInput:
    """A paper ballot that was handed out two days ago and came back yesterday."""
    back = {"choice": choice, "form": "written", "returned_at": timezone.now() - DAY}
    return delivered(owner, **{**back, **fields})


def record(vote: OwnersVote, by: User, *ballots: BallotInput) -> BallotBatch:
    """Record entries, all of which must be taken."""
    batch = record_ballots(vote=vote, ballots=ballots, by=by)
    assert [(answer.status, answer.refusals) for answer in batch.answers] == [("recorded", ())] * len(ballots)
    vote.refresh_from_db()
    return batch
