from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from tests.api.helpers import API, signed_in
from tests.cast import Cast
from tests.governance_rows.party import keep_boards, keep_party
from tests.governance_rows.upkeep import keep_upkeep

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("path", "route", "keep", "change"),
    [
        ("party-members", "party-member", keep_party, {}),
        ("notice-boards", "notice-board", keep_boards, {}),
        ("inspections", "inspection", keep_upkeep, {"title": "周巡查"}),
        ("upkeep-tasks", "upkeep-task", keep_upkeep, {"text": "换灯"}),
        ("contests", "contest", keep_upkeep, {"title": "最美楼道"}),
        ("contest-entries", "contest-entry", keep_upkeep, None),
    ],
)
def test_the_neighbourhood_is_locked_before_what_lies_in_it(
    cast: Cast, community_worker: User, path: str, route: str, keep: Any, change: dict[str, Any] | None
) -> None:
    """Writers of one place wait for each other instead of crossing."""
    row = keep(cast.home, cast.doors[0], community_worker)[route]
    client, url = signed_in(community_worker), f"{API}/{path}/{row}/"

    with CaptureQueriesContext(connection) as caught:
        answer = client.delete(url) if change is None else client.patch(url, change, format="json")

    locks = [query["sql"] for query in caught.captured_queries if "FOR UPDATE" in query["sql"]]
    assert answer.status_code in (200, 204, 409)
    assert 'FROM "renovation_neighbourhood"' in locks[0]


@pytest.mark.parametrize(
    ("path", "route", "step"),
    [
        ("service-records", "service-record", "approve"),
        ("responsibility-areas", "responsibility-area", "end"),
    ],
)
def test_a_version_is_compared_once_the_neighbourhood_is_locked(
    cast: Cast, community_worker: User, path: str, route: str, step: str
) -> None:
    row = keep_party(cast.home, cast.doors[0], community_worker)[route]
    client = signed_in(community_worker)

    with CaptureQueriesContext(connection) as caught:
        stale = client.post(f"{API}/{path}/{row}/{step}/", {}, format="json", HTTP_IF_MATCH='"0-0"')

    assert stale.status_code == 412
    assert [query["sql"] for query in caught.captured_queries if "FOR UPDATE" in query["sql"]] != []
