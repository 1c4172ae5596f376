"""A survey's roll hangs on the roster that it was frozen from."""

from pathlib import Path

import pytest
from django.core.files.base import ContentFile

from consent.services.surveys import open_survey
from renovation.errors import ImportInUse
from renovation.models import Household
from renovation.services.roster_imports import keep_file, revert_import, run_import
from tests.consent.casts import make_policy
from tests.factories import make_menu_edition, make_neighbourhood, make_user


@pytest.mark.django_db
def test_an_import_whose_doors_are_on_a_roll_is_not_taken_back(settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path
    neighbourhood, worker = make_neighbourhood(), make_user()
    made = keep_file(
        neighbourhood=neighbourhood,
        file=ContentFile("楼栋,房号,户主\n1,101,张三\n1,门面1,李四\n".encode()),
        file_name="r.csv",
        mode="all_or_nothing",
        by=worker,
    )
    run_import(roster_import_id=made.pk)
    make_policy()
    make_menu_edition()
    open_survey(neighbourhood=neighbourhood, title="第一次", closes_on=None, by=worker)

    with pytest.raises(ImportInUse) as refusal:
        revert_import(roster_import=made, by=worker)

    assert ("rollentry", 1) in {(item["resource"], item["count"]) for item in refusal.value.extra["hanging"]}
    assert Household.objects.count() == 2
