"""The roll of an owners' vote as people look for somebody on it: by name, by door, by building."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet

from consent.models import OwnersVote, Voter, VoterPart
from consent.rules.numbers import natural
from renovation.choices import OwnerKind
from renovation.rules.masking import mask_name

_PARTS = re.compile(r"[0-9A-Za-z]+")


@dataclass(frozen=True, slots=True)
class ShownVoter:
    """An owner of the roll with its doors; `name` is masked for who does not enter ballots."""

    voter: Voter
    name: str
    doors: list[Any]
    spaces: list[Any]

    @property
    def state(self) -> Any:
        return self.voter.state


def shown_voters(voters: Iterable[Voter], *, names: bool) -> list[ShownVoter]:
    """`voters` come with their states and parts fetched."""
    return [
        ShownVoter(
            voter=voter,
            name=name_of(voter, names=names),
            doors=[part.household for part in voter.parts.all() if part.household_id],
            spaces=[part.parking_space for part in voter.parts.all() if part.parking_space_id],
        )
        for voter in voters
    ]


def name_of(voter: Voter, *, names: bool) -> str:
    """A person's name masked unless `names`; that of an organisation is no personal field."""
    return voter.name if names or voter.kind != OwnerKind.PERSON else mask_name(voter.name)


def with_doors(voters: QuerySet[Any]) -> QuerySet[Any]:
    """What `shown_voters` needs: two queries, whatever the number."""
    doors = VoterPart.objects.select_related("household__building", "household__stairwell", "parking_space")
    return voters.select_related("state").prefetch_related(Prefetch("parts", doors.order_by("pk")))


def found_by(voters: QuerySet[Any], text: str, *, names: bool) -> QuerySet[Any]:
    """Owners whose name holds the text, or who own a door that it names: 401, 3-401 or 3-2-401 (building, stairwell).

    Without `names` only doors are looked for: what is masked is not searched by.
    """
    text = text.strip()
    if not text or "\x00" in text:
        return voters
    where = Q(name__icontains=text) if names else Q(pk=None)
    tokens = _PARTS.findall(text)
    if 1 <= len(tokens) <= 3:
        doors = VoterPart.objects.filter(voter=OuterRef("pk"), household__unit_number__iexact=tokens[-1])
        if len(tokens) > 1:
            doors = doors.filter(household__building__number__iexact=tokens[0])
        if len(tokens) == 3:
            doors = doors.filter(household__stairwell__number__iexact=tokens[1])
        where |= Q(Exists(doors))
    return voters.filter(where)


def in_building(voters: QuerySet[Any], building: int) -> QuerySet[Any]:
    parts = VoterPart.objects.filter(voter=OuterRef("pk"), household__building=building)
    return voters.filter(Exists(parts))


def buildings_of(vote: OwnersVote) -> list[tuple[int, str]]:
    """The buildings in which owners of the roll have a door, in the order in which people number them."""
    parts = VoterPart.objects.filter(voter__vote=vote, household__isnull=False).order_by()
    found = set(parts.values_list("household__building_id", "household__building__number"))
    return sorted(found, key=lambda pair: natural(pair[1]))
