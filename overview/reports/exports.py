"""How exports are told to people: of which place, with which filters, and why one was not made."""

from collections.abc import Sequence

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from overview.models import Export
from renovation.models import Division, Neighbourhood

FAILURES: dict[str, str | Promise] = {
    "not_allowed": _("You may not read this, or not any more."),
    "filters_not_read": _("Its filters no longer fit what there is. Please ask anew."),
    "unknown_subject": _("There is no such sheet any more."),
    "no_longer_open": _("You may not read this any more, or its filters no longer fit."),
    "broke_off": _("It broke off twice. Please tell your administrator."),
    "export_failed": _("Something went wrong on our side. Please tell your administrator."),
    "cancelled": _("It was cancelled before it began. Please ask your administrator why."),
    "reason_needed": _("This is given out on a stated reason only."),
}


def places_of(exports: Sequence[Export]) -> dict[int, str]:
    """The name of the place of each. Two queries."""
    codes = {export.community_code for export in exports if export.community_code}
    places = dict(Division.objects.filter(code__in=codes).values_list("code", "name"))
    codes = {export.neighbourhood_code for export in exports if export.neighbourhood_code}
    places |= dict(Neighbourhood.objects.filter(code__in=codes).values_list("code", "name"))
    return {export.pk: places.get(export.neighbourhood_code or export.community_code, "") for export in exports}
