"""Prints: the typesetter and its bundles, QR codes by the thousand, and what is printed of consent."""

import random
import re
import zlib
from base64 import b64decode
from dataclasses import replace
from datetime import UTC, datetime
from struct import unpack

import pytest
import segno
from django.urls import reverse
from django.utils import timezone, translation

from accounts.choices import Role
from common.addresses import site_address
from common.figures import hash_text
from consent.services.signing import public_key
from consent.services.surveys import close_survey
from consent.services.visits import record_visits
from overview.models import Export
from overview.pages import prints
from overview.prints.consultation import consultation_parts, household_code
from overview.prints.joining import JoinedPdf, NotOurs
from overview.prints.notices import notice_sheet
from overview.prints.qr_series import QrSeries, series_of
from overview.prints.round_bundles import ROUND_PRINTS
from overview.prints.rounds import RoundAsked, door_qr, parts_of, round_sheets
from overview.prints.tallies import round_tally
from overview.prints.typesetting import frame, qr_of, typeset, typeset_parts
from overview.prints.votes import vote_record
from overview.sheets.frame import Asked
from tests.cast import HERE
from tests.consent.casts import a_visit, make_doors, make_frozen_plan, make_survey
from tests.consent.notice_casts import frozen_plan, passed_survey, posted, posted_plan
from tests.consent.vote_casts import delivered, make_vote, record, returned
from tests.factories import make_neighbourhood, make_user

ADDRESS = "https://gongdi.example/field/surveys/##/doors/######/"


def around(**fields):
    given = {"title": "汇总表", "place": "槐荫里", "as_of": timezone.now(), "checked_at": "https://gongdi.example/"}
    return frame(**{**given, **fields})


def one_sheet(*pages: str):
    """A round sheet of so many pages, each with one door."""
    words = {"head": list("123456"), "answers": ["□ 支持"], "date": "日期", "note": "备注"}
    codes = {"svg": qr_of("a"), "size": 13, "height": 13}
    doors = [dict.fromkeys(("stairwell", "unit", "name", "phone", "so_far"), unit) for unit in pages]
    rows = [{"doors": [door], "qr": codes} for door in doors]
    known = {**around(), "pages": len(rows)}
    sheet = {"frame": known, "title": "3 号楼", "round": "第二轮", "lead": "", "signers": [], "pages": rows}
    return {"frame": around(), "words": words, "sheets": [sheet]}


def pages_in(pdf: bytes) -> int:
    return len(re.findall(rb"/Type/Page/", pdf))


# --- The typesetter ---------------------------------------------------------------------------------------


def test_a_print_has_its_chinese_type_in_it_and_no_other():
    pdf = typeset("rounds", one_sheet("401"))

    assert pdf.startswith(b"%PDF-")
    assert b"/FontFile3" in pdf
    assert {name.split(b"+")[1] for name in re.findall(rb"/FontName/([^/ ]+)", pdf)} == {b"NotoSansCJKsc-Regular"}


def test_what_people_wrote_is_text_and_never_markup():
    plain, marked = (typeset("rounds", one_sheet(unit)) for unit in ("x", '#panic("x") $x$ *x* @x'))

    assert pages_in(plain) == pages_in(marked) == 1


def test_a_frame_speaks_the_language_in_hand():
    with translation.override("en"):
        english = around(as_of=datetime(2026, 11, 23, 4, 10, tzinfo=UTC))

    assert english["as_of"] == "as of 23 November 2026 12:10"
    assert (english["lang"], around()["lang"]) == ("en", "zh")


# --- Bundles ----------------------------------------------------------------------------------------------


def test_parts_are_joined_into_one_file_whose_table_leads_to_every_object(tmp_path):
    path, told = tmp_path / "joined.pdf", []

    pages = typeset_parts(
        "rounds", (one_sheet(*units) for units in ("ab", "c", "def")), path, title="入户表", tell=told.append
    )

    pdf = path.read_bytes()
    table = int(re.search(rb"startxref\n(\d+)\n%%EOF\n$", pdf)[1])
    offsets = [int(row) for row in re.findall(rb"(\d{10}) 00000 n ", pdf[table:])]
    assert (pages, told) == (6, [1, 2, 3])
    assert pages_in(pdf) == 6
    assert all(re.match(rb"\d+ 0 obj\n", pdf[offset : offset + 20]) for offset in offsets)
    assert b"/Type/Pages/Count 6/Kids[" in pdf
    assert b"FEFF" + "入户表".encode("utf-16-be").hex().upper().encode() in pdf


