"""A neighbourhood without a roster, somebody who may import one, and a place for the files."""

from pathlib import Path
from typing import Any

import pytest

from accounts.models import User
from renovation.models import Neighbourhood
from tests.factories import make_neighbourhood, make_user


@pytest.fixture(autouse=True)
def files_of_their_own(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def neighbourhood(db: None) -> Neighbourhood:
    return make_neighbourhood(name="黄龙小区", aliases="物资局宿舍,一建宿舍")


@pytest.fixture
def worker(neighbourhood: Neighbourhood) -> User:
    return make_user()
