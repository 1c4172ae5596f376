"""Many rows in one request, each answered for itself (docs/decisions/0012-bulk-asks-the-view-item-by-item.md).

`POST <resource>/bulk/` makes rows and `PATCH <resource>/bulk/` changes them. Each item is asked of the resource's own
view from inside, in a savepoint: with the serializer, the scopes, `visible_to`, `If-Match` and the refusals of the
single request. Who calls, how often and whether it is a repetition is asked once, outside.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.db import transaction
from django.http import HttpRequest, HttpResponseBase
from django.urls import URLPattern, URLResolver, re_path
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import SimpleRouter

from accounts.errors import ItemsRefused
from accounts.http import SignedInApiRequest
from accounts.rest import ApiView, ResourceViewSet
from accounts.sparse import UnknownField
from common.filters import LARGEST_ID
from common.json_format import JsonParser

MOST_ITEMS = 200
MODES = ("each", "all_or_nothing")
ACTIONS = {"post": "create", "patch": "partial_update"}

_LARGEST_BODY = 8 * 1024 * 1024
_FAULT = 500


def bulk_methods(resource: type[Any]) -> list[str]:
    """The methods that `bulk/` of a resource takes: what is one row of JSON and one transaction, unless it opts out."""
    if not (
        issubclass(resource, ResourceViewSet)
        and resource.bulk
        and resource.in_one_transaction
        and JsonParser in resource.parser_classes
    ):
        return []
    return [method for method, action in ACTIONS.items() if hasattr(resource, action)]


class BulkRouter(SimpleRouter):
    """DRF's, with `bulk/` for each resource whose rows are made or changed one by one."""

    def get_urls(self) -> list[URLPattern | URLResolver]:
        ours = [
            re_path(rf"^{prefix}/bulk/$", _view_of(resource, basename, methods).as_view(), name=f"{basename}-bulk")
            for prefix, resource, basename in self.registry
            if (methods := bulk_methods(resource))
        ]
        return [*ours, *super().get_urls()]


class BulkView(ApiView):
    """The way in to all items of one resource; subclasses are made by the router."""

    resource: ClassVar[type[ResourceViewSet]]
    basename: ClassVar[str]
    max_body_bytes: ClassVar[int] = _LARGEST_BODY
    # Made from the operations on single rows (config/openapi_bulk.py).
    schema = None

    action: str | None = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        self.action = ACTIONS.get((request.method or "").lower())
        super().initial(request, *args, **kwargs)

    def post(self, request: SignedInApiRequest, **kwargs: Any) -> Response:
        return self._all(request)

    def patch(self, request: SignedInApiRequest, **kwargs: Any) -> Response:
        return self._all(request)

    def cut(self, response: HttpResponseBase, names: list[str]) -> None:
        """`fields` are those of each item's object, which its own view has cut down."""

    def _all(self, request: SignedInApiRequest) -> Response:
        items, mode = _read(request.data)
        for _item in items[1:]:
            # The limit counts what is done, and the request itself has been counted.
            self.check_throttles(request)
        results = [self._result(request, index, item) for index, item in enumerate(items)]
        if mode == "all_or_nothing" and any(result["status"] == "rejected" for result in results):
            for result in results:
                if result["status"] != "rejected":
                    result |= _result(result["index"], "not_done")
            raise ItemsRefused(_("Nothing was done, since some of the items are refused."), results=results)
        return Response({"results": results})

    def _result(self, request: SignedInApiRequest, index: int, item: Any) -> dict[str, Any]:
        """What became of one item. A fault of ours, or two writers who met, is that of the whole request."""
        try:
            with transaction.atomic():
                response: Any = self._ask(request, item)
        except UnknownField:
            raise
        except Exception as error:
            refusal = self.handle_exception(error)
            if refusal.status_code >= _FAULT:
                raise
            return _result(index, "rejected", problem=_placed(refusal.data, f"/items/{index}"))
        made = "created" if response.status_code == 201 else "duplicate"
        return _result(
            index,
            made if self.action == "create" else "updated",
            id=response.data.get("id"),
            etag=response.get("ETag"),
            object=response.data,
        )

    def _ask(self, request: SignedInApiRequest, item: Any) -> HttpResponseBase:
        if not isinstance(item, dict):
            raise ValidationError([ErrorDetail(_("An item is an object."), code="invalid")])
        kwargs, body, if_match = dict(self.kwargs), item, None
        if self.action == "partial_update":
            kwargs[self.resource.lookup_url_kwarg or self.resource.lookup_field] = _id_of(item)
            if_match = _if_match_of(item)
            body = {name: value for name, value in item.items() if name not in ("id", "if_match")}
        view = self.resource(basename=self.basename)
        view.action_map = {(request.method or "").lower(): str(self.action)}
        view.throttle_classes = []
        view.args, view.kwargs = (), kwargs
        view.headers = {}
        view.request = asked = view.initialize_request(_Item(request, if_match), **kwargs)  # type: ignore[assignment] # signed in
        # As though it had been read from a body of its own.
        asked._data = asked._full_data = body  # type: ignore[attr-defined]
        asked._files = MultiValueDict()  # type: ignore[attr-defined]
        view.initial(asked, **kwargs)
        return view.handled(getattr(view, str(self.action)), asked)  # type: ignore[arg-type] # signed in


