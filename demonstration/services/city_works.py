"""Works of the large city: packages and their progress, what was found on site, acceptance, warranties, evaluation."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from demonstration.rules.costs import BY_CODE, CONTRACTORS, SUPERVISORS, TRADES
from demonstration.rules.course import (
    BROKEN_LATER,
    BROKEN_SHARE,
    BUILT,
    FOUND_ON_SITE,
    LATE_SHARE,
    NOTHING,
    SEEN_ON_SITE,
    STUCK_SHARE,
    WHOLE,
    Days,
    done_shares,
    length_of,
    planned_days,
)
from demonstration.services.lived import (
    ACCEPTANCE,
    DEFECT,
    DEFECT_EVENT,
    FILING,
    PACKAGE,
    PACKAGE_EVENT,
    PACKAGE_ITEM,
    PROGRESS,
    REPORT,
    WARRANTY,
    Lived,
    Planned,
    desk,
    document,
)
from renovation.rules.warranties import EVIDENCE_NAMES, ends_on
from renovation.rules.works import ATTENDEES_BY_LAW, CHECKLIST

STUCK = "连续降雨，沟槽积水，暂停开挖。"


@dataclass(slots=True)
class Package:
    """A package while it is written. `last_on` is the last day on which something of it was told."""

    pk: int
    trade: str
    number: int
    contractor: str
    codes: list[str]
    days: Days
    state: str = "planned"
    done: dict[str, Decimal] = field(default_factory=dict)
    last_on: date | None = None


def write_packages(life: Lived, planned: Planned, made_on: date) -> list[Package]:
    """The plan's items by trade, each under a contract, as far as they have come."""
    dice = life.dice
    late, stuck = dice.random() < LATE_SHARE, dice.random() < STUCK_SHARE
    begun_on = life.day("under_works") if life.reached("under_works") else life.day("designed", 60)
    elapsed = (life.today - begun_on).days
    if any(life.reached(stage) for stage in BUILT):
        length = max(20, (life.day("works_done") - begun_on).days - 8)
    else:
        length = length_of(dice, elapsed=max(elapsed, 1), late=late)
    builders, supervisor = dice.sample(CONTRACTORS, len(TRADES)), dice.choice(SUPERVISORS)
    packages: list[Package] = []
    for (trade, about), contractor in zip(TRADES.items(), builders, strict=True):
        codes = [code for code in planned.amounts if BY_CODE[code].trade == trade]
        days = planned_days(begun_on, length, about.begins)
        package = Package(life.rows.next_id(PACKAGE), trade, len(packages) + 1, contractor, codes, days)
        _advance(life, package, late=late and trade == "buildings", stuck=stuck and trade == "pipes")
        amount = sum((planned.amounts[code] for code in codes), NOTHING)
        life.rows.add(
            PACKAGE,
            package.pk,
            *life.fresh(desk(made_on)),
            life.row.pk,
            package.number,
            about.name,
            contractor,
            document("合同", made_on, package.number),
            (amount * Decimal("0.97")).quantize(Decimal("0.01")),
            supervisor,
            days.begins,
            days.ends,
            package.state,
        )
        packages.append(package)
        names = "、".join(dict.fromkeys(found.contractor for found in packages))
        source, by = ("work-packages", package.pk), life.people["district"]
        life.tell(desk(made_on), "contractor", {"name": names}, by, source)
        life.tell(desk(made_on), "supervisor", {"name": supervisor}, by, source)
    _tell_works(life, planned, packages, made_on)
    return packages


