from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from renovation.models import Division

pytestmark = pytest.mark.django_db

CITY = "code,name\n4205,宜昌市\n420502,西陵区\n420502001,学院街道\n420502001001,白龙岗社区\n"


def load(tmp_path: Path, text: str) -> str:
    file, out = tmp_path / "divisions.csv", StringIO()
    file.write_text(text, encoding="utf-8")
    call_command("load_divisions", str(file), stdout=out)
    return out.getvalue()


def test_divisions_are_made_each_in_the_one_it_lies_in(tmp_path):
    assert load(tmp_path, CITY) == "4 divisions made, 0 renamed.\n"

    community = Division.objects.get(code="420502001001")
    assert (community.level, community.parent.name, community.parent.parent.name) == ("community", "学院街道", "西陵区")


def test_the_same_file_again_changes_nothing_and_another_name_renames(tmp_path):
    load(tmp_path, CITY)

    assert load(tmp_path, CITY) == "0 divisions made, 0 renamed.\n"
    assert load(tmp_path, CITY.replace("学院街道", "西陵街道")) == "0 divisions made, 1 renamed.\n"


def test_codes_of_twelve_digits_are_cut_to_their_level(tmp_path):
    load(tmp_path, "code,name\n420500000000,宜昌市\n420502000000,西陵区\n420502010000,某街道\n420502010200,某社区\n")

    assert list(Division.objects.values_list("code", flat=True)) == ["4205", "420502", "420502010", "420502010200"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("code,title\n4205,宜昌市\n", "code, name"),
        ("code,name\n420502,西陵区\n", "4205"),
        ("code,name\n4205,宜昌市\n42050,错\n", "3"),
        ("code,name\n4205,\n", "2"),
        ("code,name\n４２０５,宜昌市\n", "2"),
    ],
)
def test_what_cannot_be_read_is_named_and_leaves_nothing(tmp_path, text, words):
    with pytest.raises(CommandError, match=words):
        load(tmp_path, text)

    assert not Division.objects.exists()
