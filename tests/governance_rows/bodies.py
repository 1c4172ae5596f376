"""A row of each kind that a neighbourhood keeps of its bodies and of who manages it."""

from datetime import date
from typing import Any

from accounts.models import User
from governance.models import Body, Management, Membership
from renovation.models import Household, Neighbourhood

DAY = date(2026, 1, 1)


def keep_bodies(neighbourhood: Neighbourhood, household: Household, staff: User) -> dict[str, Any]:
    """Makes the rows, each with words that stand nowhere else, and returns their ids by what routes call them."""
    body = Body.objects.create(
        neighbourhood=neighbourhood,
        kind="owners_committee",
        name="本小区业委会",
        founded_on=DAY,
        document="本小区选举记录",
        filed_on=DAY,
        filed_with="本小区街道办",
        filing_document="本小区备案回执",
        term_starts_on=DAY,
        term_ends_on=date(2031, 1, 1),
    )
    Body.objects.create(
        neighbourhood=neighbourhood,
        kind="self_governing_group",
        name="本小区红管家",
        purpose="本小区的巡查",
        founded_on=DAY,
    )
    company = Body.objects.create(
        neighbourhood=neighbourhood,
        kind="property_company",
        name="本小区物业",
        founded_on=DAY,
        term_starts_on=DAY,
        term_ends_on=date(2029, 1, 1),
        contract_document="本小区物业合同",
    )
    membership = Membership.objects.create(
        body=body, name="本小区主任", role="chair", post="本小区全面工作", phone="13812342071", starts_on=DAY
    )
    management = Management.objects.create(
        neighbourhood=neighbourhood,
        mode="company",
        body=company,
        document="本小区物业合同",
        fee_standard="本小区每平方米0.60元",
        starts_on=DAY,
    )
    return {
        "body": body.pk,
        "body_kind": "self_governing_group",
        "membership": membership.pk,
        "management": management.pk,
    }
