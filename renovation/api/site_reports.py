"""What was seen on site, with the photos that came with it."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.http import HttpResponseBase
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.parsers import MultiPartParser

from accounts.http import SignedInApiRequest
from accounts.rest import VisibleField
from common.filters import CodeFilter, IdFilter
from renovation.api.on_site import OnSite, SupervisedNeighbourhoodField
from renovation.api.site_photos import SitePhotoOutput
from renovation.choices import PhotoPhase, Reporter
from renovation.models import Building, MenuItem, Neighbourhood, SiteReport, WorkPackage
from renovation.permissions import sees_name_on_site
from renovation.rules.masking import mask_name
from renovation.services.site_photos import add_site_photo
from renovation.services.supervision import add_site_report


class SiteReportOutput(serializers.ModelSerializer):
    reporter_name = serializers.SerializerMethodField(
        help_text="Masked unless the caller wrote the report, or reads personal fields here."
    )
    photos = serializers.SerializerMethodField(help_text="Ids of its photos, in `site-photos/`.")
    defects = serializers.SerializerMethodField(help_text="Ids of the defects raised with it, in `defects/`.")
    created_at = serializers.DateTimeField(source="recorded_at")

    class Meta:
        model = SiteReport
        fields = [
            "id",
            "neighbourhood",
            "package",
            "building",
            "reporter",
            "reporter_name",
            "reported_on",
            "text",
            "photos",
            "defects",
            "created_at",
        ]

    def get_reporter_name(self, report: SiteReport) -> str:
        sees = sees_name_on_site(self.context["request"].user, report)
        return report.reporter_name if sees else mask_name(report.reporter_name)

    @extend_schema_field(serializers.ListField(child=serializers.IntegerField()))
    def get_photos(self, report: SiteReport) -> list[int]:
        return sorted(photo.pk for photo in report.photos.all())

    @extend_schema_field(serializers.ListField(child=serializers.IntegerField()))
    def get_defects(self, report: SiteReport) -> list[int]:
        return sorted(defect.pk for defect in report.defects.all())


class SiteReportInput(serializers.Serializer):
    neighbourhood = SupervisedNeighbourhoodField(queryset=Neighbourhood.objects.all())
    reporter = serializers.ChoiceField(Reporter.choices)
    reporter_name = serializers.CharField(max_length=40, allow_blank=True, required=False, default="")
    reported_on = serializers.DateField(help_text="When it was seen; not in the future.")
    text = serializers.CharField(max_length=1000)
    package = VisibleField(queryset=WorkPackage.objects.all(), allow_null=True, required=False, default=None)
    building = VisibleField(queryset=Building.objects.all(), allow_null=True, required=False, default=None)


class ReportPhotoInput(serializers.Serializer):
    file = serializers.FileField(
        help_text="JPEG, PNG or WebP, at most 12 MB. Never of persons or the inside of a home."
    )
    phase = serializers.ChoiceField(PhotoPhase.choices, required=False, default=PhotoPhase.DURING)
    taken_on = serializers.DateField(required=False, help_text="The day of the report if not given.")
    caption = serializers.CharField(max_length=120, allow_blank=True, required=False, default="")
    menu_item = VisibleField(queryset=MenuItem.objects.all(), allow_null=True, required=False, default=None)


class SiteReportFilters(django_filters.FilterSet):
    neighbourhood = IdFilter("neighbourhood_id")
    division = CodeFilter("neighbourhood__community_code")
    package = IdFilter("package_id")
    building = IdFilter("building_id")
    reporter = django_filters.ChoiceFilter(choices=Reporter.choices)


class SiteReports(OnSite):
    """What residents' supervisors and others saw on site. A report is never changed; a further one says more."""

    queryset = SiteReport.objects.all()
    serializer_class = SiteReportOutput
    filterset_class = SiteReportFilters

    def get_queryset(self) -> QuerySet[Any]:
        return super().get_queryset().select_related("neighbourhood").prefetch_related("photos", "defects")

    @extend_schema(request=SiteReportInput, responses={201: SiteReportOutput})
    def create(self, request: SignedInApiRequest) -> HttpResponseBase:
        """Write down what somebody saw. A day still to come is refused: 409 `day_in_future`."""
        self.require_write()
        values = self.read_body(SiteReportInput)
        self.require_supervisor(values["neighbourhood"])
        made = add_site_report(by=request.user, **values)
        return self.answer(self.get_queryset().get(pk=made.pk), status=201)

    @extend_schema(
        request={"multipart/form-data": ReportPhotoInput}, responses={200: SitePhotoOutput, 201: SitePhotoOutput}
    )
    @action(detail=True, methods=["post"], parser_classes=[MultiPartParser])
    def photos(self, request: SignedInApiRequest, pk: str) -> HttpResponseBase:
        """Add a photo to a report: 201, or 200 where this very file is in the neighbourhood already."""
        report: SiteReport = self.get_object()
        values = self.read_body(ReportPhotoInput)
        values.setdefault("taken_on", min(report.reported_on, timezone.localdate()))
        photo, is_new = add_site_photo(neighbourhood=report.neighbourhood, report=report, by=request.user, **values)
        return self.answer(photo, status=201 if is_new else 200, serializer_class=SitePhotoOutput)
