"""When a delivery is tried again, when a webhook is paused, and which addresses requests may go to at all."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from urllib.parse import urlsplit

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

# --- When ------------------------------------------------------------------------------------------

SCHEDULE = (
    timedelta(0),
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
"""Before each attempt, after the one before it (Standard Webhooks, "Delivery"): ten attempts in about three days."""
JITTER = 0.1

CALM = (
    timedelta(seconds=5),
    timedelta(seconds=30),
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=10),
    timedelta(minutes=30),
    timedelta(hours=1),
)
"""How long a webhook rests after each failure in a row, whichever delivery failed; the last for all that follow."""

LONGEST_RETRY_AFTER = timedelta(hours=24)
PAUSED_AFTER_FAILURES, PAUSED_AFTER = 15, timedelta(hours=24)

GONE = 410


def pause_before_next(attempts: int, *, shift: float = 0.0) -> timedelta | None:
    """How long a delivery waits after its attempt number `attempts` (from 1) failed; None after the last one.

    `shift` from -1 to 1 moves it by up to a tenth, so that what failed together does not come back together.
    """
    if attempts >= len(SCHEDULE):
        return None
    return SCHEDULE[attempts] * (1 + JITTER * shift)


def rest_after(failures: int) -> timedelta:
    """How long a webhook is left alone after so many failures in a row (from 1)."""
    return CALM[min(failures, len(CALM)) - 1]


def is_to_be_paused(failures: int, failing_for: timedelta) -> bool:
    """Whether it has failed often enough in a row, and for more than a day."""
    return failures >= PAUSED_AFTER_FAILURES and failing_for > PAUSED_AFTER


def is_delivered(status: int | None) -> bool:
    """Only 2xx is. A redirect is not followed: a signed message goes to the address that was given and no other."""
    return status is not None and 200 <= status < 300


# --- Where -----------------------------------------------------------------------------------------

LONGEST_URL = 500
HTTPS_PORT, HTTP_PORT, FIRST_FREE_PORT = 443, 80, 1024

_NOT_PUBLIC_4 = tuple(
    IPv4Network(text)
    for text in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
    )
)
# Of IPv6 only 2000::/3 is the internet's: ::1, fc00::/7, fe80::/10, fec0::/10, ff00::/8 and the rest are outside it.
_PUBLIC_6 = IPv6Network("2000::/3")
_NOT_PUBLIC_6 = tuple(
    IPv6Network(text) for text in ("2001:2::/48", "2001:10::/28", "2001:20::/28", "2001:db8::/32", "3fff::/20")
)
_MAPPED_4 = tuple(IPv6Network(text) for text in ("::ffff:0:0/96", "64:ff9b::/96"))
_SIX_TO_FOUR, _TEREDO = IPv6Network("2002::/16"), IPv6Network("2001::/32")


class UnusableUrl(ValueError):
    """An address to which no webhook goes; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Target:
    """Where a URL leads. `host` is a name in ASCII without the last dot, or an address; `path` has the query in it."""

    is_secure: bool
    host: str
    port: int
    path: str


def read_target(url: str, *, allow_http: bool = False) -> Target:
    """Take a webhook's URL apart. Raises UnusableUrl for whatever different readers of it could read differently.

    Only https (http where it is allowed), no user in it, no fragment, and port 443 or one from 1024 on (80 for http).
    An address as the host is written out, in dots or in brackets: `127.1`, `0x7f.1` and `2130706433` are refused.
    """
    if len(url) > LONGEST_URL:
        raise UnusableUrl("too_long")
    if "\\" in url or any(character <= " " or character == "\x7f" for character in url):
        raise UnusableUrl("unreadable")
    try:
        parts = urlsplit(url)
        port, name = parts.port, parts.hostname or ""
    except ValueError as error:
        raise UnusableUrl("unreadable") from error
    if parts.scheme not in ("https", "http"):
        raise UnusableUrl("unreadable")
    is_secure = parts.scheme == "https"
    if not is_secure and not allow_http:
        raise UnusableUrl("https_only")
    if "@" in parts.netloc:
        raise UnusableUrl("user_in_url")
    if "#" in url:
        raise UnusableUrl("fragment_in_url")
    usual = HTTPS_PORT if is_secure else HTTP_PORT
    if port is None:
        port = usual
    if port != usual and not FIRST_FREE_PORT <= port <= 65535:
        raise UnusableUrl("port_not_allowed")
    path = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
    if not path.isascii():
        raise UnusableUrl("unreadable")
    return Target(is_secure, _read_host(name, in_brackets="[" in parts.netloc), port, path)


def _read_host(name: str, *, in_brackets: bool) -> str:
    if in_brackets:
        try:
            return str(IPv6Address(name)) if "%" not in name else _unreadable()
        except ValueError:
            return _unreadable()
    try:
        # Other scripts, and digits in other forms, become what a resolver is asked for.
        host = name.encode("idna").decode().lower().removesuffix(".")
    except UnicodeError:
        return _unreadable()
    labels = host.split(".")
    if not host or not all(label and set(label) <= _OF_NAMES for label in labels):
        return _unreadable()
    if labels[-1].isdigit() or labels[-1].startswith("0x"):
        try:
            return str(IPv4Address(host))
        except ValueError:
            return _unreadable()
    return host


_OF_NAMES = set("abcdefghijklmnopqrstuvwxyz0123456789-_")


def _unreadable() -> str:
    raise UnusableUrl("unreadable")


def is_reachable(address: Address, allowed: Sequence[Network] = ()) -> bool:
    """Whether a request may go to an address: one of the internet, or of a network that is allowed.

    The networks are written out here, since what `ipaddress` calls private differs between versions of Python. An IPv4
    address inside an IPv6 one is judged for what it is.
    """
    inner = _inside(address)
    if inner:
        return all(is_reachable(one, allowed) for one in inner)
    if any(address in network for network in allowed):
        return True
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _NOT_PUBLIC_4)
    return address in _PUBLIC_6 and not any(address in network for network in _NOT_PUBLIC_6)


def _inside(address: Address) -> tuple[IPv4Address, ...]:
    """The IPv4 addresses that an IPv6 one stands for."""
    if isinstance(address, IPv4Address):
        return ()
    bits = int(address)
    if any(address in network for network in _MAPPED_4):
        return (IPv4Address(bits & 0xFFFFFFFF),)
    if address in _SIX_TO_FOUR:
        return (IPv4Address(bits >> 80 & 0xFFFFFFFF),)
    if address in _TEREDO:
        return (IPv4Address(bits >> 64 & 0xFFFFFFFF), IPv4Address(~bits & 0xFFFFFFFF))
    return ()
