"""The timeline folds what modules told one after the other; the API keeps every row."""

from typing import Any

from renovation.reports.history import folded


def row(number: int, evidence: str = "residents_share", **fields: Any) -> dict[str, Any]:
    return {
        "id": f"evidence-{number}",
        "number": number,
        "kind": "evidence",
        "evidence": evidence,
        "document": "",
        "revoked": False,
    } | fields


def test_a_run_of_pushed_figures_is_told_by_its_last_row():
    rows = [row(3), row(2), row(1)]

    assert folded(rows) == [row(3) | {"run": 3}]
    assert folded(rows[::-1]) == [row(3) | {"run": 3}]


def test_another_kind_ends_a_run():
    rows = [row(4), row(3, "works_done"), row(2), row(1)]

    assert [(one["number"], one["run"]) for one in folded(rows)] == [(4, 1), (3, 1), (2, 2)]


def test_what_a_person_recorded_or_revoked_and_each_step_stand_for_themselves():
    rows = [
        row(5, document="区改办〔2026〕1号"),
        row(4, document="区改办〔2026〕1号"),
        row(3, revoked=True),
        row(2, revoked=True),
        row(1, kind="stage_change", id="stage_change-1"),
    ]

    assert [one["run"] for one in folded(rows)] == [1] * 5
