"""What was seen on site, the latest first, and a form for whoever stands there with a phone."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.choices import Role
from accounts.http import SignedInRequest
from accounts.models import User
from common.errors import DomainError
from common.keyset import keyset_page
from common.photo_fields import PhotosForm
from renovation.choices import Reporter, Severity
from renovation.models import Building, Neighbourhood, WorkPackage
from renovation.pages.evidence import DayField
from renovation.pages.places import supervised_neighbourhood
from renovation.permissions import may_supervise, sees_name_on_site
from renovation.reports.supervision import count_defects, items_built, reports_to_show
from renovation.rules.masking import mask_name
from renovation.services.supervision import report_from_site

REPORTS_SHOWN = 20
NO_DEFECT = ("", gettext_lazy("No defect"))

# Who most likely looked, by the role of who writes it down: supervisors of the residents have no account of their own.
LIKELY: dict[Role, Reporter] = {
    Role.COMMITTEE_MEMBER: Reporter.RESIDENTS_SUPERVISOR,
    Role.GRID_WORKER: Reporter.GRID,
    Role.COMMUNITY_STAFF: Reporter.COMMUNITY,
    Role.DISTRICT_OFFICIAL: Reporter.DISTRICT,
}


class ItemField(forms.ModelChoiceField):
    def label_from_instance(self, item: Any) -> str:
        return f"{item.code} {item.name}"


class BuildingField(forms.ModelChoiceField):
    def label_from_instance(self, building: Any) -> str:
        return _("Building %(number)s") % {"number": building.number}


class OnSiteForm(PhotosForm):
    """What forms about a place on site share: which package, which building, and photos."""

    package = forms.ModelChoiceField(
        label=gettext_lazy("Work package"), required=False, queryset=WorkPackage.objects.none()
    )
    building = BuildingField(label=gettext_lazy("Building"), required=False, queryset=Building.objects.none())

    def __init__(self, *args: Any, neighbourhood: Neighbourhood, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices: Any = self.fields
        choices["package"].queryset = WorkPackage.objects.filter(neighbourhood=neighbourhood).order_by("number")
        choices["package"].empty_label = _("Not said")
        choices["building"].queryset = (
            Building.objects.visible_to(user).filter(neighbourhood=neighbourhood).order_by("number")
        )
        choices["building"].empty_label = _("The whole place")


class SiteReportForm(OnSiteForm):
    """A report and, where its kind is chosen, the defect that was found."""

    text = forms.CharField(
        label=gettext_lazy("What was seen on site"), max_length=1000, widget=forms.Textarea(attrs={"rows": 4})
    )
    reporter = forms.ChoiceField(label=gettext_lazy("Who looked"), choices=Reporter.choices)
    reporter_name = forms.CharField(label=gettext_lazy("Name of who looked"), max_length=40, required=False)
    reported_on = DayField(label=gettext_lazy("Seen on"), initial=timezone.localdate)
    severity = forms.ChoiceField(
        label=gettext_lazy("Defect"), required=False, choices=[NO_DEFECT, *Severity.choices], widget=forms.RadioSelect
    )
    defect_text = forms.CharField(
        label=gettext_lazy("What is wrong"), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    menu_item = ItemField(label=gettext_lazy("Item"), required=False, queryset=None)
    due_on = DayField(label=gettext_lazy("To be rectified by"), required=False)

    def __init__(self, *args: Any, neighbourhood: Neighbourhood, user: User, **kwargs: Any) -> None:
        super().__init__(*args, neighbourhood=neighbourhood, user=user, **kwargs)
        choices: Any = self.fields
        choices["menu_item"].queryset = items_built(neighbourhood)
        choices["menu_item"].empty_label = _("Not said")
        self.initial.setdefault("severity", "")
        self.initial.setdefault("reporter", likely_reporter(user))

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if values.get("severity") and not values.get("defect_text"):
            self.add_error("defect_text", _("Say what is wrong."))
        if values.get("defect_text") and not values.get("severity"):
            self.add_error("severity", _("Say how severe it is."))
        return values

    @property
    def report(self) -> dict[str, Any]:
        names = ("text", "reporter", "reporter_name", "reported_on", "package", "building")
        return {name: self.cleaned_data[name] for name in names}

    @property
    def defect(self) -> dict[str, Any] | None:
        if not self.cleaned_data["severity"]:
            return None
        names = ("severity", "menu_item", "due_on")
        return {**{name: self.cleaned_data[name] for name in names}, "text": self.cleaned_data["defect_text"]}


def likely_reporter(user: User) -> Reporter:
    return next((LIKELY[role] for role in LIKELY if user.has_role(role)), Reporter.RESIDENTS_SUPERVISOR)


@login_required
def site_reports(request: SignedInRequest, pk: int) -> HttpResponse:
    """The reports of a neighbourhood. POST hands one in, with photos and the defect that was found."""
    neighbourhood = supervised_neighbourhood(request, pk)
    may = may_supervise(request.user, neighbourhood)
    sent = request.method == "POST"
    if sent and not may:
        raise PermissionDenied
    form = SiteReportForm(
        request.POST if sent else None,
        request.FILES if sent else None,
        neighbourhood=neighbourhood,
        user=request.user,
    )
    status = 200
    if sent and form.is_valid():
        try:
            report_from_site(
                neighbourhood=neighbourhood,
                report=form.report,
                photos=form.photos,
                defect=form.defect,
                by=request.user,
            )
        except DomainError as refusal:
            form.add_error(None, str(refusal))
            status = refusal.status
        else:
            messages.success(request, _("The report is kept."))
            return redirect("site_reports", pk)
    if form.errors and status == 200:
        status = 400
    page = keyset_page(request, reports_to_show(neighbourhood), key="id", size=REPORTS_SHOWN, newest_first=True)
    for report in page.rows:
        report.neighbourhood = neighbourhood
        seen = sees_name_on_site(request.user, report)
        report.shown_name = report.reporter_name if seen else mask_name(report.reporter_name)
    context = {
        "neighbourhood": neighbourhood,
        "form": form if may else None,
        "page": page,
        "counts": count_defects(neighbourhood, timezone.localdate()),
    }
    return render(request, "renovation/site_reports.html", context, status=status)
