from accounts.models.clients import ApiClient, ClientSecret
from accounts.models.jobs import Job, WorkerBeat
from accounts.models.lists import SavedList
from accounts.models.records import Change, HistoryEntry, IdempotencyKey
from accounts.models.users import RoleAssignment, User
from accounts.models.webhooks import Webhook, WebhookAttempt, WebhookDelivery

__all__ = [
    "ApiClient",
    "Change",
    "ClientSecret",
    "HistoryEntry",
    "IdempotencyKey",
    "Job",
    "RoleAssignment",
    "SavedList",
    "User",
    "Webhook",
    "WebhookAttempt",
    "WebhookDelivery",
    "WorkerBeat",
]
