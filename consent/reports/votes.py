"""What an owners' vote amounts to: live from the states of its ballots, closed as it was fixed (policy.md, section a).

Totals only. How each owner voted is read through `visible_to` of the roll and the ballots.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.db.models import Count, Sum
from django.utils import timezone

from consent.choices import Verdict
from consent.models import BallotState, OwnersVote
from consent.rules.votes import UNDELIVERED_DAYS, Group, Tally, Test, tally

TESTS = ("quorum_area", "quorum_heads", "approval_area", "approval_heads")
"""The four fractions, in the order of article 278."""


@dataclass(frozen=True, slots=True)
class VoteResult:
    """The result of a vote at a moment. `verdict` is `open` for as long as the vote is."""

    tally: Tally
    verdict: str

    def as_json(self) -> dict[str, Any]:
        """The result as api.md gives it, and as it is kept when a vote closes: areas as text, heads as numbers."""
        found = {field.name: getattr(self.tally, field.name) for field in fields(self.tally)}
        counts = {name: _plain(value) for name, value in found.items() if name not in TESTS}
        return {**counts, **{name: test_json(found[name]) for name in TESTS}, "verdict": self.verdict}

    @property
    def tests(self) -> dict[str, Test]:
        return {name: getattr(self.tally, name) for name in TESTS}

    @property
    def is_reached(self) -> bool:
        """Whether all four fractions are met as it stands."""
        return all(test.met for test in self.tests.values())


def result_of(vote: OwnersVote) -> VoteResult:
    """The result as the ballots taken so far make it: one query over the states, grouped, whatever the roll's size."""
    verdict = vote.verdict if vote.closed_at else Verdict.OPEN
    return VoteResult(tally(groups_of(vote), matter=vote.matter, silent_votes=vote.silent_votes), verdict)


def result_to_show(vote: OwnersVote) -> VoteResult:
    """Live while the vote is open, then as it was fixed."""
    return result_of(vote) if vote.result is None else VoteResult(_tally_from(vote.result), vote.verdict)


def results_to_show(votes: Iterable[OwnersVote]) -> dict[int, VoteResult]:
    """`result_to_show` of several votes by their ids: one query for all those that are not closed."""
    rows = list(votes)
    groups = _groups([vote for vote in rows if vote.result is None])
    return {
        vote.pk: VoteResult(tally(groups[vote.pk], matter=vote.matter, silent_votes=vote.silent_votes), vote.verdict)
        if vote.result is None
        else VoteResult(_tally_from(vote.result), vote.verdict)
        for vote in rows
    }


def groups_of(vote: OwnersVote) -> list[Group]:
    """The owners of the roll by whether their ballot was delivered and what it says; unreturned ones say nothing."""
    return _groups([vote])[vote.pk]


def _groups(votes: Sequence[OwnersVote]) -> dict[int, list[Group]]:
    found: dict[int, list[Group]] = {vote.pk: [] for vote in votes}
    states = BallotState.objects.filter(vote__in=votes).order_by() if votes else BallotState.objects.none()
    rows = states.values("vote", "is_delivered", "choice").annotate(heads=Count("pk"), area=Sum("voter__area"))
    for row in rows:
        found[row["vote"]].append(Group(row["is_delivered"], row["choice"], row["heads"], row["area"]))
    return found


def needed_of(test: Test) -> int | Decimal:
    """The least numerator that meets the test: heads, or square metres to the hundredth. 0 where there is none."""
    step = Decimal("0.01") if isinstance(test.denominator, Decimal) else 1
    units = Fraction(test.denominator) * test.needs / Fraction(step)
    whole = -(-units.numerator // units.denominator)
    if not test.at_least and whole == units:
        whole += 1
    return whole * step


def missing_of(test: Test) -> int | Decimal:
    """How much is still to come until the test is met, its denominator as it stands."""
    return max(needed_of(test) - test.numerator, test.numerator * 0)


def challenge_until(vote: OwnersVote) -> date | None:
    """The last day to challenge a decision for an owner who knew of it at once: a year (interp. art. 12)."""
    if vote.closed_at is None:
        return None
    closed = timezone.localdate(vote.closed_at)
    try:
        return closed.replace(year=closed.year + 1)
    except ValueError:  # closed on 29 February
        return closed.replace(year=closed.year + 1, day=28)


def undelivered_until(vote: OwnersVote) -> date | None:
    """The last day of the notice that stands in for ballots which could not be delivered."""
    posted = vote.undelivered_posted_on
    return posted and posted + timedelta(days=UNDELIVERED_DAYS)


def test_json(test: Test) -> dict[str, Any]:
    return {
        "numerator": _plain(test.numerator),
        "denominator": _plain(test.denominator),
        "needs": f"{test.needs.numerator}/{test.needs.denominator}",
        "at_least": test.at_least,
        "met": test.met,
    }


def _plain(value: Any) -> Any:
    return f"{value:.2f}" if isinstance(value, Decimal) else value


def _tally_from(kept: Mapping[str, Any]) -> Tally:
    values: dict[str, Any] = {}
    for field in fields(Tally):
        value = kept[field.name]
        if field.name in TESTS:
            areas = field.name.endswith("_area")
            part, whole = (Decimal(value[name]) if areas else value[name] for name in ("numerator", "denominator"))
            value = Test(part, whole, Fraction(value["needs"]), value["at_least"], value["met"])
        elif field.name.endswith("_area") or field.name == "area":
            value = Decimal(value)
        values[field.name] = value
    return Tally(**values)
