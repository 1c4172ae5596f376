"""What the dashboard decides and sums, over plain values (workflow.md, A district official's Monday morning)."""

from decimal import ROUND_DOWN, Decimal

RATE_STEP = Decimal("0.0001")


def rate_of(part: int | Decimal, whole: int | Decimal) -> Decimal | None:
    """A share to four places, cut and not rounded: 0.94996 never reads 0.9500. Of nothing there is no rate."""
    if whole <= 0:
        return None
    return (Decimal(part) / Decimal(whole)).quantize(RATE_STEP, rounding=ROUND_DOWN)
