from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from django.db import transaction

from demonstration.services.small import fill_small

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)


@pytest.fixture(scope="package")
def small_city(django_db_setup, django_db_blocker) -> Iterator[None]:
    """The small city, filled once for all these modules; each test's own transaction lies inside this one."""
    with django_db_blocker.unblock(), transaction.atomic():
        fill_small(now=NOW)
        yield
        transaction.set_rollback(True)


@pytest.fixture(autouse=True)
def passwords_elsewhere(settings, tmp_path) -> None:
    settings.VAR_DIR = tmp_path