def test_every_reference_in_a_joined_file_leads_to_an_object_of_it(tmp_path):
    path = tmp_path / "joined.pdf"

    typeset_parts("rounds", [one_sheet("a"), one_sheet("b")], path, title="x")

    bare = re.sub(rb"stream\n.*?\nendstream", b"", path.read_bytes(), flags=re.DOTALL)
    there = {int(number) for number in re.findall(rb"^(\d+) 0 obj", bare, flags=re.MULTILINE)}
    assert {int(number) for number in re.findall(rb"\b(\d+) 0 R\b", bare)} <= there


def test_what_is_no_print_of_ours_is_not_joined(tmp_path):
    with pytest.raises(NotOurs), JoinedPdf(tmp_path / "x.pdf", title="x", language="en") as joined:
        joined.add(b"%PDF-1.7\nsomething else\nstartxref\n5\n%%EOF")


# --- QR codes ---------------------------------------------------------------------------------------------


def test_a_code_of_a_series_is_the_one_that_the_library_makes():
    series = QrSeries(ADDRESS)
    first = segno.make(ADDRESS.replace("#", "0"), error="m", boost_error=False, micro=False, mode="byte")

    for _time in range(20):
        digits = f"{random.randrange(10**8):08}"
        address = f"https://gongdi.example/field/surveys/{digits[:2]}/doors/{digits[2:]}/"
        made = segno.make(address, version=first.version, error="m", boost_error=False, mode="byte", mask=first.mask)
        assert series.bits(digits) == int("".join(f"{module:d}" for row in made.matrix for module in row), 2)


def test_a_column_of_codes_has_each_in_its_place():
    series = series_of("https://gongdi.example/####/")
    side, pitch = series.side, series.side + 9

    column = series.column(["0302", "2071"], pitch)

    png = b64decode(re.search(r"base64,([^\"]+)", column)[1])
    assert f'viewBox="0 0 {side} {pitch + side}"' in column
    assert pixels(png)[:side] == rows_of(series, "0302")
    assert pixels(png)[pitch:] == rows_of(series, "2071")
    assert set(pixels(png)[side:pitch]) == {"1" * side}


def pixels(png: bytes) -> list[str]:
    """The rows of a PNG of one bit a pixel, white as 1, unfiltered."""
    width, height = unpack(">II", png[16:24])
    size = int.from_bytes(png[33:37])
    rows = zlib.decompress(png[41 : 41 + size])
    length = len(rows) // height
    starts = range(1, len(rows), length)
    return [f"{int.from_bytes(rows[at : at + length - 1]):0{8 * length - 8}b}"[:width] for at in starts]


def rows_of(series: QrSeries, digits: str) -> list[str]:
    bits = f"{series.bits(digits):0{series.side**2}b}".translate(str.maketrans("01", "10"))
    return [bits[at : at + series.side] for at in range(0, len(bits), series.side)]


@pytest.mark.django_db
def test_the_code_of_a_door_opens_its_door_sheet():
    made = segno.make(site_address("field_door", 17, 90210), error="m", boost_error=False, micro=False, mode="byte")
    pattern = site_address("field_door", 17, 90210).replace("/17/", "/##/").replace("/90210/", "/#####/")

    assert door_qr(17, 90210) == series_of(pattern).svg("1790210")
    assert series_of(pattern).side == len(made.matrix)


# --- At the doors -----------------------------------------------------------------------------------------


@pytest.fixture
def walked(db):
    """Two buildings of 13 doors in round 1; the first door of the first is visited."""
    survey, doors, by = make_survey(
        households=make_doors(doors=13, neighbourhood=make_neighbourhood(community_code=HERE))
    )
    type(doors[0]).objects.update(head_name="周敏", phones=["13812342071"])
    record_visits(survey=survey, visits=[a_visit(doors[0], "no_answer")], by=by)
    return survey, doors, by


def asked_of(survey, by, **fields) -> RoundAsked:
    return RoundAsked(by, survey.rounds.get(closed_at=None), **fields)


def test_a_building_has_a_sheet_of_as_many_pages_as_its_doors_take(walked):
    survey, _doors, by = walked

    left, whole = (list(round_sheets(asked_of(survey, by, whole=whole), at=timezone.now())) for whole in (False, True))

    assert [[len(page["doors"]) for page in sheet["pages"]] for sheet in left] == [[12], [12, 1]]
    assert [[len(page["doors"]) for page in sheet["pages"]] for sheet in whole] == [[12, 1], [12, 1]]
    assert whole[0]["frame"]["pages"] == 2


