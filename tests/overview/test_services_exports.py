"""Exports: what stands in the file, who may ask for what, and that a file is made once and goes away."""

import csv
from datetime import timedelta
from io import BytesIO, StringIO

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.storage import FileSystemStorage
from django.core.management import call_command
from django.db import connection
from django.utils import timezone
from openpyxl import load_workbook
from rest_framework.exceptions import APIException

from accounts.choices import Act, Role
from accounts.models import HistoryEntry
from overview.errors import ExportExpired, TooManyExports
from overview.models import Export
from overview.prints.bundles import PRINTS
from overview.services.exports import asking, files, making
from overview.services.exports.asking import queue_export
from overview.services.exports.fetching import forget_exports, open_file
from overview.services.exports.lists import UnknownList, is_list, open_list
from overview.services.exports.making import ATTEMPTS, make_export
from overview.services.exports.personal import PUBLIC
from overview.sheets import SHEETS
from overview.sheets.frame import HIDDEN, Column, Kind, Sheet, share_of
from renovation.models import Neighbourhood
from tests.cast import HERE
from tests.factories import make_client, make_user
from tests.walk import Home, routes

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


@pytest.fixture
def official(cast):
    return make_user(Role.DISTRICT_OFFICIAL, HERE[:6], username="district")


def ask(by, subject="neighbourhood-list", format="xlsx", **fields):
    return queue_export(**{"subject": subject, "format": format, "by": by, "language": "en", "filters": {}, **fields})


def content(export) -> bytes:
    with open_file(export=export) as file:
        return file.read()


def cells(export) -> list[list]:
    sheet = load_workbook(BytesIO(content(export))).worksheets[0]
    return [[cell.value for cell in row] for row in sheet.iter_rows()]


def lines(export) -> list[list[str]]:
    raw = content(export)
    assert raw.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(raw.decode("utf-8-sig").splitlines()))


def a_sheet(rows, columns, **fields) -> Sheet:
    return Sheet("a-sheet", "A sheet", "", [Act.REGISTRY], columns, lambda asked: iter(rows), **fields)


@pytest.fixture
def put(monkeypatch):
    """Put a sheet in place of all others."""
    return lambda sheet: [
        monkeypatch.setattr(f"overview.services.exports.{name}.SHEETS", {sheet.name: sheet}) for name in ["sources"]
    ]


# --- What stands in the file -------------------------------------------------------------------------


def test_a_workbook_has_title_place_headings_rows_and_totals(cast, official):
    Neighbourhood.objects.filter(pk=cast.home.pk).update(longitude="111.2864", latitude="30.6919")
    export = ask(official, filters={"division": HERE[:6]})

    rows = cells(export)
    assert (export.state, export.rows_done, export.rows_total) == ("done", 2, 2)
    assert rows[0][0] == "List of neighbourhoods"
    assert "As of" in rows[1][0]
    assert rows[2][:2] == ["Code", "Neighbourhood"]
    assert [row[1] for row in rows[3:5]] == ["嘉明花园", "宜港小区"]
    assert rows[3][0] == cast.home.code
    assert (rows[3][-2:], rows[4][-2:]) == ([111.2864, 30.6919], [None, None])
    assert rows[-1] == ["Total", *[None] * 5, 6, 346, None, None]
    merged = load_workbook(BytesIO(content(export))).worksheets[0].merged_cells.ranges
    assert "A1:J1" in {str(found) for found in merged}


def test_text_stays_text_and_no_cell_is_a_formula(official, put):
    columns = [Column("unit", "Unit"), Column("phone", "Phone"), Column("note", "Note")]
    put(a_sheet([("0302", "13812342071", '=HYPERLINK("x")')], columns))

    sheet = load_workbook(BytesIO(content(ask(official, "a-sheet")))).worksheets[0]
    row = list(sheet.iter_rows())[-1]

    assert [cell.value for cell in row] == ["0302", "13812342071", '=HYPERLINK("x")']
    assert [cell.data_type for cell in row[:2]] == ["s", "s"]
    assert b"<f>" not in content(ask(official, "a-sheet"))
    assert lines(ask(official, "a-sheet", "csv"))[1] == ["0302", "13812342071", '\'=HYPERLINK("x")']


