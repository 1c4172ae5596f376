"""Callers of the API."""

from datetime import timedelta
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.utils import timezone
from oauth2_provider.models import get_access_token_model
from rest_framework.test import APIClient

from accounts.models import ApiClient, User
from tests.factories import make_client

API = "/api/v1"


def signed_in(user: User | None) -> APIClient:
    """A browser in which the user is signed in; None is a visitor. CSRF is not asked of it."""
    client = APIClient()
    if user is not None and not isinstance(user, AnonymousUser):
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def token_of(client: ApiClient, *scopes: str, **fields: Any) -> str:
    """An access token of an API client, with all its scopes if none is named."""
    token = get_access_token_model()(
        application=client,
        scope=" ".join(scopes or client.scopes),
        expires=fields.pop("expires", timezone.now() + timedelta(hours=1)),
        token=f"token-{client.pk}-{'-'.join(scopes)}",
        **fields,
    )
    token.save()
    return token.token


def system(*scopes: str, territory: str = "420502001001") -> APIClient:
    """An integrator's system with these scopes."""
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {token_of(make_client(*scopes, territory=territory))}")
    return client
