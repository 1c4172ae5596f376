"""What cannot be answered otherwise: a problem document to whoever asked the API, a page to everybody else."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views import defaults

from common.json_format import dumps
from common.problem import CONTENT_TYPE, problem
from common.request_id import request_id

API = "/api/"


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400 for what no view was asked about, as a host name that is not ours."""
    if request.path.startswith(API):
        return _document(400, _("The request cannot be read."))
    return defaults.bad_request(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    """500: a fault of ours, with the id under which the log tells of it. Nothing of the request was done."""
    if request.path.startswith(API):
        says = _("Something broke on our side, and nothing was done. Please tell us the id in `instance`.")
        return _document(500, says, code="internal_error", instance=f"/requests/{request_id.get()}")
    return defaults.server_error(request)


def _document(status: int, detail: str, **more: Any) -> HttpResponse:
    body = problem(status, detail, **more).data
    return HttpResponse(dumps(body), status=status, content_type=CONTENT_TYPE)
