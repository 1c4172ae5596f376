"""Which surveys a new menu leaves as they are."""

from collections.abc import Sequence
from dataclasses import dataclass

from accounts.models import User
from consent.models import Survey

MOST_NAMED = 50


@dataclass(frozen=True)
class KeptMenus:
    """The open surveys that the reader sees, each with the edition it was opened with: how many, and the first ones."""

    count: int
    surveys: Sequence[Survey]


def open_surveys_with_their_menus(reader: User) -> KeptMenus:
    """Two queries."""
    surveys = Survey.objects.visible_to(reader).open()
    named = surveys.select_related("neighbourhood", "menu_edition").order_by("menu_edition__valid_from", "pk")
    return KeptMenus(surveys.count(), list(named[:MOST_NAMED]))
