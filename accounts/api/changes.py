from django.db.models import Max
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from accounts.http import SignedInApiRequest
from accounts.models import Change
from accounts.rest import ApiView, read_query
from accounts.rules.roles import RESOURCE_ACTS
from accounts.services.changes import number_changes
from common.pagination import LARGEST_PAGE, PAGE_SIZE

LARGEST_CURSOR = 2**63 - 1


class ChangeOutput(serializers.ModelSerializer):
    cursor = serializers.CharField()
    id = serializers.IntegerField(source="object_id", help_text="The id of the object that changed.")

    class Meta:
        model = Change
        fields = ["cursor", "at", "resource", "id", "action", "fields"]


class ChangesQuery(serializers.Serializer):
    after = serializers.CharField(required=False, max_length=19, help_text="`next_after` of the last answer.")
    resource = serializers.ChoiceField(sorted(RESOURCE_ACTS), required=False)
    page_size = serializers.IntegerField(min_value=1, max_value=LARGEST_PAGE, default=PAGE_SIZE)

    def validate_after(self, text: str) -> int:
        if not (text.isascii() and text.isdigit()) or int(text) > LARGEST_CURSOR:
            raise serializers.ValidationError(_("This is no cursor of this list."), code="bad_cursor")
        return int(text)


class ChangesOutput(serializers.Serializer):
    results = ChangeOutput(many=True)
    next_after = serializers.CharField(help_text="Where to go on, now or later; also when there was nothing new.")


class Changes(ApiView):
    """Every change in the caller's territory of what its scopes let it read, in the order in which to apply them."""

    @extend_schema(parameters=[ChangesQuery], responses=ChangesOutput, operation_id="changes_list")
    def get(self, request: SignedInApiRequest) -> Response:
        query = read_query(request, ChangesQuery)
        after, size = query.get("after", 0), query["page_size"]
        number_changes()
        # Read before the rows: all up to here are shown below or are not for this caller, so a short page may skip
        # what it did not show.
        last = max(after, Change.objects.aggregate(last=Max("cursor"))["last"] or 0)
        changes = Change.objects.visible_to(request.user).filter(cursor__gt=after, cursor__lte=last).order_by("cursor")
        if "resource" in query:
            changes = changes.filter(resource=query["resource"])
        rows = list(changes[:size])
        next_after = rows[-1].cursor if len(rows) == size else last
        body = {"results": ChangeOutput(rows, many=True).data, "next_after": str(next_after)}
        return Response(body, headers={"Cache-Control": "private"})
