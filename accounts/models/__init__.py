from accounts.models.clients import ApiClient
from accounts.models.lists import SavedList
from accounts.models.records import Change, HistoryEntry, IdempotencyKey
from accounts.models.users import RoleAssignment, User

__all__ = ["ApiClient", "Change", "HistoryEntry", "IdempotencyKey", "RoleAssignment", "SavedList", "User"]
