"""The back office of consent policies, surveys, the ledger and notices: one module a subject."""

from consent.admin import notices, surveys

__all__ = ["notices", "surveys"]
