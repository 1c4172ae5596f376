import pytest
from hypothesis import given
from hypothesis import strategies as st

from renovation.rules.masking import mask_name, mask_phone


@pytest.mark.parametrize(
    ("phone", "shown"),
    [
        ("13812342071", "138****2071"),
        ("07176221234", "071****1234"),
        ("6221234", "****34"),
        ("12345", "****"),
        ("", ""),
    ],
)
def test_a_phone_shows_its_ends(phone: str, shown: str) -> None:
    assert mask_phone(phone) == shown


@pytest.mark.parametrize(("name", "shown"), [("周敏", "周**"), ("欧阳明月", "欧**"), ("周", "周**"), ("", "")])
def test_a_name_shows_its_first_character(name: str, shown: str) -> None:
    assert mask_name(name) == shown


@given(st.text(alphabet="0123456789-", min_size=6, max_size=20))
def test_at_least_four_digits_are_hidden(phone: str) -> None:
    shown = mask_phone(phone)

    assert "****" in shown
    assert len(phone) - len(shown.replace("*", "")) >= 4
