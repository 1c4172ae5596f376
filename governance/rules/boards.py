"""Who stands on the butler board of a stairwell (policy.md, section g)."""

from datetime import date


def head_is_whole(name: str, phone: str, consents_on: date | None) -> bool:
    """Whether what is told of the building head can hang there: nothing at all, or a name with the day on which that
    resident consented to be shown. A phone alone is nobody's.
    """
    if not name:
        return not phone and consents_on is None
    return consents_on is not None


def consent_carries(consents_on: date | None, before: date | None, today: date) -> bool:
    """Whether the consent holds for another name or phone of a building head than it was given for: only one that is
    told anew does, or one of today.
    """
    return consents_on != before or consents_on == today
