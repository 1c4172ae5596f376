"""Prints of very many sheets: a page that says so, and by a tap the job that makes them."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language

from accounts.http import SignedInRequest
from common.errors import DomainError
from overview.prints.bundles import PRINTS
from overview.services.exports.asking import queue_export
from renovation.models import Neighbourhood


def by_a_job(
    request: SignedInRequest,
    name: str,
    neighbourhood: Neighbourhood,
    *,
    filters: Mapping[str, Any],
    count: int,
    back: str,
) -> HttpResponse:
    """GET says how many documents of the print `name` there are; POST has them made and leads to where one sees how far
    they are. `filters` are those of the print's form besides the neighbourhood, `back` an address to go back to.
    """
    if request.method != "POST":
        context = {"neighbourhood": neighbourhood, "print": PRINTS[name], "count": count, "back": back}
        return render(request, "overview/print_many.html", context)
    asked = {"neighbourhood": neighbourhood.pk, **filters}
    try:
        export = queue_export(
            subject=name, filters=asked, format="pdf", by=request.user, language=get_language() or "zh-hans"
        )
    except DomainError as refusal:
        messages.error(request, str(refusal))
        return redirect(back)
    return redirect("export", export.pk)
