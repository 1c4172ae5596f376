"""Refusals: what was read and understood, and is not allowed. Edges turn them into words or problem+json."""

from typing import Any


class DomainError(Exception):
    """A refusal with words for people, a `code` for programs and the HTTP status it is answered with.

    `extra` holds further members of the problem document, such as the figures behind the refusal.
    """

    code = "refused"
    status = 409

    def __init__(self, detail: str, **extra: Any) -> None:
        super().__init__(detail)
        self.detail = detail
        self.extra = extra

    def __str__(self) -> str:
        return str(self.detail)
