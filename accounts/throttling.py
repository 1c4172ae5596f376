from collections.abc import Callable
from functools import wraps
from time import time
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle


class CallerThrottle(BaseThrottle):
    """So many requests a minute for each client, user or visitor (`API_REQUESTS_PER_MINUTE`), counted by each process.

    A fixed window and one counter: a log of requests would cost more than it protects.
    """

    wait_seconds: float = 0

    def allow_request(self, request: Request, view: Any) -> bool:
        user = request.user
        if not user.is_authenticated:
            kind, name = "visitor", self.get_ident(request)
        else:
            kind, name = ("client" if user.client is not None else "user"), str(user.pk)
        return self.counts(kind, name)

    def counts(self, kind: str, name: str) -> bool:
        """Count one more request of this caller; whether it is within the limit of its kind."""
        limit = settings.API_REQUESTS_PER_MINUTE[kind]
        if not limit:
            return True
        now = time()
        window = int(now // 60)
        key = f"api-rate:{kind}:{name}:{window}"
        cache.add(key, 0, timeout=120)
        try:
            count = cache.incr(key)
        except ValueError:
            # Evicted between the two calls: nothing to hold against the caller.
            return True
        self.wait_seconds = (window + 1) * 60 - now
        return bool(count <= limit)

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