def test_totals_are_summed_and_cut_and_leave_out_what_is_hidden(official, put):
    columns = [
        Column("name", "Name"),
        Column("doors", "Doors", Kind.COUNT, sums=True),
        Column("few", "Few", Kind.COUNT, sums=True),
        Column("none", "None", Kind.COUNT, sums=True),
        Column("rate", "Rate", Kind.SHARE),
    ]
    rows = [("a", 2, 7, HIDDEN, share_of(2, 3)), ("b", 1, HIDDEN, HIDDEN, None)]
    put(
        a_sheet(rows, columns, totals=lambda sums: {"rate": share_of(sums["doors"], 4), "name": f"{sums['rows']} rows"})
    )

    found = cells(ask(official, "a-sheet"))

    assert found[-3:] == [
        ["a", 2, 7, "fewer than 5", 0.6666],
        ["b", 1, "fewer than 5", "fewer than 5", "no data"],
        ["2 rows", 3, 7, "fewer than 5", 0.75],
    ]


def test_totals_that_may_not_be_mixed_stand_apart(official, put):
    columns = [Column("name", "Name"), Column("fee", "Fee"), Column("paid", "Paid", Kind.COUNT, sums=True)]
    rows = [("a", "property", 6), ("b", "property", 2), ("a", "parking", 1)]
    put(a_sheet(rows, columns, apart="fee"))

    assert cells(ask(official, "a-sheet"))[-2:] == [["Total", "property", 8], ["Total", "parking", 1]]
    assert SHEETS["collection"].apart == "kind"


def test_a_full_worksheet_goes_on_to_the_next_one(official, put, monkeypatch):
    monkeypatch.setattr(files, "LARGEST_SHEET", 2)
    put(a_sheet([(number,) for number in range(4)], [Column("n", "N", Kind.COUNT, sums=True)]))

    book = load_workbook(BytesIO(content(ask(official, "a-sheet"))))

    assert book.sheetnames == ["A sheet", "A sheet (2)"]
    assert [row[0].value for row in list(book.worksheets[1].iter_rows())[-3:]] == [2, 3, 6]


# --- Lists of the API --------------------------------------------------------------------------------


def test_a_list_of_the_api_is_exported_by_its_own_names_and_filters(cast, official):
    rows = lines(ask(official, "households", "csv", filters={"neighbourhood": cast.home.pk}))

    assert rows[0][:5] == ["id", "neighbourhood", "building", "stairwell", "unit_number"]
    assert [row[0] for row in rows[1:]] == [str(door.pk) for door in cast.doors]
    assert "周敏" not in str(rows)


def test_personal_fields_stand_in_full_only_on_a_reason_and_only_for_who_reads_them(cast, community_worker, official):
    unasked = lines(ask(community_worker, "households", "csv"))
    asked = ask(community_worker, "households", "csv", reason="核对花名册")
    of_official = lines(ask(official, "households", "csv", reason="核对花名册"))

    assert "周敏" not in str(unasked)
    assert "周敏" in str(lines(asked))
    assert "周敏" not in str(of_official)
    logged = HistoryEntry.objects.filter(resource="exports", object_id=asked.pk).order_by("pk")
    assert [(entry.act, entry.details["reason"]) for entry in logged] == [
        ("export_asked", "核对花名册"),
        ("export_fetched", "核对花名册"),
    ]


# Who stands in the home's rows, by name or phone.
PEOPLE = (
    *(
        "周敏",
        "王业主",
        "本小区党员",
        "本小区楼长",
        "本小区签字人",
        "本小区来人",
        "本小区租客",
        "本小区赵",
        "本小区主任",
    ),
    *("13812342071", "15400000077"),
)


def named_to(caller, home: Home, reason="") -> dict[str, set[str]]:
    """Which lists of the API name somebody in a file of this caller's, and whom."""
    found = {}
    for route in routes():
        name = route.address(home).split("?")[0].removeprefix("/api/v1/").strip("/") if "/api/v1/" in route.path else ""
        try:
            text = str(list(open_list(name, caller=caller, filters={}, reason=reason).rows()))
        except (UnknownList, APIException, PermissionDenied):
            continue
        if people := {one for one in PEOPLE if one in text}:
            found[name] = people
    return found


