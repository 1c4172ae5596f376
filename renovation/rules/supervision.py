"""When a defect is early damage, and how long one is overdue."""

from datetime import date

CLOSED = "closed"


def is_after_acceptance(found_on: date, accepted_on: date | None) -> bool:
    """Whether a defect is early damage: found later than the day on which the works passed acceptance. On that day
    itself it belongs to the works, as a finding of the acceptance (policy.md, section j: the warranty runs from then).
    """
    return accepted_on is not None and found_on > accepted_on


def days_overdue(due_on: date | None, today: date) -> int:
    """For how many days a defect should have been rectified; 0 on the due day itself, and where none was set."""
    return max(0, (today - due_on).days) if due_on else 0
