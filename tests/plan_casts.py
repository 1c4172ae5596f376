"""A neighbourhood whose first plan is frozen and whose residents were asked, for tests of what a change of it meets."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from accounts.choices import Role
from accounts.models import User
from consent.models import Survey
from consent.services.visits import record_visits
from renovation.models import FundingSource, Household, MenuItem, Neighbourhood, PlanItem, RenovationPlan
from renovation.services.plans import freeze_plan, open_draft, set_item
from tests.consent.casts import a_visit, make_doors, make_survey
from tests.factories import COMMUNITY, make_user


@dataclass
class Planned:
    """Five doors in each of two buildings. Three support, one of them ordered B03; one does not yet."""

    home: Neighbourhood
    survey: Survey
    doors: list[Household]
    plan: RenovationPlan
    residents: FundingSource
    city: FundingSource
    district: User
    community: User

    def menu(self, code: str) -> MenuItem:
        return self.survey.menu_edition.items.get(code=code)

    def draft(self, **items: Mapping[str, Any]) -> RenovationPlan:
        """A draft of the next revision, with values set for the items named."""
        draft = open_draft(neighbourhood=self.home, by=self.district)
        for code, values in items.items():
            self.set(draft, code, **values)
        return draft

    def set(self, draft: RenovationPlan, code: str, **values: Any) -> PlanItem:
        values = {"quantity": Decimal(10), "unit_price": Decimal(100), **values}
        return set_item(plan=draft, menu_item=self.menu(code), by=self.district, **values)


def make_planned() -> Planned:
    """In force are B01, which the city pays, and B03, which the residents pay by household: 1,000.00 yuan each."""
    doors = make_doors()
    survey, _doors, community = make_survey(households=doors)
    home = survey.neighbourhood
    visits = [
        a_visit(doors[0], menu_items=("B03",)),
        a_visit(doors[1]),
        a_visit(doors[5]),
        a_visit(doors[2], "not_yet"),
    ]
    answers = record_visits(survey=survey, visits=visits, by=community).answers
    assert {answer.status for answer in answers} == {"recorded"}
    home.refresh_from_db()
    survey.refresh_from_db()
    residents = FundingSource.objects.create(
        neighbourhood=home, kind="residents", name="居民出资", route="by_household"
    )
    city = FundingSource.objects.create(neighbourhood=home, kind="municipal", name="市级财政")
    planned = Planned(
        home=home,
        survey=survey,
        doors=doors,
        plan=RenovationPlan(),
        residents=residents,
        city=city,
        district=make_user(Role.DISTRICT_OFFICIAL, COMMUNITY[:6], username="district"),
        community=community,
    )
    first = planned.draft()
    planned.set(first, "B01", payers={city.pk: Decimal(1)})
    planned.set(first, "B03", payers={residents.pk: Decimal(1)})
    planned.plan = freeze_plan(plan=first, by=planned.district)
    return planned
