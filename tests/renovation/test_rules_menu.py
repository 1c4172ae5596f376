"""Reading a city's menu file, with every problem at its place, and comparing it with the menu before."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renovation.rules.menu import COLUMNS, MOST_ITEMS, Item, MenuProblem, compare_menus, differing, read_menu
from renovation.rules.roster.files import Sheet

HEAD = list(COLUMNS)


def row(code: str = "B01", **fields: str) -> list[str]:
    values = {
        "code": code, "category": "basic", "name_zh": "管网", "name_en": "Mains", "mandatory": "true", "unit": "m",
        "funding_hint": "government", "source": "seed",
    }  # fmt: skip
    return [{**values, **fields}[name] for name in COLUMNS]


def sheet(*rows: list[str], name: str = "菜单", hidden: bool = False) -> Sheet:
    return Sheet(name, iter(rows), hidden=hidden)


def item(code: str = "B01", **fields) -> Item:
    return replace(Item(code, "basic", "管网", "Mains", True, "m", "government", "seed"), **fields)


def places(*sheets: Sheet) -> list[tuple[str, str, int, str]]:
    return [(found.code, found.sheet, found.row, found.column) for found in read_menu(sheets).problems]


def test_items_are_read_in_the_order_of_the_file():
    found = read_menu([sheet(HEAD, row("U02", category="upgrade", mandatory="false"), row("B01"))])

    assert found.problems == []
    assert found.items == [item("U02", category="upgrade", mandatory=False), item("B01")]


def test_columns_stand_in_any_order_beside_others_below_a_title():
    head = ["category_zh", *reversed(COLUMNS)]
    found = read_menu([sheet(["宜昌市改造菜单"], [], head, ["基础类", *reversed(row())])])

    assert (found.items, found.problems) == ([item()], [])


def test_headers_and_codes_are_read_as_people_type_them():
    head = [name.upper().replace("_", " ") for name in COLUMNS]
    found = read_menu([sheet(head, row(" Ｂ０１ ", category="Basic ", mandatory="是"))])

    assert found.items == [item("B01")]


@pytest.mark.parametrize("text", ["true", "TRUE", "yes", "1", "是", "１"])
def test_must_do_is_what_the_file_says(text):
    assert read_menu([sheet(HEAD, row(mandatory=text))]).items[0].mandatory is True


@pytest.mark.parametrize("text", ["false", "FALSE", "no", "0", "否"])
def test_so_is_not_must_do(text):
    assert read_menu([sheet(HEAD, row(mandatory=text))]).items[0].mandatory is False


@pytest.mark.parametrize(
    ("fields", "code", "column"),
    [
        ({"code": ""}, "cell_empty", "A"),
        ({"code": "B-01"}, "code_unreadable", "A"),
        ({"code": "B01234567"}, "code_unreadable", "A"),
        ({"code": "甲"}, "code_unreadable", "A"),
        ({"category": ""}, "cell_empty", "B"),
        ({"category": "luxury"}, "category_unknown", "B"),
        ({"name_zh": "名" * 61}, "too_long", "C"),
        ({"name_zh": "管\n网"}, "unprintable", "C"),
        ({"name_en": "a\x00b"}, "unprintable", "D"),
        ({"name_en": "n" * 81}, "too_long", "D"),
        ({"mandatory": ""}, "cell_empty", "E"),
        ({"mandatory": "perhaps"}, "mandatory_unreadable", "E"),
        ({"unit": " "}, "cell_empty", "F"),
        ({"unit": "u" * 21}, "too_long", "F"),
        ({"funding_hint": "f" * 21}, "too_long", "G"),
        ({"source": "s" * 201}, "too_long", "H"),
    ],
)
def test_each_fault_is_named_by_sheet_row_and_column(fields, code, column):
    assert places(sheet(HEAD, row("B00"), [], row(**fields))) == [(code, "菜单", 4, column)]


def test_names_of_the_greatest_length_are_taken():
    longest = {
        "name_zh": "名" * 60,
        "name_en": "n" * 80,
        "unit": "u" * 20,
        "funding_hint": "f" * 20,
        "source": "s" * 200,
    }

    assert read_menu([sheet(HEAD, row("ABCD1234", **longest))]).problems == []


def test_all_faults_of_a_file_are_named_and_none_of_its_rows_hides_another():
    found = places(sheet(HEAD, row("", category="x", mandatory="x"), row("B02"), row("B02", unit="")))

    assert found == [
        ("cell_empty", "菜单", 2, "A"),
        ("category_unknown", "菜单", 2, "B"),
        ("mandatory_unreadable", "菜单", 2, "E"),
        ("cell_empty", "菜单", 4, "F"),
        ("same_code_twice", "菜单", 4, "A"),
    ]


def test_who_pays_and_the_source_may_be_left_out_and_a_row_may_end_early():
    found = read_menu([sheet(HEAD, row()[:6])])

    assert (found.items, found.problems) == ([item(funding_hint="", source="")], [])


def test_several_sheets_are_one_menu_in_which_a_code_stands_once():
    found = read_menu([sheet(HEAD, row("B01"), name="基础"), sheet(HEAD, row("U01"), row("B01"), name="提升")])

    assert [one.code for one in found.items] == ["B01", "U01"]
    (problem,) = found.problems
    assert (problem.code, problem.sheet, problem.row, problem.column) == ("same_code_twice", "提升", 3, "A")
    assert dict(problem.params) == {"code": "B01", "first_sheet": "基础", "first_row": 2}


def test_hidden_sheets_and_those_without_a_table_are_named_and_not_read():
    found = read_menu(
        [sheet(HEAD, row("B09"), name="旧", hidden=True), sheet(["说明"], name="说明"), sheet(HEAD, row())]
    )

    assert (found.items, found.problems, found.sheets_not_read) == ([item()], [], ["旧", "说明"])


def test_missing_columns_are_named_where_the_header_nearly_is():
    found = read_menu([sheet(["标题"], ["code", "name_zh", "unit"], ["B01", "管网", "m"])])

    names = "category, name_en, mandatory, funding_hint, source"
    assert found.problems == [MenuProblem("columns_missing", "菜单", 2, params={"names": names})]


@pytest.mark.parametrize("rows", [[], [[]], [["无", "关"]], [["x"]] * 20])
def test_a_file_without_a_table_lacks_every_column(rows):
    assert [found.code for found in read_menu([sheet(*rows)]).problems] == ["columns_missing"]


def test_a_header_without_items_is_no_menu():
    assert [found.code for found in read_menu([sheet(HEAD, [], ["", " "])]).problems] == ["no_items"]


def test_a_column_that_stands_twice_is_named():
    assert places(sheet([*HEAD, "unit"], [*row(), "m2"])) == [("column_twice", "菜单", 1, "I")]


def test_a_menu_has_so_many_items_and_no_more():
    rows = [row(f"B{number:04}") for number in range(MOST_ITEMS + 1)]

    assert read_menu([sheet(HEAD, *rows[:-1])]).problems == []
    assert places(sheet(HEAD, *rows)) == [("too_many_items", "菜单", MOST_ITEMS + 2, "")]


def test_a_comparison_tells_what_is_added_removed_renamed_moved_and_must_do():
    before = [item("A1"), item("A2"), item("A3"), item("A4"), item("A5"), item("A6")]
    after = [
        item("A7"),
        item("A6"),
        item("A5", unit="m2"),
        item("A4", mandatory=False, name_en="Pipes"),
        item("A3", category="upgrade"),
        item("A2", name_zh="雨污管网", unit="m2"),
    ]

    found = compare_menus(before, after)

    assert [one.code for one in found.added] == ["A7"]
    assert [one.code for one in found.removed] == ["A1"]
    assert [one.after.code for one in found.renamed] == ["A2", "A4"]
    assert [one.after.code for one in found.moved] == ["A3"]
    assert [one.after.code for one in found.mandatory] == ["A4"]
    assert [one.after.code for one in found.otherwise] == ["A5"]
    assert (found.unchanged, found.changes_nothing) == (1, False)
    assert differing(found.renamed[0]) == ["name_zh", "unit"]


items = st.builds(
    Item,
    code=st.sampled_from(["A1", "A2", "A3", "A4"]),
    category=st.sampled_from(["basic", "upgrade"]),
    name_zh=st.sampled_from(["甲", "乙"]),
    name_en=st.just("a"),
    mandatory=st.booleans(),
    unit=st.sampled_from(["m", "set"]),
    funding_hint=st.just(""),
    source=st.just(""),
)
menus = st.lists(items, unique_by=lambda one: one.code)


@given(menus, menus)
def test_every_item_stands_somewhere_in_a_comparison_and_the_other_way_round_mirrors_it(before, after):
    there, back = compare_menus(before, after), compare_menus(after, before)
    kept = {one.code for one in before} & {one.code for one in after}
    changed = {
        one.after.code for part in (there.renamed, there.moved, there.mandatory, there.otherwise) for one in part
    }

    assert (list(there.added), list(there.removed)) == (list(back.removed), list(back.added))
    assert len(changed) + there.unchanged == len(kept)
    assert compare_menus(before, before).changes_nothing
    assert there.changes_nothing == (sorted(before, key=str) == sorted(after, key=str))
