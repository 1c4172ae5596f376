"""Why the demonstration is not set up here."""

from common.errors import DomainError


class NotADemonstration(DomainError):
    code = "not_a_demonstration"
