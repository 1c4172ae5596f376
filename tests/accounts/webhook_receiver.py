"""A receiver on this machine, that keeps what it got and answers as it is told."""

import hmac
import json
import threading
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_network
from typing import Any

from standardwebhooks import Webhook as Verifier

from accounts.services.webhooks.fan_out import fan_out
from accounts.services.webhooks.sending import queue_due
from tests.factories import SECRET


def tick() -> None:
    """What a worker does each second."""
    fan_out()
    queue_due()


LOOPBACK = (ip_network("127.0.0.0/8"),)


@dataclass
class Got:
    path: str
    headers: dict[str, str]
    body: bytes

    def verified(self, secret: str = SECRET) -> Any:
        """The message, as a receiver with the library of Standard Webhooks reads it. Raises if it is not signed."""
        return Verifier(secret).verify(self.body, self.headers)

    def read(self, secret: str = SECRET) -> Any:
        """The same by hand, at any time: the library refuses what was not signed within these five minutes."""
        signed = f"{self.headers['webhook-id']}.{self.headers['webhook-timestamp']}.{self.body.decode()}".encode()
        digest = hmac.new(b64decode(secret.removeprefix("whsec_")), signed, sha256).digest()
        assert f"v1,{b64encode(digest).decode()}" in self.headers["webhook-signature"].split(" ")
        return json.loads(self.body)


@dataclass
class Receiver:
    """`statuses` are answered in turn, then `status`."""

    url: str = ""
    status: int = 204
    statuses: list[int] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    got: list[Got] = field(default_factory=list)
    on_request: Callable[[], None] = lambda: None

    @property
    def ids(self) -> list[str]:
        return [one.headers["webhook-id"] for one in self.got]


@contextmanager
def receiving() -> Iterator[Receiver]:
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.got.append(Got(self.path, dict(self.headers.items()), body))
            receiver.on_request()
            self.send_response(receiver.statuses.pop(0) if receiver.statuses else receiver.status)
            for name, value in receiver.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(receiver.body)

        def log_message(self, *args: Any) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver.url = f"http://127.0.0.1:{server.server_port}/in"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
