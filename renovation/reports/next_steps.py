"""The steps from here as a page shows them: what each needs, who makes it, and what this reader may do about it."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import QuerySet

from accounts.choices import Act, Role
from accounts.permissions import may_write
from accounts.rules.roles import roles_for_evidence, roles_that_write
from renovation.models import Evidence, GuardOverride, Neighbourhood
from renovation.permissions import may_move, may_override, may_record, reads_support_rate
from renovation.reports.lifecycle import ToldGuard, ToldStep, steps_of
from renovation.rules.lifecycle import BY_A_SURVEY, BY_ITSELF, FORWARD

RECORDED_BY: dict[str, str] = {
    "must_do_findings": "assessment",
    "must_do": "plan_priced",
    "items_priced": "plan_priced",
    "items_done": "works_done",
    "evaluation_closed": "evaluation",
    "evaluation_responses": "evaluation",
    "built_year": "annual_plan",
    "handover_signed": "handover",
    "handover_date": "handover",
}
"""The evidence behind a guard, where it has another name. `preconditions` has several."""

PLACES: dict[str, str] = {
    **dict.fromkeys(("buildings", "households", "floor_area", "tenure_mix", "roster"), "roster"),
    "built_year_known": "details",
    "preconditions": "evidence",
}
"""The page on which a guard is met, if not by recording one kind of evidence."""

KEPT_AT: dict[str, tuple[str, Act]] = {
    "party_organisation": ("governance", Act.PARTY_MEMBERS),
    "owners_committee": ("governance", Act.BODIES),
    "filing_receipt": ("governance", Act.BODIES),
    "manager": ("governance", Act.BODIES),
    "precondition_2": ("conventions", Act.BODIES),
    "result_notice": ("notices", Act.SURVEYS),
    "plan_notice": ("notices", Act.SURVEYS),
    "votes": ("votes", Act.VOTES),
    "must_do": ("plan", Act.PLANS),
    "items_priced": ("plan", Act.PLANS),
    "residents_share": ("money", Act.CONTRIBUTIONS),
    "contractor": ("works", Act.PLANS),
    "supervisor": ("works", Act.PLANS),
    "items_done": ("works", Act.PLANS),
    "inspections": ("defects", Act.SITE_REPORTS),
    "acceptance": ("works", Act.PLANS),
    "completion_file": ("works", Act.PLANS),
    "warranties": ("works", Act.PLANS),
    "evaluation_closed": ("evaluation", Act.EVALUATIONS),
    "evaluation_responses": ("evaluation", Act.EVALUATIONS),
    "asset_list": ("handover", Act.BODIES),
    "handover_signed": ("handover", Act.BODIES),
    "handover_date": ("handover", Act.BODIES),
}
"""The page where a module keeps what a guard leans on, by its name, and the act of whoever works there."""

PAGE_OF_KIND: dict[str, str] = {RECORDED_BY.get(guard, guard): page for guard, (page, _act) in KEPT_AT.items()}
"""The same by the kind of evidence."""


@dataclass(frozen=True)
class ShownGuard:
    """A guard with what this reader may do about it. `page` is where a module keeps what it leans on, `record` else a
    kind of evidence, `place` a page of the registry, by a word.
    """

    guard: ToldGuard
    page: str
    record: str
    recorders: tuple[str, ...]
    place: str
    may_edit: bool
    override: GuardOverride | None
    may_ask: bool
    may_confirm: bool


@dataclass(frozen=True)
class ShownStep:
    """A step with what this reader may do about it."""

    step: ToldStep
    guards: tuple[ShownGuard, ...]
    mover_names: tuple[str, ...]
    may_move: bool

    @property
    def to(self) -> str:
        return self.step.to

    @property
    def is_forward(self) -> bool:
        """Whether it leads on, and not aside or back to a new survey."""
        return self.step.to not in ("suspended", "withdrawn")

    @property
    def by_a_survey(self) -> bool:
        return self.step.to in BY_A_SURVEY

    @property
    def by_itself(self) -> bool:
        return self.step.to in BY_ITSELF


def next_steps(neighbourhood: Neighbourhood, reader: Any, today: date) -> list[ShownStep]:
    """The steps possible from here for one reader, the way on first. Eight queries."""
    told = steps_of(neighbourhood, today, reads_rate=reads_support_rate(reader, neighbourhood))
    asked = {
        (one.to_stage, one.guard): one
        for one in GuardOverride.objects.in_force(neighbourhood).select_related("requested_by", "confirmed_by")
    }
    overrides, edits = may_override(reader, neighbourhood), may_write(reader, Act.REGISTRY, neighbourhood)

    def shown(step: ToldStep, guard: ToldGuard) -> ShownGuard:
        kind = RECORDED_BY.get(guard.code, guard.code)
        override = asked.get((step.to, guard.code))
        waits = override is not None and override.confirmed_at is None
        page, act = KEPT_AT.get(guard.code, ("", None))
        return ShownGuard(
            guard=guard,
            page=page if act and may_write(reader, act, neighbourhood) else "",
            record=kind if may_record(reader, neighbourhood, kind) else "",
            recorders=_names(roles_that_write(act) if act else roles_for_evidence(kind)),
            place=PLACES.get(guard.code, ""),
            may_edit=edits,
            override=override,
            may_ask=overrides and override is None and guard.may_be_overridden and not guard.holds,
            may_confirm=overrides and waits and override is not None and override.requested_by_id != reader.pk,
        )

    found = [
        ShownStep(
            step=step,
            guards=tuple(shown(step, guard) for guard in step.guards),
            mover_names=_names(step.movers),
            may_move=may_move(reader, neighbourhood, step.movers),
        )
        for step in told
    ]
    first = FORWARD.get(neighbourhood.stage, ())[:1]
    return sorted(found, key=lambda step: (not step.is_forward, step.to not in first))


def _names(roles: Any) -> tuple[str, ...]:
    return tuple(str(Role(role).label) for role in sorted(roles))


def latest_evidence(neighbourhood: Neighbourhood, reader: Any) -> dict[str, Evidence]:
    """The latest row of each kind that the reader may see, revoked or not. One query."""
    rows: QuerySet[Any] = Evidence.objects.visible_to(reader).filter(neighbourhood=neighbourhood)
    latest = rows.order_by("kind", "-pk").distinct("kind").values("pk")
    return {row.kind: row for row in Evidence.objects.filter(pk__in=latest).select_related("by")}
