"""How a ballot stands by its entries."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from consent.rules.ballots import Entry, Standing, holder_key, standing_of

START = datetime(2026, 11, 1, tzinfo=UTC)


def at(day: int) -> datetime:
    return START + timedelta(days=day)


def handed(sequence: int, delivery: str = "in_person", supersedes: int | None = None) -> Entry:
    return Entry(sequence, at(sequence), delivery, supersedes=supersedes)


def back(sequence: int, choice: str = "agree", supersedes: int | None = None, delivery: str = "in_person") -> Entry:
    return Entry(sequence, at(0), delivery, choice, "written", at(sequence), supersedes)


def test_without_an_entry_nothing_was_delivered():
    assert standing_of([]) == Standing()
    assert not Standing().is_delivered


def test_the_latest_delivery_stands():
    found = standing_of([handed(0, "post"), handed(1, "door")])

    assert (found.delivery, found.delivered_at, found.is_delivered) == ("door", at(1), True)


def test_a_notice_is_no_delivery_and_does_not_undo_one():
    assert not standing_of([handed(0, "notice")]).is_delivered
    found = standing_of([handed(0, "door"), handed(1, "notice")])
    assert (found.delivery, found.is_delivered) == ("door", True)


def test_who_returned_a_ballot_had_it():
    assert standing_of([handed(0, "notice"), back(1, delivery="notice")]).is_delivered


def test_a_return_stands_until_it_is_corrected():
    entries = [back(0), handed(1), back(2, "disagree", supersedes=0)]

    assert standing_of(entries[:2]).choice == "agree"
    assert (standing_of(entries).choice, standing_of(entries).sequence) == ("disagree", 2)
    # What was corrected does not come back with the correction left out.
    assert standing_of(entries, without=2).choice == ""


def test_one_holder_is_one_however_the_name_is_written():
    assert holder_key(" 周 敏 ") == holder_key("周敏")
    assert holder_key("Zhou Min") == holder_key("zhoumin")
    assert holder_key("周敏") != holder_key("周民")


@given(st.lists(st.tuples(st.sampled_from(["", "agree", "disagree", "abstain"]), st.booleans()), max_size=8))
def test_one_return_at_most_counts_and_only_one_that_nobody_corrected(drawn):
    entries: list[Entry] = []
    for sequence, (choice, corrects) in enumerate(drawn):
        gone = {entry.supersedes for entry in entries}
        open_ones = [entry.sequence for entry in entries if entry.sequence not in gone]
        supersedes = open_ones[-1] if corrects and open_ones else None
        entries.append(back(sequence, choice, supersedes) if choice else handed(sequence, supersedes=supersedes))

    found = standing_of(entries)

    gone = {entry.supersedes for entry in entries}
    live = [entry for entry in entries if entry.sequence not in gone and entry.choice]
    assert found.sequence == (live[-1].sequence if live else None)
    assert found.choice == (live[-1].choice if live else "")
    assert found.is_delivered == bool(entries)
