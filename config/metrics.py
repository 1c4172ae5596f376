"""`/metrics` for Prometheus (api.md, Operations): requests as they are answered, and what waits in the database.

Under gunicorn each worker process counts into a directory of its master's (config/gunicorn.py), and whichever is asked
tells of all; elsewhere a process tells of itself.
"""

import logging
import os
from collections.abc import Callable, Iterator
from ipaddress import ip_address
from time import perf_counter
from typing import Any

from django.conf import settings
from django.db import DatabaseError
from django.db.models import Case, Count, F, Min, Q, When
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django_tasks_db.models import DBTaskResult
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from accounts.choices import WebhookState
from accounts.models import Change, Webhook, WebhookDelivery

logger = logging.getLogger(__name__)

DIRECTORY = "PROMETHEUS_MULTIPROC_DIR"
"""The library's own variable; it is read when the library is imported."""

HANDED_ON = ("Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP")
"""What proxies add. One that says nothing of whom it asks for says at least that it ended TLS."""

METHODS = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"})
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

REQUESTS = Counter("gongdi_requests", "Requests answered.", ["method", "route", "status"])
SECONDS = Histogram(
    "gongdi_request_seconds", "Seconds until a request was answered.", ["method", "route"], buckets=BUCKETS
)

Gauges = Callable[[], Iterator[GaugeMetricFamily]]


class MetricsMiddleware:
    """Counts and times what passes, by the name of its route, and answers `/metrics` to the networks of METRICS_ALLOW.

    What a proxy hands on is not answered: it has the proxy's address, which may well be one of these.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path == "/metrics" and _may_read(request):
            return HttpResponse(told(), content_type=CONTENT_TYPE_LATEST, headers={"Cache-Control": "no-store"})
        start = perf_counter()
        response = self.get_response(request)
        seconds = perf_counter() - start
        # Names and methods that anybody can think up would each be a series of their own, for ever.
        method = request.method if request.method in METHODS else "other"
        route = request.resolver_match.view_name if request.resolver_match else "none"
        REQUESTS.labels(method, route, response.status_code).inc()
        SECONDS.labels(method, route).observe(seconds)
        return response


def told() -> bytes:
    """All metrics in Prometheus' text format."""
    registry = CollectorRegistry()
    if DIRECTORY in os.environ:
        MultiProcessCollector(registry)
    else:
        for counted in (REQUESTS, SECONDS):
            registry.register(counted)
    registry.register(_Waiting())
    return generate_latest(registry)


def _may_read(request: HttpRequest) -> bool:
    if any(header in request.headers for header in HANDED_ON):
        return False
    try:
        address = ip_address(request.META.get("REMOTE_ADDR", ""))
    except ValueError:
        return False
    return any(address in network for network in settings.METRICS_ALLOW)


class _Waiting(Collector):
    """What the database tells. Without one the rest is told all the same."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        is_up = GaugeMetricFamily("gongdi_database_up", "Whether the database answers.")
        try:
            yield from [family for gauges in GAUGES for family in gauges()]
            is_up.add_metric([], 1)
        except DatabaseError:
            logger.exception("The database does not tell what waits.")
            is_up.add_metric([], 0)
        yield is_up

    def describe(self) -> list[Any]:
        return []


def _jobs() -> Iterator[GaugeMetricFamily]:
    jobs = GaugeMetricFamily("gongdi_jobs", "Jobs by queue and state.", labels=["queue", "state"])
    counted = DBTaskResult.objects.order_by().values_list("queue_name", "status").annotate(count=Count("pk"))
    for queue, state, count in counted:
        jobs.add_metric([queue, state.lower()], count)
    yield jobs
    waiting = GaugeMetricFamily("gongdi_job_wait_seconds", "How long the oldest due job waits.", labels=["queue"])
    now = timezone.now()
    # Of one that was to wait for its time, since that.
    since = Min(Case(When(run_after__lte=now, then=F("run_after")), default=F("enqueued_at")))
    for queue, oldest in DBTaskResult.objects.ready().order_by().values_list("queue_name").annotate(since=since):
        waiting.add_metric([queue], max(0.0, (now - oldest).total_seconds()))
    yield waiting


def _changes() -> Iterator[GaugeMetricFamily]:
    family = GaugeMetricFamily("gongdi_changes_unnumbered", "Changes that wait for their number.")
    family.add_metric([], Change.objects.filter(cursor=None).count())
    yield family


def _webhooks() -> Iterator[GaugeMetricFamily]:
    webhooks = GaugeMetricFamily("gongdi_webhooks", "Webhooks by state.", labels=["state"])
    failing = GaugeMetricFamily("gongdi_webhooks_failing", "Webhooks that send, and failed the last time.")
    fails = Count("pk", filter=Q(failing_since__isnull=False, state=WebhookState.ACTIVE))
    rows = list(Webhook.objects.order_by().values_list("state").annotate(count=Count("pk"), fails=fails))
    for state, count, _fails in rows:
        webhooks.add_metric([state], count)
    failing.add_metric([], sum(fails for _state, _count, fails in rows))
    yield from (webhooks, failing)
    waiting = GaugeMetricFamily("gongdi_webhook_deliveries_waiting", "Deliveries to come, or to be tried again.")
    waiting.add_metric([], WebhookDelivery.objects.waiting().count())
    yield waiting


GAUGES: list[Gauges] = [_jobs, _changes, _webhooks]
"""Each a query or two; whoever has something else that waits appends to them."""
