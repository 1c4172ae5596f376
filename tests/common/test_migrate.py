"""An empty database is set up with the library's many steps first, while few models lead to the user."""

import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder


@pytest.mark.django_db
def test_the_librarys_migrations_are_applied_before_ours():
    order = list(MigrationRecorder(connection).migration_qs.order_by("pk").values_list("app", flat=True))

    last_of_theirs = max(place for place, app in enumerate(order) if app == "oauth2_provider")
    assert last_of_theirs < order.index("renovation")
