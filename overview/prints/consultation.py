"""入户征询意见表: the paper on which a household answers, one for each door, with the household's code and its QR.

Page 1 asks, promises and is signed; page 2 has the menu. The name is masked: the household writes its own.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Sum
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from common.addresses import site_address
from common.figures import area_text, full_day_text, money_text
from consent.choices import Commitment, Outcome, Party, Reason, Respondent
from consent.models import RollEntry, Survey
from overview.prints.places import place_of
from overview.prints.rounds import BOX, RoundAsked, door_qr, doors_of
from overview.prints.typesetting import frame
from renovation.choices import MenuCategory
from renovation.models import HouseholdShare, MenuItem, RenovationPlan
from renovation.reports.plans import plan_to_show
from renovation.rules.masking import mask_name

TEMPLATE = "consultation"
PAGES = 2
FORMS_A_PART = 6


def household_code(survey: Survey, household: int) -> str:
    """What identifies a household on paper: its neighbourhood's code, and its own number in the registry."""
    return f"{survey.neighbourhood.code}-{household}"


def consultation_parts(asked: RoundAsked, *, at: datetime) -> Iterator[dict[str, Any]]:
    """A form for every door asked for, in walking order. Four queries, and one more where there is a plan to show."""
    survey = asked.survey_round.survey
    doors = doors_of(asked)
    plan = plan_to_show(survey.neighbourhood)
    shares = _shares(plan)
    around = {
        **frame(
            title=f"{_title()} · {survey.neighbourhood.name}",
            place=place_of(survey.neighbourhood),
            as_of=at,
            checked_at=site_address("check"),
        ),
        "pages": PAGES,
    }
    words = _words(survey)
    for start in range(0, len(doors), FORMS_A_PART):
        yield {
            "frame": around,
            "words": words,
            "sheets": [
                {
                    "frame": around,
                    "qr": door_qr(survey.pk, door.household_id),
                    "door": _("Building %(building)s · Stairwell %(stairwell)s · %(unit)s")
                    % {
                        "building": door.building.number,
                        "stairwell": door.stairwell_number,
                        "unit": door.unit_number,
                    },
                    "facts": _facts(survey, door, plan, shares),
                }
                for door in doors[start : start + FORMS_A_PART]
            ],
        }


def _title() -> str:
    return _("Consultation form of a household")


def _facts(
    survey: Survey, door: RollEntry, plan: RenovationPlan | None, shares: Mapping[int, Decimal]
) -> list[tuple[str, str]]:
    area = door.gross_floor_area
    found = [
        (_("Household code"), household_code(survey, door.household_id)),
        (_("Head of household"), mask_name(door.household.head_name)),
        (_("Gross floor area"), area_text(area) if area else ""),
    ]
    if plan is not None and door.household_id in shares:
        named = _("Own share of the cost, by revision %(number)s of the plan") % {"number": plan.number}
        found.append((named, money_text(shares[door.household_id])))
    return found


def _shares(plan: RenovationPlan | None) -> dict[int, Decimal]:
    """What each household is to pay under the plan, in yuan, of all sources together."""
    if plan is None:
        return {}
    rows = HouseholdShare.objects.filter(plan=plan)
    return dict(rows.values_list("household").annotate(amount=Sum("amount")).order_by())


def _words(survey: Survey) -> dict[str, Any]:
    return {
        "title": _title(),
        "lead": f"{survey.neighbourhood.name} · {survey.title}",
        "scan": _("For visitors: scan to enter it"),
        "intro": _(
            "Every household is asked whether it supports the renovation of %(neighbourhood)s. An answer may be changed"
            " until the works begin. Only totals are made public."
        )
        % {"neighbourhood": survey.neighbourhood.name},
        "answer": {
            "title": _("Does the household support the renovation?"),
            "choices": [str(one.label) for one in (Outcome.SUPPORTS, Outcome.NOT_YET, Outcome.OPPOSES)],
        },
        "commitments": {
            "title": _("The five commitments"),
            "aside": _("only with a yes to the renovation"),
            "names": [str(one.label) for one in Commitment],
            "yes": _("Yes"),
            "no": _("No"),
        },
        "reasons": {
            "title": _("Concerns"),
            "choices": [str(one.label) for one in Reason],
            "line": _("In own words"),
        },
        "respondent": {
            "title": _("Who answered"),
            "choices": [str(one.label) for one in Respondent],
            "note": _("A tenant cannot give an owner's yes."),
        },
        "signing": {
            "title": _("Signature or thumbprint"),
            "household": [pgettext("to be written by hand", "Name"), _("Phone"), _("Date")],
            "sign": pgettext("to be written by hand", "Signature or thumbprint of who answered"),
            "visitors": _("Who stood at the door"),
            "parties": [str(one.label) for one in Party],
        },
        "privacy": _(
            "Name, phone, answer and signature are kept for this survey alone and read only by those who run it. The"
            " community shows, corrects or erases them on request. The receipt that is handed over proves at"
            " %(address)s that the answer is counted."
        )
        % {"address": site_address("check")},
        "menu": {
            "title": _("Ordered from the menu"),
            "aside": _("menu of %(day)s") % {"day": full_day_text(survey.menu_edition.valid_from)},
            "note": _(
                "Must-do items are in without being ordered and have no box. Tick what the household wants besides."
            ),
            "groups": _menu(survey),
        },
        "box": BOX,
        "turn": _("The menu is overleaf."),
    }


def _menu(survey: Survey) -> list[dict[str, Any]]:
    items = sorted(MenuItem.objects.filter(edition=survey.menu_edition_id), key=lambda item: item.code)
    return [
        {
            "name": str(category.label),
            "items": [(item.code, str(item.name), item.mandatory) for item in items if item.category == category],
        }
        for category in MenuCategory
    ]
