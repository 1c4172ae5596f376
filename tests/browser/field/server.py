"""A server that can be stopped and started again at one address, and told to fail as servers and networks do.

It runs in this process and answers from the test's database, like pytest-django's `live_server`, but through the whole
middleware, so that what goes over the wire weighs what it weighs in use. What a phone sends is kept as it came.
"""

import json
import re
import socket
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

from django.core.handlers.wsgi import WSGIHandler
from django.core.servers.basehttp import ThreadedWSGIServer
from django.test.testcases import QuietWSGIRequestHandler

Environ = dict[str, Any]
App = Callable[[Environ, Any], Iterable[bytes]]
Failure = Callable[[App, Environ, Any], Iterable[bytes]]

VISITS = re.compile(r"^/api/v1/surveys/\d+/visits/$")
PHOTOS = re.compile(r"^/api/v1/surveys/\d+/photos/$")
HANDED = re.compile(r"^/field/surveys/\d+/handed/$")


@dataclass(frozen=True)
class Sent:
    """A POST as it came, and the status that it was answered with. `status` is what the phone was told."""

    path: str
    content_type: str
    body: bytes
    status: int

    @property
    def client_ids(self) -> list[str]:
        """Of a batch of visits, in the order sent."""
        return [visit["client_id"] for visit in json.loads(self.body)["visits"]]


class _Connections(ThreadedWSGIServer):
    """Lets go of the connections that browsers keep open: a server that is stopped answers nobody."""

    daemon_threads = False

    def __init__(self, *args: Any, weights: Counter[str], **options: Any) -> None:
        self.open: set[socket.socket] = set()
        self.weights = weights
        super().__init__(*args, **options)

    def process_request(self, request: Any, client_address: Any) -> None:
        self.open.add(request)
        super().process_request(request, client_address)

    def close_request(self, request: Any) -> None:
        self.open.discard(request)
        super().close_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A browser that goes away in the middle of an answer, and an answer that is cut on purpose, are no news."""

    def let_go(self) -> None:
        for each in list(self.open):
            with suppress(OSError):  # it has gone by itself
                each.shutdown(socket.SHUT_RDWR)


class _Handler(QuietWSGIRequestHandler):
    """Weighs what goes out, heads and all, as it goes out."""

    def setup(self) -> None:
        super().setup()
        self.wfile = _Scales(self.wfile, self)


class _Scales:
    def __init__(self, out: Any, handler: _Handler) -> None:
        self._out = out
        self._handler = handler

    def write(self, data: bytes) -> int:
        path = urlsplit(self._handler.path).path
        self._handler.server.weights[path] += len(data)
        return int(self._out.write(data))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._out, name)


class FieldServer:
    """Stopped and started again, it is at the same address.

    `sent` is every POST of visits, photos and hand-overs; `weights`, the bytes that went out by path, heads included.
    """

    host = "127.0.0.1"

    def __init__(self) -> None:
        self.port = 0
        self.sent: list[Sent] = []
        self.weights: Counter[str] = Counter()
        self._failures: list[tuple[re.Pattern[str], Failure]] = []
        self._about: dict[int, Failure] = {}
        self._app = WSGIHandler()
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    @property
    def is_running(self) -> bool:
        return self._thread is not None

    def start(self) -> None:
        self._httpd = _Connections((self.host, self.port), _Handler, weights=self.weights)
        self.port = self._httpd.server_address[1]
        self._httpd.set_app(self._answer)
        self._thread = threading.Thread(target=self._httpd.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()

    def stop(self) -> None:
        """As if the plug were pulled; a request that was being answered is still worked off."""
        if self._thread is None:
            return
        self._httpd.shutdown()
        self._httpd.let_go()
        self._httpd.server_close()
        self._thread.join()
        self._thread = None

    def batches(self) -> list[Sent]:
        """The batches of visits that reached it, in order."""
        return [each for each in self.sent if VISITS.match(each.path)]

    def photos(self) -> list[Sent]:
        return [each for each in self.sent if PHOTOS.match(each.path)]

    def fail_next(self, failure: Failure, *, at: re.Pattern[str] = VISITS, times: int = 1) -> None:
        """Answer the next POSTs at these addresses so, each once, in the order in which this was said."""
        self._failures += [(at, failure)] * times

    def fail_about(self, household: int, failure: Failure) -> None:
        """Answer so whenever a visit of this household is in the batch, until it is well again."""
        self._about[household] = failure

    def get_well(self) -> None:
        self._failures.clear()
        self._about.clear()

    def _answer(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if environ["REQUEST_METHOD"] != "POST" or not any(kind.match(path) for kind in (VISITS, PHOTOS, HANDED)):
            return self._app(environ, start_response)
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = BytesIO(body)
        connection = start_response.__self__.request_handler

        def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            self.sent.append(Sent(path, environ.get("CONTENT_TYPE", ""), body, int(status.split()[0])))
            # One answer a connection: a body that is shorter than announced then ends in a broken line, not in a wait.
            connection.close_connection = True
            return start_response(status, headers, *rest)

        return self._failure_for(path, body)(self._app, environ, start)

    def _failure_for(self, path: str, body: bytes) -> Failure:
        for place, (kind, failure) in enumerate(self._failures):
            if kind.match(path):
                del self._failures[place]
                return failure
        if self._about and VISITS.match(path):
            for visit in json.loads(body)["visits"]:
                if visit["household"] in self._about:
                    return self._about[visit["household"]]
        return lambda app, environ, start: app(environ, start)


def _take(app: App, environ: Environ) -> tuple[str, list[tuple[str, str]], bytes]:
    """What the site answers, uncompressed, with everything that it does about the request done."""
    told: dict[str, Any] = {}

    def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> None:
        told.update(status=status, headers=headers)

    answer = app({**environ, "HTTP_ACCEPT_ENCODING": "identity"}, start)
    try:
        body = b"".join(answer)
    finally:
        if hasattr(answer, "close"):
            answer.close()
    return told["status"], told["headers"], body


def _with_length(headers: list[tuple[str, str]], length: int) -> list[tuple[str, str]]:
    return [(name, value) for name, value in headers if name.lower() != "content-length"] + [
        ("Content-Length", str(length))
    ]


def problem(status: str, **members: Any) -> Failure:
    """Nothing is taken; the answer is RFC 9457's, as api.md has errors."""

    def fail(app: App, environ: Environ, start_response: Any) -> Iterable[bytes]:
        body = json.dumps({"type": "about:blank", "status": int(status.split()[0]), **members}).encode()
        start_response(status, _with_length([("Content-Type", "application/problem+json")], len(body)))
        return [body]

    return fail


