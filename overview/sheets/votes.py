"""Owners' votes with both denominators: of all owners and of all area, who took part and who agreed (policy.md, a)."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from accounts.choices import Act
from consent.choices import Verdict
from consent.models import OwnersVote
from consent.reports.vote_pages import TEST_NAMES
from consent.reports.votes import TESTS, VoteResult, results_to_show
from consent.rules.votes import Test
from overview.sheets.filters import PlaceForm
from overview.sheets.frame import Asked, Column, Kind, Row, Sheet, share_of
from overview.sheets.parts import PLACE, in_chunks, place_of, placed, yes_no


def columns(asked: Asked) -> Sequence[Column]:
    of_tests = []
    for name in TESTS:
        kind, said = (Kind.QUANTITY if name.endswith("_area") else Kind.COUNT), {"test": TEST_NAMES[name]}
        of_tests += [
            Column(f"{name}_part", TEST_NAMES[name], kind, 16),
            Column(f"{name}_whole", _("%(test)s: out of") % said, kind, 16),
            Column(f"{name}_share", _("%(test)s: share") % said, Kind.SHARE, 14),
            Column(f"{name}_needs", _("%(test)s: needed") % said, width=16),
            Column(f"{name}_met", _("%(test)s: met") % said, width=12),
        ]
    return [
        *PLACE,
        Column("number", pgettext("owners' vote", "Number"), width=8),
        Column("title", _("Owners' vote"), width=30),
        Column("matter", _("Matter"), width=34),
        Column("scope", _("Scope"), width=16),
        Column("starts_on", _("Ballots from"), Kind.DATE, 12),
        Column("ends_on", _("Ballots until"), Kind.DATE, 12),
        Column("heads", _("Owners on the roll"), Kind.COUNT, 12),
        Column("area", _("Area on the roll (㎡)"), Kind.QUANTITY, 14),
        Column("returned", _("Ballots returned"), Kind.COUNT, 12),
        Column("silent", _("Silent, and counted"), Kind.COUNT, 12),
        *of_tests,
        Column("verdict", _("Verdict"), width=14),
        Column("closed_on", _("Closed on"), Kind.DATE, 12),
        Column("remark", _("Remark"), width=30),
    ]


def votes_asked(asked: Asked) -> Any:
    return placed(OwnersVote.objects.visible_to(asked.caller), asked.filters)


def rows(asked: Asked) -> Iterator[Row]:
    """One row a vote, those of a neighbourhood in their order."""
    votes = votes_asked(asked).select_related("neighbourhood__community", "stairwell__building")
    for chunk in in_chunks(votes.order_by("neighbourhood__code", "number")):
        results = results_to_show(chunk)
        for vote in chunk:
            yield _row(vote, results[vote.pk])


def _row(vote: OwnersVote, result: VoteResult) -> Row:
    tally = result.tally
    return (
        *place_of(vote.neighbourhood),
        *(str(vote.number), vote.title, vote.get_matter_display(), _scope(vote)),
        *(vote.starts_on, vote.ends_on, tally.heads, tally.area, tally.returned_heads, tally.silent_heads),
        *(cell for name in TESTS for cell in _of_test(result.tests[name])),
        "" if vote.cancelled_at else Verdict(result.verdict).label,
        timezone.localdate(vote.closed_at) if vote.closed_at else None,
        _remark(vote),
    )


def _scope(vote: OwnersVote) -> str:
    if vote.stairwell is None:
        return str(vote.get_scope_display())
    return _("Building %(building)s, stairwell %(stairwell)s") % {
        "building": vote.stairwell.building.number,
        "stairwell": vote.stairwell.number,
    }


def _of_test(test: Test) -> tuple[Any, ...]:
    mark = {"mark": f"{test.needs.numerator}/{test.needs.denominator}"}
    needs = _("at least %(mark)s") % mark if test.at_least else _("more than %(mark)s") % mark
    return test.numerator, test.denominator, share_of(test.numerator, test.denominator), needs, yes_no(test.met)


def _remark(vote: OwnersVote) -> str:
    if vote.cancelled_at:
        return _("Cancelled: %(reason)s") % {"reason": vote.cancel_reason}
    return _("Rescinded by a court.") if vote.rescinded_at else ""


def notes(asked: Asked) -> Sequence[str]:
    return [_("All four fractions must be met. Those who agree are counted out of those who took part.")]


SHEET = Sheet(
    name="vote-results",
    title=gettext_lazy("Owners' votes"),
    says=gettext_lazy("Every owners' vote with its four fractions, by owners and by area."),
    acts=[Act.VOTES],
    columns=columns,
    rows=rows,
    form=PlaceForm,
    count=lambda asked: votes_asked(asked).count(),
    notes=notes,
)
