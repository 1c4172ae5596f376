"""`/healthz` and `/readyz` (api.md, Operations), for load balancers and whoever restarts what hangs."""

import logging
from collections.abc import Callable
from datetime import timedelta

from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from accounts.models import WorkerBeat

logger = logging.getLogger(__name__)

# A due job that waits longer has no worker that comes to it; without any worker in sight it need not wait so long.
LONGEST_WAIT = timedelta(minutes=10)
WORKER_SEEN = timedelta(minutes=1)


class HealthMiddleware:
    """Answers both addresses itself: a probe has no host name, no session and no TLS."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path == "/healthz":
            return _answer({})
        if request.path == "/readyz":
            return _answer(checks())
        return self.get_response(request)


def checks() -> dict[str, str]:
    """What the site needs, each "ok" or a few words that give nothing away; the reason is in the log.

    Once one fails the rest is not asked. Four queries.
    """
    results: dict[str, str] = {}
    for name, check in (("database", _database), ("migrations", _migrations), ("queue", _queue)):
        try:
            results[name] = check()
        except Exception:
            logger.exception("The check of the %s failed.", name)
            results[name] = "failed"
        if results[name] != "ok":
            break
    return results


def _database() -> str:
    # Through a cursor, which puts a new connection in the place of one that was lost.
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return "ok"


def _migrations() -> str:
    executor = MigrationExecutor(connection)
    return "pending" if executor.migration_plan(executor.loader.graph.leaf_nodes()) else "ok"


def _queue() -> str:
    """Waiting jobs are fine, as long as somebody is there to take them, and does."""
    now = timezone.now()
    is_there = WorkerBeat.objects.filter(seen_at__gt=now - WORKER_SEEN).exists()
    limit = now - (LONGEST_WAIT if is_there else WORKER_SEEN)
    overdue = DBTaskResult.objects.ready().filter(enqueued_at__lt=limit).exclude(run_after__range=(limit, now))
    return "no worker" if overdue.exists() else "ok"


def _answer(results: dict[str, str]) -> HttpResponse:
    ready = all(result == "ok" for result in results.values())
    body = {"status": "ok" if ready else "unavailable", "checks": results}
    return JsonResponse(body, status=200 if ready else 503, headers={"Cache-Control": "no-store"})