class _Item(HttpRequest):
    """One item as a request of its own: from whom and where the whole came, with the row's own `If-Match`."""

    def __init__(self, outer: SignedInApiRequest, if_match: str | None) -> None:
        super().__init__()
        self.method = outer.method
        self.path = self.path_info = outer.path
        self.GET = outer.GET
        self.META = {
            name: value for name, value in outer.META.items() if name not in ("HTTP_IF_MATCH", "HTTP_IDEMPOTENCY_KEY")
        }
        if if_match is not None:
            self.META["HTTP_IF_MATCH"] = if_match
        self.user = outer.user
        # DRF's way to say who asks without asking for credentials again.
        self._force_auth_user = outer.user
        self._force_auth_token = outer.auth


def _view_of(resource: type[Any], basename: str, methods: list[str]) -> type[BulkView]:
    return type(
        f"{resource.__name__}Bulk",
        (BulkView,),
        {
            "__doc__": f"Many of `{basename}` at once.",
            "resource": resource,
            "basename": basename,
            "act": resource.act,
            "acts": resource.acts,
            "keeps_answers": resource.keeps_answers,
            "http_method_names": [*methods, "options"],
        },
    )


def _read(data: Any) -> tuple[list[Any], str]:
    """The items and the mode of a body; ValidationError for what is none."""
    faults: dict[str, list[ErrorDetail]] = {}
    body: Mapping[str, Any] = data if isinstance(data, dict) else {}
    items, mode = body.get("items"), body.get("mode", MODES[0])
    if not isinstance(items, list) or not 0 < len(items) <= MOST_ITEMS:
        says = _("Send a list of 1 to %(most)s items.") % {"most": MOST_ITEMS}
        faults["items"] = [ErrorDetail(says, code="invalid")]
    if mode not in MODES:
        faults["mode"] = [ErrorDetail(_("This is %(names)s.") % {"names": " / ".join(MODES)}, code="invalid_choice")]
    if faults or not isinstance(items, list):
        raise ValidationError(faults)
    return items, mode


def _id_of(item: dict[str, Any]) -> str:
    value = item.get("id")
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value <= LARGEST_ID:
        raise ValidationError({"id": [ErrorDetail(_("This must be an id."), code="incorrect_type")]})
    return str(value)


def _if_match_of(item: dict[str, Any]) -> str | None:
    value = item.get("if_match")
    if value is not None and not isinstance(value, str):
        raise ValidationError({"if_match": [ErrorDetail(_("This is the ETag that was read."), code="invalid")]})
    return value


def _result(index: int, status: str, **more: Any) -> dict[str, Any]:
    return {"index": index, "status": status, "id": None, "etag": None, "object": None, "problem": None, **more}


def _placed(problem: Mapping[str, Any], place: str) -> dict[str, Any]:
    """A problem document whose pointers begin at the item."""
    errors = problem.get("errors")
    if errors is None:
        return dict(problem)
    return {**problem, "errors": [{**error, "pointer": f"{place}{error['pointer']}"} for error in errors]}
