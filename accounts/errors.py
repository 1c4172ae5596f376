"""Refusals that belong to no subject of the product: repeated requests and stale versions."""

from common.errors import DomainError


class StaleVersion(DomainError):
    code = "stale_version"
    status = 412


class IdempotencyKeyReused(DomainError):
    code = "idempotency_key_reused"
    status = 422


class RequestInFlight(DomainError):
    code = "request_in_flight"
    status = 409


class UnknownScope(DomainError):
    code = "unknown_scope"


class UnknownTerritory(DomainError):
    code = "unknown_territory"


class UnusableName(DomainError):
    code = "unusable_name"


class ItemsRefused(DomainError):
    code = "items_refused"
    status = 422
