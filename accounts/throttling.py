from collections.abc import Callable
from functools import wraps
from time import time
from typing import Any, cast

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from accounts.models import ApiClient
from accounts.services.rate_counts import count_request


class CallerThrottle(BaseThrottle):
    """So many requests a minute for each client (its own limit, if it has one), user or visitor
    (`API_REQUESTS_PER_MINUTE`), over all processes.

    A fixed window and one counter: a log of requests would cost more than it protects.
    """

    wait_seconds: float = 0

    def allow_request(self, request: Request, view: Any) -> bool:
        user = request.user
        if not user.is_authenticated:
            return self.counts("visitor", self.get_ident(request))
        if user.client is None:
            return self.counts("user", str(user.pk))
        client = cast(ApiClient, user.client)
        return self.counts("client", str(user.pk), limit=client.requests_per_minute)

    def counts(self, kind: str, name: str, limit: int | None = None) -> bool:
        """Count one more request of this caller; whether it is within its limit, else that of its kind."""
        limit = settings.API_REQUESTS_PER_MINUTE[kind] if limit is None else limit
        if not limit:
            return True
        now = time()
        self.wait_seconds = 60 - now % 60
        return count_request(f"{kind}:{name}", limit, now=now)

    def wait(self) -> float:
        return self.wait_seconds


Page = Callable[..., HttpResponse]


def limited_visitors(view: Page) -> Page:
    """A page that anybody may post to: from one address as often a minute as the API answers a visitor, then 429."""
    return _limited(view, lambda request: request.method == "POST")


def limited_prints(view: Page) -> Page:
    """A file that is made anew for whoever asks, which takes longer than a page: the same limit, for reading too."""
    return _limited(view, lambda request: True)


def _limited(view: Page, counts: Callable[[HttpRequest], bool]) -> Page:
    @wraps(view)
    def limited(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        throttle = CallerThrottle()
        if not counts(request) or throttle.counts("visitor", throttle.get_ident(Request(request))):
            return view(request, *args, **kwargs)
        says = _(
            "So many questions have come from here that this page takes a short rest. Wait a minute, then try again."
        )
        response = render(request, "429.html", {"says": says}, status=429)
        response["Retry-After"] = str(max(1, int(throttle.wait())))
        return response

    return limited
