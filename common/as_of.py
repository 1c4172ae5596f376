"""`?as_of=`: what stood on a day, or what was recorded by a moment. Lists declare one of these among their filters.

A day is asked of rows that hold from a day to a day, also one to come: what was written down for it. A moment is past:
what is still recorded changes what a moment to come will have been.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import django_filters
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.exceptions import ErrorDetail, ValidationError

AS_OF = "as_of"


class InForceOn(django_filters.DateFilter):  # type: ignore[misc]
    """Rows in force on a day: from `first` to `last`, both included unless `before_last`; a null end is open. A null
    beginning is one that nobody knows where it is `always_begun`, else that of what has not begun.
    """

    def __init__(
        self, first: str, last: str, *, before_last: bool = False, always_begun: bool = False, **kwargs: Any
    ) -> None:
        kwargs.setdefault("label", "In force on this day.")
        super().__init__(field_name=first, **kwargs)
        self.first, self.last, self.until = first, last, "gt" if before_last else "gte"
        self.always_begun = always_begun

    def filter(self, queryset: QuerySet[Any], day: Any) -> QuerySet[Any]:
        if day is None:
            return queryset
        begun = Q(**{f"{self.first}__lte": day})
        if self.always_begun:
            begun |= Q(**{self.first: None})
        return queryset.filter(begun, Q(**{self.last: None}) | Q(**{f"{self.last}__{self.until}": day}))


class LatestOn(django_filters.DateFilter):  # type: ignore[misc]
    """Of each `group`, the row that begins last by a day: it replaces those before it. `among` are all that count."""

    def __init__(self, first: str, *, group: str, among: Q | None = None, **kwargs: Any) -> None:
        kwargs.setdefault("label", "In force on this day.")
        super().__init__(field_name=first, **kwargs)
        self.first, self.group, self.among = first, group, among or Q()

    def filter(self, queryset: QuerySet[Any], day: Any) -> QuerySet[Any]:
        if day is None:
            return queryset
        begun = Q(**{f"{self.first}__lte": day}) & self.among
        # Of two of one day, the later written down.
        after = Q(**{f"{self.first}__gt": OuterRef(self.first)}) | Q(**{self.first: OuterRef(self.first)}) & Q(
            pk__gt=OuterRef("pk")
        )
        others = queryset.model._default_manager.filter(begun, after, **{self.group: OuterRef(self.group)})
        return queryset.filter(begun, ~Exists(others))


class AsOf(django_filters.IsoDateTimeFilter):  # type: ignore[misc]
    """What was recorded by a moment: `rows_then` makes of rows those of then, with what they show by then. Declared
    before the filters that ask what is shown. 400 `in_the_future` for a moment that is none yet.
    """

    def __init__(self, rows_then: Callable[[Any, datetime], QuerySet[Any]], **kwargs: Any) -> None:
        kwargs.setdefault("label", "What was recorded by this moment, which is past.")
        super().__init__(**kwargs)
        self.rows_then = rows_then

    def filter(self, queryset: QuerySet[Any], moment: datetime | None) -> QuerySet[Any]:
        if moment is None:
            return queryset
        if moment > timezone.now():
            fault = ErrorDetail(_("This moment is still to come."), code="in_the_future")
            raise ValidationError({AS_OF: [fault]})
        return self.rows_then(queryset, moment)


def is_of_then(queryset: QuerySet[Any], name: str) -> bool:
    """Whether the rows were made those of a moment before, with `name` as it stood."""
    return name in queryset.query.annotations
