"""The id of the request in hand, for history rows and logs. Empty outside a request."""

from contextvars import ContextVar

request_id: ContextVar[str] = ContextVar("request_id", default="")
