"""The back office of governance: lists that are read, one module a subject."""

from governance.admin import bodies, handover

__all__ = ["bodies", "handover"]
