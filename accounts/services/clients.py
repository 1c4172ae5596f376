from collections.abc import Iterable
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from oauth2_provider.generators import generate_client_secret
from oauth2_provider.models import get_access_token_model
from oauth2_provider.settings import oauth2_settings

from accounts.errors import UnknownScope, UnknownTerritory, UnusableName
from accounts.models import ApiClient, User
from accounts.rules.territory import kind_of_code
from accounts.services.history import add_history


@dataclass(frozen=True)
class NewClient:
    """A client just made, with its secret: kept nowhere but as a hash, so shown once."""

    client: ApiClient
    secret: str


@transaction.atomic
def create_client(*, name: str, territory: str, scopes: Iterable[str], by: User | None = None) -> NewClient:
    """Make an API client and the service user that stands for it. Write scopes include reading.

    Raises UnknownScope, UnknownTerritory and UnusableName (a name is used once, so that a log can be read).
    """
    wanted = _known_scopes(scopes)
    _check_territory(territory)
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
        service_user=service_user,
        client_type=ApiClient.CLIENT_CONFIDENTIAL,
        authorization_grant_type=ApiClient.GRANT_CLIENT_CREDENTIALS,
        client_secret=secret,
    )
    add_history(client, "created", by=by, action=None, territory=territory, scopes=wanted)
    return NewClient(client=client, secret=secret)


@transaction.atomic
def change_client(*, client: ApiClient, territory: str, scopes: Iterable[str], by: User | None = None) -> ApiClient:
    """Give a client another territory or other scopes. Its tokens end, so that none goes further than the client does.

    Raises UnknownScope and UnknownTerritory.
    """
    wanted = _known_scopes(scopes)
    _check_territory(territory)
    locked = ApiClient.objects.select_for_update().get(pk=client.pk)
    before = {"territory": locked.territory, "scopes": locked.scopes}
    locked.territory, locked.scopes = territory, wanted
    locked.save(update_fields=["territory", "scopes"])
    _end_tokens(locked)
    after = {"territory": territory, "scopes": wanted}
    changed = {name: [before[name], after[name]] for name in after if before[name] != after[name]}
    add_history(locked, "changed", by=by, action=None, changed=changed)
    return locked


@transaction.atomic
def renew_secret(*, client: ApiClient, by: User | None = None) -> NewClient:
    """Give a client a new secret. The old one and the tokens it got end at once."""
    secret = generate_client_secret()
    client.client_secret = secret
    client.save(update_fields=["client_secret"])
    _end_tokens(client)
    add_history(client, "secret_renewed", by=by, action=None)
    return NewClient(client=client, secret=secret)


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


def _end_tokens(client: ApiClient) -> None:
    get_access_token_model().objects.filter(application=client).delete()