def breaks_down(app: App, environ: Environ, start_response: Any) -> Iterable[bytes]:
    """500 as a server that broke sends it, a page of HTML; nothing is taken."""
    body = b"<!doctype html><h1>Server Error (500)</h1>"
    start_response("500 Internal Server Error", _with_length([("Content-Type", "text/html")], len(body)))
    return [body]


def takes_and_breaks_down(app: App, environ: Environ, start_response: Any) -> Iterable[bytes]:
    """Everything is taken, and a proxy says that it was not."""
    _take(app, environ)
    body = b"<html><h1>502 Bad Gateway</h1></html>"
    start_response("502 Bad Gateway", _with_length([("Content-Type", "text/html")], len(body)))
    return [body]


def takes_and_is_cut_off(app: App, environ: Environ, start_response: Any) -> Iterator[bytes]:
    """Everything is taken, half of the answer goes out, and the line breaks."""
    status, headers, body = _take(app, environ)
    start_response(status, _with_length(headers, len(body)))
    yield body[: len(body) // 2]
    raise ConnectionAbortedError


def takes_and_answers_half_a_text(app: App, environ: Environ, start_response: Any) -> Iterable[bytes]:
    """Everything is taken; the answer ends in the middle of a word, and nothing but its text tells."""
    status, headers, body = _take(app, environ)
    half = body[: len(body) // 2]
    start_response(status, _with_length(headers, len(half)))
    return [half]


def takes_and_answers_for_half(app: App, environ: Environ, start_response: Any) -> Iterable[bytes]:
    """Everything is taken; the answer is whole, and names only every second visit."""
    status, headers, body = _take(app, environ)
    told = json.loads(body)
    told["results"] = told["results"][::2]
    body = json.dumps(told).encode()
    start_response(status, _with_length(headers, len(body)))
    return [body]
