from accounts.models.clients import ApiClient
from accounts.models.records import Change, HistoryEntry, IdempotencyKey
from accounts.models.users import RoleAssignment, User
from accounts.models.webhooks import Webhook, WebhookAttempt, WebhookDelivery

__all__ = [
    "ApiClient",
    "Change",
    "HistoryEntry",
    "IdempotencyKey",
    "RoleAssignment",
    "User",
    "Webhook",
    "WebhookAttempt",
    "WebhookDelivery",
]
