"""Plans of the large city: items, who pays, each household's share to the fen, and the notices that were posted.

A plan is written as a draft with all its parts and frozen by a statement afterwards: a frozen one takes nothing more.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import connection

from demonstration.rules.costs import (
    HOUSEHOLD_SOURCES,
    MUST_DO,
    ONE_ITEM,
    SOURCES,
    Cost,
    basket,
    payers_of,
)
from demonstration.services.lived import (
    HOUSEHOLD_SHARE,
    ITEM,
    NOTICE,
    OBJECTION,
    PLAN,
    SHARE,
    SOURCE,
    Lived,
    Planned,
    desk,
    document,
)
from renovation.rules.plans import Content, Line, Payment, SharedOut, amount_of, digest_of
from renovation.rules.shares import split

LEFT_OUT = ("B26", "B27", "I02", "I03", "I04", "I05", "I08")
"""What some neighbourhoods do not order."""

FREEZE = """
UPDATE renovation_renovationplan plan
SET state = 'frozen', digest = frozen.digest, frozen_at = frozen.at, frozen_by_id = frozen.by, in_force_at = frozen.at,
    version = version + 1
FROM unnest(%s::bigint[], %s::text[], %s::timestamptz[], %s::bigint[]) AS frozen(id, digest, at, by)
WHERE plan.id = frozen.id
"""

OBJECTIONS = (
    (
        "居民出资按面积分摊，底层住户对屋面项目提出异议。",
        "已说明屋面项目由中央补助为主，底层按面积出资经议定不变。",
    ),
    ("担心增设停车位占用绿地。", "停车位只利用边角硬化地，绿地面积不减少，图纸已张贴。"),
    ("希望公布各项单价。", "单价清单已附在公示栏，并可在社区查阅。"),
)


@dataclass(frozen=True, slots=True)
class Freezing:
    """A plan that was written and waits to be frozen."""

    plan: int
    digest: str
    at: datetime
    by: int


def freeze(plans: Iterable[Freezing]) -> None:
    waiting = list(plans)
    columns = zip(*((one.plan, one.digest, one.at, one.by) for one in waiting), strict=True)
    if waiting:
        with connection.cursor() as cursor:
            cursor.execute(FREEZE, [list(column) for column in columns])


def write_draft(life: Lived, at: datetime) -> None:
    """A first draft, priced and with its payers, while the preconditions are still gathered."""
    plan = life.rows.next_id(PLAN)
    costs = _costs(life)
    _add_plan(life, plan, at, len(costs), Decimal(0))
    _add_items(life, plan, costs, _add_sources(life, costs, at), at)


def write_plan(life: Lived, at: datetime) -> tuple[Planned, Freezing]:
    """The first revision, in force at once since the plan was not settled yet."""
    rows, by = life.rows, life.people["district"]
    plan = rows.next_id(PLAN)
    costs = _costs(life)
    sources = _add_sources(life, costs, at)
    lines, planned = _add_items(life, plan, costs, sources, at)
    shared_out = _share_out(life, planned)
    _add_plan(life, plan, at, len(lines), planned.total)
    content = Content(
        neighbourhood=life.row.code,
        number=1,
        menu_from=life.edition.valid_from,
        items=lines,
        shared_out=shared_out,
    )
    digest = digest_of(content)
    told = {
        "item_count": len(lines),
        "priced": len(lines),
        "must_do": [line.code for line in lines if line.code in MUST_DO],
        "total": str(planned.total),
        "revision": 1,
        "notice_revision": 1,
        "digest": digest,
    }
    life.tell(at, "plan_priced", told, by, ("plans", plan))
    due = sum((planned.of_sources[key] for key in HOUSEHOLD_SOURCES), Decimal(0))
    life.tell(at, "residents_share", {"due": str(due), "committed": "0.00"}, by, ("plans", plan))
    return planned, Freezing(plan, digest, at, by.pk)


def _costs(life: Lived) -> list[Cost]:
    without = [code for code in LEFT_OUT if life.dice.random() < 0.25]
    return basket(MUST_DO[:-2], without)


def _add_plan(life: Lived, plan: int, at: datetime, items: int, total: Decimal) -> None:
    life.rows.add(PLAN, plan, *life.fresh(at), life.row.pk, 1, life.edition.pk, "draft", "", "", items, total, "", True)


def _add_sources(life: Lived, costs: Sequence[Cost], at: datetime) -> dict[str, int]:
    used = {key for cost in costs for key in payers_of(cost, has_unit=life.has_unit)}
    found = {}
    for key, source in SOURCES.items():
        if key in used:
            found[key] = life.rows.next_id(SOURCE)
            if key in ONE_ITEM:
                life.item_of[found[key]] = life.menu[ONE_ITEM[key]]
            life.rows.add(
                SOURCE, found[key], *life.fresh(at), life.row.pk, source.kind, source.name, source.route, {}, ""
            )
    return found


def _add_items(
    life: Lived, plan: int, costs: Sequence[Cost], sources: dict[str, int], at: datetime
) -> tuple[list[Line], Planned]:
    """The items with their shares. Prices differ a little from place to place, in whole yuan."""
    rows, level = life.rows, Decimal(life.dice.randint(88, 112)) / 100
    planned = Planned(plan, {}, sources, dict.fromkeys(sources, Decimal(0)))
    lines = []
    for cost in costs:
        price = max((cost.price * level).quantize(Decimal(1)), Decimal(1)).quantize(Decimal("0.01"))
        quantity = cost.quantity(life.size)
        amount = amount_of(quantity, price) or Decimal(0)
        item = rows.next_id(ITEM)
        rows.add(ITEM, item, *life.fresh(at), plan, life.menu[cost.code], quantity, price, amount, "", "")
        weights = payers_of(cost, has_unit=life.has_unit)
        payers = {key: weights[key] for key in sources if key in weights}
        parts = split(amount, list(payers.values()))
        for (key, weight), part in zip(payers.items(), parts, strict=True):
            rows.add(SHARE, item, sources[key], weight, part)
            planned.of_sources[key] += part
        planned.amounts[cost.code] = amount
        lines.append(
            Line(
                cost.code,
                quantity,
                price,
                amount,
                payers=tuple(
                    Payment(SOURCES[key].kind, SOURCES[key].name, part) for key, part in zip(payers, parts, strict=True)
                ),
            )
        )
    return lines, planned


def _share_out(life: Lived, planned: Planned) -> list[SharedOut]:
    found = []
    for key in HOUSEHOLD_SOURCES:
        by_area = SOURCES[key].route == "by_area"
        weights = [(door.area or Decimal(0)) if by_area else Decimal(1) for door in life.doors]
        amounts = split(planned.of_sources[key], weights)
        for door, weight, amount in zip(life.doors, weights, amounts, strict=True):
            life.rows.add(HOUSEHOLD_SHARE, planned.pk, planned.sources[key], door.household, weight, amount)
        planned.of_doors[key] = amounts
        name, route = SOURCES[key].name, SOURCES[key].route
        found.append(SharedOut(name, route, len(weights), sum(weights, Decimal(0)), planned.of_sources[key]))
    return found


# --- Notices ---------------------------------------------------------------------------------------


def write_notice(
    life: Lived,
    kind: str,
    title: str,
    text: str,
    posted_on: date,
    *,
    closed_on: date | None,
    survey: int | None = None,
    plan: int | None = None,
    objections: int = 0,
    ends_on: date,
) -> None:
    """A notice that hung until `ends_on`, and was closed on `closed_on` or still hangs, with an open objection then."""
    by, rows = life.people["community"], life.rows
    notice = rows.next_id(NOTICE)
    posted, closed = desk(posted_on), desk(closed_on) if closed_on else None
    rows.add(
        NOTICE,
        notice,
        *life.fresh(posted),
        life.row.pk,
        kind,
        title,
        text,
        survey,
        plan,
        life.tree_head if survey else None,
        "小区公告栏",
        posted_on,
        ends_on,
        "",
        by.pk,
        "closed" if closed else "posted",
        closed,
        by.pk if closed else None,
        "",
        "公示期满，已拍照存档。" if closed else "",
    )
    answered = objections if closed else 0
    for _ in range(objections):
        words, answer = life.dice.choice(OBJECTIONS)
        raised_on = posted_on + (ends_on - posted_on) // 2
        done = (answer, ends_on, by.pk) if closed else ("", None, None)
        state = "answered" if closed else "open"
        rows.add(OBJECTION, *life.fresh(desk(raised_on)), notice, raised_on, "", words, state, *done, by.pk)
    evidence = {"survey_result": "result_notice", "plan": "plan_notice"}.get(kind)
    if evidence is None:
        return
    facts = {
        "place": "小区公告栏",
        "posted_on": posted_on.isoformat(),
        "ends_on": ends_on.isoformat(),
        "objections": objections,
        "objections_answered": answered,
        "closed": closed is not None,
    }
    if kind == "plan":
        facts["revision"] = 1
    life.tell(closed or posted, evidence, facts, by, ("notices", notice))


def notice_document(day: date) -> str:
    return document("公示", day)
