"""The back office of governance: lists that are read, one module a subject."""

from governance.admin import boards, bodies, handover, party

__all__ = ["boards", "bodies", "handover", "party"]
