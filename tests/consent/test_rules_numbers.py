from consent.rules.numbers import natural


def test_numbers_sort_as_they_are_counted_and_names_after_them():
    assert sorted(["10", "2", "甲", "2A", "1"], key=natural) == ["1", "2", "2A", "10", "甲"]
