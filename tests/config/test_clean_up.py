"""Tests with real commits leave nothing behind, and leave the ledgers closed."""

import pytest
from django.db import IntegrityError, connection

from accounts.models import HistoryEntry

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("_", ["first", "after a clean-up"])
def test_a_ledger_starts_empty_and_refuses_truncate(_):
    assert HistoryEntry.objects.count() == 0

    HistoryEntry.objects.create(act="tested", resource="tests", object_id=1)

    with pytest.raises(IntegrityError, match="append-only"), connection.cursor() as cursor:
        cursor.execute("TRUNCATE accounts_historyentry CASCADE")
    assert HistoryEntry.objects.count() == 1
