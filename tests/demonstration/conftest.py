from datetime import UTC, datetime

import pytest

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def passwords_elsewhere(settings, tmp_path) -> None:
    settings.VAR_DIR = tmp_path
