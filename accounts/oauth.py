"""What the token endpoint asks of a client: one of the secrets that hold, and no token beyond what gave it."""

from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.utils import timezone
from oauth2_provider.oauth2_validators import OAuth2Validator

from accounts.models import ApiClient, ClientSecret
from accounts.services.clients import note_secret_used


class ClientValidator(OAuth2Validator):
    """Takes the newest secret of a client, or the one that it replaced as long as that holds.

    A wrong secret costs a slow hash for each: the token endpoint counts who tries.
    """

    def _authenticate_basic_auth(self, request: Any) -> bool:
        return self._by_any_secret(super()._authenticate_basic_auth, request)

    def _authenticate_request_body(self, request: Any) -> bool:
        return self._by_any_secret(super()._authenticate_request_body, request)

    def _by_any_secret(self, authenticate: Callable[[Any], bool], request: Any) -> bool:
        if authenticate(request):
            return True
        client = request.client
        if not isinstance(client, ApiClient):
            return False
        newest = client.client_secret
        earlier = client.secrets.filter(expires_at__gt=timezone.now()).exclude(hash=newest)
        for secret in earlier.values_list("hash", flat=True):
            # In memory, for this request: what stands in the row stays the newest.
            client.client_secret = secret
            if authenticate(request):
                return True
        client.client_secret = newest
        return False

    def save_bearer_token(self, token: dict[str, Any], request: Any, *args: Any, **kwargs: Any) -> Any:
        """Keep a token that ends no later than its client and the secret that asked for it; `expires_in` says so."""
        with transaction.atomic():
            # Held until the token is kept: who ends the secret meanwhile waits, and then ends the token too.
            ApiClient.objects.select_for_update(no_key=True).only("pk").get(pk=request.client.pk)
            now = timezone.now()
            secret: ClientSecret = note_secret_used(client=request.client, hash=request.client.client_secret, at=now)
            for end in (request.client.ends_at, secret.expires_at):
                if end is not None:
                    token["expires_in"] = min(token["expires_in"], max(1, int((end - now).total_seconds())))
            return super().save_bearer_token(token, request, *args, **kwargs)
