from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F, Manager, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from oauth2_provider.generators import generate_client_secret
from oauth2_provider.models import get_access_token_model
from oauth2_provider.settings import oauth2_settings

from accounts.errors import UnknownScope, UnknownTerritory, UnusableExpiry, UnusableLimit, UnusableName
from accounts.models import ApiClient, ClientSecret, User
from accounts.rules.territory import kind_of_code
from accounts.services.history import add_history

LONGEST_OVERLAP_DAYS = 30
ENDS_SOON = timedelta(days=30)
USE_NOTED_EVERY = timedelta(minutes=10)
MOST_REQUESTS_PER_MINUTE = 1_000_000


@dataclass(frozen=True)
class NewClient:
    """A client just made, with its secret: kept nowhere but as a hash, so shown once."""

    client: ApiClient
    secret: str


@transaction.atomic
def create_client(
    *,
    name: str,
    territory: str,
    scopes: Iterable[str],
    expires_on: date | None = None,
    requests_per_minute: int | None = None,
    by: User | None = None,
) -> NewClient:
    """Make an API client and the service user that stands for it. Write scopes include reading.

    `expires_on` is its last day, without which it goes on; `requests_per_minute` is its own limit instead of the
    site's. Raises UnknownScope, UnknownTerritory, UnusableExpiry, UnusableLimit and UnusableName (a name is used once,
    so that a log can be read).
    """
    wanted = _known_scopes(scopes)
    _check_territory(territory)
    _check_bounds(expires_on, requests_per_minute)
    if not 0 < len(name) <= 100 or not name.isprintable():
        raise UnusableName(_("A name has 1 to 100 printable characters."))
    service_user = User(username=f"api:{name}", display_name=name)
    service_user.set_unusable_password()
    try:
        with transaction.atomic():
            service_user.save()
    except IntegrityError as error:
        raise UnusableName(_("There is a client of this name already.")) from error
    secret = generate_client_secret()
    client = ApiClient.objects.create(
        name=name,
        territory=territory,
        scopes=wanted,
        expires_on=expires_on,
        requests_per_minute=requests_per_minute,
        service_user=service_user,
        client_type=ApiClient.CLIENT_CONFIDENTIAL,
        authorization_grant_type=ApiClient.GRANT_CLIENT_CREDENTIALS,
        client_secret=secret,
    )
    _keep_secret(client, secret, by)
    add_history(client, "created", by=by, action=None, **_told(client))
    return NewClient(client=client, secret=secret)


@transaction.atomic
def change_client(
    *,
    client: ApiClient,
    territory: str,
    scopes: Iterable[str],
    expires_on: date | None,
    requests_per_minute: int | None,
    by: User | None = None,
) -> ApiClient:
    """Give a client another territory, other scopes, another last day or another limit. Its tokens end with the first
    two, so that none goes further than the client does; the others count from the next request.

    Raises UnknownScope, UnknownTerritory, UnusableExpiry and UnusableLimit.
    """
    wanted = _known_scopes(scopes)
    _check_territory(territory)
    locked = ApiClient.objects.select_for_update().get(pk=client.pk)
    _check_bounds(expires_on if expires_on != locked.expires_on else None, requests_per_minute)
    before = _told(locked)
    locked.territory, locked.scopes = territory, wanted
    locked.expires_on, locked.requests_per_minute = expires_on, requests_per_minute
    locked.save(update_fields=["territory", "scopes", "expires_on", "requests_per_minute"])
    after = _told(locked)
    changed = {name: [before[name], after[name]] for name in after if before[name] != after[name]}
    if changed.keys() & {"territory", "scopes"}:
        _end_tokens(locked)
    add_history(locked, "changed", by=by, action=None, changed=changed)
    return locked


@transaction.atomic
def renew_secret(
    *, client: ApiClient, overlap_days: int = 0, by: User | None = None, at: datetime | None = None
) -> NewClient:
    """Give a client a new secret. The one that it uses now holds for `overlap_days` (0 to 30) more, and so do tokens:
    whoever runs the client changes it over without a gap. Without them it ends at once, and its tokens with it.

    One earlier secret holds beside the new one: of several, that which was used last, since a secret that was made and
    never used stops nobody. Raises UnusableExpiry.
    """
    if not 0 <= overlap_days <= LONGEST_OVERLAP_DAYS:
        raise UnusableExpiry(_("An earlier secret holds for 0 to %(days)s days more.") % {"days": LONGEST_OVERLAP_DAYS})
    at = at or timezone.now()
    locked = ApiClient.objects.select_for_update().get(pk=client.pk)
    # A client that was made before secrets were kept has no row for its first one.
    ClientSecret.objects.get_or_create(client=locked, hash=locked.client_secret)
    if overlap_days:
        holding = locked.secrets.filter(Q(expires_at=None) | Q(expires_at__gt=at))
        goes_on = holding.order_by(F("last_used_at").desc(nulls_last=True), "-id")[0]
        locked.secrets.filter(pk=goes_on.pk).update(expires_at=at + timedelta(days=overlap_days))
        _end_secrets(locked.secrets.exclude(pk=goes_on.pk), at)
    else:
        _end_secrets(locked.secrets, at)
        _end_tokens(locked)
    secret = generate_client_secret()
    locked.client_secret = secret
    locked.save(update_fields=["client_secret"])
    _keep_secret(locked, secret, by)
    add_history(locked, "secret_renewed", by=by, action=None, overlap_days=overlap_days)
    return NewClient(client=locked, secret=secret)


