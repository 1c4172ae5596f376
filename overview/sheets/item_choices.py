"""What residents order: how many households chose each item of the menu, survey by survey."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from accounts.choices import Act
from consent.permissions import surveys_seen_whole
from consent.reports.headlines import results_to_show
from consent.reports.results import SMALL_GROUP
from consent.rules.stances import ANSWERS
from overview.sheets.frame import HIDDEN, Asked, Column, Kind, Row, Sheet, share_of
from overview.sheets.parts import PLACE, in_chunks, place_of, yes_only
from overview.sheets.surveys import SurveysForm, place_asked, surveys_asked
from renovation.models import MenuItem

COLUMNS = [
    *PLACE,
    Column("survey", gettext_lazy("Survey"), width=24),
    Column("item", gettext_lazy("Item"), width=8),
    Column("category", gettext_lazy("Category"), width=14),
    Column("name", gettext_lazy("Name of the item"), width=34),
    Column("mandatory", gettext_lazy("Must-do"), width=10),
    Column("orders", gettext_lazy("Households that chose it"), Kind.COUNT, 14, sums=True),
    Column("households", gettext_lazy("Households on the roll"), Kind.COUNT, 14),
    Column("of_roll", gettext_lazy("Of the roll"), Kind.SHARE, 12),
    Column("answered", pgettext_lazy("survey", "Households that answered"), Kind.COUNT, 14),
    Column("of_answered", gettext_lazy("Of those who answered"), Kind.SHARE, 14),
]


def rows(asked: Asked) -> Iterator[Row]:
    """The whole menu of each survey, the most chosen first."""
    menus: dict[int, list[MenuItem]] = {}
    for surveys in in_chunks(surveys_asked(asked.caller, asked.filters)):
        results = results_to_show(surveys)
        whole = surveys_seen_whole(asked.caller, surveys)
        wanted = {survey.menu_edition_id for survey in surveys} - set(menus)
        for item in MenuItem.objects.filter(edition__in=wanted).order_by("code") if wanted else ():
            menus.setdefault(item.edition_id, []).append(item)
        for survey in surveys:
            result, total = results[survey.pk], results[survey.pk].total
            answered = sum(number for stance, number in total.stances.items() if stance in ANSWERS)
            is_hidden = total.households < SMALL_GROUP and survey.pk not in whole
            where = (*place_of(survey.neighbourhood), survey.title)
            menu = menus.get(survey.menu_edition_id, [])
            for item in sorted(menu, key=lambda one: (-result.menu_items.get(one.code, 0), one.code)):
                told = (*where, item.code, item.get_category_display(), item.name, yes_only(item.mandatory))
                orders = result.menu_items.get(item.code, 0)
                figures: tuple[Any, ...] = (
                    orders,
                    total.households,
                    share_of(orders, total.households),
                    answered,
                    share_of(orders, answered),
                )
                yield (*told, *((HIDDEN,) * len(figures) if is_hidden else figures))


def notes(asked: Asked) -> Sequence[str]:
    return [
        _("Of households that say yes, what their leading answer chose; who withdraws a yes withdraws the choice."),
        _("Open surveys as they stand, closed ones as they were closed."),
    ]


SHEET = Sheet(
    name="item-choices",
    title=gettext_lazy("What residents chose from the menu"),
    says=gettext_lazy("Every item of the menu with the number of households that chose it, of the latest surveys."),
    acts=[Act.SURVEYS],
    columns=COLUMNS,
    rows=rows,
    form=SurveysForm,
    place=place_asked,
    notes=notes,
)
