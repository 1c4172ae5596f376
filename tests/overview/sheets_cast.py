"""Sheets as tests read them, and a neighbourhood with a row for each of them."""

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone, translation
from django.utils.functional import Promise

from accounts.choices import Role
from accounts.models import User
from consent.models import ConsentPolicy
from consent.services.surveys import close_survey, open_survey
from consent.services.visits import record_visits
from governance.models import BilledTally, Body, SettledTally
from overview.sheets import SHEETS
from overview.sheets.frame import HIDDEN, Asked
from renovation.models import Evidence, MenuEdition, Neighbourhood
from tests.consent.casts import a_visit, make_doors, make_policy
from tests.consent.vote_casts import make_vote
from tests.factories import make_menu_edition, make_neighbourhood, make_user
from tests.works_rows import keep_works

LAST_MONTH = (timezone.localdate().replace(day=1) - timedelta(days=1)).replace(day=1)


def asked(name: str, caller: User, *, full: bool = False, **data: Any) -> Asked:
    """What a caller asks of a sheet, with its filters as they are sent."""
    form = SHEETS[name].form(data, caller=caller)
    assert form.is_valid(), form.errors
    return Asked(caller=caller, filters=form.cleaned_data, language="en", at=timezone.now(), full=full)


def made(name: str, caller: User, *, full: bool = False, **data: Any) -> list[dict[str, Any]]:
    """The rows of a sheet in English, by the keys of its columns."""
    with translation.override("en"):
        what = asked(name, caller, full=full, **data)
        keys = [column.key for column in SHEETS[name].columns_for(what)]
        assert len(set(keys)) == len(keys)
        rows = list(SHEETS[name].rows(what))
        if (count := SHEETS[name].count(what)) is not None:
            assert len(rows) == count
        return [dict(zip(keys, map(_plain, row), strict=True)) for row in rows]


def _plain(cell: Any) -> Any:
    """Lazy words are read in the language of now, as they are when a file is written."""
    return str(cell) if isinstance(cell, Promise) else cell


def totals(name: str, caller: User, **data: Any) -> Mapping[str, Any]:
    """The totals row of a sheet, by the keys of its columns."""
    what = asked(name, caller, **data)
    rows = made(name, caller, **data)
    columns = [column for column in SHEETS[name].columns_for(what) if column.sums]
    sums = {
        column.key: sum(row[column.key] for row in rows if row[column.key] not in (None, HIDDEN)) for column in columns
    }
    more = SHEETS[name].totals
    return {**sums, **(more({**sums, "rows": len(rows)}) if more else {})}


def a_full_place(community_code: str) -> Neighbourhood:
    """A neighbourhood with an open survey and its doors, a plan, money, works, a notice, an acceptance, a confirmed
    precondition, a committee and fees; beside it one that votes, and one that is deferred.
    """
    if not ConsentPolicy.objects.exists():
        make_policy()
    if not MenuEdition.objects.exists():
        make_menu_edition()
    staff = make_user(Role.COMMUNITY_STAFF, community_code)
    place = make_neighbourhood(community_code=community_code)
    doors = make_doors(neighbourhood=place)
    survey = open_survey(neighbourhood=place, title="征询", closes_on=None, by=staff)
    record_visits(survey=survey, visits=[a_visit(doors[0], menu_items=("B03",)), a_visit(doors[1])], by=staff)
    keep_works(place, doors[0], survey, staff)
    Evidence.objects.create(
        neighbourhood=place,
        kind="precondition_2",
        facts={"evidence": "公约已签"},
        document="居〔2026〕3号",
        dated_on=date(2026, 9, 1),
        at=timezone.now(),
        by=staff,
    )
    Body.objects.create(
        neighbourhood=place,
        kind="owners_committee",
        name="业主委员会",
        founded_on=date(2024, 1, 1),
        term_starts_on=date(2024, 1, 1),
        term_ends_on=timezone.localdate() + timedelta(days=30),
    )
    fees(place, "100.00", "60.00")
    make_vote(neighbourhood=make_neighbourhood(community_code=community_code), by=staff)
    deferred = make_neighbourhood(community_code=community_code)
    make_doors(buildings=1, neighbourhood=deferred)
    failed = open_survey(neighbourhood=deferred, title="征询", closes_on=None, by=staff)
    close_survey(survey=failed, by=staff, reason="缓一缓", revisit_on=timezone.localdate() + timedelta(days=30))
    return place


def fees(place: Neighbourhood, billed: str, settled: str, *, kind: str = "property", month: date = LAST_MONTH) -> None:
    """What is billed for a month in a neighbourhood, and settled of it on the month's first day."""
    months = {"kind": kind, "starts_on": month, "ends_on": (month + timedelta(days=31)).replace(day=1) - timedelta(1)}
    BilledTally.objects.create(neighbourhood=place, bill_count=1, amount=Decimal(billed), **months)
    SettledTally.objects.create(neighbourhood=place, day=month, amount=Decimal(settled), **months)
