import random
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.db.models import F
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from accounts.models import Change, HistoryEntry, User
from renovation import jobs
from renovation.choices import ImportMode, ImportStatus
from renovation.errors import ImportInUse, NothingToRevert
from renovation.models import (
    Building,
    Household,
    Neighbourhood,
    Owner,
    Ownership,
    ParkingSpace,
    RosterImport,
    RosterMapping,
    Stairwell,
)
from renovation.reports.roster_imports import may_be_reverted
from renovation.services.roster_imports import (
    keep_file,
    queue_again,
    queue_import,
    revert_import,
    run_import,
)
from tests.factories import (
    give_role,
    make_building,
    make_household,
    make_neighbourhood,
    make_owner,
    make_ownership,
    make_parking_space,
)
from tests.renovation.roster_files import write_community_workbook, write_csv, write_property_system_workbook
from tests.renovation.roster_helpers import QUEUE_IN_THE_DATABASE, counts, do_import

HEADER = [
    "楼栋",
    "单元",
    "房号",
    "户主姓名",
    "业主姓名",
    "业主电话",
    "联系电话",
    "建筑面积",
    "产权性质",
    "居住情况",
    "备注",
]
FIRST = ["3栋", "1单元", "101", "张三", "张三", "13800138001", "13800138001", "86.5", "房改房", "自住", "独居"]
SECOND = ["3栋", "1单元", "102", "李四", "李四、王五", "", "", "90", "商品房", "出租", ""]
LATER = datetime(2026, 11, 24, 9, 0, tzinfo=timezone.get_fixed_timezone(480))


def roster(tmp_path: Path, *rows: Sequence[Any]) -> Path:
    return write_csv(tmp_path / "roster.csv", [HEADER, *rows])


def codes(made: RosterImport) -> list[tuple[int, str]]:
    return list(made.problems.order_by("id").values_list("row", "code"))


def changes(resource: str) -> set[tuple[int, str]]:
    return set(Change.objects.filter(resource=resource).values_list("object_id", "action"))


def everything() -> dict[str, list[dict[str, Any]]]:
    """All that an import may write, without the versions and times that every write moves."""
    moving = ("created_at", "updated_at", "version")
    return {
        model.__name__: [
            {name: value for name, value in row.items() if name not in moving}
            for row in model._default_manager.order_by("pk").values()
        ]
        for model in (Building, Stairwell, Household, Owner, Ownership, ParkingSpace)
    }


def test_a_roster_makes_buildings_stairwells_households_and_owners(
    neighbourhood: Neighbourhood, worker: User, tmp_path: Path
) -> None:
    made = do_import(neighbourhood, worker, roster(tmp_path, FIRST, SECOND))

    assert counts(made) == ("done", 2, 0, 0, 0)
    first, second = Household.objects.order_by("id")
    assert (str(first.building), str(first.stairwell), first.unit_number, first.floor) == ("3", "1", "101", 1)
    assert (first.head_name, first.phones, str(first.gross_floor_area)) == ("张三", ["13800138001"], "86.50")
    assert (first.use, first.tenure_type, first.occupancy, first.remarks) == (
        "residential",
        "reformed_public",
        "owner",
        "独居",
    )
    assert (first.neighbourhood, first.community_code) == (neighbourhood, neighbourhood.community_code)
    assert list(second.ownerships.order_by("id").values_list("owner__name", "is_voter", "starts_on", "ends_on")) == [
        ("李四", True, None, None),
        ("王五", False, None, None),
    ]
    assert Owner.objects.get(name="张三").phones == ["13800138001"]