def _advance(life: Lived, package: Package, *, late: bool, stuck: bool) -> None:
    """The events of a package and the progress that was told of its items."""
    rows, by, days = life.rows, life.people["district"].pk, package.days
    built = any(life.reached(stage) for stage in BUILT)
    begun = life.reached("under_works") and (built or days.begins < life.works_until)
    shares = [NOTHING] * len(package.codes)
    told: list[tuple[date, list[Decimal]]] = []
    if begun:
        rows.add(PACKAGE_EVENT, package.pk, "running", "", None, desk(days.begins), by)
        package.state = "running"
        last = days.ends if built else life.works_until - timedelta(days=2)
        half = days.begins + (min(days.ends, last) - days.begins) / 2
        if half > days.begins:
            told.append((half, done_shares(days, half, len(shares), late=late)))
        if built:
            told.append((days.ends, [WHOLE] * len(shares)))
        elif last > half:
            told.append((last, done_shares(days, last, len(shares), late=late)))
    items = [rows.next_id(PACKAGE_ITEM) for _code in package.codes]
    for on, found in told:
        for item, before, share in zip(items, shares, found, strict=True):
            if share > before:
                rows.add(PROGRESS, item, share, on, "", desk(on), by)
        shares, package.last_on = found, on
    for item, code, share in zip(items, package.codes, shares, strict=True):
        rows.add(PACKAGE_ITEM, item, package.pk, life.menu[code], share)
    package.done = dict(zip(package.codes, shares, strict=True))
    if built:
        rows.add(PACKAGE_EVENT, package.pk, "done", "", None, desk(days.ends), by)
        package.state = "done"
    elif begun and (stuck or life.reached("suspended")):
        on = life.day("suspended") if life.reached("suspended") else life.today - timedelta(days=1)
        review_on = life.today + timedelta(days=life.dice.randint(5, 30))
        rows.add(PACKAGE_EVENT, package.pk, "suspended", STUCK, review_on, desk(on), by)
        package.state = "suspended"
    if built and life.reached("accepted"):
        package.state = "accepted"


def _tell_works(
    life: Lived, planned: Planned, packages: list[Package], on: date, findings: tuple[int, int] | None = None
) -> None:
    """What the guards are told of what is done and of what was found and closed; nothing yet before works begin."""
    shares = [share for package in packages for share in package.done.values()]
    done = 0 if findings is None else sum(share == WHOLE for share in shares)
    facts = {"item_count": len(planned.amounts), "done": done, "changed": 0}
    life.tell(desk(on), "works_done", facts, life.people["district"], ("plans", planned.pk))
    found, closed = findings or (0, 0)
    facts = {"findings": found, "closed": closed}
    life.tell(desk(on), "inspections", facts, life.people["district"], ("neighbourhoods", life.row.pk))


def write_site(life: Lived, planned: Planned, packages: list[Package]) -> None:
    """Site reports and defects while it was built, and what the guards are told of both in the end."""
    rows, dice, by = life.rows, life.dice, life.people["community"].pk
    built = any(life.reached(stage) for stage in BUILT)
    findings = closed = 0
    latest = life.day("under_works")
    for package in packages:
        end = min(package.days.ends, life.works_until - timedelta(days=1))
        if package.state == "planned" or end <= package.days.begins:
            continue
        for _ in range(dice.randint(1, 3)):
            on = package.days.begins + timedelta(days=dice.randrange((end - package.days.begins).days))
            report, building = rows.next_id(REPORT), dice.choice(life.doors).building
            words = dice.choice(SEEN_ON_SITE)
            rows.add(
                REPORT, report, life.row.pk, package.pk, building, "residents_supervisor", "", on, words, desk(on), by
            )
            if dice.random() < 0.6:
                findings += 1
                last = _write_defect(life, package, report, building, on, closes=built or dice.random() < 0.5)
                closed += last is not None
                latest = max(latest, last or on)
    on = max([latest, *(package.last_on for package in packages if package.last_on)])
    _tell_works(life, planned, packages, on, (findings, closed))


def _write_defect(life: Lived, package: Package, report: int, building: int, on: date, *, closes: bool) -> date | None:
    """A defect of the works; the day on which its recheck closed it, or None where it is open or waits for one."""
    severity, words, mended = life.dice.choice(FOUND_ON_SITE)
    rows, by = life.rows, life.people["community"].pk
    defect = rows.next_id(DEFECT)
    limit = min(package.days.ends, life.works_until - timedelta(days=1))
    mended_on, checked_on = min(on + timedelta(days=5), limit), min(on + timedelta(days=7), limit)
    is_mended = closes or life.dice.random() < 0.4
    state = "closed" if closes else "rectified" if is_mended else "open"
    rows.add(
        DEFECT,
        defect,
        *life.fresh(desk(on)),
        life.row.pk,
        package.pk,
        None,
        building,
        report,
        severity,
        words,
        package.contractor,
        on,
        on + timedelta(days=10),
        False,
        state,
    )
    rows.add(DEFECT_EVENT, defect, "raised", on, "", desk(on), by)
    if is_mended:
        rows.add(DEFECT_EVENT, defect, "rectified", mended_on, mended, desk(mended_on), life.people["district"].pk)
    if closes:
        rows.add(DEFECT_EVENT, defect, "recheck_passed", checked_on, "复查合格。", desk(checked_on), by)
        return checked_on
    return None


