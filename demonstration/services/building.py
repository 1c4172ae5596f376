"""The small city's works, through the services: packages, progress, site reports, defects, photos, acceptance."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from accounts.models import User
from demonstration.rules.costs import BY_CODE, TRADES
from demonstration.rules.course import BROKEN_LATER, FOUND_ON_SITE, SEEN_ON_SITE, levels
from demonstration.rules.people import GIVEN_NAMES, SURNAMES
from demonstration.rules.stories import CHANGE, SUSPENDED, Story
from demonstration.services.lived import desk, document
from demonstration.services.sketches import sketch
from renovation.choices import Attendee, PackageState, PhotoPhase, Reporter
from renovation.models import (
    Building,
    ChangeRequest,
    Defect,
    MenuItem,
    Neighbourhood,
    RenovationPlan,
    SiteReport,
    WorkPackage,
)
from renovation.rules.works import CHECKLIST
from renovation.services.acceptance import WarrantyTerm, file_completion, record_acceptance
from renovation.services.site_photos import add_site_photo, publish_photo
from renovation.services.supervision import add_site_report, raise_defect, recheck_defect, rectify_defect
from renovation.services.works import create_package, move_package, report_progress, request_change

SUPERVISOR_OF_RESIDENTS = SURNAMES[4] + GIVEN_NAMES[17]
FACADE = "B20"
KEEPS = {"filed_with": "示范区住建局", "kept_at": "示范区档案馆"}


@dataclass(frozen=True, slots=True)
class Span:
    """The planned days of a package, counted from the day on which the works began."""

    begins: int
    ends: int


class Works:
    """One neighbourhood's works."""

    def __init__(self, neighbourhood: Neighbourhood, people: Mapping[str, User], story: Story) -> None:
        self.neighbourhood, self.people, self.story = neighbourhood, people, story
        self.packages: dict[str, WorkPackage] = {}
        self.items: dict[str, dict[str, MenuItem]] = {}
        self.buildings = list(Building.objects.filter(neighbourhood=neighbourhood).order_by("pk"))

    def contract(self, plan: RenovationPlan, made_on: date, begun_on: date, spans: Mapping[str, Span]) -> None:
        """The plan's items in packages, one to a builder and trade."""
        rows = list(plan.items.select_related("menu_item").order_by("menu_item__code"))
        for number, (trade, builder) in enumerate(zip(spans, self.story.builders, strict=False), 1):
            mine = [row for row in rows if BY_CODE[row.menu_item.code].trade == trade]
            self.items[trade] = {row.menu_item.code: row.menu_item for row in mine}
            amount = sum((row.amount or Decimal(0) for row in mine), Decimal(0))
            self.packages[trade] = create_package(
                neighbourhood=self.neighbourhood,
                name=TRADES[trade].name,
                contractor=builder,
                contract_document=document("合同", made_on, number),
                contract_sum=(amount * Decimal("0.97")).quantize(Decimal("0.01")),
                supervisor=self.story.supervisor,
                starts_on=begun_on + timedelta(days=spans[trade].begins),
                ends_on=begun_on + timedelta(days=spans[trade].ends),
                menu_items=self.items[trade].values(),
                by=self.people["district"],
                at=desk(made_on),
            )

    def move(self, trade: str, to: str, day: date, reason: str = "", review_on: date | None = None) -> None:
        self.packages[trade] = move_package(
            package=self.packages[trade],
            to=to,
            reason=reason,
            review_on=review_on,
            by=self.people["district"],
            at=desk(day),
        )

    def report(self, trade: str, part: str, day: date) -> None:
        """Such a part of a package is done, item after item."""
        items = list(self.items[trade].values())
        shares = levels(Decimal(part), len(items))
        report_progress(
            package=self.packages[trade],
            shares={item.pk: share for item, share in zip(items, shares, strict=True) if share},
            done_on=day,
            by=self.people["district"],
            at=desk(day),
        )

    def build(self, begun_on: date, done_on: date) -> None:
        """All of it is built, with what residents' supervisors saw and what had to be done again."""
        for number, trade in enumerate(self.packages):
            first = self.packages[trade].starts_on
            last = max(first + timedelta(days=4), done_on - timedelta(days=2 * number + 3))
            half = first + (last - first) / 2
            self.move(trade, PackageState.RUNNING, first)
            self.report(trade, "0.5", half)
            report = self.look(trade, half, number)
            defect = self.find(trade, half, number, report)
            self.rectify(defect, half + timedelta(days=1), number)
            self.recheck(defect, half + timedelta(days=2))
            self.report(trade, "1", last)
            self.move(trade, PackageState.DONE, last)

    def half_build(self, begun_on: date, today: date) -> None:
        """Works under way: the pipes on time, the buildings behind, the outdoors suspended."""
        yesterday = today - timedelta(days=1)
        for trade, parts in (("pipes", ("0.3", "0.84")), ("buildings", ("0.12", "0.34"))):
            first = self.packages[trade].starts_on
            self.move(trade, PackageState.RUNNING, first)
            self.report(trade, parts[0], first + (yesterday - first) / 2)
            self.report(trade, parts[1], yesterday)
        outdoors = self.packages["outdoors"].starts_on
        self.move("outdoors", PackageState.RUNNING, outdoors)
        stopped = today - timedelta(days=5)
        self.report("outdoors", "0.2", stopped)
        self.move("outdoors", PackageState.SUSPENDED, stopped, SUSPENDED, today + timedelta(days=9))
        for place, trade in enumerate(("pipes", "buildings", "buildings", "outdoors")):
            day = today - timedelta(days=16 - 4 * place)
            report = self.look(trade, day, place)
            self.photograph(PhotoPhase.DURING, place % len(self.buildings), day, "脚手架与防护网", report=report)
            defect = self.find(trade, day, place, report)
            if place in (0, 1):
                self.rectify(defect, day + timedelta(days=3), place)
            if place == 0:
                self.recheck(defect, day + timedelta(days=4))

    def ask_for_change(self, day: date) -> ChangeRequest:
        return request_change(
            neighbourhood=self.neighbourhood,
            requested_by=self.story.builders[1],
            requested_on=day,
            text=CHANGE,
            document=document("变更", day),
            package=self.packages["buildings"],
            by=self.people["district"],
            at=desk(day),
        )

    # --- On site ---------------------------------------------------------------------------------------

    def look(self, trade: str, day: date, number: int) -> SiteReport:
        return add_site_report(
            neighbourhood=self.neighbourhood,
            reporter=Reporter.RESIDENTS_SUPERVISOR,
            reporter_name=SUPERVISOR_OF_RESIDENTS,
            reported_on=day,
            text=SEEN_ON_SITE[number % len(SEEN_ON_SITE)],
            package=self.packages[trade],
            building=self.buildings[number % len(self.buildings)],
            by=self.people["committee"],
            at=desk(day),
        )

    def find(self, trade: str, day: date, number: int, report: SiteReport) -> Defect:
        severity, words, _mended = FOUND_ON_SITE[number % len(FOUND_ON_SITE)]
        return raise_defect(
            neighbourhood=self.neighbourhood,
            severity=severity,
            text=words,
            found_on=day,
            due_on=day + timedelta(days=10),
            package=self.packages[trade],
            building=self.buildings[number % len(self.buildings)],
            report=report,
            by=self.people["committee"],
            at=desk(day),
        )

    def rectify(self, defect: Defect, day: date, number: int) -> None:
        mended = FOUND_ON_SITE[number % len(FOUND_ON_SITE)][2]
        rectify_defect(defect=defect, done_on=day, note=mended, by=self.people["district"], at=desk(day))

    def recheck(self, defect: Defect, day: date) -> None:
        by = self.people["community"]
        recheck_defect(defect=defect, passed=True, done_on=day, note="复查合格。", by=by, at=desk(day))

    def photograph(
        self,
        phase: str,
        building: int,
        day: date,
        caption: str,
        report: SiteReport | None = None,
        item: MenuItem | None = None,
    ) -> None:
        """One building, drawn. What shows a place before and after is published for its neighbours."""
        photo, _new = add_site_photo(
            neighbourhood=self.neighbourhood,
            phase=phase,
            taken_on=day,
            file=sketch(phase, f"{self.neighbourhood.code} {building}"),
            caption=caption,
            report=report,
            menu_item=item,
            by=self.people["community"],
            at=desk(day),
        )
        if report is None:
            publish_photo(photo=photo, published=True, by=self.people["community"])

    def photograph_all(self, phase: str, day: date) -> None:
        words = {"before": "改造前", "after": "改造后"}[phase]
        facade = MenuItem.objects.filter(code=FACADE).latest("edition__valid_from")
        for building, item in enumerate((None, facade)[: self.story.pairs]):
            self.photograph(phase, building, day, f"{self.buildings[building].number}号楼外立面，{words}", item=item)

    # --- Acceptance and after --------------------------------------------------------------------------

    def accept(self, held_on: date) -> None:
        """Each package passes, its items come under warranty, and the file is handed in."""
        for number, (trade, package) in enumerate(self.packages.items(), 1):
            letter = document("保修", held_on, number)
            record_acceptance(
                package=package,
                held_on=held_on,
                passed=True,
                checklist=dict.fromkeys(CHECKLIST, True),
                attendees=Attendee.values,
                document=document("验收", held_on, number),
                warranties=[
                    WarrantyTerm(item, *BY_CODE[code].warranty, letter) for code, item in self.items[trade].items()
                ],
                by=self.people["district"],
                at=desk(held_on),
            )
        filed_on = held_on + timedelta(days=2)
        file_completion(
            neighbourhood=self.neighbourhood,
            filed_on=filed_on,
            document=document("备案", filed_on),
            by=self.people["district"],
            at=desk(filed_on),
            **KEEPS,
        )

    def break_down(self, today: date) -> None:
        """What broke early: one was repaired under warranty, one waits."""
        items = {code: item for items in self.items.values() for code, item in items.items()}
        for place, (code, severity, words) in enumerate(BROKEN_LATER[:3]):
            day = today - timedelta(days=70 - 30 * place)
            defect = raise_defect(
                neighbourhood=self.neighbourhood,
                severity=severity,
                text=words,
                found_on=day,
                due_on=day + timedelta(days=15),
                menu_item=items[code],
                building=self.buildings[place % len(self.buildings)],
                by=self.people["community"],
                at=desk(day),
            )
            if place == 0:
                mended = day + timedelta(days=9)
                by = self.people["district"]
                rectify_defect(defect=defect, done_on=mended, note="保修期内免费修复。", by=by, at=desk(mended))
                self.recheck(defect, mended + timedelta(days=3))
