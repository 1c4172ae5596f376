"""The back office of consent: policies, surveys, the ledger, contests, notices, votes and workshops, a module each."""

from consent.admin import contests, notices, surveys, votes, workshops

__all__ = ["contests", "notices", "surveys", "votes", "workshops"]
