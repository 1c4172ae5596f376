"""What every view of the API shares (api.md, Conventions). A resource says what is its own and inherits the rest:

- a caller with a session or an access token, whose scopes are checked by area; 401, 403, 429;
- rows that start at `visible_to`, so what a caller may not see does not exist: 404;
- strict parameters and lists by key; `?fields=`; `ETag`, `If-None-Match`, `If-Match`; `Idempotency-Key`; problem
  documents.
"""

from collections.abc import Callable, Collection, Mapping
from hashlib import sha256
from typing import Any, ClassVar, cast

import orjson
from django.db import connection, models, transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.exceptions import NotFound, PermissionDenied, ValidationError
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet

from accounts import sparse
from accounts.choices import Act
from accounts.errors import StaleVersion
from accounts.http import SignedInApiRequest
from accounts.models import IdempotencyKey
from accounts.permissions import may_write, may_write_somewhere
from accounts.services import idempotency
from common.filters import FIELDS, refuse_unknown, refuse_unread, unknown_parameter
from common.json_format import dumps

LONGEST_KEY = 255

# Answers that say nothing about the work: the same request may do better with other credentials or a newer version.
_NOT_KEPT = frozenset({401, 412, 429})

# Nor does a fault of ours, from this status on: "try again" must lead somewhere.
_FAULT = 500


class ApiView(APIView):
    """The way of a request through an APIView: writes are one transaction, and done once for each key."""

    act: ClassVar[Act | None] = None
    """The row of the roles table that these views are about; its area is the scope that a client needs."""
    acts: ClassVar[Mapping[str, Act]] = {}
    """Actions that are about another row than the rest."""
    open_to_visitors: ClassVar[bool] = False
    in_one_transaction: ClassVar[bool] = True
    """Set to False where the only service called opens its own transaction and every millisecond counts."""
    keeps_answers: ClassVar[bool] = True
    """Set to False where an answer is personal: repeated, it is asked for, allowed and logged anew."""
    is_whole: ClassVar[bool] = False
    """Set to True where a digest or a signature is over an answer: it is not cut down to `fields`."""

    request: SignedInApiRequest

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """DRF's dispatch, with `_write` around the handlers of unsafe methods. `handle_exception` raises again what is
        a fault of ours.
        """
        self.args = args
        self.kwargs = kwargs
        api_request = cast(SignedInApiRequest, self.initialize_request(request, *args, **kwargs))
        self.request = api_request
        self.headers = self.default_response_headers
        try:
            self.initial(api_request, *args, **kwargs)
            method = (request.method or "").lower()
            refuse = self.http_method_not_allowed
            handler = getattr(self, method, refuse) if method in self.http_method_names else refuse
            if handler in (refuse, self.options):
                response = handler(api_request, *args, **kwargs)
            elif FIELDS in api_request.query_params and not self.takes_fields(request.method or ""):
                raise unknown_parameter(FIELDS)
            elif request.method in SAFE_METHODS:
                response = self.handled(handler, api_request)
            else:
                # Before anything is done: what an action asks of the outside world cannot be rolled back.
                refuse_unknown(api_request)
                response = self._write(handler, api_request)
        except Exception as exc:
            response = self.handle_exception(exc)
        self.response = self.finalize_response(api_request, response, *args, **kwargs)
        return self.response

    def options(self, request: Request, *args: Any, **kwargs: Any) -> Response:  # type: ignore[override] # as DRF has it
        """The methods, in `Allow`. What they take stands in the OpenAPI document."""
        return Response(status=204)

    def takes_fields(self, method: str) -> bool:
        """Whether answers to this method are cut down to `fields`. A name that nobody knows rolls the work back."""
        return not self.is_whole and (self.in_one_transaction or method in SAFE_METHODS)

    def handled(self, handler: Callable[..., HttpResponseBase], request: SignedInApiRequest) -> HttpResponseBase:
        """The handler's answer with the `fields` asked for. A parameter that the handler has not read is an error."""
        names = sparse.asked(request)
        response = handler(request, *self.args, **self.kwargs)
        refuse_unread(request)
        if names is not None and 200 <= response.status_code < 300:
            self.cut(response, names)
        return response

    def cut(self, response: HttpResponseBase, names: list[str]) -> None:
        """Leave in the answer the `fields` asked for."""
        sparse.cut(response, names, self.names_of_rows)

    def names_of_rows(self) -> Collection[str] | None:
        """The members of the rows of a list in which there are none; None where nobody can tell."""
        return None

    def _write(self, handler: Callable[..., HttpResponseBase], request: SignedInApiRequest) -> HttpResponseBase:
        key = request.headers.get("Idempotency-Key")
        if key is None or not self.keeps_answers or not request.user.is_authenticated:
            if not self.in_one_transaction:
                return self.handled(handler, request)
            with transaction.atomic():
                return self.handled(handler, request)
        if not (0 < len(key) <= LONGEST_KEY and key.isascii() and key.isprintable()):
            raise ValidationError({"Idempotency-Key": [_("A key has 1 to 255 printable ASCII characters.")]})
        request_hash = _hash_of(request)
        with transaction.atomic():
            if first := idempotency.claim_key(user=request.user, key=key, request_hash=request_hash):
                return _again(first)
            try:
                with transaction.atomic():
                    response = self.handled(handler, request)
            except Exception as exc:
                response = self.handle_exception(exc)
            if response.status_code not in _NOT_KEPT and response.status_code < _FAULT:
                self._keep(response, request, key, request_hash)
        return response

    def _keep(self, response: Any, request: SignedInApiRequest, key: str, request_hash: bytes) -> None:
        response = self.finalize_response(request, response, *self.args, **self.kwargs)
        if isinstance(response, Response):
            response.render()
        idempotency.keep_answer(
            user=request.user,
            key=key,
            request_hash=request_hash,
            status=response.status_code,
            body=response.content,
            headers={name: response[name] for name in _KEPT_HEADERS if name in response},
        )


