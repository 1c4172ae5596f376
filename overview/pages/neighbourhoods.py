"""Neighbourhoods: the list of those in the caller's territory, and one with all that is known of it."""

from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required
from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from accounts.http import SignedInRequest
from common.keyset import keyset_page
from renovation.choices import Stage
from renovation.models import Division, Neighbourhood


class NeighbourhoodFilter(forms.Form):
    """What the list is narrowed to; an unreadable value narrows nothing and is said at its place."""

    search = forms.CharField(label=_("Name, former name or code"), required=False, max_length=80)
    division = forms.ChoiceField(label=_("District"), required=False)
    stage = forms.ChoiceField(label=_("Stage"), required=False, choices=[("", _("All stages")), *Stage.choices])

    def __init__(self, *args: Any, divisions: QuerySet[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(division.code, division.name) for division in divisions]
        if len(choices) > 1:
            self.fields["division"].choices = [("", _("All districts")), *choices]  # type: ignore[attr-defined]
        else:
            del self.fields["division"]

    def apply(self, neighbourhoods: QuerySet[Any]) -> QuerySet[Any]:
        self.is_valid()
        wanted = {name: value for name, value in self.cleaned_data.items() if value}
        if search := wanted.get("search"):
            neighbourhoods = neighbourhoods.filter(
                Q(name__icontains=search) | Q(aliases__icontains=search) | Q(code__startswith=search)
            )
        if division := wanted.get("division"):
            neighbourhoods = neighbourhoods.in_division(division)  # type: ignore[attr-defined]
        if stage := wanted.get("stage"):
            neighbourhoods = neighbourhoods.filter(stage=stage)
        return neighbourhoods


@login_required
def neighbourhood_list(request: SignedInRequest) -> HttpResponse:
    mine = Neighbourhood.objects.visible_to(request.user)
    districts = Division.objects.visible_to(request.user).filter(level="district").order_by("code")
    form = NeighbourhoodFilter(request.GET or None, divisions=districts)
    narrowed = form.apply(mine) if form.is_bound else mine
    page = keyset_page(request, narrowed.with_size().select_related("community__parent__parent"), key="code")
    return render(
        request,
        "overview/neighbourhoods.html",
        {"form": form, "page": page, "total": narrowed.count(), "is_narrowed": any(request.GET.values())},
    )
