"""The owners' common money: what each purse is made of (Civil Code 281, 282; policy.md, sections a and f)."""

from decimal import Decimal

INCOME = frozenset({"parking", "advertising", "letting", "interest"})
COSTS = frozenset({"repair", "running_cost"})
"""What is neither (`other`, and what takes an entry back) may be of either sign."""

SOURCES: dict[str, tuple[str, ...]] = {
    "public_income": ("parking", "advertising", "letting", "interest", "repair", "running_cost", "other"),
    "maintenance_fund": ("interest", "repair", "other"),
}
"""Common parts earn public income after its reasonable cost (282). The fund is paid in by owners, earns interest, and
is spent on repairs of common parts by the owners' decision (281).
"""


def has_right_sign(source: str, amount: Decimal) -> bool:
    """Whether the amount (yuan, not 0) is of the sign that its source has: income above 0, costs below it."""
    if source in INCOME:
        return amount > 0
    return amount < 0 if source in COSTS else amount != 0