def test_every_row_that_is_made_is_a_change_and_the_import_is_in_the_history(
    neighbourhood: Neighbourhood, worker: User, tmp_path: Path
) -> None:
    made = do_import(neighbourhood, worker, roster(tmp_path, FIRST, SECOND))

    for model in (Building, Stairwell, Household, Owner, Ownership):
        ids = set(model._default_manager.values_list("pk", flat=True))
        assert changes(model.resource) == {(key, "created") for key in ids}
        assert ids
    assert HistoryEntry.objects.filter(act="roster_imported", object_id=neighbourhood.pk, by=worker).count() == 1
    assert HistoryEntry.objects.filter(act="done", resource="roster-imports", object_id=made.pk).count() == 1
    assert Change.objects.filter(neighbourhood_code="").count() == 0


@pytest.mark.parametrize("mode", [ImportMode.ALL_OR_NOTHING, ImportMode.GOOD_ROWS])
def test_the_same_file_again_changes_nothing(
    neighbourhood: Neighbourhood, worker: User, tmp_path: Path, mode: str
) -> None:
    path = roster(tmp_path, FIRST, SECOND)
    do_import(neighbourhood, worker, path, mode)
    before = everything()
    changed = Change.objects.exclude(resource="roster-imports").count()

    again = do_import(neighbourhood, worker, path, mode)

    assert counts(again) == ("done", 0, 0, 2, 0)
    assert everything() == before
    assert Change.objects.exclude(resource="roster-imports").count() == changed
    assert not may_be_reverted(again)


def test_a_dry_run_counts_what_an_import_would_do_and_writes_nothing(
    neighbourhood: Neighbourhood, worker: User, tmp_path: Path
) -> None:
    do_import(neighbourhood, worker, roster(tmp_path, FIRST, SECOND))
    before = everything()
    changed = [*FIRST[:7], "88", *FIRST[8:]]
    path = roster(tmp_path, changed, SECOND, ["5栋", "", "101", *[""] * 8])

    dry = do_import(neighbourhood, worker, path, ImportMode.DRY_RUN)

    assert counts(dry) == ("done", 1, 1, 1, 0)
    assert everything() == before
    assert codes(dry) == [(4, "area_empty"), (4, "new_building")]
    assert counts(do_import(neighbourhood, worker, path)) == ("done", 1, 1, 1, 0)


def test_all_or_nothing_writes_nothing_where_a_row_cannot_be_placed(
    neighbourhood: Neighbourhood, worker: User, tmp_path: Path
) -> None:
    path = roster(tmp_path, FIRST, FIRST, SECOND)

    refused = do_import(neighbourhood, worker, path)
    good = do_import(neighbourhood, worker, path, ImportMode.GOOD_ROWS)

    assert counts(refused) == ("refused", 0, 0, 0, 1)
    assert refused.rows_read == 3
    assert codes(refused) == [(3, "same_unit_twice")]
    assert counts(good) == ("done", 2, 0, 0, 1)
    assert Household.objects.count() == 2


def test_warnings_hold_nothing_back(neighbourhood: Neighbourhood, worker: User, tmp_path: Path) -> None:
    row = ["3栋", "1单元", "101", "张三", "", "", "1380013800", "约八十", "啥", "啥", ""]

    made = do_import(neighbourhood, worker, roster(tmp_path, row))

    assert counts(made) == ("done", 1, 0, 0, 0)
    assert {code for _row, code in codes(made)} == {
        "phone_digits",
        "area_unreadable",
        "tenure_unreadable",
        "occupancy_unreadable",
    }
    assert Household.objects.get().gross_floor_area is None


def test_what_the_file_does_not_say_stays(neighbourhood: Neighbourhood, worker: User, tmp_path: Path) -> None:
    do_import(neighbourhood, worker, roster(tmp_path, FIRST))
    Household.objects.update(floor=7, use="shop")

    again = do_import(neighbourhood, worker, roster(tmp_path, ["三栋", "一单元", "101", *[""] * 8]))

    assert counts(again) == ("done", 0, 0, 1, 0)
    household = Household.objects.get()
    assert (household.floor, household.use, household.head_name) == (7, "shop", "张三")
    assert Ownership.objects.filter(ends_on=None).count() == 1


