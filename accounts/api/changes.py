from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from accounts.errors import ChangesExpired
from accounts.http import SignedInApiRequest
from accounts.models import Change
from accounts.rest import ApiView, read_query
from accounts.rules.roles import RESOURCE_ACTS
from accounts.services.changes import AT_ONCE, last_cursor, lowest_after, number_changes
from common.pagination import LARGEST_PAGE, PAGE_SIZE

LARGEST_CURSOR = 2**63 - 1
LATEST = "latest"
WINDOW = 50_000
"""Numbers that one request looks through."""


class ChangeOutput(serializers.ModelSerializer):
    cursor = serializers.CharField()
    id = serializers.IntegerField(source="object_id", help_text="The id of the object that changed.")

    class Meta:
        model = Change
        fields = ["cursor", "at", "resource", "id", "action", "fields"]


class ChangesQuery(serializers.Serializer):
    after = serializers.CharField(
        required=False,
        max_length=19,
        help_text="`next_after` of the last answer; `latest` to begin now, without what was before.",
    )
    resource = serializers.ChoiceField(sorted(RESOURCE_ACTS), required=False)
    page_size = serializers.IntegerField(min_value=1, max_value=LARGEST_PAGE, default=PAGE_SIZE)

    def validate_after(self, text: str) -> int | None:
        """The cursor; None for the latest."""
        if text == LATEST:
            return None
        if not (text.isascii() and text.isdigit()) or int(text) > LARGEST_CURSOR:
            raise serializers.ValidationError(_("This is no cursor of this list."), code="bad_cursor")
        return int(text)


class ChangesOutput(serializers.Serializer):
    results = ChangeOutput(many=True)
    next_after = serializers.CharField(help_text="Where to go on, now or later; also when there was nothing new.")
    more = serializers.BooleanField(help_text="There is more to ask for at once, though these `results` may be empty.")


class Changes(ApiView):
    """Every change in the caller's territory of what its scopes let it read, in the order in which to apply them."""

    @extend_schema(parameters=[ChangesQuery], responses=ChangesOutput, operation_id="changes_list")
    def get(self, request: SignedInApiRequest) -> Response:
        """The next changes after a cursor, from the first that is kept without one. 410 `cursor_expired` where changes
        after the cursor are no longer kept: take `after=latest`, read the lists, and go on from there.
        """
        query = read_query(request, ChangesQuery)
        size = query["page_size"]
        waits = number_changes() == AT_ONCE
        # Read before the rows: all up to here are shown below or are not for this caller, so a short page may skip
        # what it did not show.
        last = last_cursor()
        after: int | None = query["after"] if "after" in query else lowest_after()
        if after is None:
            return _told([], last, more=False)
        # However little of it a caller may see, one request looks through so much and no more.
        upto = max(after, min(last, after + WINDOW))
        changes = Change.objects.visible_to(request.user).filter(cursor__gt=after, cursor__lte=upto).order_by("cursor")
        if "resource" in query:
            changes = changes.filter(resource=query["resource"])
        rows = list(changes[:size])
        # Read after the rows: what `tidy` deletes meanwhile is missing among them. A cursor that was not given yet was,
        # before the database was put back from a copy: its number will be given again, to something else.
        if "after" in query and not lowest_after() <= after <= last:
            raise ChangesExpired(_("Changes after this cursor are no longer kept: please read everything anew."))
        shown = [change.cursor for change in rows if change.cursor]
        next_after = shown[-1] if len(shown) == size else upto
        return _told(rows, next_after, more=waits or next_after < last)


def _told(rows: list[Change], next_after: int, *, more: bool) -> Response:
    body = {"results": ChangeOutput(rows, many=True).data, "next_after": str(next_after), "more": more}
    return Response(body, headers={"Cache-Control": "private"})
