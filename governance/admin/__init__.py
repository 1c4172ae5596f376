"""The back office of governance: lists that are read, one module a subject."""

from governance.admin import bodies

__all__ = ["bodies"]