def test_a_row_masks_the_name_and_phone_and_tells_what_was_said(walked):
    survey, doors, by = walked

    [sheet] = round_sheets(asked_of(survey, by, building=doors[0].building_id, whole=True), at=timezone.now())

    page = sheet["pages"][0]
    row = page["doors"][0]
    assert (row["unit"], row["name"], row["phone"]) == ("101", "周**", "138****2071")
    assert row["so_far"] == "无人应答"
    assert page["qr"]["svg"].count("<image") == 1


def test_only_doors_that_the_caller_sees_are_printed(walked):
    survey, _doors, _by = walked
    for number, building in enumerate(survey.neighbourhood.buildings.order_by("number"), start=1):
        type(building).objects.filter(pk=building.pk).update(grid=f"{HERE}00{number}")
    grid_worker = make_user(Role.GRID_WORKER, f"{HERE}001")
    official = make_user(Role.DISTRICT_OFFICIAL, HERE[:6])

    seen = list(round_sheets(asked_of(survey, grid_worker, whole=True), at=timezone.now()))

    assert [sheet["title"] for sheet in seen] == ["1 号楼"]
    assert list(round_sheets(asked_of(survey, official, whole=True), at=timezone.now())) == []


def test_sheets_take_one_query_more_than_their_frame(walked, django_assert_num_queries):
    survey, doors, by = walked
    first = asked_of(survey, by)
    list(round_sheets(first, at=timezone.now()))

    for building in (doors[0].building_id, None):
        with django_assert_num_queries(1):
            list(parts_of(round_sheets(replace(first, building=building), at=timezone.now())))


def test_each_door_has_a_form_with_its_code_and_its_share(walked):
    survey, doors, by = walked
    make_frozen_plan(survey.neighbourhood, shares={doors[1]: "1448.00"})

    parts = list(consultation_parts(asked_of(survey, by), at=timezone.now()))

    forms = [form for part in parts for form in part["sheets"]]
    assert len(forms) == 25
    assert forms[0]["facts"][0][1] == household_code(survey, doors[1].pk)
    assert forms[0]["facts"][-1][1] == "1,448.00 元"
    assert len(forms[1]["facts"]) == 3
    assert pages_in(typeset("consultation", parts[0])) == 12


# --- Results ----------------------------------------------------------------------------------------------


def test_the_tally_says_what_the_survey_page_says_and_hides_small_buildings(walked):
    survey, doors, by = walked
    record_visits(survey=survey, visits=[a_visit(door) for door in doors[1:4]], by=by)
    official = make_user(Role.DISTRICT_OFFICIAL, HERE[:6])

    mine, theirs = (round_tally(survey, reader=reader, at=timezone.now()).data for reader in (by, official))

    assert mine["support"]["value"] == "11.5%"
    assert mine["rounds"]["rows"][0][2:] == ["26", "4", "3", "3", "3", "11.5%"]
    assert [row[0] for row in mine["buildings"]["rows"]] == ["1 号楼", "2 号楼"]
    assert theirs["buildings"]["rows"] == mine["buildings"]["rows"]
    assert pages_in(typeset("tally", mine)) == 1


def test_a_building_of_few_doors_is_not_told_to_who_may_not_see_them(db):
    small = make_doors(buildings=1, doors=4, neighbourhood=make_neighbourhood(community_code=HERE))
    survey, _doors, by = make_survey(households=small)
    official = make_user(Role.DISTRICT_OFFICIAL, HERE[:6])

    theirs = round_tally(survey, reader=official, at=timezone.now()).data["buildings"]["rows"]

    assert [len(row) for row in theirs] == [2]
    assert [len(row) for row in round_tally(survey, reader=by, at=timezone.now()).data["buildings"]["rows"]] == [12]


def test_a_result_notice_bears_the_signed_head(db):
    survey, by = passed_survey()
    notice = posted(survey, by)

    data = notice_sheet(notice, at=timezone.now()).data

    head = dict(data["head"]["rows"])
    assert hash_text(notice.tree_head.root_hash) in head.values()
    assert hash_text(notice.tree_head.signature) in head.values()
    assert {hash_text(public_key()), notice.tree_head.key_id} <= set(head.values())
    assert data["result"]["is_met"]
    assert pages_in(typeset("notice", data)) == 1