def test_households_are_matched_by_place_and_never_by_name(
    neighbourhood: Neighbourhood, worker: User, tmp_path: Path
) -> None:
    do_import(neighbourhood, worker, roster(tmp_path, FIRST))

    moved = do_import(neighbourhood, worker, roster(tmp_path, ["3栋", "1单元", "201", "张三", *[""] * 7]))

    assert counts(moved) == ("done", 1, 0, 0, 0)
    assert Household.objects.filter(head_name="张三").count() == 2


def test_changes_say_in_which_grid_a_row_lies(neighbourhood: Neighbourhood, worker: User, tmp_path: Path) -> None:
    grids = {neighbourhood.community_code + "001", neighbourhood.community_code + "002"}
    for number, grid in zip(("3", "4"), sorted(grids), strict=True):
        make_building(neighbourhood=neighbourhood, number=number, grid=grid)
    fourth = ["4栋", *FIRST[1:]]

    def told() -> set[tuple[str, str, str | None]]:
        rows = Change.objects.exclude(resource__in=["roster-imports", "neighbourhoods"]).filter(cursor=None)
        found = set(rows.values_list("resource", "action", "grid"))
        rows.update(cursor=F("id"))
        return found

    below = {(resource, grid) for resource in ("stairwells", "households", "ownerships") for grid in grids}
    made = do_import(neighbourhood, worker, roster(tmp_path, FIRST, fourth))
    assert told() == {("owners", "created", None), *((resource, "created", grid) for resource, grid in below)}
    revert_import(roster_import=made, by=worker)
    assert told() == {("owners", "deleted", None), *((resource, "deleted", grid) for resource, grid in below)}

    do_import(neighbourhood, worker, roster(tmp_path, FIRST, fourth))
    told()
    changed = do_import(neighbourhood, worker, roster(tmp_path, [*FIRST[:7], "88", *FIRST[8:]], fourth))
    assert told() == {("households", "updated", min(grids))}
    revert_import(roster_import=changed, by=worker)
    assert told() == {("households", "updated", min(grids))}


def test_a_changed_row_grows_its_version_and_names_its_fields(
    neighbourhood: Neighbourhood, worker: User, tmp_path: Path
) -> None:
    do_import(neighbourhood, worker, roster(tmp_path, FIRST))
    other = [*FIRST[:3], "张三丰", *FIRST[4:7], "88", *FIRST[8:]]

    made = do_import(neighbourhood, worker, roster(tmp_path, other))

    household = Household.objects.get()
    assert counts(made) == ("done", 0, 1, 0, 0)
    assert (household.version, household.head_name, str(household.gross_floor_area)) == (2, "张三丰", "88.00")
    change = Change.objects.get(resource="households", action="updated")
    assert (change.object_id, change.fields) == (household.pk, ["gross_floor_area", "head_name"])


def test_another_owner_ends_the_ownership_before_with_a_date(
    neighbourhood: Neighbourhood, worker: User, tmp_path: Path
) -> None:
    do_import(neighbourhood, worker, roster(tmp_path, SECOND))
    sold = [*SECOND[:4], "王五、赵六", *SECOND[5:]]

    made = do_import(neighbourhood, worker, roster(tmp_path, sold), at=LATER)

    assert counts(made) == ("done", 0, 1, 0, 0)
    assert codes(made) == [(2, "owner_changed")]
    held = Ownership.objects.order_by("id").values_list("owner__name", "is_voter", "starts_on", "ends_on")
    assert list(held) == [
        ("李四", True, None, date(2026, 11, 23)),
        ("王五", True, None, None),
        ("赵六", False, date(2026, 11, 24), None),
    ]
    assert set(
        Change.objects.filter(resource="ownerships", action="updated").values_list("fields", flat=True).first() or ()
    ) == {"ends_on", "is_voter"}