@transaction.atomic
def end_earlier_secret(*, client: ApiClient, by: User | None, at: datetime | None = None) -> bool:
    """End the secret that a newer one replaced, and every token that the client holds: which secret a token was given
    for is not kept. With the newest it has another at once. False, with nothing done, where none holds any more.
    """
    at = at or timezone.now()
    locked = ApiClient.objects.select_for_update().get(pk=client.pk)
    if not _end_secrets(locked.secrets.exclude(hash=locked.client_secret), at):
        return False
    _end_tokens(locked)
    add_history(locked, "secret_ended", by=by, action=None)
    return True


@transaction.atomic
def note_secret_used(*, client: ApiClient, hash: str, at: datetime) -> ClientSecret:
    """Write down that a secret was used for a token, and with it the client. Returns the secret's row."""
    secret, _made = ClientSecret.objects.update_or_create(client=client, hash=hash, defaults={"last_used_at": at})
    note_client_used(client=client, at=at)
    return secret


def note_client_used(*, client: ApiClient, at: datetime) -> None:
    """Write down that a client called, at most once in ten minutes: no query where that was noted within them.

    The row in hand may be older than the table, so the statement asks again.
    """
    due = at - USE_NOTED_EVERY
    if client.last_used_at is None or client.last_used_at < due:
        rows = ApiClient.objects.filter(Q(last_used_at=None) | Q(last_used_at__lt=due), pk=client.pk)
        rows.update(last_used_at=at)
        client.last_used_at = at


@transaction.atomic
def switch_off_client(*, client: ApiClient, by: User | None) -> None:
    """Take a client's access away at once: no new tokens, and those given out end."""
    client.service_user.is_active = False
    client.service_user.save(update_fields=["is_active"])
    _end_tokens(client)
    add_history(client, "switched_off", by=by, action=None)


@transaction.atomic
def switch_on_client(*, client: ApiClient, by: User | None) -> None:
    """Let a client that was switched off have tokens again."""
    client.service_user.is_active = True
    client.service_user.save(update_fields=["is_active"])
    add_history(client, "switched_on", by=by, action=None)


def _known_scopes(scopes: Iterable[str]) -> list[str]:
    wanted, known = sorted(set(scopes)), set(oauth2_settings.SCOPES)
    if unknown := [scope for scope in wanted if scope not in known]:
        raise UnknownScope(
            _("There is no scope %(unknown)s. There are: %(known)s.")
            % {"unknown": ", ".join(unknown), "known": ", ".join(sorted(known))}
        )
    if not wanted:
        raise UnknownScope(_("A client needs at least one scope of: %(known)s.") % {"known": ", ".join(sorted(known))})
    return wanted


def _check_territory(territory: str) -> None:
    if kind_of_code(territory) is None:
        raise UnknownTerritory(
            _("%(code)s is no code of a division (4, 6, 9 or 12 digits), a grid (15 digits) or a neighbourhood.")
            % {"code": territory or "''"}
        )


def _check_bounds(expires_on: date | None, requests_per_minute: int | None) -> None:
    if expires_on is not None and expires_on < timezone.localdate():
        raise UnusableExpiry(_("The last day of a client is today or later. To end it at once, switch it off."))
    if requests_per_minute is not None and not 1 <= requests_per_minute <= MOST_REQUESTS_PER_MINUTE:
        raise UnusableLimit(_("A client makes 1 to %(most)s requests a minute.") % {"most": MOST_REQUESTS_PER_MINUTE})


def _told(client: ApiClient) -> dict[str, Any]:
    return {
        "territory": client.territory,
        "scopes": client.scopes,
        "expires_on": client.expires_on.isoformat() if client.expires_on else None,
        "requests_per_minute": client.requests_per_minute,
    }


def _keep_secret(client: ApiClient, secret: str, by: User | None) -> None:
    ClientSecret.objects.create(client=client, hash=client.client_secret, hint=secret[-4:], made_by=by)


def _end_secrets(secrets: QuerySet[ClientSecret] | Manager[ClientSecret], at: datetime) -> int:
    return secrets.filter(Q(expires_at=None) | Q(expires_at__gt=at)).update(expires_at=at)


def _end_tokens(client: ApiClient) -> None:
    get_access_token_model().objects.filter(application=client).delete()
