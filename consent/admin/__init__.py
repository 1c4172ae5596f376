"""The back office of consent: policies, surveys, the ledger, contested answers, notices, votes and workshops, one module
a subject.
"""

from consent.admin import contests, notices, surveys, votes, workshops

__all__ = ["contests", "notices", "surveys", "votes", "workshops"]
