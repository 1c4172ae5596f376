"""The small city's plans and money, through the services: drafts, pledges, frozen plans, promises, the award."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal

from accounts.models import User
from demonstration.rules.costs import (
    HOUSEHOLD_SOURCES,
    MUST_DO,
    ONE_ITEM,
    SOURCES,
    TRADES,
    Cost,
    Size,
    basket,
    payers_of,
)
from demonstration.rules.course import portions
from demonstration.rules.stories import AWARD_PARTS, RAISED, RAISED_BY, REMOVED, Story
from demonstration.services.lived import desk, document
from renovation.choices import AwardState, FundingStep
from renovation.models import (
    ChangeRequest,
    FundingSource,
    Household,
    MenuItem,
    Neighbourhood,
    RenovationPlan,
    WorkPackage,
)
from renovation.reports.household_shares import shares_as_split_now
from renovation.services.awards import add_tranche, advance_tranche
from renovation.services.funding import add_source, record_entry
from renovation.services.plans import freeze_plan, open_draft, remove_item, set_item

NEVER_SOLD = ("work_unit", "public_rental")
WORKS_LENGTH, UNTIL_WORKS = 120, 200
"""Days: how long the works are planned to take, and after how many of them they are thought to begin."""

GIVEN = ("0.60", "0.30", "0.10")
"""The parts in which everybody but the households pays."""

STEPS = (AwardState.ELIGIBLE, AwardState.APPROVED, AwardState.PAID)


class Planning:
    """One neighbourhood's plan, and who pays for it."""

    def __init__(self, neighbourhood: Neighbourhood, people: Mapping[str, User], story: Story) -> None:
        self.neighbourhood, self.people, self.story = neighbourhood, people, story
        homes = Household.objects.filter(neighbourhood=neighbourhood).current().residential()
        self.homes = list(homes.select_related("building").order_by("pk"))
        self.has_unit = any(home.tenure_type in NEVER_SOLD for home in self.homes)
        self.sources: dict[str, FundingSource] = {}
        self.menu: dict[str, MenuItem] = {}
        self.plan: RenovationPlan

    @property
    def size(self) -> Size:
        area = sum((home.gross_floor_area or Decimal(0) for home in self.homes), Decimal(0))
        stairwells = {home.stairwell_id for home in self.homes}
        return Size(len(self.homes), len({home.building_id for home in self.homes}), len(stairwells), area)

    def costs(self) -> list[Cost]:
        return basket(MUST_DO[:-2], self.story.without)

    def draft(self, day: date) -> None:
        """A first draft with quantities, prices and payers."""
        by, costs, size = self.people["district"], self.costs(), self.size
        self._add_sources(costs, day)
        self.plan = open_draft(neighbourhood=self.neighbourhood, by=by, at=desk(day))
        self.menu = {item.code: item for item in MenuItem.objects.filter(edition=self.plan.menu_edition)}
        begins = day + timedelta(days=UNTIL_WORKS)
        for cost in costs:
            first = begins + timedelta(days=int(WORKS_LENGTH * TRADES[cost.trade].begins))
            weights = payers_of(cost, has_unit=self.has_unit)
            set_item(
                plan=self.plan,
                menu_item=self.menu[cost.code],
                quantity=cost.quantity(size),
                unit_price=cost.price,
                starts_on=first,
                ends_on=begins + timedelta(days=WORKS_LENGTH),
                payers={self.sources[key].pk: weight for key, weight in weights.items()},
                by=by,
            )

    def _add_sources(self, costs: list[Cost], day: date) -> None:
        used = {key for cost in costs for key in payers_of(cost, has_unit=self.has_unit)}
        for key, source in SOURCES.items():
            if key in used:
                self.sources[key] = add_source(
                    neighbourhood=self.neighbourhood,
                    kind=source.kind,
                    name=source.name,
                    route=source.route,
                    document=document("出资", day),
                    by=self.people["district"],
                )

    def shares(self) -> Iterator[tuple[str, Household, Decimal]]:
        """What each home is to pay of which source, as the plan splits it now, by home."""
        found = {row.source.pk: row for row in shares_as_split_now(self.plan)}
        rows = {key: found[self.sources[key].pk].shares for key in HOUSEHOLD_SOURCES}
        for place, home in enumerate(self.homes):
            for key in HOUSEHOLD_SOURCES:
                if rows[key][place].amount:
                    yield key, home, rows[key][place].amount

    def pledge(self, day: date, share: Decimal) -> None:
        """The first homes sign what they are to give: their part of the contribution plan (precondition 4)."""
        self._by_home(day, FundingStep.COMMITTED, "认缴", share)

    def collect(self, day: date, share: Decimal) -> None:
        """The first homes pay."""
        self._by_home(day, FundingStep.RECEIVED, "收据", share)

    def _by_home(self, day: date, step: str, name: str, share: Decimal) -> None:
        """A building's homes together, on one sheet; each its own part by area where the story has a receipt for it."""
        wanted = {home.pk for home in self.homes[: int(len(self.homes) * share)]}
        sheets: dict[tuple[str, str], Decimal] = {}
        for number, (key, home, amount) in enumerate(self.shares(), 1):
            if home.pk not in wanted:
                continue
            if self.story.receipts and key != "meters":
                self._give(key, step, amount, document(name, day, number), day, household=home)
            else:
                sheet = (key, home.building.number)
                sheets[sheet] = sheets.get(sheet, Decimal(0)) + amount
        for number, ((key, building), amount) in enumerate(sheets.items(), 1):
            paper = document(f"{name}汇总", day, number)
            self._give(key, step, amount, paper, day, payer=f"{building}号楼各户")

    def _give(
        self,
        key: str,
        step: str,
        amount: Decimal,
        paper: str,
        day: date,
        *,
        household: Household | None = None,
        payer: str = "",
    ) -> None:
        record_entry(
            source=self.sources[key],
            step=step,
            amount=amount,
            household=household,
            menu_item=self._item_of(key) if self.plan.frozen_at else None,
            payer=payer,
            document=paper,
            dated_on=day,
            by=self.people["community"],
            at=desk(day),
        )

    def freeze(self, day: date) -> None:
        self.plan = freeze_plan(plan=self.plan, by=self.people["district"], at=desk(day))

    def planned(self) -> dict[str, Decimal]:
        """What each source is to pay under the plan, by its key."""
        sums = dict.fromkeys(self.sources, Decimal(0))
        keys = {source.pk: key for key, source in self.sources.items()}
        for item in self.plan.items.prefetch_related("shares"):
            for share in item.shares.all():
                sums[keys[share.source_id]] += share.planned
        return sums

    def promise(self, day: date) -> None:
        """Everybody else commits, once the neighbourhood is in the annual plan; the award's tranches are planned."""
        for key, amount in self.planned().items():
            if amount and key not in HOUSEHOLD_SOURCES:
                self.enter(key, FundingStep.COMMITTED, amount, "资金", day)
        for amount in portions(self.planned()["award"], AWARD_PARTS):
            add_tranche(source=self.sources["award"], amount=amount, by=self.people["district"])

    def flow(self, step: str, share: str, day: date, package: WorkPackage | None = None) -> None:
        """Such a share of what is planned is received or spent, of all sources but the award and the households'."""
        for key, amount in self.planned().items():
            if key != "award" and (step == FundingStep.SPENT or key not in HOUSEHOLD_SOURCES):
                # The last part takes what rounding left: nobody gives a fen more than planned.
                part = dict(zip(GIVEN, portions(amount, GIVEN), strict=True)).get(share)
                part = part or (amount * Decimal(share)).quantize(Decimal("0.01"))
                if part:
                    self.enter(key, step, part, "进账" if step == FundingStep.RECEIVED else "支付", day, package)

    def enter(
        self, key: str, step: str, amount: Decimal, name: str, day: date, package: WorkPackage | None = None
    ) -> None:
        record_entry(
            source=self.sources[key],
            step=step,
            amount=amount,
            menu_item=self._item_of(key),
            package=package,
            document=document(name, day),
            dated_on=day,
            by=self.people["district"],
            at=desk(day),
        )

    def _item_of(self, key: str) -> MenuItem | None:
        """What a source pays for, where that is one item alone."""
        return self.menu[ONE_ITEM[key]] if key in ONE_ITEM else None

    def pay_award(self, handed_over: date, today: date) -> None:
        """The tranches take the steps that the story says, between the handover and today."""
        tranches = list(self.sources["award"].tranches.order_by("number"))
        pause = (today - handed_over) / 5
        for tranche, reached in zip(tranches, self.story.award, strict=True):
            for number, to in enumerate(STEPS[: (AwardState.PLANNED, *STEPS).index(AwardState(reached))], 1):
                day = handed_over + number * pause
                tranche = advance_tranche(
                    tranche=tranche,
                    to=to,
                    document=document("奖补", day, tranche.number),
                    by=self.people["district"],
                    at=desk(day),
                )

    def redraft(self, request: ChangeRequest, day: date) -> None:
        """A revision in making for a change that was asked for: what was ordered leaves, and shares move."""
        by = self.people["district"]
        draft = open_draft(neighbourhood=self.neighbourhood, change_request=request, by=by, at=desk(day))
        items = {item.menu_item.code: item for item in draft.items.select_related("menu_item", "plan")}
        remove_item(item=items[REMOVED], by=by)
        grown = items[RAISED]
        set_item(
            plan=draft,
            menu_item=grown.menu_item,
            quantity=(grown.quantity * RAISED_BY).quantize(Decimal("0.01")),
            unit_price=grown.unit_price,
            starts_on=grown.starts_on,
            ends_on=grown.ends_on,
            note="三栋危墙加固后保温面积增加。",
            by=by,
        )
