"""The environment, read with types. A value that cannot be read stops the start-up and names itself."""

import contextlib
import os
import secrets
import tempfile
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

_TRUE, _FALSE = {"1", "true", "yes", "on"}, {"0", "false", "no", "off", ""}


def boolean(name: str, *, default: bool) -> bool:
    given = os.environ.get(name)
    if given is None:
        return default
    if given.lower() in _TRUE:
        return True
    if given.lower() in _FALSE:
        return False
    raise ImproperlyConfigured(f"{name} must be true or false, not {given!r}.")


def text(name: str, *, default: str) -> str:
    return os.environ.get(name, default)


def integer(name: str, *, default: int, least: int = 0) -> int:
    """A whole number, `least` or more."""
    given = os.environ.get(name)
    if not given:
        return default
    if not (given.isascii() and given.isdigit() and int(given) >= least):
        raise ImproperlyConfigured(f"{name} must be a whole number, {least} or more, not {given!r}.")
    return int(given)


def one_of(name: str, choices: list[str], *, default: str) -> str:
    given = os.environ.get(name) or default
    if given not in choices:
        raise ImproperlyConfigured(f"{name} must be one of {', '.join(choices)}, not {given!r}.")
    return given


def path(name: str) -> Path | None:
    """A place on this machine, by its whole path."""
    given = os.environ.get(name)
    if not given:
        return None
    if not Path(given).is_absolute():
        raise ImproperlyConfigured(f"{name} must be a whole path such as /srv/gongdi, not {given!r}.")
    return Path(given)


def origin(name: str, *, default: str) -> str:
    """Where a site is: https://gongdi.example, without a path and a slash at the end."""
    given = os.environ.get(name)
    if not given:
        return default
    parts = urlsplit(given)
    if parts.scheme not in ("http", "https") or not parts.hostname or f"{parts.scheme}://{parts.netloc}" != given:
        raise ImproperlyConfigured(f"{name} must be an address such as https://gongdi.example, not {given!r}.")
    return given


def words(name: str, *, default: list[str]) -> list[str]:
    """A list, separated by commas."""
    given = os.environ.get(name)
    return default if given is None else [word.strip() for word in given.split(",") if word.strip()]


def networks(name: str, *, default: list[str]) -> list[IPv4Network | IPv6Network]:
    """Networks such as 10.0.0.0/8, or addresses, separated by commas."""
    found = []
    for word in words(name, default=default):
        try:
            found.append(ip_network(word))
        except ValueError as error:
            raise ImproperlyConfigured(f"{name} must be networks such as 10.0.0.0/8, not {word!r}.") from error
    return found


def secret(name: str, *, kept_in: Path) -> str:
    """The secret from the environment, else one made at the first start and kept in a file of its own."""
    if given := os.environ.get(name):
        return given
    if not kept_in.exists():
        kept_in.parent.mkdir(parents=True, exist_ok=True)
        handle, draft = tempfile.mkstemp(dir=kept_in.parent)
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_urlsafe(48))
        # Of several first starts at once one wins, and nobody reads half a secret.
        with contextlib.suppress(FileExistsError):
            os.link(draft, kept_in)
        os.unlink(draft)
    return kept_in.read_text()


def database(name: str) -> dict[str, Any] | None:
    """Django's connection keys from `postgresql://user:password@host:port/name?option=value`, or None.

    A host that is a directory (a socket's) is given as an option: `postgresql:///gongdi?host=/var/run/postgresql`.
    """
    given = os.environ.get(name)
    if not given:
        return None
    try:
        url = urlsplit(given)
        port = url.port
        options = dict(parse_qsl(url.query, strict_parsing=True)) if url.query else {}
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} cannot be read: {error}.") from error
    if url.scheme not in {"postgres", "postgresql"} or not url.path.strip("/"):
        raise ImproperlyConfigured(f"{name} must look like postgresql://user:password@host:5432/name.")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(url.path.strip("/")),
        "USER": options.pop("user", "") or unquote(url.username or ""),
        "PASSWORD": options.pop("password", "") or unquote(url.password or ""),
        "HOST": options.pop("host", "") or unquote(url.hostname or ""),
        "PORT": options.pop("port", "") or str(port or ""),
        "OPTIONS": options,
    }