def test_the_same_name_in_two_households_is_not_the_same_owner(
    neighbourhood: Neighbourhood, worker: User, tmp_path: Path
) -> None:
    other = [*FIRST[:2], "201", *FIRST[3:]]

    do_import(neighbourhood, worker, roster(tmp_path, FIRST, other))

    assert Owner.objects.filter(name="张三").count() == 2


def test_an_owner_of_two_households_has_the_numbers_of_both_rows(
    neighbourhood: Neighbourhood, worker: User, tmp_path: Path
) -> None:
    owner = make_owner(neighbourhood=neighbourhood, name="张三")
    doors = [make_household(neighbourhood=neighbourhood) for _door in range(2)]
    for door in doors:
        make_ownership(household=door, owner=owner)
    rows = [
        [str(door.building), str(door.stairwell), door.unit_number, "", "张三", phone, "", "", "", "", ""]
        for door, phone in zip(doors, ("13800138002", "13800138001"), strict=True)
    ]

    made = do_import(neighbourhood, worker, roster(tmp_path, *rows))
    again = do_import(neighbourhood, worker, roster(tmp_path, *rows))

    owner.refresh_from_db()
    assert (counts(made), counts(again)) == (("done", 0, 2, 0, 0), ("done", 0, 0, 2, 0))
    assert (owner.phones, owner.version) == (["13800138002", "13800138001"], 2)


def test_a_retired_household_is_kept_out(neighbourhood: Neighbourhood, worker: User, tmp_path: Path) -> None:
    do_import(neighbourhood, worker, roster(tmp_path, FIRST, SECOND))
    Household.objects.filter(unit_number="101").update(retired_at=timezone.now(), head_name="")

    made = do_import(neighbourhood, worker, roster(tmp_path, FIRST, SECOND), ImportMode.GOOD_ROWS)

    assert counts(made) == ("done", 0, 0, 1, 1)
    assert codes(made) == [(2, "household_retired")]
    assert Household.objects.get(unit_number="101").head_name == ""


def test_a_property_systems_export_with_its_parking(neighbourhood: Neighbourhood, worker: User, tmp_path: Path) -> None:
    path = write_property_system_workbook(tmp_path / "r.xlsx")

    made = do_import(neighbourhood, worker, path, ImportMode.GOOD_ROWS)
    again = do_import(neighbourhood, worker, path, ImportMode.GOOD_ROWS)

    assert counts(made) == ("done", 4, 0, 0, 2)
    assert counts(again) == ("done", 0, 0, 4, 2)
    assert made.rows_read == made.created + made.rejected
    assert list(Owner.objects.order_by("id").values_list("name", "kind")) == [
        ("张三", "person"),
        ("李四", "person"),
        ("宜昌某某有限公司", "company"),
        ("张三", "person"),
    ]
    spaces = ParkingSpace.objects.order_by("number").values_list(
        "number", "ownership", "area", "household__unit_number"
    )
    assert [(number, kind, area and str(area), door) for number, kind, area, door in spaces] == [
        ("A-01", "planned", "12.50", "101"),
        ("A-02", "shared_land", None, "201"),
    ]
    assert set(ParkingSpace.objects.values_list("version", flat=True)) == {1}


def test_a_communitys_workbook_and_its_identity_numbers(
    neighbourhood: Neighbourhood, worker: User, tmp_path: Path
) -> None:
    made = do_import(neighbourhood, worker, write_community_workbook(tmp_path / "r.xlsx"), ImportMode.GOOD_ROWS)

    assert counts(made) == ("done", 11, 0, 0, 2)
    assert "420502" in str(Household.objects.values_list("community_code", flat=True).first())
    kept = [*Household.objects.values_list("head_name", "phones", "remarks"), *made.problems.values_list("params")]
    assert not any("19500101" in str(row) or "19600101" in str(row) for row in kept)
    fates = {column["header"]: column["fate"] for column in made.columns}
    assert (fates["身份证号"], fates["是否党员"]) == ("identity", "sensitive")


