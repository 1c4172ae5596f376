"""What is posted, and where no request goes: against receivers on this machine, and names that lead astray."""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from accounts.services.webhooks import addresses
from accounts.services.webhooks.addresses import Answer, post
from tests.accounts.webhook_receiver import LOOPBACK, Receiver, receiving

HEADERS = {"Content-Type": "application/json", "webhook-id": "msg_1"}


@pytest.fixture
def receiver(settings: Any) -> Iterator[Receiver]:
    settings.WEBHOOK_ALLOW_HTTP, settings.WEBHOOK_ALLOWED_NETWORKS = True, LOOPBACK
    with receiving() as found:
        yield found


def send(url: str) -> Answer:
    return post(url, body='{"a":"工"}', headers=HEADERS)


def leads_to(monkeypatch: pytest.MonkeyPatch, *texts: str) -> list[str]:
    """Every name leads to these addresses, one turn after another where several are given as lists. Returns the names
    that were asked for.
    """
    asked: list[str] = []

    def look_up(host: str) -> list[Any]:
        asked.append(host)
        return [ip_address(text) for text in texts]

    monkeypatch.setattr(addresses, "look_up", look_up)
    return asked


def connects(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """Nothing is connected to; what would have been is listed."""
    tried: list[tuple[str, int]] = []

    def create_connection(address: tuple[str, int], timeout: float) -> socket.socket:
        tried.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "create_connection", create_connection)
    return tried


# --- What is posted --------------------------------------------------------------------------------


def test_a_message_is_posted_as_it_is(receiver: Receiver) -> None:
    receiver.body = b"thanks"

    answer = send(f"{receiver.url}?a=1")

    assert (answer.status, answer.fault, answer.text) == (204, "", "")
    (got,) = receiver.got
    assert (got.path, got.body.decode()) == ("/in?a=1", '{"a":"工"}')
    assert got.headers["Host"] == receiver.url.split("/")[2]
    assert got.headers["webhook-id"] == "msg_1"
    assert "Cookie" not in got.headers


def test_the_answer_is_kept_up_to_its_first_kilobyte(receiver: Receiver) -> None:
    receiver.status, receiver.body, receiver.headers = 503, b"\x00\xff" + b"a" * 9000, {"Retry-After": "120"}

    answer = send(receiver.url)

    assert (answer.status, answer.retry_after, len(answer.text)) == (503, "120", 1023)
    assert "\x00" not in answer.text


def test_a_redirect_is_not_followed(receiver: Receiver) -> None:
    receiver.status, receiver.headers = 302, {"Location": receiver.url}

    assert send(receiver.url).status == 302
    assert len(receiver.got) == 1


def test_proxies_of_the_environment_are_passed_by(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")

    assert send(receiver.url).status == 204


# --- Where no request goes -------------------------------------------------------------------------


def test_this_machine_is_reached_only_where_it_is_allowed(receiver: Receiver, settings: Any) -> None:
    assert send(receiver.url).status == 204

    settings.WEBHOOK_ALLOWED_NETWORKS = ()
    assert send(receiver.url).fault == "forbidden_address"
    settings.WEBHOOK_ALLOWED_NETWORKS, settings.WEBHOOK_ALLOW_HTTP = LOOPBACK, False
    assert send(receiver.url).fault == "unusable_url"
    assert len(receiver.got) == 1


@pytest.mark.parametrize(
    "host",
    ["localhost", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "[::ffff:127.0.0.1]", "[::1]", "127.0.0.1."],
)
def test_no_other_form_of_its_address_leads_there_either(receiver: Receiver, settings: Any, host: str) -> None:
    settings.WEBHOOK_ALLOWED_NETWORKS = ()

    answer = send(receiver.url.replace("127.0.0.1", host))

    assert answer.fault in ("forbidden_address", "unusable_url")
    assert receiver.got == []


def test_a_name_with_one_forbidden_address_is_forbidden(monkeypatch: pytest.MonkeyPatch) -> None:
    tried = connects(monkeypatch)
    leads_to(monkeypatch, "93.184.216.34", "10.0.0.1")

    assert send("https://hooks.example/").fault == "forbidden_address"
    assert tried == []


def test_a_name_is_looked_up_once_and_what_was_judged_is_connected_to(monkeypatch: pytest.MonkeyPatch) -> None:
    """A second answer that leads inside, as of a name that is rebound, has nobody to give it to."""
    tried = connects(monkeypatch)
    asked = leads_to(monkeypatch, "93.184.216.34")

    assert send("https://hooks.example/").fault == "no_connection"
    assert (asked, tried) == (["hooks.example"], [("93.184.216.34", 443)])


def test_the_next_address_is_tried_where_the_first_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    tried = connects(monkeypatch)
    leads_to(monkeypatch, "2606:4700::1111", "93.184.216.34", "93.184.216.35")

    assert send("https://hooks.example:8443/").fault == "no_connection"
    assert tried == [("2606:4700::1111", 8443), ("93.184.216.34", 8443)]


def test_a_name_that_leads_nowhere_is_told_as_such(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: Any, **kwargs: Any) -> Any:
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    monkeypatch.setattr(socket, "getaddrinfo", fail)

    assert send("https://hooks.example/").fault == "unresolved"


def test_a_resolver_that_hangs_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    let_go = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: let_go.wait(30) and [])
    monkeypatch.setattr(addresses, "LOOK_UP_SECONDS", 0.1)

    began = time.monotonic()
    assert addresses.look_up("hooks.example") == []
    assert time.monotonic() - began < 5
    let_go.set()


