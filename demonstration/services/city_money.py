"""Money of the large city: pledged and given by households, promised and paid by everybody else, spent on packages."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db import connection

from demonstration.rules.costs import HOUSEHOLD_SOURCES
from demonstration.rules.course import portions
from demonstration.services.lived import AWARD_STEP, ENTRY, TRANCHE, Lived, Planned, desk, document

AWARD_PARTS = ("0.6", "0.4")
AWARD_DAYS = {"eligible": (12, 12), "approved": (30, 95), "paid": (48, 130)}
"""Days after the handover, of the first tranche and of the second."""

GIVEN = ((("under_works", 8), "0.60"), (("works_done", 12), "0.30"), (("accepted", 14), "0.10"))
SPENT = ((("under_works", 26), "0.50"), (("works_done", 18), "0.35"), (("accepted", 20), "0.12"))
"""What is given and spent, so many days after a stage was reached; 3 per cent are kept back for the warranty."""

# A tranche begins planned and goes one step at a time, by trigger.
ADVANCE = "UPDATE renovation_awardtranche SET state = %s, version = version + 1 WHERE id = ANY(%s)"


def write_promises(life: Lived, planned: Planned) -> None:
    """What others than the residents commit once the neighbourhood is in the annual plan, and the award's tranches."""
    on = life.day("planned", 6)
    if not life.has_come(on):
        return
    for key, source in planned.sources.items():
        if key not in HOUSEHOLD_SOURCES and planned.of_sources[key]:
            _add_entry(life, source, "committed", planned.of_sources[key], document("资金", on), on)


def write_pledges(life: Lived, planned: Planned, from_on: date, share: Decimal) -> None:
    """What households pledge: by area each its own, for meters building by building; `share` of the doors do."""
    wanted = int(len(life.doors) * share)
    committed, last = Decimal(0), from_on
    for number, (_building, places) in enumerate(life.by_building()):
        on = from_on + timedelta(days=number % 12)
        mine = [place for place in places if place < wanted]
        if not mine or not life.has_come(on):
            continue
        paper = document("认缴", on, number + 1)
        for place in mine:
            amount = planned.of_doors["residents"][place]
            if amount:
                household = life.doors[place].household
                _add_entry(life, planned.sources["residents"], "committed", amount, paper, on, household=household)
                committed += amount
        meters = sum((planned.of_doors["meters"][place] for place in mine), Decimal(0))
        _add_entry(life, planned.sources["meters"], "committed", meters, paper, on, payer=f"{number + 1}号楼各户")
        committed, last = committed + meters, max(last, on)
    if committed:
        due = sum((planned.of_sources[key] for key in HOUSEHOLD_SOURCES), Decimal(0))
        facts = {"due": str(due), "committed": str(committed.quantize(Decimal("0.01")))}
        life.tell(desk(last), "residents_share", facts, life.people["community"], ("plans", planned.pk))


def write_flows(life: Lived, planned: Planned, packages: Sequence[int]) -> None:
    """What was received and spent since the works began, all sources but the award."""
    for number, (key, source) in enumerate(planned.sources.items()):
        total = planned.of_sources[key]
        if key == "award" or not total:
            continue
        if key in HOUSEHOLD_SOURCES:
            _collect(life, planned, key)
        else:
            parts = portions(total, [share for _when, share in GIVEN])
            _flow(life, source, "received", [when for when, _share in GIVEN], parts)
        parts = portions(total, [share for _when, share in SPENT])
        _flow(life, source, "spent", [when for when, _share in SPENT], parts, packages[number % len(packages)])


def _collect(life: Lived, planned: Planned, key: str) -> None:
    """Households pay building by building as the works begin."""
    for number, (_building, places) in enumerate(life.by_building()):
        on = life.day("under_works", 1 + number * 2)
        amount = sum((planned.of_doors[key][place] for place in places), Decimal(0))
        if amount and life.has_come(on):
            paper = document("收据", on, number + 1)
            _add_entry(life, planned.sources[key], "received", amount, paper, on, payer=f"{number + 1}号楼各户")


def _flow(
    life: Lived,
    source: int,
    step: str,
    when: Sequence[tuple[str, int]],
    parts: Sequence[Decimal],
    package: int | None = None,
) -> None:
    for (stage, days), amount in zip(when, parts, strict=True):
        if amount and life.reached(stage) and life.has_come(on := life.day(stage, days)):
            name = "进账" if step == "received" else "支付"
            _add_entry(life, source, step, amount, document(name, on), on, package=package)


def write_award(life: Lived, planned: Planned, packages: Sequence[int]) -> dict[str, list[int]]:
    """The award's tranches; the steps that they have taken, by state, which `advance` then takes in order."""
    source, total = planned.sources["award"], planned.of_sources["award"]
    taken: dict[str, list[int]] = {state: [] for state in AWARD_DAYS}
    for number, amount in enumerate(portions(total, AWARD_PARTS)):
        if not amount:
            continue
        tranche = life.rows.next_id(TRANCHE)
        life.rows.add(TRANCHE, tranche, *life.fresh(life.steps["planned"]), source, number + 1, amount, "planned")
        for state, days in AWARD_DAYS.items():
            if not life.reached("handed_over") or not life.has_come(on := life.day("handed_over", days[number])):
                break
            paper = document("奖补", on, number + 1)
            life.rows.add(AWARD_STEP, tranche, state, paper, desk(on), life.people["district"].pk)
            taken[state].append(tranche)
            if state == "paid":
                _add_entry(life, source, "received", amount, paper, on, tranche=tranche)
                _add_entry(life, source, "spent", amount, paper, on, package=packages[0])
    return taken


def advance(tranches: dict[str, list[int]]) -> None:
    with connection.cursor() as cursor:
        for state, pks in tranches.items():
            if pks:
                cursor.execute(ADVANCE, [state, pks])


def _add_entry(
    life: Lived,
    source: int,
    step: str,
    amount: Decimal,
    paper: str,
    on: date,
    *,
    household: int | None = None,
    package: int | None = None,
    tranche: int | None = None,
    payer: str = "",
) -> None:
    at: datetime = desk(on)
    by = life.people["community" if household or payer else "district"].pk
    life.rows.add(
        ENTRY,
        source,
        step,
        amount,
        household,
        life.item_of.get(source),
        package,
        tranche,
        payer,
        False,
        paper,
        on,
        "",
        at,
        by,
    )
