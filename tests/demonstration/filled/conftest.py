from collections.abc import Iterator

import pytest
from django.db import transaction

from demonstration.services.small import fill_small
from tests.demonstration.conftest import NOW


@pytest.fixture(scope="package")
def small_city(django_db_setup, django_db_blocker) -> Iterator[None]:
    """The small city, filled once for all these modules; each test's own transaction lies inside this one.

    It stays until the last test of this folder: tests that want an empty city stand beside the folder.
    """
    with django_db_blocker.unblock(), transaction.atomic():
        fill_small(now=NOW)
        yield
        transaction.set_rollback(True)