@pytest.mark.parametrize("known", [True, False])
def test_an_import_of_parking_spaces_alone_counts_and_can_be_taken_back(
    neighbourhood: Neighbourhood, worker: User, tmp_path: Path, known: bool
) -> None:
    door = make_household(neighbourhood=neighbourhood, unit_number="101", floor=1)
    if known:
        make_parking_space(neighbourhood=neighbourhood, number="A-01")
    before = everything()
    path = write_csv(
        tmp_path / "spaces.csv",
        [["楼栋", "单元", "房号", "车位"], [str(door.building), str(door.stairwell), door.unit_number, "A-01"]],
    )

    checked = do_import(neighbourhood, worker, path, ImportMode.DRY_RUN)
    made = do_import(neighbourhood, worker, path)
    holder = ParkingSpace.objects.get().household
    again = do_import(neighbourhood, worker, path)
    # What was written says it, not the figures: a space that belongs to no household is in none of them.
    RosterImport.objects.filter(pk=made.pk).update(updated=0)
    revert_import(roster_import=made, by=worker)

    assert [counts(each) for each in (checked, made, again)] == [
        ("done", 0, 1, 0, 0),
        ("done", 0, 1, 0, 0),
        ("done", 0, 0, 1, 0),
    ]
    assert holder == door
    assert everything() == before


# --- Taking an import back -------------------------------------------------------------------------


def test_an_import_is_taken_back_to_the_letter(neighbourhood: Neighbourhood, worker: User, tmp_path: Path) -> None:
    do_import(neighbourhood, worker, write_property_system_workbook(tmp_path / "r.xlsx"), ImportMode.GOOD_ROWS)
    before = everything()
    second = do_import(
        neighbourhood,
        worker,
        write_csv(
            tmp_path / "later.csv",
            [
                ["楼栋", "单元", "房号", "户主", "电话", "业主", "业主电话", "建筑面积", "车位"],
                ["1", "1", "101", "新户主", "13900000001", "新业主", "", 99, "A-02"],
                ["1", "2", "101", "", "", "宜昌某某有限公司", "0717-6220000", "", "B-01"],
                ["9", "3", "501", "别人", "", "别人", "", 70, ""],
            ],
        ),
        at=LATER,
    )
    assert counts(second) == ("done", 1, 2, 0, 0)
    assert everything() != before

    revert_import(roster_import=second, by=worker)

    second.refresh_from_db()
    assert (second.status, second.reverted_by) == (ImportStatus.REVERTED, worker)
    assert everything() == before
    assert "deleted" in {action for _key, action in changes("households")}
    with pytest.raises(NothingToRevert):
        revert_import(roster_import=second, by=worker)


def test_a_whole_first_import_can_be_taken_back(neighbourhood: Neighbourhood, worker: User, tmp_path: Path) -> None:
    made = do_import(neighbourhood, worker, roster(tmp_path, FIRST, SECOND))

    revert_import(roster_import=made, by=worker)

    assert not any(everything().values())
    assert counts(do_import(neighbourhood, worker, roster(tmp_path, FIRST, SECOND))) == ("done", 2, 0, 0, 0)


def test_what_hangs_on_an_imports_rows_is_named(neighbourhood: Neighbourhood, worker: User, tmp_path: Path) -> None:
    made = do_import(neighbourhood, worker, roster(tmp_path, FIRST, SECOND))
    make_household(stairwell=Stairwell.objects.get(), unit_number="999")
    owned = Household.objects.get(unit_number="101")
    Ownership.objects.filter(household=owned).update(is_voter=False)
    make_ownership(household=owned)
    owned.head_name = "改过"
    owned.save(update_fields=["head_name"])

    with pytest.raises(ImportInUse) as refusal:
        revert_import(roster_import=made, by=worker)

    hanging = {(item["resource"], item["count"]) for item in refusal.value.extra["hanging"]}
    assert hanging == {("households", 1), ("ownerships", 1)}
    assert len(refusal.value.extra["hanging"]) == 4
    assert Household.objects.count() == 3


