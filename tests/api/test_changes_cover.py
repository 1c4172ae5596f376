"""The watch under which the stories run sees what was not told, and integrators are told what follows from what."""

import pytest

from accounts.rules.roles import RESOURCE_ACTS
from accounts.services.change_rows import tell_changes
from renovation.models import Household
from tests.api.helpers import API, signed_in
from tests.api.watching import followed, lists, watched
from tests.cast import Cast
from tests.factories import make_user

pytestmark = pytest.mark.django_db

OWN = {"exports"}
"""What a caller made for itself, and alone sees."""


def test_what_reads_otherwise_and_was_not_told_is_found(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    worker = signed_in(make_user())
    tells = True

    def change(row: Household, **values: object) -> Household:
        Household.objects.filter(pk=row.pk).update(floor=values["floor"])
        if tells:
            tell_changes([row], fields=["floor"])
        return Household.objects.get(pk=row.pk)

    monkeypatch.setattr("renovation.api.base.change_row", change)
    with watched(each=1) as watch:
        for door, floor in ((0, 3), (1, 4)):
            path = f"{API}/households/{cast.doors[door].pk}/"
            assert worker.patch(path, {"floor": floor}, format="json").status_code == 200
            tells = False

    assert watch.seen == {"households"}
    assert watch.faults == {"households: floor": {"PATCH /api/v1/households/7/"}}


def test_what_a_story_put_there_by_itself_is_no_fault_of_a_request(cast: Cast) -> None:
    worker = signed_in(make_user())

    with watched(each=1) as watch:
        Household.objects.filter(pk=cast.doors[0].pk).update(floor=5)
        worker.patch(f"{API}/households/{cast.doors[1].pk}/", {"floor": 2}, format="json")

    assert watch.faults == {}


def test_every_list_has_changes_of_its_own_or_follows_what_has() -> None:
    follows = followed()
    names = {path.rsplit("/", 1)[-1] for path in lists()} - OWN

    assert {name for name in names if name not in RESOURCE_ACTS and name not in follows} == {"photos"}
    assert set(follows) - names == set()
    assert {one for all_of_it in follows.values() for one in all_of_it} <= set(RESOURCE_ACTS)
