from collections.abc import Iterable
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from oauth2_provider.generators import generate_client_secret
from oauth2_provider.models import get_access_token_model
from oauth2_provider.settings import oauth2_settings

from accounts.errors import NameTaken, UnknownScope, UnknownTerritory
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

    Raises UnknownScope, UnknownTerritory and NameTaken (a name is used once, so that a log can be read).
    """
    wanted, known = sorted(set(scopes)), set(oauth2_settings.SCOPES)
    if unknown := [scope for scope in wanted if scope not in known]:
        raise UnknownScope(
            _("There is no scope %(unknown)s. There are: %(known)s.")
            % {"unknown": ", ".join(unknown), "known": ", ".join(sorted(known))}
        )
    if not wanted:
        raise UnknownScope(_("A client needs at least one scope of: %(known)s.") % {"known": ", ".join(sorted(known))})
    if kind_of_code(territory) is None:
        raise UnknownTerritory(
            _("%(code)s is no code of a division (4, 6, 9 or 12 digits), a grid (15 digits) or a neighbourhood.")
            % {"code": territory or "''"}
        )
    if not 0 < len(name) <= 100 or not name.isprintable():
        raise NameTaken(_("A name has 1 to 100 printable characters."))
    service_user = User(username=f"api:{name}", display_name=name)
    service_user.set_unusable_password()
    try:
        with transaction.atomic():
            service_user.save()
    except IntegrityError as error:
        raise NameTaken(_("There is a client of this name already.")) from error
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
def switch_off_client(*, client: ApiClient, by: User | None) -> None:
    """Take a client's access away at once: no new tokens, and those given out end."""
    client.service_user.is_active = False
    client.service_user.save(update_fields=["is_active"])
    get_access_token_model().objects.filter(application=client).delete()
    add_history(client, "switched_off", by=by, action=None)
