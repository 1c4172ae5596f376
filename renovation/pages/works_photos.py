"""Photos of a neighbourhood before, during and after the works; which of them are published; and the files."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from accounts.http import SignedInRequest
from common.errors import DomainError
from common.photo_fields import CameraInput
from common.photos import KEPT_FOR, thumbnail
from renovation.choices import PhotoPhase
from renovation.models import Neighbourhood, SitePhoto
from renovation.pages.evidence import DayField
from renovation.pages.places import supervised_neighbourhood
from renovation.pages.site_reports import ItemField
from renovation.permissions import may_supervise
from renovation.reports.supervision import items_built, photos_by_item
from renovation.services.site_photos import add_site_photo, publish_photo


class SitePhotoForm(forms.Form):
    file = forms.FileField(label=gettext_lazy("Photo"), max_length=255, widget=CameraInput)
    phase = forms.ChoiceField(
        label=gettext_lazy("Phase"), choices=PhotoPhase.choices, initial=PhotoPhase.BEFORE, widget=forms.RadioSelect
    )
    menu_item = ItemField(label=gettext_lazy("Item"), required=False, queryset=None)
    caption = forms.CharField(label=gettext_lazy("Caption"), max_length=120, required=False)
    taken_on = DayField(label=gettext_lazy("Taken on"), initial=timezone.localdate)

    def __init__(self, *args: Any, neighbourhood: Neighbourhood, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices: Any = self.fields
        choices["menu_item"].queryset = items_built(neighbourhood)
        choices["menu_item"].empty_label = _("The whole place")


@login_required
def works_photos(request: SignedInRequest, pk: int) -> HttpResponse:
    """Before and after side by side, by item; with `?item=` all of one. POST adds a photo."""
    neighbourhood = supervised_neighbourhood(request, pk)
    may = may_supervise(request.user, neighbourhood)
    sent = request.method == "POST"
    if sent and not may:
        raise PermissionDenied
    form = SitePhotoForm(request.POST if sent else None, request.FILES if sent else None, neighbourhood=neighbourhood)
    status = 200
    if sent and form.is_valid():
        try:
            _photo, is_new = add_site_photo(neighbourhood=neighbourhood, by=request.user, **form.cleaned_data)
        except DomainError as refusal:
            form.add_error("file", str(refusal))
            status = refusal.status
        else:
            messages.success(request, _("The photo is kept.") if is_new else _("This photo is here already."))
            return redirect("works_photos", pk)
    if form.errors and status == 200:
        status = 400
    photos = SitePhoto.objects.filter(neighbourhood=neighbourhood)
    item = request.GET.get("item", "")
    shown = photos.filter(menu_item__code=item) if item.isalnum() else photos
    context = {
        "neighbourhood": neighbourhood,
        "form": form if may else None,
        "groups": photos_by_item(shown, most=None) if item.isalnum() else photos_by_item(shown),
        "is_narrowed": item.isalnum(),
        "total": photos.count(),
        "published": photos.filter(is_published=True).count(),
        "may": may,
    }
    return render(request, "renovation/works_photos.html", context, status=status)


@login_required
@require_POST
def site_photo_publish(request: SignedInRequest, pk: int, photo: int) -> HttpResponse:
    """Let a photo be shown at other doors, or (`published` other than "1") no longer."""
    neighbourhood = supervised_neighbourhood(request, pk)
    found = get_object_or_404(SitePhoto, neighbourhood=neighbourhood, pk=photo)
    if not may_supervise(request.user, neighbourhood):
        raise PermissionDenied
    published = request.POST.get("published") == "1"
    publish_photo(photo=found, published=published, by=request.user)
    messages.success(request, _("Published.") if published else _("No longer published."))
    return redirect("works_photos", pk)


@login_required
@require_GET
def site_photo(request: SignedInRequest, photo: int) -> HttpResponse:
    """The file of a photo that the caller may see."""
    return _file(request, photo, small=False)


@login_required
@require_GET
def site_photo_small(request: SignedInRequest, photo: int) -> HttpResponse:
    """The same, small: for lists."""
    return _file(request, photo, small=True)


def _file(request: SignedInRequest, pk: int, *, small: bool) -> HttpResponse:
    found = get_object_or_404(SitePhoto.objects.visible_to(request.user), pk=pk)
    try:
        with found.file.open("rb") as file:
            content = file.read()
    except FileNotFoundError as lost:
        raise Http404 from lost
    return HttpResponse(
        thumbnail(content) if small else content, content_type="image/jpeg", headers={"Cache-Control": KEPT_FOR}
    )
