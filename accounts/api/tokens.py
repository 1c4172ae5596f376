from collections.abc import Callable
from functools import wraps
from typing import Any

from django import http
from oauth2_provider.views import TokenView
from rest_framework.request import Request

from accounts.throttling import CallerThrottle
from common.json_format import dumps


def limited_by_address(view: Callable[..., http.HttpResponseBase]) -> Callable[..., http.HttpResponseBase]:
    """A view that reads a client's secret. Whoever asks is a visitor still, and limited as such: each try costs a slow
    hash, and may be a guess. Counted apart from what else comes from there: a crowd of readers stops no client.
    """

    @wraps(view)
    def limited(request: http.HttpRequest, *args: Any, **kwargs: Any) -> http.HttpResponseBase:
        throttle = CallerThrottle()
        if throttle.counts("visitor", f"token:{throttle.get_ident(Request(request))}"):
            return view(request, *args, **kwargs)
        body = dumps({"error": "throttled", "error_description": "Too many requests."})
        headers = {"Retry-After": str(max(1, int(throttle.wait())))}
        return http.HttpResponse(body, status=429, content_type="application/json", headers=headers)

    return limited


class ClientTokenView(TokenView):
    """POST `/oauth/token/`: an access token for client credentials (RFC 6749, section 4.4), by Basic or form fields."""

    def post(self, request: http.HttpRequest, *args: Any, **kwargs: Any) -> http.HttpResponse:
        if request.POST.get("grant_type") != "client_credentials":
            body = dumps({"error": "unsupported_grant_type", "error_description": "Only client_credentials."})
            return http.HttpResponse(body, status=400, content_type="application/json")
        return self.authorization_flow_token_response(request)