def test_a_plan_notice_tells_sums_and_no_household(db):
    plan = frozen_plan()
    notice = posted_plan(plan, make_user(territory=plan.neighbourhood.community_code))

    data = notice_sheet(notice, at=timezone.now()).data

    assert data["plan"]["total"][-1] == data["plan"]["payers_total"][-1]
    assert data["digest"][1] == hash_text(plan.digest)
    assert data["head"] is None
    assert pages_in(typeset("notice", data)) >= 1


def test_the_record_of_a_vote_has_both_denominators(db):
    vote, owners, by = make_vote(80, 60, 40)
    record(vote, by, *(delivered(owner) for owner in owners))
    record(vote, by, *(returned(owner) for owner in owners[:2]))

    data = vote_record(vote, at=timezone.now()).data

    assert data["tests"]["rows"][0][2:4] == ["140.00 ㎡", "180.00 ㎡"]
    assert data["tests"]["rows"][1][2:4] == ["2", "3"]
    assert pages_in(typeset("vote", data)) == 1


# --- Pages and jobs ---------------------------------------------------------------------------------------


def test_sheets_are_given_at_once_and_many_are_made_by_a_job(walked, client, monkeypatch):
    survey, _doors, by = walked
    client.force_login(by)
    address = reverse("print_round_sheets", args=[survey.pk])

    at_once = client.get(address)
    monkeypatch.setattr(prints, "DIRECTLY", 2)
    asked, queued = client.get(address), client.post(address)

    assert (at_once.status_code, at_once["Content-Type"], pages_in(at_once.content)) == (200, "application/pdf", 3)
    assert at_once["Cache-Control"] == "private, no-store"
    assert b'data-testid="print-queue"' in asked.content
    export = Export.objects.get()
    assert queued.url == reverse("export", args=[export.pk])
    assert (export.state, export.rows_done) == ("done", 2)
    with export.file.open("rb") as made:
        assert pages_in(made.read()) == 3


def test_a_job_with_nothing_to_print_says_so(db, tmp_path):
    by = make_user(territory=HERE)
    path = tmp_path / "print.pdf"

    done = [one.write(Asked(by, {}, "zh-hans", timezone.now()), path, lambda documents: None) for one in ROUND_PRINTS]

    assert done == [0, 0]
    assert pages_in(path.read_bytes()) == 1


def test_who_sees_no_door_prints_none_and_who_sees_no_survey_finds_nothing(walked, client):
    survey, _doors, _by = walked
    address = reverse("print_consultation_forms", args=[survey.pk])
    given = {}
    for who, role, place in (
        ("official", Role.DISTRICT_OFFICIAL, HERE[:6]),
        ("elsewhere", Role.COMMUNITY_STAFF, "420503001001"),
        ("committee", Role.COMMITTEE_MEMBER, survey.neighbourhood.code),
    ):
        client.force_login(make_user(role, place))
        given[who] = (client.get(address).status_code, client.get(reverse("print_tally", args=[survey.pk])).status_code)

    assert given == {"official": (403, 200), "elsewhere": (404, 404), "committee": (200, 200)}


def test_without_a_round_or_a_door_left_the_page_says_why(walked, client):
    survey, doors, by = walked
    record_visits(survey=survey, visits=[a_visit(door) for door in doors[1:]], by=by)
    client.force_login(by)
    address = reverse("print_round_sheets", args=[survey.pk])

    visited = client.get(address)
    close_survey(survey=survey, by=by, reason="", revisit_on=None)
    closed = client.get(address)

    assert (visited.status_code, closed.status_code) == (409, 409)
    assert b'data-testid="print-nothing"' in visited.content
    assert client.get(address, {"building": "0"}).status_code == 409


def test_anybody_reads_a_notice_as_pdf_but_not_a_thousand_times(db, client, settings):
    survey, by = passed_survey()
    address = reverse("print_notice", args=[posted(survey, by).pk])
    settings.API_REQUESTS_PER_MINUTE = {**settings.API_REQUESTS_PER_MINUTE, "visitor": 1}

    # An address that no other test asks from.
    first, second = (client.get(address, REMOTE_ADDR="203.0.113.84") for _n in range(2))

    assert (first.status_code, pages_in(first.content)) == (200, 1)
    assert (second.status_code, "Retry-After" in second) == (429, True)
