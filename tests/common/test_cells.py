"""What a spreadsheet would take for a formula is a text."""

import pytest

from common.cells import safe_text


@pytest.mark.parametrize("first", ["=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n"])
def test_what_begins_like_a_formula_has_an_apostrophe_before_it(first):
    assert safe_text(f"{first}1+1") == f"'{first}1+1"


@pytest.mark.parametrize("text", ["", "1=1", "张三", " =1"])
def test_other_texts_stay_as_they_are(text):
    assert safe_text(text) == text