# --- Acceptance, warranties, early damage ----------------------------------------------------------


def write_acceptance(life: Lived, packages: list[Package]) -> None:
    """Each package is accepted, its items are under warranty from that day, and the file is handed in."""
    rows, by = life.rows, life.people["district"]
    held_on = life.day("accepted", -4)
    checklist, attendees = dict.fromkeys(CHECKLIST, True), "{" + ",".join((*ATTENDEES_BY_LAW, "residents")) + "}"
    least: dict[str, int] = {}
    for package in packages:
        acceptance, paper = rows.next_id(ACCEPTANCE), document("验收", held_on, package.number)
        rows.add(
            ACCEPTANCE, acceptance, package.pk, held_on, True, checklist, attendees, "", paper, desk(held_on), by.pk
        )
        for code in package.codes:
            kind, years = BY_CODE[code].warranty
            least[kind] = min(years, least.get(kind, years))
            last, letter = ends_on(held_on, years), document("保修", held_on, package.number)
            rows.add(WARRANTY, package.pk, acceptance, life.menu[code], kind, years, held_on, last, letter)
        rows.add(PACKAGE_EVENT, package.pk, "accepted", "", None, desk(held_on), by.pk)
    source = ("work-packages", packages[-1].pk)
    life.tell(desk(held_on), "acceptance", {"passed": True, "passed_on": held_on.isoformat()}, by, source)
    life.tell(desk(held_on), "warranties", {EVIDENCE_NAMES[kind]: years for kind, years in least.items()}, by, source)
    filing, filed_on = rows.next_id(FILING), held_on + timedelta(days=3)
    rows.add(
        FILING,
        filing,
        life.row.pk,
        filed_on,
        "示范区住建局",
        "示范区档案馆",
        document("备案", filed_on),
        desk(filed_on),
        by.pk,
    )
    life.tell(desk(filed_on), "completion_file", {"kept_at": "示范区档案馆"}, by, ("completion-filings", filing))


def write_early_damage(life: Lived, packages: list[Package]) -> None:
    """What breaks under warranty, which the early programmes suffered from."""
    dice, rows, by = life.dice, life.rows, life.people["community"].pk
    since = (life.today - life.day("accepted")).days
    if since < 20 or dice.random() > BROKEN_SHARE:
        return
    built_by = {code: package for package in packages for code in package.codes}
    for code, severity, words in dice.sample(BROKEN_LATER, dice.randint(1, 2)):
        if code not in built_by:
            continue
        package, on = built_by[code], life.today - timedelta(days=dice.randrange(2, since - 6))
        defect, mended_on = rows.next_id(DEFECT), on + timedelta(days=dice.randint(3, 20))
        is_mended = life.has_come(mended_on)
        rows.add(
            DEFECT,
            defect,
            *life.fresh(desk(on)),
            life.row.pk,
            package.pk,
            life.menu[code],
            dice.choice(life.doors).building,
            None,
            severity,
            words,
            package.contractor,
            on,
            on + timedelta(days=15),
            True,
            "closed" if is_mended else "open",
        )
        rows.add(DEFECT_EVENT, defect, "raised", on, "", desk(on), by)
        if is_mended:
            district = life.people["district"].pk
            rows.add(DEFECT_EVENT, defect, "rectified", mended_on, "保修期内免费修复。", desk(mended_on), district)
            rows.add(DEFECT_EVENT, defect, "recheck_passed", mended_on, "复查合格。", desk(mended_on), by)