def test_a_later_import_that_changed_the_rows_holds_the_earlier_one(
    neighbourhood: Neighbourhood, worker: User, tmp_path: Path
) -> None:
    first = do_import(neighbourhood, worker, roster(tmp_path, FIRST))
    second = do_import(neighbourhood, worker, roster(tmp_path, [*FIRST[:7], "88", *FIRST[8:]]))

    with pytest.raises(ImportInUse):
        revert_import(roster_import=first, by=worker)
    revert_import(roster_import=second, by=worker)

    assert str(Household.objects.get().gross_floor_area) == "86.50"


@pytest.mark.parametrize("mode", [ImportMode.DRY_RUN, ImportMode.ALL_OR_NOTHING])
def test_what_wrote_nothing_cannot_be_taken_back(
    neighbourhood: Neighbourhood, worker: User, tmp_path: Path, mode: str
) -> None:
    made = do_import(neighbourhood, worker, roster(tmp_path, FIRST, FIRST), mode)

    with pytest.raises(NothingToRevert):
        revert_import(roster_import=made, by=worker)


# --- Files, mappings and callers -------------------------------------------------------------------


def test_a_file_that_cannot_be_read_is_refused_with_its_reason(
    neighbourhood: Neighbourhood, worker: User, tmp_path: Path
) -> None:
    path = tmp_path / "roster.xlsx"
    path.write_bytes(b"%PDF-1.4 a scan")

    made = do_import(neighbourhood, worker, path)

    assert counts(made) == ("refused", 0, 0, 0, 0)
    assert codes(made) == [(0, "file_of_unknown_kind")]


def test_csv_that_breaks_off_in_the_middle_leaves_nothing(
    neighbourhood: Neighbourhood, worker: User, tmp_path: Path
) -> None:
    path = roster(tmp_path, *([*FIRST[:2], str(1000 + number), *FIRST[3:]] for number in range(600)))
    with path.open("a", encoding="utf-8") as file:
        file.write('3,1,"' + "x" * 200_000)

    made = do_import(neighbourhood, worker, path)

    assert counts(made) == ("refused", 0, 0, 0, 0)
    assert codes(made) == [(0, "file_damaged_at_line")]
    assert Household.objects.count() == 0


def test_a_mapping_is_used_and_remembered_for_the_communitys_next_file_of_that_shape(
    neighbourhood: Neighbourhood, worker: User, tmp_path: Path
) -> None:
    def odd(area: int) -> Path:
        return write_csv(tmp_path / "odd.csv", [["楼栋", "子丑", "寅卯"], ["3", "101", area]])

    unknown = do_import(neighbourhood, worker, odd(80), ImportMode.DRY_RUN)
    mapping = {"子丑": "unit_number", "寅卯": "gross_floor_area"}
    mapped = queue_again(roster_import=unknown, mode=ImportMode.ALL_OR_NOTHING, by=worker, mapping=mapping)
    run_import(roster_import_id=mapped.pk)
    next_one = do_import(neighbourhood, worker, odd(81))
    elsewhere = do_import(
        make_neighbourhood(community_code="420502001002"),
        give_role(worker, "community_staff", "420502001002").user,
        odd(82),
    )

    mapped.refresh_from_db()
    assert counts(unknown) == ("refused", 0, 0, 0, 0)
    assert [code for _row, code in codes(unknown)] == ["no_table_found", "unknown_column", "unknown_column"]
    assert counts(mapped) == ("done", 1, 0, 0, 0)
    assert mapped.sha256 == unknown.sha256
    assert (counts(next_one), next_one.mapping) == (("done", 0, 1, 0, 0), mapping)
    assert elsewhere.status == ImportStatus.REFUSED
    assert RosterMapping.objects.get().mapping == mapping