@pytest.mark.slow
def test_without_a_reason_no_list_names_anybody_to_anybody(home):
    here = home.cast.home.code
    others = [
        make_user(role, here, username=role)
        for role in (Role.PROPERTY_CLERK, Role.PARTY_SECRETARY, Role.COMMITTEE_MEMBER)
    ]

    asked = named_to(home.keeper, home, reason="核对花名册")

    assert set.union(*asked.values()) == set(PEOPLE)
    assert {"receipt-contests", "upkeep-tasks", "handovers", "notice-boards", "memberships"} <= set(asked)
    for caller in (home.keeper, *others):
        assert named_to(caller, home) == {}


def test_a_column_that_is_public_is_one_of_a_list(home):
    """So that none is public which was renamed, and another took its name."""
    names = {route.path.removeprefix("/api/v1/").strip("/").replace("{vote}/", "") for route in routes()}

    assert {column.partition(".")[0] for column in PUBLIC} - names == set()


def test_pages_of_a_list_are_read_to_the_end(cast, official, monkeypatch):
    monkeypatch.setattr("overview.services.exports.lists.LARGEST_PAGE", 2)

    rows = lines(ask(official, "households", "csv"))

    assert len(rows) == 1 + 6


def test_no_sheet_and_no_print_hides_a_list_of_the_api():
    assert [name for name in (*SHEETS, *PRINTS) if is_list(name)] == []
    assert not set(SHEETS) & set(PRINTS)


def test_what_is_only_posted_to_is_no_list():
    assert is_list("surveys/17/doors")
    assert not is_list("surveys/17/photos")


# --- Who may -----------------------------------------------------------------------------------------


def test_filters_are_strict_and_know_only_what_the_caller_sees(cast, community_worker):
    for filters in ({"colour": "red"}, {"neighbourhood": cast.next_door.pk}, {"neighbourhood": "\x00"}):
        with pytest.raises(ValidationError) as refusal:
            ask(community_worker, filters=filters)
        assert list(refusal.value.error_dict) == list(filters)
    assert not Export.objects.exists()


def test_a_sheet_is_for_those_whose_roles_read_it(cast):
    nobody = make_user(None, None, username="nobody")

    with pytest.raises(PermissionDenied):
        ask(nobody)


@pytest.fixture
def later(monkeypatch):
    """Files are made when the test says so."""
    monkeypatch.setattr(asking, "queue_job", lambda *args, **about: None)


def test_who_lost_the_right_since_gets_no_file(cast, official, later):
    export = ask(official)
    official.assignments.all().delete()

    made = make_export(export_id=export.pk)

    export.refresh_from_db()
    assert (made, export.state, export.error, export.file.name) == (False, "failed", "not_allowed", "")


def test_one_caller_has_so_many_under_way(cast, official):
    Export.objects.bulk_create(
        Export(subject="households", format="csv", language="en", by=official) for _ in range(asking.AT_ONCE)
    )

    with pytest.raises(TooManyExports):
        ask(official)


# --- Made once, and gone in time ---------------------------------------------------------------------


def test_what_a_killed_worker_left_is_made_once_more_and_then_given_up(cast, official, folder):
    export = ask(official)
    first = export.file.name
    Export.objects.filter(pk=export.pk).update(state="running", attempts=1)

    assert make_export(export_id=export.pk)
    assert not make_export(export_id=export.pk)

    export.refresh_from_db()
    assert (export.file.name, export.attempts) == (first, 2)
    assert (folder / "making").stat().st_mode & 0o777 == 0o700
    assert len(list((folder / "exports").iterdir())) == 1
    Export.objects.filter(pk=export.pk).update(state="running", attempts=ATTEMPTS)
    assert not make_export(export_id=export.pk)
    export.refresh_from_db()
    assert (export.state, export.error) == ("failed", "broke_off")


@pytest.fixture
def another_worker():
    """A second connection: makes an export's lock its own, until it is closed."""
    other = connection.copy()

    def holds(export):
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(hashtextextended('export', %s))", [export.pk])
        return other

    yield holds
    other.close()


def test_a_second_worker_leaves_an_export_to_the_first_and_goes_on(cast, official, later, another_worker):
    export = ask(official)
    first = another_worker(export)

    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout = '1s'")
    assert not make_export(export_id=export.pk)
    export.refresh_from_db()
    assert (export.state, export.attempts) == ("queued", 0)
    # A server that has much to do ends a connection some time after it was closed.
    with first.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_unlock_all()")
    assert make_export(export_id=export.pk)


