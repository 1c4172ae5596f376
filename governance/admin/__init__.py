"""The back office of governance: lists that are read, one module a subject."""

from governance.admin import (
    boards,
    bodies,
    contests,
    conventions,
    fees_arrears,
    fees_billing,
    fees_charges,
    fees_payments,
    fees_reporting,
    fees_statements,
    handover,
    party,
    upkeep,
)

__all__ = [
    "boards",
    "bodies",
    "contests",
    "conventions",
    "fees_arrears",
    "fees_billing",
    "fees_charges",
    "fees_payments",
    "fees_reporting",
    "fees_statements",
    "handover",
    "party",
    "upkeep",
]