def test_an_import_runs_with_the_rights_of_who_queued_it(
    neighbourhood: Neighbourhood, worker: User, tmp_path: Path
) -> None:
    path = roster(tmp_path, FIRST)
    made = keep_file(
        neighbourhood=neighbourhood, file=ContentFile(path.read_bytes()), file_name="r.csv", mode="good_rows", by=worker
    )
    worker.assignments.all().delete()

    run_import(roster_import_id=made.pk)

    made.refresh_from_db()
    assert made.status == ImportStatus.REFUSED
    assert codes(made) == [(0, "not_allowed")]
    assert Household.objects.count() == 0


def test_the_job_reads_a_queued_import_once(neighbourhood: Neighbourhood, worker: User, tmp_path: Path) -> None:
    path = roster(tmp_path, FIRST)
    made = queue_import(
        neighbourhood=neighbourhood, file=ContentFile(path.read_bytes()), file_name="r.csv", mode="good_rows", by=worker
    )
    jobs.run_roster_import.call(made.pk)

    made.refresh_from_db()
    assert counts(made) == ("done", 1, 0, 0, 0)
    assert made.finished_at is not None
    assert HistoryEntry.objects.filter(act="roster_imported").count() == 1


def test_an_import_and_its_job_are_queued_in_one_transaction(
    neighbourhood: Neighbourhood, worker: User, tmp_path: Path, settings: Any
) -> None:
    settings.TASKS = QUEUE_IN_THE_DATABASE
    path = roster(tmp_path, FIRST)

    made = queue_import(
        neighbourhood=neighbourhood, file=ContentFile(path.read_bytes()), file_name="r.csv", mode="good_rows", by=worker
    )

    assert [job.args_kwargs["args"] for job in DBTaskResult.objects.all()] == [[made.pk]]
    assert made.status == ImportStatus.QUEUED


def test_an_import_that_breaks_off_is_run_once_more_and_then_refused(
    neighbourhood: Neighbourhood, worker: User, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = roster(tmp_path, FIRST)
    made = keep_file(
        neighbourhood=neighbourhood, file=ContentFile(path.read_bytes()), file_name="r.csv", mode="good_rows", by=worker
    )
    runs: list[int] = []

    def break_off(*_args: Any) -> None:
        runs.append(made.pk)
        raise SystemExit

    monkeypatch.setattr("renovation.services.roster_imports._load", break_off)
    for _run in range(2):
        with pytest.raises(SystemExit):
            run_import(roster_import_id=made.pk)
    run_import(roster_import_id=made.pk)

    made.refresh_from_db()
    assert len(runs) == 2
    assert made.status == ImportStatus.REFUSED
    assert codes(made) == [(0, "import_failed")]


@pytest.mark.parametrize("seed", range(3))
def test_whatever_stands_in_the_cells_the_database_takes_what_was_read(
    neighbourhood: Neighbourhood, worker: User, tmp_path: Path, seed: int
) -> None:
    chance = random.Random(seed)
    odd = [
        "",
        "\t",
        "\\N",
        "\\.",
        "{",
        "}",
        "\x07",
        "'",
        '"',
        "1" * 30,
        "九" * 30,
        "3栋" * 9,
        "-1",
        "1e9",
        "合计",
        "𠮷",
        "\u202e",
    ]
    plain = [
        "3栋",
        "1单元",
        "101",
        "302-1",
        "门面1",
        "张三",
        "张三、李四",
        "13800138000",
        "86.5",
        "住宅",
        "自住",
        "公司" * 30,
    ]

    def cell() -> str:
        return "".join(chance.choices(odd if chance.random() < 0.4 else plain, k=chance.choice([1, 1, 1, 2])))

    path = roster(tmp_path, *([cell() for _column in HEADER] for _row in range(200)))

    made = do_import(neighbourhood, worker, path, ImportMode.GOOD_ROWS)

    assert made.status == ImportStatus.DONE
    assert made.created > 0
    assert counts(do_import(neighbourhood, worker, path, ImportMode.GOOD_ROWS))[:3] == ("done", 0, 0)
