"""A real HTTP server on loopback that receives callbacks, checks their signatures and remembers them."""

import json
import ssl
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from reelroom.signing import callback_signature


@dataclass(frozen=True)
class Received:
    """One request. `valid`: whether the body's signature is that of the receiver's secret."""

    path: str
    headers: dict[str, str]  # names in lower case
    raw: bytes
    body: dict[str, Any]
    valid: bool

    @property
    def event_type(self) -> int:
        """What the notice is about."""
        return self.body["event_type"]


class CallbackReceiver:
    """Use as a context manager. Answers 200 unless `answers` says otherwise, status by status."""

    def __init__(
        self, secret: str, answers: Iterable[int] = (), *, tls: ssl.SSLContext | None = None, port: int = 0
    ) -> None:
        self.secret = secret
        self.received: list[Received] = []
        self.headers: dict[str, str] = {}  # added to every answer
        self.before_answer: Callable[[], object] | None = None  # runs between reading and answering
        self._answers = iter(answers)
        self._changed = threading.Condition()
        self._server = ThreadingHTTPServer(("127.0.0.1", port), _handler_of(self))
        self._server.daemon_threads = True
        self._scheme = "http"
        if tls is not None:
            self._scheme = "https"
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)

    @property
    def url(self) -> str:
        """Where callbacks are to be sent."""
        return f"{self._scheme}://127.0.0.1:{self._server.server_port}/callback"

    def events(self) -> list[int]:
        """Event types of what was received with a valid signature, in order."""
        with self._changed:
            return [r.event_type for r in self.received if r.valid]

    def wait_for(self, number: int, timeout_s: float = 60) -> list[Received]:
        """Block until that many requests have come; all that came."""
        return self.wait_until(lambda received: len(received) >= number, timeout_s)

    def wait_for_event(self, event_type: int, timeout_s: float = 60) -> Received:
        """Block until a notice of that type has come; the first of them."""
        received = self.wait_until(lambda all_: any(r.event_type == event_type for r in all_), timeout_s)
        return next(r for r in received if r.event_type == event_type)

    def wait_until(self, enough: Callable[[list[Received]], bool], timeout_s: float = 60) -> list[Received]:
        """Block until what came is enough; all that came. Raises TimeoutError."""
        with self._changed:
            if not self._changed.wait_for(lambda: enough(self.received), timeout_s):
                raise TimeoutError(f"only {[r.body for r in self.received]} came")
            return list(self.received)

    def next_answer(self) -> int:
        """The status of the answer to the request just received."""
        with self._changed:
            return next(self._answers, 200)

    def add(self, path: str, headers: dict[str, str], raw: bytes) -> None:
        """Remember a request."""
        body = json.loads(raw)
        signature = callback_signature(self.secret, body["timestamp"], body["nonce"])
        with self._changed:
            self.received.append(Received(path, headers, raw, body, signature == body["signature"]))
            self._changed.notify_all()

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


def _handler_of(receiver: CallbackReceiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.add(self.path, {k.lower(): v for k, v in self.headers.items()}, raw)
            if receiver.before_answer is not None:
                receiver.before_answer()
            self.send_response(receiver.next_answer())
            for name, value in receiver.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing: the test asks what came."""

    return Handler
