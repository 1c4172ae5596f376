"""The doors that a round of a survey visits, to be walked or checked: names and phones masked, in full on a reason."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Exists, OuterRef
from django.db.models.functions import Length
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.choices import Access, Act
from accounts.models import User
from accounts.rules.territory import reach_of
from consent.choices import Given, Reason, StanceValue
from consent.models import RollEntry, RoundDoor, Survey
from consent.permissions import sees_doors, sees_doors_on_reason
from overview.sheets.frame import Asked, Column, Kind, Row, Sheet
from overview.sheets.parts import in_chunks, yes_no
from overview.sheets.surveys import SurveysForm, place_asked
from renovation.models import Household
from renovation.permissions import personal_access
from renovation.rules.masking import mask_name, mask_phone

COLUMNS = [
    Column("building", gettext_lazy("Building"), width=10),
    Column("stairwell", gettext_lazy("Stairwell"), width=10),
    Column("unit", gettext_lazy("Door"), width=10),
    Column("floor", gettext_lazy("Floor"), width=8),
    Column("area", gettext_lazy("Floor area (㎡)"), Kind.QUANTITY, 14, sums=True),
    Column("head", gettext_lazy("Head of household"), width=18),
    Column("phones", gettext_lazy("Phones"), width=28),
    Column("stance", gettext_lazy("Answer"), width=14),
    Column("given", gettext_lazy("Given"), width=12),
    Column("counts", gettext_lazy("Counts as support"), width=12),
    Column("visited", gettext_lazy("Visited in this round"), width=12),
    Column("visits", gettext_lazy("Visits so far"), Kind.COUNT, 10, sums=True),
    Column("last_visit", gettext_lazy("Leading visit on"), Kind.DATE, 14),
    Column("reasons", gettext_lazy("Concerns"), width=24),
    Column("items", gettext_lazy("Items chosen"), width=20),
]


class HouseholdListForm(SurveysForm):
    """A survey, or the neighbourhood whose latest one it is, and the round: the one in hand, or the last."""

    division = None  # type: ignore[assignment] # it takes none: a field is taken out so
    round = forms.ChoiceField(
        label=gettext_lazy("Round"),
        required=False,
        choices=[("", gettext_lazy("The round in hand, or the last")), ("1", "1"), ("2", "2"), ("3", "3")],
    )

    def clean(self) -> dict[str, Any]:
        found: dict[str, Any] = super().clean() or {}
        survey, place = found.get("survey"), found.get("neighbourhood")
        if self.errors:
            return found
        if survey is None and place is None:
            raise ValidationError(
                {"neighbourhood": ValidationError(_("Say which neighbourhood it is."), code="required")}
            )
        if survey is None:
            seen = Survey.objects.visible_to(self.caller).filter(neighbourhood=place).select_related("neighbourhood")
            survey = found["survey"] = seen.order_by("-number").first()
        if survey is None:
            raise ValidationError(
                {"neighbourhood": ValidationError(_("There is no survey of it that you see."), code="no_survey")}
            )
        return found


def sees_some_doors(caller: User) -> bool:
    """Whether there are doors that the caller sees: always, on a reason, or while a round is open."""
    return bool(reach_of(caller, Act.DOORS, Access.READ, Access.REASON, Access.OPEN_ROUND))


def round_asked(filters: Mapping[str, Any]) -> int:
    """The round that was asked for, else the one in hand, else the last."""
    if number := filters.get("round"):
        return int(number)
    last = filters["survey"].rounds.order_by("-number").values_list("number", flat=True).first()
    return last or 1


def needs_reason(asked: Asked) -> bool:
    """Whether the caller sees these doors on a stated reason only."""
    survey = asked.filters["survey"]
    return not sees_doors(asked.caller, survey) and sees_doors_on_reason(asked.caller, survey)


def doors_asked(asked: Asked) -> Any:
    """The doors of the round that the caller sees; on a reason, where one was stated and logged (`full`)."""
    doors: Any = RollEntry.objects.visible_to(asked.caller, on_reason=asked.full)
    return doors.filter(survey=asked.filters["survey"]).on_roll().listed_in(round_asked(asked.filters))


def rows(asked: Asked) -> Iterator[Row]:
    """One row a door, in the order in which they are walked."""
    visited = RoundDoor.objects.filter(door=OuterRef("pk"), round__number=round_asked(asked.filters), visited=True)
    doors = (
        doors_asked(asked)
        .select_related("stance__visit", "building", "household__building", "household__neighbourhood")
        .annotate(visited=Exists(visited))
        .order_by(
            *(Length("building__number"), "building__number", Length("stairwell_number"), "stairwell_number"),
            *("floor", Length("unit_number"), "unit_number", "pk"),
        )
    )
    for chunk in in_chunks(doors):
        for door in chunk:
            yield _row(asked, door)


def _row(asked: Asked, door: Any) -> Row:
    stance, visit, household = door.stance, door.stance.visit, door.household
    in_full = asked.full and personal_access(asked.caller, household) != Access.NONE
    return (
        *(door.building.number, door.stairwell_number, door.unit_number),
        "" if door.floor is None else str(door.floor),
        door.gross_floor_area,
        household.head_name if in_full else mask_name(household.head_name),
        _phones(household, in_full),
        StanceValue(stance.value).label,
        Given(stance.given).label if stance.given else "",
        yes_no(stance.counts),
        yes_no(door.visited),
        stance.visit_count,
        timezone.localdate(visit.visited_at) if visit else None,
        _(", ").join(str(Reason(reason).label) for reason in visit.reasons) if visit else "",
        _(", ").join(visit.menu_items) if visit else "",
    )


def _phones(household: Household, in_full: bool) -> str:
    phones = household.phones if in_full else [mask_phone(phone) for phone in household.phones]
    return " / ".join(phones)


def notes(asked: Asked) -> Sequence[str]:
    said = [
        _("%(survey)s, round %(number)s.")
        % {"survey": asked.filters["survey"].title, "number": round_asked(asked.filters)}
    ]
    if not asked.full:
        said.append(_("Names and phones are masked."))
    return said


SHEET = Sheet(
    name="household-list",
    title=gettext_lazy("Household list of a round"),
    says=gettext_lazy("The doors of one round with their answers; names and phones masked, in full on a reason."),
    acts=[Act.SURVEYS],
    columns=COLUMNS,
    rows=rows,
    form=HouseholdListForm,
    count=lambda asked: doors_asked(asked).count(),
    place=place_asked,
    notes=notes,
    may=sees_some_doors,
    personal=True,
    needs_reason=needs_reason,
)
