"""The demonstration's users. Their one password is told at every start, from a file that only its owner may read."""

import os
import secrets
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from pathlib import Path
from urllib.parse import quote

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import connection

from accounts.models import User
from accounts.services.users import create_user, give_role
from demonstration.rules.divisions import COUNTIES
from demonstration.rules.sign_ins import ALL, SIGN_INS, SignIn
from demonstration.rules.small_city import XILING
from renovation.models import Neighbourhood

LONG_AGO = timedelta(days=1200)
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


def make_users(
    sign_ins: Iterable[SignIn], today: date, neighbourhoods: Mapping[str, Neighbourhood] | None = None
) -> dict[str, User]:
    """Make users who cannot sign in yet, their roles dated long ago; by their names.

    `neighbourhoods` are those that the roles name.
    """
    made = {}
    for sign_in in sign_ins:
        user = create_user(
            username=sign_in.username, password=None, display_name=sign_in.display_name, unit=sign_in.unit
        )
        for role, place in sign_in.roles:
            territory = neighbourhoods[place].code if neighbourhoods and place in neighbourhoods else place
            give_role(user=user, role=role, territory=territory, starts_on=today - LONG_AGO)
        made[sign_in.username] = user
    return made


def make_district_officials(today: date) -> dict[str, User]:
    """An official of each district: those of the small city, and somebody who never signs in for the others."""
    names = {code: "district" if code == XILING[:6] else f"official-{code}" for code, _name in COUNTIES}
    known = {user.username: user for user in User.objects.filter(username__in=names.values())}
    missing = [
        SignIn(name, "示范区级工作人员", code, (("district_official", code),))
        for code, name in names.items()
        if name not in known
    ]
    known |= make_users(missing, today)
    return {code: known[name] for code, name in names.items()}


def password_for(wanted: str | None) -> str | None:
    """The password of all sign-ins: set to `wanted`, else the one in the file, else a new one where none was ever set.

    None where somebody set one that the file does not know.
    """
    if wanted:
        return _set(wanted)
    user = User.objects.get(username=SIGN_INS[0].username)
    if not user.has_usable_password():
        return _set("-".join("".join(secrets.choice(LETTERS) for _ in range(4)) for _ in range(3)))
    try:
        kept = _file().read_text().strip()
    except OSError:
        return None
    return kept if user.check_password(kept) else None


def _set(password: str) -> str:
    # One hash for all: it is one password, and hashing is slow on purpose.
    User.objects.filter(username__in=[sign_in.username for sign_in in ALL]).update(password=make_password(password))
    file = _file()
    file.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as handle:
        handle.write(password + "\n")
    return password


def _file() -> Path:
    """Of this database alone: a machine may keep several demonstrations."""
    return Path(settings.VAR_DIR) / f"demonstration-password-{quote(connection.settings_dict['NAME'], safe='')}"
