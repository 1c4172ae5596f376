"""Errors of the API as problem documents (RFC 9457). Nothing else turns an exception into an answer."""

from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any, cast

from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.core.exceptions import ValidationError as DjangoValidationError
from django.db import DatabaseError, DataError, IntegrityError, OperationalError
from django.http import Http404
from django.utils.translation import gettext as _
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.settings import api_settings

from common.errors import DomainError

CONTENT_TYPE = "application/problem+json"

_CODES = {
    400: "invalid",
    401: "not_authenticated",
    403: "permission_denied",
    404: "not_found",
    405: "method_not_allowed",
    406: "not_acceptable",
    409: "conflict",
    410: "gone",
    412: "stale_version",
    413: "too_large",
    415: "unsupported_media_type",
    422: "unprocessable",
    429: "throttled",
    503: "unavailable",
}

# SQLSTATE of what a race or a reader's input can bring about, with the status that says so.
_UNIQUE, _FOREIGN_KEY, _CHECK, _EXCLUSION = "23505", "23503", "23514", "23P01"
_TRY_AGAIN = {"40001", "40P01", "55P03", "57014"}


def problem(
    status: int, detail: str, *, code: str = "", headers: Mapping[str, str] | None = None, **extra: Any
) -> Response:
    """A problem document. `code` ends its `type` and is a member of its own; `extra` holds further members."""
    code = code or _CODES.get(status, "error")
    body = {
        "type": f"/problems/{code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "code": code,
        "detail": str(detail),
        **extra,
    }
    return Response(body, status=status, headers=dict(headers or {}), content_type=CONTENT_TYPE)


def handle(exc: Exception, context: Mapping[str, Any]) -> Response | None:
    """DRF's exception handler. None lets a fault of ours become a 500; no input may lead there."""
    if isinstance(exc, exceptions.ValidationError):
        return invalid(list(errors_of(exc.get_full_details())))
    if isinstance(exc, DomainError):
        return problem(exc.status, str(exc), code=exc.code, **exc.extra)
    if isinstance(exc, DjangoValidationError):
        return invalid(list(_django_errors(exc)))
    if isinstance(exc, Http404 | exceptions.NotFound):
        return problem(404, _("There is nothing here, or nothing that you may see."))
    if isinstance(exc, PermissionDenied):
        return problem(403, str(exc) or _("You may not do this."))
    if isinstance(exc, exceptions.APIException):
        return _api_exception(exc)
    if isinstance(exc, DatabaseError):
        return _database_error(exc)
    if isinstance(exc, RequestDataTooBig):
        return problem(413, _("The request is too large."))
    if isinstance(exc, SuspiciousOperation):
        return problem(400, _("The request cannot be read."))
    return None


def invalid(errors: list[dict[str, str]]) -> Response:
    """400 for input that cannot be read, each fault at its place."""
    return problem(400, _("The request is not valid."), errors=errors)


def errors_of(details: Any, pointer: str = "") -> Iterator[dict[str, str]]:
    """The faults of a DRF `get_full_details()` as `{"pointer", "code", "detail"}`, depth first.

    Pointers are JSON Pointers (RFC 6901) into what was sent; a fault of the whole thing points at the thing.
    """
    if isinstance(details, Mapping):
        if set(details) == {"message", "code"} and not isinstance(details["message"], Mapping | list):
            yield {"pointer": pointer, "code": str(details["code"]), "detail": str(details["message"])}
            return
        for name, inner in details.items():
            whole = name == api_settings.NON_FIELD_ERRORS_KEY
            yield from errors_of(inner, pointer if whole else f"{pointer}/{_escaped(str(name))}")
    elif isinstance(details, list):
        faults = all(isinstance(inner, Mapping) and set(inner) == {"message", "code"} for inner in details)
        for position, inner in enumerate(details):
            yield from errors_of(inner, pointer if faults else f"{pointer}/{position}")


def _escaped(segment: str) -> str:
    return segment.replace("~", "~0").replace("/", "~1")


def _django_errors(exc: DjangoValidationError) -> Iterator[dict[str, str]]:
    if hasattr(exc, "error_dict"):
        for name, inner in exc.error_dict.items():
            pointer = "" if name == "__all__" else f"/{_escaped(name)}"
            for error in inner:
                yield {"pointer": pointer, "code": error.code or "invalid", "detail": " ".join(error.messages)}
    else:
        for error in exc.error_list:
            yield {"pointer": "", "code": error.code or "invalid", "detail": " ".join(error.messages)}


def _api_exception(exc: exceptions.APIException) -> Response:
    headers: dict[str, str] = {}
    if auth_header := getattr(exc, "auth_header", None):
        headers["WWW-Authenticate"] = auth_header
    if (wait := getattr(exc, "wait", None)) is not None:
        headers["Retry-After"] = str(max(1, int(wait)))
    code = exc.get_codes()
    return problem(
        exc.status_code,
        str(exc.detail),
        code=code if isinstance(code, str) and code != "error" else "",
        headers=headers,
        **getattr(exc, "extra", {}),
    )


def _database_error(exc: DatabaseError) -> Response | None:
    """What only the database could know: a race lost, or a value that no column holds."""
    cause = cast(Any, exc.__cause__)
    state = getattr(cause, "pgcode", None) or ""
    if isinstance(exc, IntegrityError):
        constraint = getattr(getattr(cause, "diag", None), "constraint_name", None)
        if state in (_UNIQUE, _EXCLUSION):
            return problem(409, _("Something with these values exists already."), code="already_exists")
        if state == _FOREIGN_KEY:
            return problem(409, _("Something else refers to this, or what it refers to is gone."), code="in_use")
        if state == _CHECK and constraint:
            return problem(400, _("These values break a rule of the records: %(rule)s.") % {"rule": constraint})
        return None
    if isinstance(exc, DataError):
        return problem(400, _("A value is too large or cannot be stored."))
    if isinstance(exc, OperationalError) and state in _TRY_AGAIN:
        return problem(503, _("Too much is going on at once. Please try again."), headers={"Retry-After": "1"})
    return None
