"""What an official reads on Monday morning, as plain values: the one shape that page, API, file and print show.

Wherever a count can be opened it is a `Figure`: `rows_of(caller, division, day, figure.key)` lists exactly `count`
rows. Sums of money are yuan, rates are cut to four places and None where there is nothing to divide ("no data").
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from overview.rules.dashboard import rate_of


@dataclass(frozen=True, slots=True)
class Figure:
    """A count, and the `key` under which the rows that make it are listed."""

    key: str
    count: int


@dataclass(frozen=True, slots=True)
class Place:
    """A division. `code` is empty and `level` is `own` where a caller's own places are no single division."""

    code: str
    name: str
    level: str


@dataclass(frozen=True, slots=True)
class Row:
    """One row behind a figure: a neighbourhood, or a thing in it.

    `kind` is `neighbourhood`, `notice`, `vote`, `survey`, `package`, `defect`, `tranche` or `body`, `pk` the id of that
    thing (of the neighbourhood, for the first). `place` is the division below the one shown in which it lies. `facts`
    are plain values (numbers, decimals, dates, codes), `text` says them in a line and `act` what is to be done next, in
    the reader's language; `act` is empty where nothing is.
    """

    kind: str
    pk: int
    neighbourhood: int
    code: str
    name: str
    place: str
    stage: str
    stage_name: str
    part: str = ""
    text: str = ""
    act: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Section:
    """One thing to look at: how many there are, of what is inside in how many (`parts`), and the first rows, the most
    pressing first. `name` is its code: see `SECTIONS`.
    """

    name: str
    figure: Figure
    rows: Sequence[Row]
    parts: Mapping[str, Figure] = field(default_factory=dict)
    amount: Decimal | None = None


SECTIONS = ("blocked", "nearest", "works", "awards", "below_target", "deferred_due", "terms_ending")
"""The order in which a district's official reads (workflow.md, A district official's Monday morning).

`parts` of blocked: `notice_objections`, `notice_overdue`, `support_fell`, `guards_failing`, `votes_expiring`,
`survey_idle`, and of these together `new` (since last Friday). Of works: `behind`, `safety`. Of below_target:
`property`, `parking`. `amount` of awards: yuan that wait; else None.
"""


@dataclass(frozen=True, slots=True)
class Changes:
    """What moved since `since`, the Friday before: steps forward, and those that matter most. Each opens its rows."""

    since: date
    moved: Figure
    passed: Figure
    deferred: Figure
    works_begun: Figure
    handed_over: Figure
    blocked: Figure


@dataclass(frozen=True, slots=True)
class StageCount:
    """Neighbourhoods that stand at a stage."""

    stage: str
    name: str
    figure: Figure


@dataclass(frozen=True, slots=True)
class Phase:
    """Stages that belong together, in their order: `mobilise`, `consent`, `plan`, `build`, `run`, `aside`. Those aside
    are suspended or withdrawn.
    """

    phase: str
    name: str
    figure: Figure
    stages: Sequence[StageCount]


@dataclass(frozen=True, slots=True)
class Support:
    """Households of rolls together: on the roll, leaving the denominator, with a contact, supporting, and with a verbal
    yes that does not count. Rolls of fewer than five households are in none of them: `hidden` is how many.
    """

    neighbourhoods: int
    households: int
    excluded: int
    visited: int
    supports: int
    verbal: int
    hidden: int

    @property
    def denominator(self) -> int:
        return self.households - self.excluded

    @property
    def support_rate(self) -> Decimal | None:
        """Of the roll: what decides."""
        return rate_of(self.supports, self.denominator)

    @property
    def support_of_visited(self) -> Decimal | None:
        """Of those with a contact: shown beside the support rate under its own name, decides nothing."""
        return rate_of(self.supports, self.visited)

    @property
    def visit_rate(self) -> Decimal | None:
        return rate_of(self.visited, self.households)


@dataclass(frozen=True, slots=True)
class FunnelRound:
    """A round of the surveys that are open: doors that it was to visit, those visited, the supports that it added, and
    all up to it, with their share of the roll.
    """

    number: int
    listed: int
    visited: int
    supports: int
    cumulative: int
    support_rate: Decimal | None
    figure: Figure
    """Neighbourhoods whose survey has reached this round."""


@dataclass(frozen=True, slots=True)
class Funnel:
    """The open surveys together. `pass_share` is None where they do not share one; `left` are the households that do
    not support yet.
    """

    figure: Figure
    support: Support
    pass_share: Decimal | None
    rounds: Sequence[FunnelRound]
    left: int


@dataclass(frozen=True, slots=True)
class MoneyLine:
    """One kind of source, in yuan; `kind` is empty in the total. `figure` counts the neighbourhoods that have it."""

    kind: str
    name: str
    planned: Decimal
    committed: Decimal
    received: Decimal
    spent: Decimal
    figure: Figure

    @property
    def rate(self) -> Decimal | None:
        """Received of what was committed."""
        return rate_of(self.received, self.committed)


@dataclass(frozen=True, slots=True)
class Money:
    lines: Sequence[MoneyLine]
    total: MoneyLine


