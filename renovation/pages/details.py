"""What the registry says of a neighbourhood itself, for those who keep it."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.choices import Act
from accounts.http import SignedInRequest
from accounts.permissions import may_write
from renovation.models import Neighbourhood
from renovation.rules.coordinates import COORDINATES, LAST_LATITUDE, LAST_LONGITUDE, missing_half
from renovation.services.registry import change_row


def degrees(name: str, last: int) -> forms.DecimalField:
    """The field of a coordinate, with the words of its model."""
    column: Any = Neighbourhood._meta.get_field(name)
    return forms.DecimalField(
        label=gettext_lazy("Longitude") if name == "longitude" else gettext_lazy("Latitude"),
        help_text=column.help_text,
        required=False,
        max_digits=9,
        decimal_places=6,
        min_value=-last,
        max_value=last,
    )


class DetailsForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("Name"), max_length=80)
    aliases = forms.CharField(label=gettext_lazy("Former and other names"), required=False, max_length=200)
    address = forms.CharField(label=gettext_lazy("Address"), required=False, max_length=120)
    built_year = forms.IntegerField(label=gettext_lazy("Year built"), required=False, min_value=1840, max_value=2100)
    longitude = degrees("longitude", LAST_LONGITUDE)
    latitude = degrees("latitude", LAST_LATITUDE)

    def clean(self) -> dict[str, Any]:
        found: dict[str, Any] = super().clean() or {}
        missing = missing_half(found.get("longitude"), found.get("latitude"))
        if missing and not any(name in self.errors for name in COORDINATES):
            self.add_error(missing, _("Longitude and latitude belong together: give both or neither."))
        return found


@login_required
def neighbourhood_details(request: SignedInRequest, pk: int) -> HttpResponse:
    neighbourhood = get_object_or_404(Neighbourhood.objects.visible_to(request.user), pk=pk)
    if not may_write(request.user, Act.REGISTRY, neighbourhood):
        raise PermissionDenied
    known = {name: getattr(neighbourhood, name) for name in DetailsForm.base_fields}
    form = DetailsForm(request.POST or None, initial=known)
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            locked = Neighbourhood.objects.select_for_update().get(pk=pk)
            change_row(locked, by=request.user, **form.cleaned_data)
        messages.success(request, _("Saved."))
        return redirect("neighbourhood", pk)
    context = {"neighbourhood": neighbourhood, "form": form}
    return render(request, "renovation/details.html", context, status=400 if form.errors else 200)
