"""The deferred neighbourhoods, those to look at again first."""

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.http import SignedInRequest
from overview.reports.deferred import deferred_list
from overview.rules.deferred import JUST_FINISHED
from overview.sheets.surveys import surveys_hidden
from renovation.models import Division, Neighbourhood

PAGE_SIZE = 50
LAST_PAGE = 10_000


class DeferredFilter(forms.Form):
    """Which district, and which page of the list; what cannot be read narrows nothing."""

    division = forms.ChoiceField(label=_("District"), required=False)
    page = forms.IntegerField(required=False, min_value=1, max_value=LAST_PAGE)

    def __init__(self, *args: Any, divisions: QuerySet[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(division.code, division.name) for division in divisions]
        self.has_districts = len(choices) > 1
        self.fields["division"].choices = [("", _("All districts")), *choices]  # type: ignore[attr-defined]


@login_required
def deferred(request: SignedInRequest) -> HttpResponse:
    districts = Division.objects.visible_to(request.user).filter(level="district").order_by("code")
    form = DeferredFilter(request.GET, divisions=districts)
    form.is_valid()
    division = form.cleaned_data.get("division", "")
    number = form.cleaned_data.get("page") or 1
    mine: Any = Neighbourhood.objects.visible_to(request.user)
    neighbourhoods = mine.in_division(division) if division else mine
    found = deferred_list(request.user, neighbourhoods, start=(number - 1) * PAGE_SIZE, size=PAGE_SIZE)

    def link(page: int) -> str:
        return "?" + urlencode({**({"division": division} if division else {}), "page": page})

    return render(
        request,
        "overview/deferred.html",
        {
            "found": found,
            "hidden": surveys_hidden(request.user, [row.survey for row in found.rows if row.survey is not None]),
            "form": form,
            "is_narrowed": bool(division),
            "days": JUST_FINISHED.days,
            "today": timezone.localdate(),
            "previous_url": link(number - 1) if number > 1 else "",
            "next_url": link(number + 1) if number * PAGE_SIZE < found.total else "",
        },
    )