def test_what_a_killed_worker_left_in_its_folder_is_swept_but_not_what_is_being_made(
    cast, official, folder, later, another_worker
):
    left, made = ask(official), ask(official)
    for export in (left, made):
        (folder / "making" / str(export.pk)).mkdir(parents=True)
        (folder / "making" / str(export.pk) / "half").write_text("周敏")
    another_worker(made)

    call_command("tidy", stdout=StringIO())

    assert [path.name for path in (folder / "making").iterdir()] == [str(made.pk)]


def test_a_making_begins_in_an_empty_folder_and_leaves_none(cast, official, folder, later, monkeypatch):
    export = ask(official)
    here = folder / "making" / str(export.pk)
    here.mkdir(parents=True)
    (here / "half").write_text("周敏")
    seen = []
    write = making.write_xlsx
    monkeypatch.setitem(
        making._WRITERS, "xlsx", lambda *told: (seen.extend(path.name for path in here.iterdir()), write(*told))[1]
    )

    assert make_export(export_id=export.pk)

    assert seen == []
    assert list((folder / "making").iterdir()) == []


def test_a_file_is_fetched_for_seven_days_to_the_second_and_deleted_after_that(cast, official, folder):
    export = ask(official, filters={"division": HERE[:6]})
    end = export.finished_at + timedelta(days=7)

    open_file(export=export, now=end - timedelta(seconds=1)).close()
    with pytest.raises(ExportExpired):
        open_file(export=export, now=end)
    assert forget_exports(now=end - timedelta(seconds=1)) == 0
    assert forget_exports(now=end) == 1

    export.refresh_from_db()
    assert (export.state, export.file.name, export.filters) == ("expired", "", {"division": HERE[:6]})
    assert list((folder / "exports").iterdir()) == []
    with pytest.raises(ExportExpired):
        open_file(export=export, now=timezone.now())


def test_a_file_is_for_who_may_still_see_all_of_it(cast, official, folder):
    part = make_user(Role.DISTRICT_OFFICIAL, HERE[:6], username="part")
    yesterday = timezone.localdate() - timedelta(days=1)
    part.assignments.create(role=Role.COMMUNITY_STAFF, territory=HERE, starts_on=yesterday)
    export, others = ask(part), ask(official)
    assert export.reach == [f"community_staff {HERE}", f"district_official {HERE[:6]}"]
    part.assignments.filter(role=Role.COMMUNITY_STAFF).update(ends_on=yesterday)

    with pytest.raises(ExportExpired):
        open_file(export=Export.objects.get(pk=export.pk))
    assert forget_exports() == 1

    export.refresh_from_db()
    assert export.state == "expired"
    content(others)


@pytest.mark.parametrize("fields", [{"scopes": ["registry:read"]}, {"territory": f"{HERE}-001"}])
def test_a_system_gets_no_file_of_what_it_reads_no_more(cast, fields):
    client = make_client("registry:read", "fees:read", territory=HERE)
    system = client.service_user
    system.token_scopes = frozenset(client.scopes)
    export = ask(system, "households", "csv", scopes=client.scopes)
    assert export.reach == [HERE, "fees:read", "registry:read"]
    content(export)
    type(client).objects.filter(pk=client.pk).update(**fields)

    with pytest.raises(ExportExpired):
        open_file(export=Export.objects.get(pk=export.pk))


def test_what_was_searched_for_in_a_list_is_forgotten_with_its_file(cast, official):
    export = ask(official, "households", "csv", filters={"search": "周敏"})
    failed = Export.objects.create(
        subject="owners", filters={"search": "周敏"}, format="csv", language="en", by=official, state="failed"
    )
    end = export.expires_at
    Export.objects.filter(pk=failed.pk).update(finished_at=export.finished_at)

    forget_exports(now=end)

    assert list(Export.objects.values_list("filters", flat=True)) == [{}, {}]


def test_a_file_that_cannot_be_deleted_stays_and_keeps_back_no_other(cast, official, folder, monkeypatch):
    stays, goes = ask(official), ask(official)
    path, delete = stays.file.name, FileSystemStorage.delete

    def deleted(self, name):
        if name == path:
            raise OSError("not now")
        delete(self, name)

    with monkeypatch.context() as broken:
        broken.setattr(FileSystemStorage, "delete", deleted)
        assert forget_exports(now=goes.expires_at) == 1
    assert list(Export.objects.order_by("pk").values_list("state", flat=True)) == ["done", "expired"]
    assert forget_exports(now=goes.expires_at) == 1
    assert list((folder / "exports").iterdir()) == []
