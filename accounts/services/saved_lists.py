"""Views of the back office's lists, kept by whoever looks at them. Nobody else's business, so without a history."""

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from accounts.errors import ListNameTaken, TooManyLists
from accounts.models import SavedList, User

LISTS_KEPT = 20
"""Views of one list that one person may keep."""

LAST_PLACE = 32_767
"""The highest number that a place in the row of views takes."""


@transaction.atomic
def keep_list(*, user: User, list_of: str, name: str, query: str, is_shared: bool = False) -> SavedList:
    """Keep how a list is narrowed now, after those kept before. Raises TooManyLists and ListNameTaken."""
    User.objects.select_for_update().get(pk=user.pk)
    kept = SavedList.objects.filter(user=user, list_of=list_of)
    if kept.count() >= LISTS_KEPT:
        raise TooManyLists(_("You keep %(most)s views of this list. Remove one first.") % {"most": LISTS_KEPT})
    last = kept.aggregate(last=Max("position"))["last"] or 0
    # Where people have put one at the very end, it stands beside that one.
    place = min(last + 1, LAST_PLACE)
    saved = SavedList(user=user, list_of=list_of, name=name, query=query, is_shared=is_shared, position=place)
    _save(saved)
    return saved


@transaction.atomic
def change_list(*, saved: SavedList, name: str, is_shared: bool, position: int) -> SavedList:
    """Give a view another name, share it or no longer, and put it elsewhere in the row. Raises ListNameTaken."""
    saved.name, saved.is_shared, saved.position = name, is_shared, position
    _save(saved)
    return saved


def remove_list(*, saved: SavedList) -> None:
    """Forget a view; what it showed stays."""
    saved.delete()


def _save(saved: SavedList) -> None:
    try:
        with transaction.atomic():
            saved.save()
    except IntegrityError as error:
        raise ListNameTaken(_("You keep a view of this name already.")) from error
