"""What tests of notices start from: a closed survey, and a frozen plan, with the days that notices of them hang."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image

from accounts.choices import Role
from accounts.models import User
from consent.models import PublicNotice, Survey
from consent.services.notices import post_notice
from consent.services.surveys import close_survey
from consent.services.visits import record_visits
from renovation.choices import FundingKind, ResidentsRoute, Stage
from renovation.models import MenuEdition, MenuItem, Neighbourhood, RenovationPlan
from renovation.services.funding import add_source
from renovation.services.plans import freeze_plan, open_draft, set_item
from tests.consent.casts import a_visit, make_doors, make_survey
from tests.factories import make_menu_edition, make_user

WORDS: dict[str, Any] = {"title": "公示", "text": "现将有关事项公示。", "place": "东门公告栏"}


def passed_survey(**fields: Any) -> tuple[Survey, User]:
    """A survey of ten doors that all support, closed just now."""
    survey, households, by = make_survey(**fields)
    answers = record_visits(survey=survey, visits=[a_visit(door) for door in households], by=by).answers
    assert {answer.status for answer in answers} == {"recorded"}
    close_survey(survey=survey, by=by)
    survey.refresh_from_db()
    return survey, by


def frozen_plan(neighbourhood: Neighbourhood | None = None, by: User | None = None, **fields: Any) -> RenovationPlan:
    """A revision of two items, or of `codes`: the city pays half of each, residents the other half by household."""
    if neighbourhood is None:
        neighbourhood = make_doors()[0].neighbourhood
        if not MenuEdition.objects.exists():
            make_menu_edition()
        neighbourhood.stage = Stage.ASSESSED
        neighbourhood.save(update_fields=["stage"])
    by = by or make_user(Role.DISTRICT_OFFICIAL, neighbourhood.community_code[:6])
    own = {source.kind: source for source in neighbourhood.funding_sources.all()}
    city = own.get(FundingKind.MUNICIPAL) or add_source(
        neighbourhood=neighbourhood, kind=FundingKind.MUNICIPAL, name="市级财政", by=by
    )
    residents = own.get(FundingKind.RESIDENTS) or add_source(
        neighbourhood=neighbourhood,
        kind=FundingKind.RESIDENTS,
        name="张三捐助",
        route=ResidentsRoute.BY_HOUSEHOLD,
        by=by,
    )
    plan = open_draft(neighbourhood=neighbourhood, by=by)
    prices = {"B01": fields.get("price", "1000.00"), "B03": "500.00"} | dict.fromkeys(fields.get("codes", ()), "500.00")
    for code, price in prices.items():
        set_item(
            plan=plan,
            menu_item=MenuItem.objects.get(edition=plan.menu_edition, code=code),
            quantity=Decimal(2),
            unit_price=Decimal(price),
            payers={city.pk: Decimal(1), residents.pk: Decimal(1)},
            by=by,
        )
    return freeze_plan(plan=plan, by=by)


def posted(about: Survey, by: User, *, at: datetime | None = None, **fields: Any) -> PublicNotice:
    """A notice of the survey's result, posted today for its least days."""
    today = timezone.localdate(at)
    values: dict[str, Any] = {"kind": "survey_result", "survey": about, "posted_on": today, **WORDS, **fields}
    values.setdefault("ends_on", values["posted_on"] + timedelta(days=7))
    return post_notice(neighbourhood=about.neighbourhood, by=by, at=at, **values)


def posted_plan(about: RenovationPlan, by: User, *, at: datetime | None = None, **fields: Any) -> PublicNotice:
    """A notice of the plan, posted today for its least days."""
    today = timezone.localdate(at)
    values: dict[str, Any] = {"kind": "plan", "plan": about, "posted_on": today, **WORDS, **fields}
    values.setdefault("ends_on", values["posted_on"] + timedelta(days=7))
    return post_notice(neighbourhood=about.neighbourhood, by=by, at=at, **values)


def after(notice: PublicNotice, days: int = 1) -> datetime:
    """Noon of a day after the last of the notice."""
    return noon(notice.ends_on + timedelta(days=days))


def noon(day: date) -> datetime:
    return datetime.combine(day, time(12), timezone.get_default_timezone())


def a_photo(name: str = "notice.png", colour: str = "white") -> SimpleUploadedFile:
    target = BytesIO()
    Image.new("RGB", (40, 30), colour).save(target, "PNG")
    return SimpleUploadedFile(name, target.getvalue(), "image/png")
