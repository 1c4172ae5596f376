"""Owners' votes as the pages show them: where each stands, what it still needs, and whose ballot is where."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Count
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from consent.choices import BallotChoice, Delivery
from consent.models import BallotState, OwnersVote
from consent.reports.votes import (
    VoteResult,
    challenge_until,
    missing_of,
    needed_of,
    result_to_show,
    results_to_show,
    undelivered_until,
)
from consent.rules.votes import Test

TEST_NAMES: dict[str, Promise] = {
    "quorum_area": gettext_lazy("Took part, by area"),
    "quorum_heads": gettext_lazy("Took part, by owners"),
    "approval_area": gettext_lazy("Agreed, by area"),
    "approval_heads": gettext_lazy("Agreed, by owners"),
}

_SILENT = gettext_lazy("Silent, and counted")
_NOT_BACK = gettext_lazy("Not returned")


@dataclass(frozen=True, slots=True)
class ShownTest:
    """One of the four fractions; `needed` and `missing` are owners, or square metres, of its denominator as it is."""

    name: str
    test: Test

    @property
    def label(self) -> Promise:
        return TEST_NAMES[self.name]

    @property
    def is_area(self) -> bool:
        return self.name.endswith("_area")

    @property
    def is_quorum(self) -> bool:
        return self.name.startswith("quorum")

    @property
    def needed(self) -> int | Decimal:
        return needed_of(self.test)

    @property
    def missing(self) -> int | Decimal:
        return missing_of(self.test)

    @property
    def mark(self) -> str:
        """2/3, as it is said."""
        return f"{self.test.needs.numerator}/{self.test.needs.denominator}"


@dataclass(frozen=True, slots=True)
class ShownChoice:
    """What some of the ballots say, or that they are silent or not back: the rows add up to the roll."""

    label: Promise | str
    heads: int
    area: Decimal
    is_silent: bool = False


@dataclass(frozen=True, slots=True)
class ShownVote:
    """A vote and its result on a day."""

    vote: OwnersVote
    result: VoteResult
    today: date

    @property
    def phase(self) -> str:
        """`cancelled`, `closed`, `coming` before its first day, `voting`, or `over` once its last day has passed."""
        if self.vote.cancelled_at:
            return "cancelled"
        if self.vote.closed_at:
            return "closed"
        if self.today < self.vote.starts_on:
            return "coming"
        return "over" if self.vote.ends_on and self.vote.ends_on < self.today else "voting"

    @property
    def takes_ballots(self) -> bool:
        return self.phase in ("voting", "over")

    @property
    def tests(self) -> list[ShownTest]:
        return [ShownTest(name, test) for name, test in self.result.tests.items()]

    @property
    def first_unmet(self) -> ShownTest | None:
        """The fraction to speak of first: who takes part before who agrees, owners before area."""
        order = ("quorum_heads", "quorum_area", "approval_heads", "approval_area")
        found = {shown.name: shown for shown in self.tests}
        return next((found[name] for name in order if not found[name].test.met), None)

    @property
    def choices(self) -> list[ShownChoice]:
        """What the ballots say; silent ones that take part stand apart from those that are merely not back."""
        tally = self.result.tally
        rows = [
            ShownChoice(choice.label, getattr(tally, f"{choice}_heads"), getattr(tally, f"{choice}_area"))
            for choice in BallotChoice
        ]
        left = (tally.heads - tally.returned_heads, tally.area - tally.returned_area)
        if self.vote.silent_votes:
            rows.append(ShownChoice(_SILENT, tally.silent_heads, tally.silent_area, is_silent=True))
            left = (left[0] - tally.silent_heads, left[1] - tally.silent_area)
        return [*rows, ShownChoice(_NOT_BACK, *left)]

    @property
    def challenge_until(self) -> date | None:
        return challenge_until(self.vote)

    @property
    def undelivered_until(self) -> date | None:
        return undelivered_until(self.vote)

    @property
    def silent_side_name(self) -> str:
        side = self.result.tally.silent_side
        return str(BallotChoice(side).label) if side else ""

    @property
    def undelivered(self) -> int:
        return self.result.tally.heads - self.result.tally.delivered_heads

    @property
    def out(self) -> int:
        """Ballots that were delivered and have not come back."""
        return self.result.tally.delivered_heads - self.result.tally.returned_heads


def shown_vote(vote: OwnersVote, today: date) -> ShownVote:
    return ShownVote(vote, result_to_show(vote), today)


def shown_votes(votes: Iterable[OwnersVote], today: date) -> Sequence[ShownVote]:
    """Votes with their results: one query for all that are open."""
    rows = list(votes)
    results = results_to_show(rows)
    return [ShownVote(vote, results[vote.pk], today) for vote in rows]


def deliveries_of(vote: OwnersVote) -> list[tuple[str, int]]:
    """In which ways ballots were delivered, and how many in each."""
    states = BallotState.objects.filter(vote=vote, is_delivered=True).order_by()
    counts = dict(states.values_list("delivery").annotate(heads=Count("pk")))
    return [(str(way.label), counts[way]) for way in Delivery if way in counts]
