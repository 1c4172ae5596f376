"""One POST to an address that was judged, and to no other: a name that leads elsewhere by now changes nothing."""

import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from http.client import HTTPConnection, HTTPException
from ipaddress import ip_address
from typing import Any

from django.conf import settings

from accounts.choices import AttemptFault
from accounts.rules.webhooks import HTTPS_PORT, Address, Target, UnusableUrl, is_reachable, read_target

CONNECT_SECONDS, LOOK_UP_SECONDS, WHOLE_SECONDS = 5, 5, 20
ADDRESSES_TRIED = 2
ANSWER_READ, ANSWER_KEPT = 4096, 1024


class Unresolved(Exception):
    """The name leads nowhere."""


class ForbiddenAddress(Exception):
    """The name leads, with one of its addresses at least, where no request may go."""


@dataclass(frozen=True)
class Answer:
    """What came of a POST: a status, or a fault, one of `AttemptFault`."""

    status: int | None = None
    fault: str = ""
    milliseconds: int = 0
    text: str = ""
    retry_after: str = ""


def open_target(url: str) -> tuple[Target, list[Address]]:
    """Where a URL leads, each of its addresses judged. Looks the name up once.

    Raises UnusableUrl, Unresolved and ForbiddenAddress.
    """
    target = read_target(url, allow_http=settings.WEBHOOK_ALLOW_HTTP)
    addresses = look_up(target.host)
    if not addresses:
        raise Unresolved
    if not all(is_reachable(address, settings.WEBHOOK_ALLOWED_NETWORKS) for address in addresses):
        raise ForbiddenAddress
    return target, addresses


def look_up(host: str) -> list[Address]:
    """The addresses of a name, in the order in which to try them; none where it has none, or the answer takes long."""
    with suppress(ValueError):
        return [ip_address(host)]
    found: list[Address] = []

    def ask() -> None:
        with suppress(OSError, UnicodeError):
            rows = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
            # Without the zone that a link-local address may carry.
            found.extend(dict.fromkeys(ip_address(str(row[4][0]).partition("%")[0]) for row in rows))

    # The resolver takes no time limit, so the wait for it has one.
    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(LOOK_UP_SECONDS)
    return [] if asking.is_alive() else found


def post(url: str, *, body: str, headers: dict[str, str]) -> Answer:
    """POST a message. What goes wrong is in the answer; nothing is raised. Takes 20 seconds at most, and the look-up.

    No proxy, no redirect, no cookie; of the answer 4 KB are read.
    """
    began = time.monotonic()
    try:
        answer = _ask(url, body=body.encode(), headers=headers)
    except UnusableUrl:
        answer = Answer(fault=AttemptFault.UNUSABLE_URL)
    except Unresolved:
        answer = Answer(fault=AttemptFault.UNRESOLVED)
    except ForbiddenAddress:
        answer = Answer(fault=AttemptFault.FORBIDDEN_ADDRESS)
    except TimeoutError:
        answer = Answer(fault=AttemptFault.TIMEOUT)
    except ssl.SSLError:
        answer = Answer(fault=AttemptFault.TLS)
    except OSError:
        answer = Answer(fault=AttemptFault.NO_CONNECTION)
    except (HTTPException, ValueError):
        answer = Answer(fault=AttemptFault.BAD_ANSWER)
    spent = int((time.monotonic() - began) * 1000)
    return Answer(answer.status, answer.fault, spent, answer.text, answer.retry_after)


def _ask(url: str, *, body: bytes, headers: dict[str, str]) -> Answer:
    target, addresses = open_target(url)
    connection = _Connection(target, addresses[:ADDRESSES_TRIED])
    with _ended_in_time(connection):
        connection.request("POST", target.path, body=body, headers=headers)
        response = connection.getresponse()
        if connection.is_ended:
            # Headers that were cut off read like headers that are over.
            raise TimeoutError
        text = b""
        # The status is the answer; who sends no body after it, or one without end, has answered all the same.
        with suppress(OSError, HTTPException, ValueError):
            # Not by `read`, which takes a part of -1 bytes for all that will ever come.
            while len(text) < ANSWER_READ and (part := response.read1(ANSWER_READ - len(text))):
                text += part
        kept = text[:ANSWER_KEPT].decode(errors="replace").replace("\x00", "")
        return Answer(response.status, "", 0, kept, response.headers.get("Retry-After", ""))


class _Connection(HTTPConnection):
    """To the judged addresses of a target, under its own name in `Host` and TLS."""

    def __init__(self, target: Target, addresses: list[Address]) -> None:
        super().__init__(target.host, target.port)
        self.target, self.addresses = target, addresses
        self.open_socket: Any = None
        self.is_ended = False
        if target.is_secure:
            self.default_port = HTTPS_PORT

    def connect(self) -> None:
        self.open_socket = self._connected()
        self.open_socket.settimeout(settings.WEBHOOK_TIMEOUT)
        if self.target.is_secure:
            self.open_socket = tls_context().wrap_socket(
                self.open_socket, server_hostname=self.target.host, do_handshake_on_connect=False
            )
            self.open_socket.do_handshake()
        if self.is_ended:
            raise TimeoutError
        self.sock = self.open_socket

    def _connected(self) -> socket.socket:
        *others, last = self.addresses
        for address in others:
            with suppress(OSError):
                return socket.create_connection((str(address), self.target.port), timeout=CONNECT_SECONDS)
        return socket.create_connection((str(last), self.target.port), timeout=CONNECT_SECONDS)

    def end(self) -> None:
        """Called from another thread: whoever reads from the socket or writes to it goes on, with an error."""
        self.is_ended = True
        if self.open_socket is not None:
            with suppress(OSError):
                # Not the method of the TLS socket, which would first let go of what the other thread reads from.
                socket.socket.shutdown(self.open_socket, socket.SHUT_RDWR)


@contextmanager
def _ended_in_time(connection: _Connection) -> Iterator[None]:
    """Each wait for the socket has a limit of its own; a receiver that sends a byte at a time needs one for all."""
    clock = threading.Timer(WHOLE_SECONDS, connection.end)
    clock.daemon = True
    clock.start()
    try:
        yield
    except (OSError, HTTPException) as error:
        if connection.is_ended:
            raise TimeoutError from error
        raise
    finally:
        clock.cancel()
        connection.close()
        if connection.open_socket is not None:
            connection.open_socket.close()


@cache
def tls_context() -> ssl.SSLContext:
    """The machine's trusted authorities, read once."""
    context = ssl.create_default_context()
    context.set_alpn_protocols(["http/1.1"])
    return context
