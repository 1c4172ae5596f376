import os
import subprocess
import sys
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from accounts.models import Change
from config import env, metrics
from tests.config.test_health import queue_job
from tests.factories import make_delivery, make_webhook

pytestmark = pytest.mark.django_db


def samples(client: Client) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    """What /metrics tells, by name and labels, as Prometheus reads it."""
    response = client.get("/metrics")
    assert response.status_code == 200
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(response.content.decode())
        for sample in family.samples
    }


def sample(client: Client, name: str, **labels: str) -> float:
    return samples(client).get((name, frozenset(labels.items())), 0.0)


def test_requests_are_counted_by_route_and_not_by_address(client: Client) -> None:
    labels = {"method": "GET", "route": "neighbourhood-detail", "status": "401"}
    before = sample(client, "gongdi_requests_total", **labels)

    client.get("/api/v1/neighbourhoods/1/")
    client.get("/api/v1/neighbourhoods/2/")

    assert sample(client, "gongdi_requests_total", **labels) == before + 2
    timed = sample(client, "gongdi_request_seconds_count", method="GET", route="neighbourhood-detail")
    assert timed >= before + 2


def test_what_anybody_can_think_up_makes_no_series_of_its_own(client: Client) -> None:
    client.generic("BREW", "/no-such-page-at-all/")

    told = client.get("/metrics").content.decode()

    assert "BREW" not in told
    assert "no-such-page" not in told
    assert sample(client, "gongdi_requests_total", method="other", route="none", status="404") >= 1


def test_asking_and_probes_are_not_counted(client: Client) -> None:
    client.get("/healthz")

    assert not any("/metrics" in str(key) or "healthz" in str(key) for key in samples(client))


def test_what_waits_is_told(client: Client) -> None:
    queue_job(waiting=timedelta(minutes=3))
    queue_job(waiting=timedelta(days=1), run_after=timezone.now() - timedelta(minutes=1))
    queue_job(waiting=timedelta(days=1), run_after=timezone.now() + timedelta(hours=1))
    Change.objects.create(resource="surveys", object_id=1, action="created")
    Change.objects.create(resource="surveys", object_id=2, action="created", cursor=1)

    assert sample(client, "gongdi_jobs", queue="default", state="ready") == 3
    assert 180 <= sample(client, "gongdi_job_wait_seconds", queue="default") < 240
    assert sample(client, "gongdi_changes_unnumbered") == 1
    assert sample(client, "gongdi_database_up") == 1


def test_webhooks_and_what_waits_for_them_are_told(client: Client) -> None:
    make_webhook()
    failing = make_webhook(failing_since=timezone.now())
    make_webhook(state="paused", failing_since=timezone.now())
    make_delivery(webhook=failing)
    make_delivery(webhook=failing)
    make_delivery(webhook=failing, state="delivered")

    assert sample(client, "gongdi_webhooks", state="active") == 2
    assert sample(client, "gongdi_webhooks", state="paused") == 1
    assert sample(client, "gongdi_webhooks_failing") == 1
    assert sample(client, "gongdi_webhook_deliveries_waiting") == 2


def test_without_a_database_the_rest_is_told(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def lost() -> Any:
        raise OperationalError("connection to 10.0.0.9 failed for user gongdi")

    monkeypatch.setattr(metrics, "GAUGES", [lost])

    told = client.get("/metrics").content.decode()

    assert "gongdi_database_up 0.0" in told
    assert "gongdi_request_seconds" in told
    assert "10.0.0.9" not in told


@pytest.mark.parametrize("address", ["10.1.2.3", "2001:db8::1", "", "nonsense"])
def test_whoever_is_not_named_finds_nothing(client: Client, address: str) -> None:
    assert client.get("/metrics", REMOTE_ADDR=address).status_code == 404


@pytest.mark.parametrize("header", ["x-forwarded-for", "forwarded", "x-forwarded-proto", "x-real-ip", "via"])
def test_nobody_reads_it_through_a_proxy_on_this_machine(client: Client, header: str) -> None:
    assert client.get("/metrics", headers={header: "10.1.2.3"}).status_code == 404


def test_other_networks_are_let_in_by_name(client: Client, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("METRICS_ALLOW", "10.0.0.0/8, 192.168.1.7")
    settings.METRICS_ALLOW = env.networks("METRICS_ALLOW", default=[])

    statuses = [
        client.get("/metrics", REMOTE_ADDR=address, headers={"host": "10.0.0.7:8000"}).status_code
        for address in ("10.1.2.3", "192.168.1.7")
    ]

    assert statuses == [200, 200]


COUNTS = """
import sys
from prometheus_client import CollectorRegistry, Counter, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
counter = Counter("seen", "Seen.")
counter.inc()
registry = CollectorRegistry()
MultiProcessCollector(registry)
sys.stdout.write(generate_latest(registry).decode())
"""


def test_workers_count_into_one_directory_that_goes_with_their_master(monkeypatch: pytest.MonkeyPatch) -> None:
    from config import gunicorn

    monkeypatch.delenv(metrics.DIRECTORY, raising=False)
    gunicorn.on_starting(None)
    directory = os.environ[metrics.DIRECTORY]

    told = [subprocess.run([sys.executable, "-c", COUNTS], capture_output=True, text=True).stdout for _ in range(2)]
    gunicorn.on_exit(None)

    assert ["seen_total 1.0" in told[0], "seen_total 2.0" in told[1]] == [True, True]
    assert not os.path.exists(directory)
    assert metrics.DIRECTORY not in os.environ
