"""Menus in force and to come, compared with a file; and the problems of such a file in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from renovation.models import MenuEdition, MenuItem
from renovation.reports.roster_problems import problem_text as file_problem_text
from renovation.rules.menu import COLUMNS, Comparison, Item, MenuProblem, compare_menus

TEXTS: Mapping[str, Promise] = {
    "columns_missing": gettext_lazy("These columns are missing: %(names)s."),
    "column_twice": gettext_lazy("This column stands twice."),
    "no_items": gettext_lazy("There is no item below the header."),
    "too_many_items": gettext_lazy("A menu has at most %(most)s items."),
    "cell_empty": gettext_lazy("This cell is empty."),
    "unprintable": gettext_lazy("A line break, or another character that is not printed, stands in this cell."),
    "code_unreadable": gettext_lazy("A code is 1 to 8 letters and digits, as phones send it."),
    "same_code_twice": gettext_lazy("The code %(code)s stands in row %(first_row)s already."),
    "same_code_twice_elsewhere": gettext_lazy(
        "The code %(code)s stands in sheet “%(first_sheet)s”, row %(first_row)s, already."
    ),
    "category_unknown": gettext_lazy("This is none of the categories: %(allowed)s."),
    "mandatory_unreadable": gettext_lazy("Whether it is must-do cannot be read: write true or false."),
    "too_long": gettext_lazy("This is longer than %(longest)s characters."),
    "file_too_large": gettext_lazy("A menu has at most %(megabytes)s MB."),
}


@dataclass(frozen=True)
class MenuComparison:
    """A menu that is to hold from a day beside the one that it takes over from, and until when it would hold."""

    before: MenuEdition | None
    comparison: Comparison
    until: MenuEdition | None


def edition_before(day: date) -> MenuEdition | None:
    """The edition in force on the day before."""
    return MenuEdition.objects.filter(valid_from__lt=day).order_by("-valid_from").first()


def edition_in_force(day: date) -> MenuEdition | None:
    """The edition with which a survey is opened on a day."""
    return MenuEdition.objects.filter(valid_from__lte=day).order_by("-valid_from").first()


def edition_after(day: date) -> MenuEdition | None:
    return MenuEdition.objects.filter(valid_from__gt=day).order_by("valid_from").first()


def items_of(edition: MenuEdition | None) -> list[Item]:
    """The items of an edition as plain values; of none, none."""
    if edition is None:
        return []
    return [Item(**row) for row in MenuItem.objects.filter(edition=edition).order_by("code").values(*COLUMNS)]


def compared_with_the_one_before(items: Sequence[Item], day: date) -> MenuComparison:
    """What a menu from a day on would change. Three queries."""
    before = edition_before(day)
    return MenuComparison(before, compare_menus(items_of(before), items), edition_after(day))


def problem_text(problem: MenuProblem) -> str:
    """What is wrong, without its place."""
    code = problem.code
    if code == "same_code_twice" and problem.params.get("first_sheet", "") != problem.sheet:
        code = "same_code_twice_elsewhere"
    text = TEXTS.get(code)
    return str(text) % problem.params if text is not None else file_problem_text(code, problem.params)


def place_text(problem: MenuProblem) -> str:
    """Where it is: sheet, row and column as a spreadsheet shows them; nothing where it is the whole file."""
    parts = []
    if problem.sheet:
        parts.append(_("sheet “%(sheet)s”") % {"sheet": problem.sheet})
    if problem.row:
        parts.append(_("row %(row)s") % {"row": problem.row})
    if problem.column:
        parts.append(_("column %(column)s (%(header)s)") % {"column": problem.column, "header": problem.header})
    return _(", ").join(parts)


def told(problem: MenuProblem) -> str:
    """The place and what is wrong there, as one text."""
    place = place_text(problem)
    text = problem_text(problem)
    return _("%(place)s: %(text)s") % {"place": place, "text": text} if place else text
