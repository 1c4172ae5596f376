"""What docs/roster-import.md promises integrators."""

from pathlib import Path

from django.conf import settings

from accounts.models import User
from renovation.models import Household, Neighbourhood
from renovation.rules.roster.columns import MAPPABLE
from renovation.rules.roster.problems import ERRORS
from tests.renovation.roster_helpers import counts, do_import

PAGE = (Path(settings.BASE_DIR) / "docs" / "roster-import.md").read_text(encoding="utf-8")


def test_the_csv_on_the_page_needs_no_mapping(neighbourhood: Neighbourhood, worker: User, tmp_path: Path) -> None:
    lines = PAGE.splitlines()
    start = next(number for number, line in enumerate(lines) if line.strip().startswith("building,stairwell"))
    path = tmp_path / "r.csv"
    path.write_text("\n".join(line.strip() for line in lines[start : start + 2]), encoding="utf-8")

    made = do_import(neighbourhood, worker, path)

    assert counts(made) == ("done", 1, 0, 0, 0)
    assert not made.problems.exists()
    door = Household.objects.get()
    assert (door.unit_number, door.floor, door.occupancy, door.tenure_type) == ("0302", 3, "owner", "reformed_public")
    assert [ownership.owner.name for ownership in door.ownerships.all()] == ["张三"]


def test_the_page_names_every_field_and_every_code_that_keeps_a_row_out() -> None:
    assert [field.value for field in MAPPABLE if f"`{field.value}`" not in PAGE] == []
    assert [code for code in sorted(ERRORS) if f"`{code}`" not in PAGE] == []