# --- Receivers that do not answer as they should ---------------------------------------------------


@contextmanager
def speaking(speak: Callable[[socket.socket], None]) -> Iterator[str]:
    """A port on which whoever connects is spoken to so."""
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(10)

    def serve() -> None:
        with suppress(OSError):
            caller, _address = listener.accept()
            with caller, suppress(OSError):
                speak(caller)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
    finally:
        listener.close()
        thread.join()


def hear_out(caller: socket.socket) -> None:
    """All that was sent: closing with something unread would take the answer back."""
    caller.settimeout(0.2)
    with suppress(TimeoutError):
        while caller.recv(10_000):
            pass


def talk_of_mail(caller: socket.socket) -> None:
    hear_out(caller)
    caller.sendall(b"220 mail.example ESMTP\r\n")


def drip(caller: socket.socket) -> None:
    """A byte at a time, each well within the time for one."""
    caller.sendall(b"HTTP/1.1 200 OK\r\n")
    for _number in range(100):
        caller.sendall(b"X")
        time.sleep(0.05)


def keep_quiet(caller: socket.socket) -> None:
    caller.settimeout(5)
    while caller.recv(1000):
        pass


@pytest.mark.parametrize(
    ("speak", "fault"),
    [
        (talk_of_mail, "bad_answer"),
        (lambda caller: None, "no_connection"),
        (drip, "timeout"),
        (keep_quiet, "timeout"),
    ],
)
def test_faults_are_told_apart_and_none_takes_long(
    settings: Any, monkeypatch: pytest.MonkeyPatch, speak: Callable[[socket.socket], None], fault: str
) -> None:
    settings.WEBHOOK_ALLOW_HTTP, settings.WEBHOOK_ALLOWED_NETWORKS = True, LOOPBACK
    settings.WEBHOOK_TIMEOUT = 1
    monkeypatch.setattr(addresses, "WHOLE_SECONDS", 0.5)

    with speaking(speak) as url:
        answer = send(url)

    assert (answer.status, answer.fault) == (None, fault)
    assert answer.milliseconds < 3000


def test_who_answers_and_then_sends_without_end_has_answered(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.WEBHOOK_ALLOW_HTTP, settings.WEBHOOK_ALLOWED_NETWORKS = True, LOOPBACK
    monkeypatch.setattr(addresses, "WHOLE_SECONDS", 0.5)

    def speak(caller: socket.socket) -> None:
        hear_out(caller)
        caller.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
        drip(caller)

    with speaking(speak) as url:
        answer = send(url)

    assert (answer.status, answer.fault) == (200, "")
    assert answer.milliseconds < 3000


@pytest.mark.parametrize("size", [b"-1", b"-5", b"no number", b"7fffffffffffffffffff"])
def test_a_body_whose_parts_are_of_no_size_is_cut_off(
    settings: Any, monkeypatch: pytest.MonkeyPatch, size: bytes
) -> None:
    settings.WEBHOOK_ALLOW_HTTP, settings.WEBHOOK_ALLOWED_NETWORKS = True, LOOPBACK
    monkeypatch.setattr(addresses, "WHOLE_SECONDS", 3)
    sent = 0

    def speak(caller: socket.socket) -> None:
        nonlocal sent
        hear_out(caller)
        caller.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + size + b"\r\n")
        while sent < 100_000_000:
            sent += caller.send(b"X" * 100_000)

    with speaking(speak) as url:
        answer = send(url)

    assert (answer.status, answer.fault) == (200, "")
    # What lies in the buffers of both ends, and not all that it would send.
    assert sent < 50_000_000


# --- TLS -------------------------------------------------------------------------------------------


def certificate(folder: Path, name: str) -> Path:
    """A certificate for a name, signed by itself, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = folder / "certificate.pem"
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path


@pytest.mark.parametrize(
    ("name", "is_trusted", "status", "fault"),
    [
        ("hooks.example", True, 200, ""),
        ("other.example", True, None, "tls"),
        ("hooks.example", False, None, "tls"),
    ],
)
def test_the_receiver_proves_the_name_that_was_given(
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    name: str,
    is_trusted: bool,
    status: int | None,
    fault: str,
) -> None:
    """Though the connection goes to an address, it is the name that stands in the certificate."""
    settings.WEBHOOK_ALLOWED_NETWORKS = LOOPBACK
    path = certificate(tmp_path, name)
    served = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    served.load_cert_chain(path)
    trusted = ssl.create_default_context(cafile=str(path) if is_trusted else None)
    monkeypatch.setattr(addresses, "tls_context", lambda: trusted)
    leads_to(monkeypatch, "127.0.0.1")

    def speak(caller: socket.socket) -> None:
        with served.wrap_socket(caller, server_side=True) as inside:
            hear_out(inside)
            inside.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    with speaking(speak) as url:
        answer = send(url.replace("http://127.0.0.1", "https://hooks.example"))

    assert (answer.status, answer.fault) == (status, fault)
