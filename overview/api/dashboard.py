"""The dashboard over the API: what the page shows, by the same function."""

from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.response import Response

from accounts.choices import Act
from accounts.http import SignedInApiRequest
from accounts.rest import ApiView, read_query
from common.figures import full_day_text
from overview.reports.dashboard import DayToCome, NoDashboard, dashboard_of
from overview.reports.dashboard.shape import SECTIONS
from overview.rules.dashboard import EARLIEST

CODE = r"^\d{4}(\d{2}(\d{3}(\d{3})?)?)?\Z"


class OverviewQuery(serializers.Serializer):
    division = serializers.RegexField(
        CODE,
        required=False,
        help_text="A division's code, all of which the caller reads; the caller's territory if not given.",
    )
    as_of = serializers.DateField(
        required=False, help_text="A day gone by, shown as it stood at its end; now if not given."
    )

    def validate_as_of(self, day: date) -> date:
        if day < EARLIEST:
            text = _("No figures are known before %(day)s.") % {"day": full_day_text(EARLIEST)}
            raise ValidationError(text, code="out_of_range")
        return day


class RateField(serializers.DecimalField):
    """A share as text, cut to 4 places; null where there is nothing to divide."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_digits=7, decimal_places=4, allow_null=True, **kwargs)


class YuanField(serializers.DecimalField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_digits=18, decimal_places=2, **kwargs)


class OverviewPlaceOutput(serializers.Serializer):
    code = serializers.CharField(help_text="Empty for all places of a caller that has several.")
    name = serializers.CharField()
    level = serializers.CharField(help_text="`city`, `district`, `street`, `community`, `neighbourhood`, or `own`.")


class OverviewRowOutput(serializers.Serializer):
    kind = serializers.CharField(help_text="What `id` is of: `neighbourhood`, `notice`, `vote`, `package`, ...")
    id = serializers.IntegerField(source="pk")
    neighbourhood = serializers.IntegerField()
    code = serializers.CharField()
    name = serializers.CharField()
    place = serializers.CharField()
    stage = serializers.CharField()
    part = serializers.CharField()
    text = serializers.CharField(help_text="In the language asked for.")


class OverviewSectionOutput(serializers.Serializer):
    count = serializers.IntegerField(source="figure.count")
    parts = serializers.SerializerMethodField()
    amount = YuanField(allow_null=True)
    rows = OverviewRowOutput(many=True, help_text="The first, the most pressing ones.")

    @extend_schema_field(serializers.DictField(child=serializers.IntegerField()))
    def get_parts(self, section: Any) -> dict[str, int]:
        return {name: figure.count for name, figure in section.parts.items()}


class OverviewChangesOutput(serializers.Serializer):
    since = serializers.DateField(help_text="The Friday before; it itself is not counted.")
    moved = serializers.IntegerField(source="moved.count")
    passed = serializers.IntegerField(source="passed.count")
    deferred = serializers.IntegerField(source="deferred.count")
    works_begun = serializers.IntegerField(source="works_begun.count")
    handed_over = serializers.IntegerField(source="handed_over.count")
    blocked = serializers.IntegerField(source="blocked.count")


class OverviewSupportOutput(serializers.Serializer):
    neighbourhoods = serializers.IntegerField()
    hidden = serializers.IntegerField(help_text="Surveys of fewer than five households, which are in no figure here.")
    households = serializers.IntegerField()
    excluded = serializers.IntegerField()
    visited = serializers.IntegerField()
    supports = serializers.IntegerField()
    verbal = serializers.IntegerField(help_text="A yes that does not count yet.")
    visit_rate = RateField()
    support_rate = RateField()
    support_of_visited = RateField()


class OverviewRoundOutput(serializers.Serializer):
    number = serializers.IntegerField()
    neighbourhoods = serializers.IntegerField(source="figure.count")
    listed = serializers.IntegerField()
    visited = serializers.IntegerField()
    supports = serializers.IntegerField()
    cumulative = serializers.IntegerField()
    support_rate = RateField()


class OverviewFunnelOutput(serializers.Serializer):
    neighbourhoods = serializers.IntegerField(source="figure.count")
    support = OverviewSupportOutput()
    pass_share = RateField()
    left = serializers.IntegerField()
    rounds = OverviewRoundOutput(many=True)


class OverviewMoneyOutput(serializers.Serializer):
    kind = serializers.CharField()
    neighbourhoods = serializers.IntegerField(source="figure.count")
    planned = YuanField()
    committed = YuanField()
    received = YuanField()
    spent = YuanField()
    rate = RateField(help_text="Received of what was committed.")


class OverviewMoneyByKindOutput(serializers.Serializer):
    lines = OverviewMoneyOutput(many=True)
    total = OverviewMoneyOutput()


class OverviewCollectionOutput(serializers.Serializer):
    period = serializers.CharField()
    first = serializers.DateField()
    last = serializers.DateField()
    billed = YuanField()
    reductions = YuanField()
    receivable = YuanField()
    settled = YuanField()
    rate = RateField()
    target = serializers.DecimalField(max_digits=3, decimal_places=2)
    above_target = serializers.BooleanField(allow_null=True)
    short = YuanField(allow_null=True)


class OverviewFeesOutput(serializers.Serializer):
    month = OverviewCollectionOutput(help_text="The last whole month.")
    year = OverviewCollectionOutput(help_text="From January to that month; of January itself the year before.")
    above = serializers.IntegerField(source="above.count", help_text="Neighbourhoods above the target.")
    below = serializers.IntegerField(source="below.count")
    no_data = serializers.IntegerField(source="no_data.count")
    hidden = serializers.IntegerField(help_text="Neighbourhoods of fewer than five households, in no figure here.")


class OverviewFeesByKindOutput(serializers.Serializer):
    property = OverviewFeesOutput()
    parking = OverviewFeesOutput()


class OverviewWeekOutput(serializers.Serializer):
    day = serializers.DateField()
    support_rate = RateField()
    supports = serializers.IntegerField()
    denominator = serializers.IntegerField()
    consented = serializers.IntegerField()
    under_works = serializers.IntegerField()
    in_long_term = serializers.IntegerField()
    received = YuanField()
    property_rate = RateField()
    parking_rate = RateField()


class OverviewTileOutput(serializers.Serializer):
    place = OverviewPlaceOutput()
    neighbourhoods = serializers.IntegerField(source="neighbourhoods.count")
    households = serializers.IntegerField()
    phases = serializers.DictField(child=serializers.IntegerField(), source="stages")
    supports = serializers.IntegerField()
    denominator = serializers.IntegerField()
    support_rate = RateField()
    property_rate = RateField()
    parking_rate = RateField()
    hidden = serializers.BooleanField(help_text="Whether a rate is left out, since it is about too few households.")
    support_hidden = serializers.BooleanField(help_text="Whether that is the rate of support.")
    fees_hidden = serializers.BooleanField(help_text="Whether those are the rates of fees.")


class OverviewPointOutput(serializers.Serializer):
    id = serializers.IntegerField(source="pk", help_text="Of the neighbourhood.")
    code = serializers.CharField()
    name = serializers.CharField()
    longitude = serializers.DecimalField(max_digits=9, decimal_places=6, help_text="Degrees of CGCS2000 or WGS 84.")
    latitude = serializers.DecimalField(max_digits=9, decimal_places=6)
    households = serializers.IntegerField()
    phase = serializers.CharField()
    support_rate = RateField()
    property_rate = RateField()
    parking_rate = RateField()
    hidden = serializers.BooleanField(help_text="Whether a rate is left out, since it is about too few households.")
    support_hidden = serializers.BooleanField(help_text="Whether that is the rate of support.")
    fees_hidden = serializers.BooleanField(help_text="Whether those are the rates of fees.")


class OverviewOutput(serializers.Serializer):
    place = OverviewPlaceOutput()
    day = serializers.DateField()
    as_of = serializers.DateTimeField(help_text="Everything recorded before this moment is in.")
    neighbourhoods = serializers.IntegerField(source="neighbourhoods.count")
    households = serializers.IntegerField()
    sections = serializers.SerializerMethodField()
    changes = OverviewChangesOutput()
    stages = serializers.SerializerMethodField(help_text="How many neighbourhoods stand at each stage.")
    phases = serializers.SerializerMethodField()
    support = OverviewSupportOutput()
    funnel = OverviewFunnelOutput()
    money = OverviewMoneyByKindOutput()
    fees = OverviewFeesByKindOutput()
    trend = OverviewWeekOutput(many=True)
    tiles = OverviewTileOutput(many=True, help_text="The divisions below; of a community its neighbourhoods.")
    map = OverviewPointOutput(many=True, source="points", help_text="Neighbourhoods whose coordinates are known.")

    @extend_schema_field(serializers.DictField(child=OverviewSectionOutput()))
    def get_sections(self, found: Any) -> dict[str, Any]:
        return {name: OverviewSectionOutput(found.sections[name]).data for name in SECTIONS}

    @extend_schema_field(serializers.DictField(child=serializers.IntegerField()))
    def get_stages(self, found: Any) -> dict[str, int]:
        return {one.stage: one.figure.count for phase in found.phases for one in phase.stages}

    @extend_schema_field(serializers.DictField(child=serializers.IntegerField()))
    def get_phases(self, found: Any) -> dict[str, int]:
        return {phase.phase: phase.figure.count for phase in found.phases}


class OverviewReport(ApiView):
    """What the dashboard of a division shows: what is pressing, counts by stage, support, money and collection, now or
    on a day gone by (docs/dashboard.md).
    """

    act = Act.OVERVIEW

    @extend_schema(parameters=[OverviewQuery], responses=OverviewOutput, operation_id="reports_overview_retrieve")
    def get(self, request: SignedInApiRequest) -> Response:
        query = read_query(request, OverviewQuery)
        try:
            found = dashboard_of(request.user, query.get("division"), query.get("as_of"), all_names=True)
        except NoDashboard:
            raise NotFound from None
        except DayToCome:
            raise ValidationError({"as_of": [_("This day is still to come.")]}, code="in_the_future") from None
        return Response(OverviewOutput(found).data, headers={"Cache-Control": "private"})
