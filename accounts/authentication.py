"""Who is calling: a person with a session, or an integrator's system with an access token and its scopes."""

from hashlib import sha256
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from oauth2_provider.models import get_access_token_model
from oauth2_provider.scopes import SettingsScopes
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from accounts.models import User
from accounts.rules.roles import SCOPE_AREAS
from accounts.services.clients import note_client_used

LONGEST_TOKEN = 512


class TokenAuthentication(BaseAuthentication):
    """OAuth 2.0 bearer tokens of client credentials; the caller is the client's service user. One query, and another
    each ten minutes, which notes that the client is in use.
    """

    def authenticate(self, request: Request) -> tuple[User, object] | None:
        scheme, _space, token = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        access_token = _access_token(token.strip())
        if access_token is None:
            raise AuthenticationFailed(_("The access token is unknown or has expired."), code="invalid_token")
        note_client_used(client=access_token.application, at=timezone.now())
        user: User = access_token.application.service_user
        # What `visible_to` asks of the caller is at hand: no further query in this request.
        user.__dict__["client"] = access_token.application
        user.__dict__["roles_in_force"] = []
        user.token_scopes = frozenset(access_token.scope.split()) & frozenset(access_token.application.scopes)
        return user, access_token

    def authenticate_header(self, request: Request) -> str:
        sent = request.META.get("HTTP_AUTHORIZATION", "")
        return 'Bearer realm="gongdi", error="invalid_token"' if sent else 'Bearer realm="gongdi"'


class InsufficientScope(PermissionDenied):
    default_code = "insufficient_scope"

    def __init__(self, scope: str) -> None:
        super().__init__(_("The access token lacks the scope %(scope)s.") % {"scope": scope})
        self.extra = {"scope": scope}
        self.auth_header = f'Bearer realm="gongdi", error="insufficient_scope", scope="{scope}"'


class SignedInWithScope(BasePermission):
    """Somebody is signed in, or the view is open to visitors; an access token carries the scope of the view's area."""

    def has_permission(self, request: Request, view: Any) -> bool:
        user = request.user
        if not user.is_authenticated:
            return bool(getattr(view, "open_to_visitors", False))
        if user.client is not None and (area := scope_area(view)):
            scopes = user.token_scopes or frozenset()
            way = "read" if request.method in SAFE_METHODS else "write"
            if f"{area}:write" not in scopes and f"{area}:{way}" not in scopes:
                raise InsufficientScope(f"{area}:{way}")
        return True


def scope_area(view: Any) -> str:
    """The area whose scope a view asks for in the action at hand; empty where any client may come."""
    act = getattr(view, "acts", {}).get(getattr(view, "action", None)) or getattr(view, "act", None)
    return SCOPE_AREAS[act] if act else ""


class ClientScopes(SettingsScopes):
    """The token endpoint gives a client the scopes it was made with, all of them unless it asks for fewer."""

    def get_available_scopes(
        self, application: Any = None, request: Any = None, *args: Any, **kwargs: Any
    ) -> list[str]:
        return list(application.scopes) if application is not None else []

    def get_default_scopes(self, application: Any = None, request: Any = None, *args: Any, **kwargs: Any) -> list[str]:
        return self.get_available_scopes(application)


def _access_token(token: str) -> Any:
    """The token's row with its client and service user, or None where it is unknown, expired or shut off."""
    if not token or len(token) > LONGEST_TOKEN or not token.isascii():
        return None
    found = (
        get_access_token_model()
        .objects.select_related("application__service_user")
        .filter(token_checksum=sha256(token.encode()).hexdigest(), expires__gt=timezone.now())
        .first()
    )
    return found if found is not None and found.application.is_usable(None) else None
