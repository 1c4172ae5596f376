"""The life of a neighbourhood: its stages, who moves it, and what each step needs (workflow.md, States).

Facts in, steps out: nothing here reads the clock or a table. The guards themselves are in `guards`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from accounts.rules.roles import roles_for_stage
from renovation.rules import guards
from renovation.rules.facts import Guard, Standing

NUMBERS: Mapping[str, int] = {
    "registered": 0,
    "assessed": 1,
    "mobilising": 2,
    "organised": 3,
    "consenting": 4,
    "consented": 5,
    "deferred": 5,
    "ready": 6,
    "applied": 7,
    "planned": 8,
    "designed": 9,
    "under_works": 10,
    "works_done": 11,
    "accepted": 12,
    "evaluated": 13,
    "handed_over": 14,
    "long_term": 15,
}
"""The numbers of workflow.md. The side states have none."""

SUSPENDED, WITHDRAWN = "suspended", "withdrawn"
SUSPENDED_FROM = ("designed", "under_works")
WITHDRAWN_UP_TO = NUMBERS["designed"]

FORWARD: Mapping[str, tuple[str, ...]] = {
    "registered": ("assessed",),
    "assessed": ("mobilising",),
    "mobilising": ("organised",),
    "organised": ("consenting",),
    "consenting": ("consented", "deferred"),
    "consented": ("ready", "consenting"),
    "deferred": ("consenting",),
    "ready": ("applied",),
    "applied": ("planned",),
    "planned": ("designed",),
    "designed": ("under_works",),
    "under_works": ("works_done",),
    "works_done": ("accepted",),
    "accepted": ("evaluated",),
    "evaluated": ("handed_over",),
    "handed_over": ("long_term",),
    "long_term": (),
    "withdrawn": (),
}
"""Where a stage leads on. Back goes only a new survey, from `consented` or `deferred`; no state is skipped."""

BY_A_SURVEY = ("consenting", "consented", "deferred")
"""Stages that only a survey's opening and closing lead to."""

SURVEY_OPENS_FROM = ("organised", "consented", "deferred")

SUPPORT_WATCHED_AT = ("consented", "ready", "applied", "planned")
"""Stages after a passed survey and before the step whose guard is the rate itself: to fall below the pass mark here
stops nothing yet, but works cannot start (workflow.md, Movement rules)."""

BY_ITSELF = ("long_term",)

NEEDS: Mapping[str, tuple[str, ...]] = {
    SUSPENDED: ("reason", "review_on"),
    WITHDRAWN: ("reason",),
}
"""What the person who makes a step must say besides."""

NEVER_OVERRIDDEN = frozenset({"preconditions", "support_rate", "must_do", "must_do_findings"})
"""The two gates and the must-do items (workflow.md, Movement rules). What the system itself must do is no matter of an
override either: `guards.NOT_A_MATTER`."""


@dataclass(frozen=True, slots=True)
class Step:
    """One way on from a stage: where to, the roles that may take it, what they must say, its guards, unmet first."""

    to: str
    movers: frozenset[str]
    needs: tuple[str, ...]
    guards: tuple[Guard, ...]

    @property
    def unmet(self) -> tuple[Guard, ...]:
        return tuple(guard for guard in self.guards if not guard.holds)

    @property
    def is_open(self) -> bool:
        return not self.unmet


def destinations(stage: str, came_from: str = "") -> tuple[str, ...]:
    """The stages to which a neighbourhood at `stage` can go; `came_from` is where it was suspended."""
    if stage == SUSPENDED:
        return (came_from,) if came_from in SUSPENDED_FROM else ()
    found = FORWARD[stage]
    if stage in SUSPENDED_FROM:
        found = (*found, SUSPENDED)
    if NUMBERS.get(stage, WITHDRAWN_UP_TO + 1) <= WITHDRAWN_UP_TO:
        found = (*found, WITHDRAWN)
    return found


def movers(stage: str, to: str) -> frozenset[str]:
    """The roles that may move from `stage` to `to`; none where it comes by itself."""
    if stage == SUSPENDED:
        return roles_for_stage(SUSPENDED)
    return roles_for_stage(NUMBERS.get(to, to))


def steps(standing: Standing) -> tuple[Step, ...]:
    """The steps possible from where a neighbourhood stands, each with its guards as they are now."""
    return tuple(_step(standing, to) for to in destinations(standing.stage, standing.came_from))


def step_to(standing: Standing, to: str) -> Step | None:
    """The step to one stage, or None where it does not lead there from here."""
    return next((step for step in steps(standing) if step.to == to), None)


def _step(standing: Standing, to: str) -> Step:
    found = (_settled(guard, to, standing) for guard in guards_of(standing, to))
    return Step(
        to=to,
        movers=movers(standing.stage, to),
        needs=NEEDS.get(to, ()),
        guards=tuple(sorted(found, key=lambda guard: guard.holds)),
    )


def guards_of(standing: Standing, to: str) -> tuple[Guard, ...]:
    """The guards of a step as they are now, in their order. Back from `suspended` there are none."""
    if standing.stage == SUSPENDED:
        return ()
    return tuple(guard(standing) for guard in guards.GUARDS.get(to, ()))


def _settled(guard: Guard, to: str, standing: Standing) -> Guard:
    """A guard with whether an override may lift it, and whether one has."""
    may_be = guard.code not in NEVER_OVERRIDDEN | guards.NOT_A_MATTER
    lifted = may_be and not guard.met and (to, guard.code) in standing.overridden
    return replace(guard, may_be_overridden=may_be, overridden=lifted)


def may_be_overridden(standing: Standing, to: str, code: str) -> bool:
    """Whether an override of this guard can be asked for: it stands unmet in a step from here, and is none of those
    that nobody may lift.
    """
    step = step_to(standing, to)
    return step is not None and any(
        guard.code == code and guard.may_be_overridden and not guard.holds for guard in step.guards
    )
