import pytest
from hypothesis import given
from hypothesis import strategies as st

from renovation.rules.roster.people import Names, Phones, owner_kind, read_names, read_phones
from renovation.rules.roster.words import number_of, without_identity_numbers


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("张三", Names(("张三",))),
        ("张 三", Names(("张三",))),
        ("张\u3000三", Names(("张三",))),
        ("张三、李四", Names(("张三", "李四"))),
        ("张三 李四", Names(("张三", "李四"))),
        ("张三,张三", Names(("张三",))),
        ("张三等3人", Names(("张三",))),
        ("张三（李四）", Names(("张三",), ("name_in_brackets",))),
        ("王五(已故)", Names(("王五",), ("person_deceased",))),
        ("无", Names()),
        ("空置", Names()),
        ("古丽·买买提", Names(("古丽·买买提",))),
        ("宜昌某某房地产开发有限公司(二分公司)", Names(("宜昌某某房地产开发有限公司(二分公司)",))),
        ("李四、宜昌某某有限公司", Names(("李四", "宜昌某某有限公司"))),
        ("张三420502195001011234", Names(("张三",), ("identity_number_removed",))),
        ("张三" * 40, Names((), ("name_too_long",))),
    ],
)
def test_names(text: str, names: Names) -> None:
    assert read_names(text) == names


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("张三", "person"),
        ("宜昌某某有限公司", "company"),
        ("宜昌某某房地产开发有限公司", "developer"),
        ("宜昌市某某房管所", "property_right_unit"),
        ("某某机械厂职工医院", "property_right_unit"),
        ("张公司", "person"),
    ],
)
def test_kinds_of_owners(name: str, kind: str) -> None:
    assert owner_kind(name) == kind


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("13800138000", ("13800138000",)),
        ("１３８００１３８０００", ("13800138000",)),
        ("138-0013-8000", ("13800138000",)),
        ("138 0013 8000", ("13800138000",)),
        ("+8613800138000", ("13800138000",)),
        ("13800138000/13900139000", ("13800138000", "13900139000")),
        ("13800138000 13900139000", ("13800138000", "13900139000")),
        ("13800138000、0717-6223344", ("13800138000", "0717-6223344")),
        ("13800138000(儿子)", ("13800138000",)),
        ("6223344", ("6223344",)),
        ("400-800-1234", ("400-800-1234",)),
        ("13800138000,13800138000", ("13800138000",)),
        ("无", ()),
    ],
)
def test_phones(text: str, numbers: tuple[str, ...]) -> None:
    assert read_phones(text) == Phones(numbers)


def test_a_phone_of_ten_digits_is_not_kept_but_counted() -> None:
    assert read_phones("1380013800/13900139000") == Phones(("13900139000",), (10,))


@pytest.mark.parametrize(
    "text", ["420502195001011234", "42050219500101123X", "420502 19500101 123X", "420502500101123", "1.23E+17"]
)
def test_identity_numbers_are_taken_out(text: str) -> None:
    assert without_identity_numbers(f"证{text}号") == ("证***号", True)
    assert read_phones(text) == Phones((), (), True)


@pytest.mark.parametrize("text", ["13800138000", "0717-6223344", "20260101", "6222021234567890123"])
def test_other_numbers_stay(text: str) -> None:
    assert without_identity_numbers(text) == (text, False)


@given(st.text(alphabet=st.sampled_from("0123456789Xx 、/张三李()-\u3000"), max_size=60))
def test_no_identity_number_comes_through(text: str) -> None:
    kept = "|".join(read_names(text).names + read_phones(text).numbers)

    assert not without_identity_numbers(kept)[1]


@pytest.mark.parametrize(
    ("text", "number"),
    [("十", 10), ("十二", 12), ("二十", 20), ("一百零三", 103), ("三零二", 302), ("3", 3), ("丙", None)],
)
def test_chinese_numerals(text: str, number: int | None) -> None:
    assert number_of(text) == number