@dataclass(frozen=True, slots=True)
class Collection:
    """A kind of fee (`property`, `parking`) over a period: `first` to `last`, both included, as known at the day shown.

    `short` is what is still to come in to be above the target, strictly; None without data.
    """

    kind: str
    name: str
    period: str
    first: date
    last: date
    billed: Decimal
    reductions: Decimal
    settled: Decimal
    target: Decimal
    above_target: bool | None
    short: Decimal | None

    @property
    def receivable(self) -> Decimal:
        return self.billed - self.reductions

    @property
    def rate(self) -> Decimal | None:
        return rate_of(self.settled, self.receivable)


@dataclass(frozen=True, slots=True)
class Fees:
    """A kind of fee: the last whole month, the year so far, and neighbourhoods above the target, below or at it, and
    with nothing to collect among those in long-term management (or with bills of the month). Those of fewer than five
    households are in none of them: `hidden` is how many of them have bills.
    """

    month: Collection
    year: Collection
    above: Figure
    below: Figure
    no_data: Figure
    hidden: int


@dataclass(frozen=True, slots=True)
class Week:
    """How things stood at the end of a week's last day, of those days that were kept; `day` is that day."""

    day: date
    support_rate: Decimal | None
    supports: int
    denominator: int
    consented: int
    under_works: int
    in_long_term: int
    received: Decimal
    property_rate: Decimal | None
    parking_rate: Decimal | None


@dataclass(frozen=True, slots=True)
class Tile:
    """A division below the one shown: `stages` are neighbourhoods by phase, `phase` the one at which most stand.

    `support_rate` is that of the last survey of each of its neighbourhoods. Rates are None without data, or where fewer
    than five households would be told of: support where all that were asked are in so small rolls (`support_hidden`),
    fees where so few live in those of its neighbourhoods of which there is anything to tell (`fees_hidden`).
    """

    place: Place
    neighbourhoods: Figure
    households: int
    phase: str
    stages: Mapping[str, int]
    support_rate: Decimal | None
    supports: int
    denominator: int
    property_rate: Decimal | None
    parking_rate: Decimal | None
    support_hidden: bool
    fees_hidden: bool

    @property
    def hidden(self) -> bool:
        return self.support_hidden or self.fees_hidden


@dataclass(frozen=True, slots=True)
class MapPoint:
    """A neighbourhood whose coordinates are known, in degrees; `place` is the code of the division below the one shown
    in which it lies (its own, in a community). Rates are those of its last survey and of the month; None without data,
    of a survey that asks fewer than five households (`support_hidden`), and of fees where it has fewer (`fees_hidden`).
    Code and name are empty where there are too many points to be told apart and nobody asked for all names.
    """

    pk: int
    code: str
    name: str
    place: str
    longitude: Decimal
    latitude: Decimal
    households: int
    phase: str
    support_rate: Decimal | None
    property_rate: Decimal | None
    parking_rate: Decimal | None
    support_hidden: bool
    fees_hidden: bool

    @property
    def hidden(self) -> bool:
        return self.support_hidden or self.fees_hidden


@dataclass(frozen=True, slots=True)
class Dashboard:
    """All of it, for one place and one moment. `as_of` is the moment up to which everything recorded is in: now, or the
    end of a day gone by (`is_past`). `above` leads up from the place, as far as the caller sees.
    """

    place: Place
    above: Sequence[Place]
    day: date
    as_of: datetime
    is_past: bool
    neighbourhoods: Figure
    households: int
    sections: Mapping[str, Section]
    changes: Changes
    phases: Sequence[Phase]
    support: Support
    funnel: Funnel
    money: Money
    fees: Mapping[str, Fees]
    trend: Sequence[Week]
    tiles: Sequence[Tile]
    points: Sequence[MapPoint]
    located: Figure
    """Neighbourhoods whose coordinates are known: as many as there are points."""

    unlocated: Figure

    @property
    def pressing(self) -> int:
        """How many things are blocked or overdue: what the heading of the page says."""
        return self.sections["blocked"].figure.count


@dataclass(frozen=True, slots=True)
class Opened:
    """The rows behind a figure, a page of them; `total` is the figure."""

    key: str
    title: str
    total: int
    rows: Sequence[Row]


@dataclass(frozen=True, slots=True)
class WhatIfRow:
    """A neighbourhood whose last survey would end otherwise at another pass share, or which still misses doors."""

    row: Row
    supports: int
    denominator: int
    support_rate: Decimal | None
    missing_now: int
    missing_then: int

    @property
    def passes_now(self) -> bool:
        return self.missing_now == 0

    @property
    def passes_then(self) -> bool:
        return self.missing_then == 0


@dataclass(frozen=True, slots=True)
class WhatIf:
    """`share` is the pass share that is tried. `passing_now` and `passing_then` count surveys; `turned` are those whose
    verdict would change, `rows` all that would still miss doors, by how many, the fewest first.
    """

    place: Place
    as_of: datetime
    share: Decimal
    surveys: int
    passing_now: int
    passing_then: int
    doors_missing: int
    turned: Sequence[WhatIfRow]
    rows: Sequence[WhatIfRow]
    hidden: int
