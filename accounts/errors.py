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


class UnusableExpiry(DomainError):
    code = "unusable_expiry"


class UnusableLimit(DomainError):
    code = "unusable_limit"


class NothingToTryAgain(DomainError):
    code = "nothing_to_try_again"
    status = 409


class NothingToCancel(DomainError):
    code = "nothing_to_cancel"
    status = 409


class TooManyWebhooks(DomainError):
    code = "too_many_webhooks"


class WebhookNotSending(DomainError):
    """It is paused or gone, so nothing can be sent to it."""

    code = "webhook_not_sending"


class RotationUnderWay(DomainError):
    code = "rotation_under_way"


class CursorExpired(DomainError):
    """The changes from there on are no longer all kept."""

    code = "cursor_expired"


class ChangesExpired(CursorExpired):
    """Whoever reads from there on would miss some: it begins anew."""

    status = 410


class StillWaiting(DomainError):
    code = "still_waiting"


class ListNameTaken(DomainError):
    code = "list_name_taken"


class TooManyLists(DomainError):
    code = "too_many_lists"


class ItemsRefused(DomainError):
    code = "items_refused"
    status = 422
