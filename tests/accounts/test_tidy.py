from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.utils import timezone
from oauth2_provider.models import get_access_token_model

from accounts.models import IdempotencyKey
from accounts.services.idempotency import KEPT_FOR
from tests.api.helpers import token_of
from tests.factories import make_client, make_user


@pytest.mark.django_db
def test_what_has_run_out_is_deleted_and_the_rest_kept() -> None:
    user, api_client, now = make_user(), make_client("registry:read"), timezone.now()
    for key, age in (("old", KEPT_FOR + timedelta(minutes=1)), ("young", KEPT_FOR - timedelta(minutes=1))):
        made = IdempotencyKey.objects.create(user=user, key=key, request_hash=b"x")
        IdempotencyKey.objects.filter(pk=made.pk).update(created_at=now - age)
    token_of(api_client, "old", expires=now - timedelta(days=2))
    token_of(api_client, "young")

    call_command("tidy", stdout=StringIO())

    assert [row.key for row in IdempotencyKey.objects.all()] == ["young"]
    assert [token.scope for token in get_access_token_model().objects.all()] == ["young"]
