import io
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from accounts.models import User
from renovation.models import Household, Neighbourhood
from tests.renovation.roster_helpers import do_import

ROWS = "楼栋,房号,户主,建筑面积,子丑\n1,101,张三,80,甲\n1,101,李四,81,乙\n"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "r.csv"
    file.write_text(ROWS, encoding="utf-8")
    return file


def call(*words: object) -> str:
    output = io.StringIO()
    call_command("import_roster", *map(str, words), stdout=output)
    return output.getvalue()


def test_a_dry_run_prints_every_problem_and_writes_nothing(
    neighbourhood: Neighbourhood, worker: User, path: Path
) -> None:
    lines = call(neighbourhood.code, path, "--by", worker.username).splitlines()

    assert [line.split("\t")[:5] for line in lines[:-1]] == [
        ["", "1", "E", "warning", "unknown_column"],
        ["", "3", "B", "error", "same_unit_twice"],
    ]
    assert lines[-1].startswith("done: 2 rows, 1 created, 0 updated, 0 unchanged, 1 kept out")
    assert not Household.objects.exists()


def test_it_imports_with_a_mapping(neighbourhood: Neighbourhood, worker: User, path: Path) -> None:
    words = (
        neighbourhood.code,
        path,
        "--by",
        worker.username,
        "--mode",
        "good_rows",
        "--mapping",
        '{"子丑": "remarks"}',
    )

    first, second = call(*words), call(*words)

    assert Household.objects.get().remarks == "甲"
    assert "1 created" in first
    assert "0 created, 0 updated, 1 unchanged" in second


def test_a_refusal_fails(neighbourhood: Neighbourhood, worker: User, path: Path) -> None:
    with pytest.raises(CommandError):
        call(neighbourhood.code, path, "--by", worker.username, "--mode", "all_or_nothing")


@pytest.mark.parametrize(
    ("code", "by", "file"), [("420502001001-999", "", ""), ("", "nobody", ""), ("", "", "/nowhere/r.csv")]
)
def test_what_is_not_there_is_said(
    neighbourhood: Neighbourhood, worker: User, path: Path, code: str, by: str, file: str
) -> None:
    with pytest.raises(CommandError):
        call(code or neighbourhood.code, file or path, "--by", by or worker.username)


def test_a_user_who_may_not_import_is_refused(neighbourhood: Neighbourhood, worker: User, path: Path) -> None:
    worker.assignments.update(role="district_official", territory="420502")

    with pytest.raises(CommandError):
        call(neighbourhood.code, path, "--by", worker.username, "--mode", "good_rows")

    assert not Household.objects.exists()
    assert do_import(neighbourhood, worker, path).problems.get().code == "not_allowed"
