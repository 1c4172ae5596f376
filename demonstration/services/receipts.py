"""A receipt that a visitor of the demonstration can check, since nobody gave one to them at a door."""

from consent.models import Stance


def receipt_to_try() -> str:
    """The code of an answer that is in the count of a survey whose result hangs; empty where there is none."""
    codes = Stance.objects.filter(
        counts=True, survey__notices__isnull=False, visit__private__receipt_code__isnull=False
    )
    found: str | None = codes.order_by("door_id").values_list("visit__private__receipt_code", flat=True).first()
    return found or ""
