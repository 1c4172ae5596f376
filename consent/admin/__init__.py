"""The back office of consent: policies, surveys, the ledger, notices, votes and workshops, one module a subject."""

from consent.admin import notices, surveys, votes, workshops

__all__ = ["notices", "surveys", "votes", "workshops"]
