"""Early damage over a neighbourhood, a division or everything that the reader sees: counts, and the defects behind."""

from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from accounts.http import SignedInRequest
from common.filters import LARGEST_ID
from common.keyset import keyset_page
from renovation.models import Defect, Division, Neighbourhood
from renovation.reports.early_damage import UNKNOWN, early_damage, early_defects, narrowed

ROWS_SHOWN = 50


class EarlyDamageFilter(forms.Form):
    """What narrows the counts; what cannot be read narrows nothing."""

    division = forms.ChoiceField(label=_("District"), required=False)
    neighbourhood = forms.IntegerField(required=False, min_value=1, max_value=LARGEST_ID, widget=forms.HiddenInput)
    item = forms.CharField(required=False, max_length=8)
    contractor = forms.CharField(required=False, max_length=80)
    accepted = forms.CharField(required=False, max_length=4)
    found = forms.IntegerField(required=False, min_value=1840, max_value=2100)

    def __init__(self, *args: Any, divisions: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(division.code, division.name) for division in divisions]
        self.has_districts = len(choices) > 1
        self.fields["division"].choices = [("", _("All districts")), *choices]  # type: ignore[attr-defined]

    @property
    def asked(self) -> dict[str, Any]:
        """What was asked for and could be read, by name; empty ones left out."""
        self.is_valid()
        asked = {name: value for name, value in self.cleaned_data.items() if value}
        if not (asked.get("accepted", UNKNOWN) == UNKNOWN or str(asked["accepted"]).isdecimal()):
            del asked["accepted"]
        return asked


@login_required
def early_damage_page(request: SignedInRequest) -> HttpResponse:
    """Every count leads to this page narrowed to it, with its defects below."""
    districts = Division.objects.visible_to(request.user).filter(level="district").order_by("code")
    form = EarlyDamageFilter(request.GET, divisions=districts)
    asked = form.asked
    defects = narrowed(early_defects(Defect.objects.visible_to(request.user)), asked)
    neighbourhood = None
    if "neighbourhood" in asked:
        neighbourhood = Neighbourhood.objects.visible_to(request.user).filter(pk=asked["neighbourhood"]).first()
    rows = defects.select_related("neighbourhood", "menu_item", "building")
    return render(
        request,
        "renovation/early_damage.html",
        {
            "form": form,
            "asked": asked,
            "neighbourhood": neighbourhood,
            "found": early_damage(defects),
            "page": keyset_page(request, rows, key="id", size=ROWS_SHOWN, newest_first=True),
            "unknown": UNKNOWN,
        },
    )
