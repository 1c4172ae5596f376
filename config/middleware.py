"""What every request and response passes, whatever it is about."""

import logging
import re
import uuid
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware

from common.request_id import request_id

GetResponse = Callable[[HttpRequest], HttpResponse]

# What another program may have called it: short, and harmless in a log.
KNOWN_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")

# Nothing from elsewhere, no script or style in HTML, no frame. Pictures may be made in the page (signatures, QR codes).
STRICT_POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "font-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "worker-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    ]
)
# The back office's alpine evaluates its attributes, and its charts style themselves.
ADMIN_POLICY = STRICT_POLICY.replace("script-src 'self'", "script-src 'self' 'unsafe-eval'").replace(
    "style-src 'self'", "style-src 'self' 'unsafe-inline'"
)

# What gzip makes smaller; pictures, fonts and workbooks are packed already.
TEXT = re.compile(r"text/|application/(.+\+)?(json|xml|javascript)|image/svg\+xml")


class RequestIdMiddleware:
    """Give each request an id, the caller's own `X-Request-ID` where it can be used, and send it back.

    History rows and log lines carry it, so that what a person reports can be found.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-ID", "")
        current = given if KNOWN_ID.fullmatch(given) else uuid.uuid4().hex
        token = request_id.set(current)
        request.request_id = current  # type: ignore[attr-defined]
        try:
            response = self.get_response(request)
        finally:
            request_id.reset(token)
        response["X-Request-ID"] = current
        return response


class RequestIdFilter(logging.Filter):
    """Puts the id of the request in hand on each log record; "-" outside a request."""

    def filter(self, record: logging.LogRecord) -> bool:
        # Django logs a 4xx or 5xx when all middleware is done, and says which request it was.
        request = getattr(record, "request", None)
        record.request_id = request_id.get() or getattr(request, "request_id", "-")
        return True


class ContentSecurityPolicyMiddleware:
    """Say in each response what its page may load: the strict policy, and a wider one below `/admin/`."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        policy = ADMIN_POLICY if request.path.startswith("/admin/") else STRICT_POLICY
        response.headers.setdefault("Content-Security-Policy", policy)
        response.headers.setdefault("Permissions-Policy", "geolocation=(), microphone=(), payment=(), usb=()")
        return response


class TextGZipMiddleware(GZipMiddleware):
    """Compress texts, where that is safe.

    An answer with an ETag is left as it is: compressing weakens the tag, and a weak one is no good for `If-Match`.
    Static files have a date as well, which is enough for them.
    """

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if response.status_code != 200 or not TEXT.match(response.get("Content-Type", "")):
            return response
        if response.has_header("ETag"):
            if not request.path.startswith(settings.STATIC_URL):
                return response
            if not response.has_header("Content-Encoding"):
                del response["ETag"]
        return super().process_response(request, response)
