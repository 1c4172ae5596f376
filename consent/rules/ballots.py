"""Whether an entry about a ballot is taken, and if not, why (api.md, Owners' votes; policy.md, section a)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from consent.rules.visits import Refusal

AHEAD_OF_THE_SERVER = timedelta(minutes=5)
"""How far the clock of who sends it may run ahead."""

NOTICE = "notice"
"""The way of delivery that reaches nobody in person: a notice posted for those who could not be reached."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BallotInput:
    """An entry as it was sent, its members read and of the right type: a delivery, or a ballot that came back.

    It names the owner by `owner`, or by `voter`, a row of the roll, where nobody is on record. `delivered_at` may be
    left out once the delivery is on record.
    """

    client_id: UUID
    owner: int | None = None
    voter: int | None = None
    choice: str = ""
    form: str = ""
    proxy_holder: str = ""
    delivered_at: datetime | None = None
    delivery: str = ""
    returned_at: datetime | None = None
    supersedes: UUID | None = None
    proof: str = ""
    note: str = ""

    @property
    def is_return(self) -> bool:
        """Whether it tells of a ballot that came back, and not of a delivery alone."""
        return self.returned_at is not None or bool(self.choice or self.form)


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of the ledger, as far as what comes after needs it. `supersedes` is a sequence."""

    sequence: int
    delivered_at: datetime
    delivery: str
    choice: str = ""
    form: str = ""
    returned_at: datetime | None = None
    supersedes: int | None = None
    proxy_holder: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """How the ballot of one owner stands. `sequence` is the returned ballot that counts, None while none is back."""

    delivered_at: datetime | None = None
    delivery: str = ""
    choice: str = ""
    form: str = ""
    returned_at: datetime | None = None
    proxy_holder: str = ""
    sequence: int | None = None

    @property
    def is_delivered(self) -> bool:
        """Whether the ballot really reached its owner: a posted notice stands in for that, and silence after it is no
        vote. Who returned a ballot had it.
        """
        return self.delivered_at is not None and (self.delivery != NOTICE or bool(self.choice))


@dataclass(frozen=True, slots=True, kw_only=True)
class BallotSituation:
    """What the server knows when it takes an entry.

    `standing` is that of the owner named, the entry corrected left out, and None for who is not on the roll.
    `corrected` is the entry that this one names, None where the owner has no such entry; `corrected_again` where
    another one has taken its place already. `proxies` is how many other owners the holder stands for.
    """

    now: datetime
    starts_on: date
    ends_on: date | None = None
    is_open: bool
    standing: Standing | None
    corrected: Entry | None = None
    corrected_again: bool = False
    proxy_limit: int | None = None
    proxies: int = 0
    needs_proof: bool = False
    """Whether silence counts in this vote: then each delivery says by what it is proved (policy.md, section a)."""
    returned_on: date | None = None
    """The day of `returned_at` where the vote is."""
    delivered_on: date | None = None
    """That of `delivered_at`, where the entry names it."""


def standing_of(entries: Iterable[Entry], *, without: int | None = None) -> Standing:
    """How a ballot stands by its entries in order: the latest return, else the latest real delivery, else the latest
    posted notice.

    An entry that another one supersedes counts no more, nor does the one whose sequence is `without`. A later delivery
    does not undo a return, nor a later notice a delivery.
    """
    rows: Sequence[Entry] = sorted(entries, key=lambda entry: entry.sequence)
    gone = {entry.supersedes for entry in rows if entry.supersedes is not None} | {without}
    rows = [entry for entry in rows if entry.sequence not in gone]
    if not rows:
        return Standing()
    last = next((entry for entry in reversed(rows) if entry.delivery != NOTICE), rows[-1])
    back = next((entry for entry in reversed(rows) if entry.choice), None)
    if back is None:
        return Standing(last.delivered_at, last.delivery)
    return Standing(
        back.delivered_at,
        back.delivery,
        back.choice,
        back.form,
        back.returned_at,
        back.proxy_holder,
        back.sequence,
    )


def ballot_refusals(ballot: BallotInput, situation: BallotSituation) -> list[Refusal]:
    """Every reason why this entry cannot be taken; none if it can."""
    standing = situation.standing
    if standing is None:
        return [Refusal("owner_not_on_roll")]
    if not situation.is_open:
        return [Refusal("vote_closed")]
    found = _about_times(ballot, situation)
    if ballot.supersedes is not None:
        if situation.corrected is None:
            found.append(Refusal("supersedes_unknown"))
        elif situation.corrected_again:
            found.append(Refusal("supersedes_unknown", {"why": "corrected_already"}))
    delivered_at = delivered_at_of(ballot, situation)
    if not ballot.is_return:
        if ballot.delivered_at is None:
            found.append(Refusal("malformed", {"why": "member", "member": "delivered_at"}))
        if situation.needs_proof and ballot.delivery != NOTICE and not ballot.proof.strip():
            found.append(Refusal("not_delivered", {"why": "proof"}))
        return found
    found += _about_return(ballot, situation, standing)
    if delivered_at is None:
        found.append(Refusal("not_delivered"))
    elif ballot.returned_at is not None and ballot.returned_at < delivered_at:
        found.append(Refusal("not_delivered", {"why": "returned_before"}))
    return found


def delivered_at_of(ballot: BallotInput, situation: BallotSituation) -> datetime | None:
    """When the ballot was delivered: as the entry says, else as it is on record."""
    if ballot.delivered_at is not None:
        return ballot.delivered_at
    if situation.corrected is not None:
        return situation.corrected.delivered_at
    return situation.standing.delivered_at if situation.standing else None


def _about_times(ballot: BallotInput, situation: BallotSituation) -> list[Refusal]:
    found = []
    latest = situation.now + AHEAD_OF_THE_SERVER
    if any(moment is not None and moment > latest for moment in (ballot.delivered_at, ballot.returned_at)):
        found.append(Refusal("in_the_future"))
    # Ballots are handed out before the first day; they come back from it on. What came back after the last day came too
    # late, whenever it is entered.
    if situation.returned_on is not None:
        if situation.returned_on < situation.starts_on:
            found.append(Refusal("voting_not_open", {"day": situation.starts_on.isoformat()}))
        elif situation.ends_on is not None and situation.returned_on > situation.ends_on:
            found.append(Refusal("voting_not_open", {"why": "over", "day": situation.ends_on.isoformat()}))
    # Who gets a ballot once the time is up cannot vote with it: to count that silence would make votes of nothing.
    elif (
        situation.ends_on is not None
        and situation.delivered_on is not None
        and situation.delivered_on > situation.ends_on
        and ballot.delivery != NOTICE
    ):
        found.append(Refusal("voting_not_open", {"why": "delivered_late", "day": situation.ends_on.isoformat()}))
    return found


def _about_return(ballot: BallotInput, situation: BallotSituation, standing: Standing) -> list[Refusal]:
    found = []
    if not ballot.choice:
        found.append(Refusal("choice_missing"))
    if not ballot.form:
        found.append(Refusal("form_missing"))
    if ballot.returned_at is None:
        found.append(Refusal("malformed", {"why": "member", "member": "returned_at"}))
    if standing.choice:
        found.append(Refusal("already_returned"))
    if ballot.form == "proxy":
        if not ballot.proxy_holder.strip():
            found.append(Refusal("proxy_holder_missing"))
        elif situation.proxy_limit is not None and situation.proxies >= situation.proxy_limit:
            found.append(Refusal("proxy_limit_reached", {"limit": situation.proxy_limit}))
    return found


def holder_key(name: str) -> str:
    """A proxy holder's name as it is compared: case and spaces do not make another person."""
    return "".join(name.split()).casefold()