_KEPT_HEADERS = ("Content-Type", "ETag", "Location", "Cache-Control")


def _hash_of(request: Request) -> bytes:
    """SHA-256 of method, path and what was sent. JSON counts by its content, not by its spaces."""
    digest = sha256(f"{request.method} {request.get_full_path()}\n".encode())
    data: Any = request.data
    if hasattr(data, "lists"):
        for name, values in sorted(data.lists()):
            for value in values:
                digest.update(f"{name}=".encode())
                if hasattr(value, "chunks"):
                    for chunk in value.chunks():
                        digest.update(chunk)
                    value.seek(0)
                else:
                    digest.update(str(value).encode())
                digest.update(b"\n")
    else:
        digest.update(orjson.dumps(data, option=orjson.OPT_SORT_KEYS))
    return digest.digest()


def _again(first: IdempotencyKey) -> HttpResponse:
    headers = {**first.headers, "Idempotent-Replayed": "true"}
    return HttpResponse(idempotency.body_of(first), status=first.status or 200, headers=headers)


class ResourceViewSet(ApiView, GenericViewSet):
    """Rows of one resource. `get_queryset` of a subclass starts at `super().get_queryset()`, which is `visible_to`.

    Subclasses set `queryset`, `act`, the serializers, `ordering_fields`, `filterset_class` and `search_fields`.
    """

    lookup_value_regex = "[0-9]{1,18}"
    ordering: ClassVar[str] = "id"
    ordering_fields: ClassVar[tuple[str, ...]] = ("id",)
    search_fields: ClassVar[tuple[str, ...]] = ()
    input_serializer_class: ClassVar[type[serializers.BaseSerializer] | None] = None
    """What `create` and `update` read, where it is not what `serializer_class` writes."""
    bulk: ClassVar[bool] = True
    """Set to False where a row is a file, a batch or a long job: it has no `bulk/` (accounts/bulk.py)."""

    def get_queryset(self) -> QuerySet[Any]:
        queryset: Any = super().get_queryset()
        if getattr(self, "swagger_fake_view", False):
            return queryset.none()
        return queryset.visible_to(self.request.user)

    def get_object(self) -> Any:
        """The row, locked where it is about to be written; the caller may do here what the action does, else 403.

        With `If-Match` actions lock it, too, as far as one transaction does all their work: else somebody might change
        it between the comparison and the act. Raises StaleVersion where `If-Match` names another version.
        """
        queryset = self.filter_one(self.get_queryset())
        writes = self.request.method not in SAFE_METHODS
        if self.action in ("update", "partial_update", "destroy") or (
            writes and "If-Match" in self.request.headers and connection.in_atomic_block
        ):
            queryset = queryset.select_for_update(of=("self",))
        thing = queryset.filter(**{self.lookup_field: self.kwargs[self.lookup_url_kwarg or self.lookup_field]}).first()
        if thing is None:
            raise NotFound
        if writes:
            if not self.may(thing):
                raise PermissionDenied
            self.check_version(thing)
        return thing

    def check_version(self, thing: Any) -> None:
        """Raise StaleVersion where `If-Match` names no version, or not the one the row has now."""
        header = self.request.headers.get("If-Match")
        if header is None:
            return
        if getattr(thing, "version", None) is None:
            same = matches(header, tag_of_content(self.written(thing)))
        else:
            same = names_version(header, thing)
        if not same:
            raise StaleVersion(_("This has been changed since you read it. Please read it again."))

    def filter_one(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """A further step for single objects; lists go through the filters instead."""
        return queryset

    def may(self, thing: Any) -> bool:
        """Whether the caller may do the action at hand, which is unsafe, to `thing` or below it."""
        return may_write(self.request.user, self.act_at_hand, thing)

    @property
    def act_at_hand(self) -> str:
        act = self.acts.get(self.action or "") or self.act
        if act is None:
            raise TypeError(f"{type(self).__name__} names no act.")
        return act

    def require_write(self, thing: Any = None) -> None:
        """403 unless the caller may write where `thing` lies, or anywhere at all."""
        user, act = self.request.user, self.act_at_hand
        if not (may_write_somewhere(user, act) if thing is None else may_write(user, act, thing)):
            raise PermissionDenied

    def read_body(self, serializer_class: type[serializers.Serializer], **kwargs: Any) -> dict[str, Any]:
        """The request's body through a serializer; 400 with every fault at its place."""
        serializer = serializer_class(data=self.request.data, context=self.get_serializer_context(), **kwargs)
        serializer.is_valid(raise_exception=True)
        return dict(serializer.validated_data)

    def read_query(self, serializer_class: type[serializers.Serializer]) -> dict[str, Any]:
        """The query parameters through a serializer; unknown ones are errors."""
        return read_query(self.request, serializer_class)

    def answer(self, thing: Any, *, status: int = 200, serializer_class: Any = None) -> HttpResponseBase:
        """One object with its `ETag`, a new one with its address in `Location`; 304 where the caller has it already."""
        tag, data = etag_of(thing, self.etag_extra(thing)), None
        if not tag:
            data = self.written(thing, serializer_class)
            tag = tag_of_content(data)
        headers = {"ETag": tag, "Cache-Control": "private"}
        if self.request.method in SAFE_METHODS and matches(self.request.headers.get("If-None-Match"), tag):
            return HttpResponse(status=304, headers=headers)
        if data is None:
            data = self.written(thing, serializer_class)
        if status == 201 and self.action == "create" and (address := self.address_of(thing)):
            headers["Location"] = address
        return Response(data, status=status, headers=headers)

    def written(self, thing: Any, serializer_class: Any = None) -> Any:
        """The object as the answer has it."""
        writer: Any = serializer_class or self.serializer_class
        return writer(thing, context=self.get_serializer_context()).data

    def address_of(self, thing: Any) -> str:
        """Where the row that was made is read; empty where it is read in its list only."""
        try:
            kwargs = {**self.kwargs, self.lookup_url_kwarg or self.lookup_field: thing.pk}
            return reverse(f"{self.basename}-detail", kwargs=kwargs) if hasattr(self, "retrieve") else ""
        except NoReverseMatch:
            return ""

    def names_of_rows(self) -> Collection[str] | None:
        """Those of the list's serializer; other actions have other rows."""
        if self.action != "list":
            return None
        serializer: Any = self.get_serializer()
        return [name for name, field in serializer.fields.items() if not field.write_only]

    def etag_extra(self, thing: Any) -> str:
        """What else the answer shows that changes without the row's version, as counts do."""
        return ""


class ListResource(ResourceViewSet):
    """GET a list, by key."""

    def list(self, request: SignedInApiRequest, *args: Any, **kwargs: Any) -> Response:
        queryset = self.filter_queryset(self.get_queryset())
        page = self.paginate_queryset(queryset)
        writer: Any = self.serializer_class
        serializer = writer(page, many=True, context=self.get_serializer_context())
        response: Response = self.get_paginated_response(serializer.data)
        response["Cache-Control"] = "private"
        return response


class RetrieveResource(ResourceViewSet):
    """GET one object."""

    def retrieve(self, request: SignedInApiRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return self.answer(self.get_object())


class ReadOnlyResource(ListResource, RetrieveResource):
    """A resource that is read: lists and single objects."""


class VisibleField(serializers.PrimaryKeyRelatedField):
    """The id of another row. One that the caller may not see does not exist here either."""

    default_error_messages = {"does_not_exist": "", "incorrect_type": ""}

    def get_queryset(self) -> Any:
        queryset: Any = super().get_queryset()
        return queryset.visible_to(self.context["request"].user)

    def to_internal_value(self, data: Any) -> Any:
        # True is 1 and 1.9 is 1 to Python; neither is an id.
        if isinstance(data, bool | float):
            self.fail("incorrect_type", data_type=type(data).__name__)
        return super().to_internal_value(data)

    def fail(self, key: str, **kwargs: Any) -> Any:
        if key == "does_not_exist":
            raise ValidationError(_("There is nothing with this id, or nothing that you may see."), code=key)
        if key == "incorrect_type":
            raise ValidationError(_("This must be an id."), code=key)
        super().fail(key, **kwargs)


def read_query(request: Request, serializer_class: type[serializers.Serializer]) -> dict[str, Any]:
    """The query parameters through a serializer; unknown ones are errors."""
    serializer = serializer_class(data=request.query_params.dict(), context={"request": request})
    refuse_unknown(request, set(serializer.fields))
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)


def etag_of(thing: models.Model, extra: str = "") -> str:
    """The entity tag of a row's version, empty where the row has none (what it shows is its tag then)."""
    version = getattr(thing, "version", None)
    if version is None:
        return ""
    return f'"{thing.pk}-{version}-{extra}"' if extra else f'"{thing.pk}-{version}"'


def matches(header: str | None, tag: str) -> bool:
    """Whether a header names the tag. `W/` is passed over: proxies that compress put it there."""
    if not header or not tag:
        return False
    return any(part.strip().removeprefix("W/") in ("*", tag) for part in header.split(","))


def tag_of_content(data: Any) -> str:
    """The entity tag of what has no version: a hash of what it shows."""
    return f'"{sha256(dumps(data)).hexdigest()[:20]}"'


def names_version(header: str, thing: Any) -> bool:
    """Whether `If-Match` names the version that the row has, whatever else its tag holds: counts are no conflict."""
    now = f"{thing.pk}-{thing.version}"
    tags = [part.strip().removeprefix("W/").strip('"') for part in header.split(",")]
    return any(tag in ("*", now) or tag.startswith(f"{now}-") for tag in tags)
