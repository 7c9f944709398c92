"""A TCP proxy on loopback that loses what it is told to lose. One request per connection; faults are real ones."""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from enum import Enum


class Fault(Enum):
    """What happens to one connection."""

    NONE = "passed on"
    REFUSED = "reset before anything is read"
    LOST_REQUEST = "read, then closed: the server never hears of it"
    LOST_ANSWER = "carried out by the server, its answer thrown away"
    BAD_GATEWAY = "carried out by the server, answered with 502 and a page"
    LIMITED = "answered with 300000003, as by a server that counts"


class FlakyProxy:
    """Passes requests on to a server, each connection with the next planned fault; then with none."""

    def __init__(self, port: int) -> None:
        self._server_port = port
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._plan: list[Fault] = []
        self.seen: list[Fault] = []
        threading.Thread(target=self._serve, daemon=True).start()

    @property
    def url(self) -> str:
        """Base URL."""
        return f"http://127.0.0.1:{self._listening.getsockname()[1]}"

    def plan(self, *faults: Fault) -> None:
        """What happens to the next connections; forgets what was seen."""
        self._plan, self.seen = list(faults), []

    def close(self) -> None:
        """Accept no more."""
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listening.accept()
                fault = self._plan.pop(0) if self._plan else Fault.NONE
                self.seen.append(fault)
                with connection, suppress(OSError):
                    self._treat(connection, fault)

    def _treat(self, connection: socket.socket, fault: Fault) -> None:
        if fault is Fault.REFUSED:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")  # close by RST
            return
        request = _read_request(connection)
        if fault is Fault.LOST_REQUEST:
            return
        if fault is Fault.LIMITED:
            refusal = {"Code": 300000003, "Message": "rate limit exceeded", "RequestId": "1"}
            connection.sendall(_response(b"200 OK", json.dumps(refusal).encode()))
            return
        answer = self._ask_server(request)
        if fault is Fault.BAD_GATEWAY:
            connection.sendall(_response(b"502 Bad Gateway", b"<html>bad gateway</html>"))
        elif fault is Fault.NONE:
            connection.sendall(answer)

    def _ask_server(self, request: bytes) -> bytes:
        with socket.create_connection(("127.0.0.1", self._server_port)) as server:
            server.sendall(request)
            answer = b""
            while part := server.recv(65536):
                answer += part
        return answer


def _read_request(connection: socket.socket) -> bytes:
    """A whole request, asked to be the connection's last."""
    came = b""
    while b"\r\n\r\n" not in came:
        came += connection.recv(65536)
    head, _, body = came.partition(b"\r\n\r\n")
    lines = [line for line in head.split(b"\r\n") if not line.lower().startswith(b"connection:")]
    length = next(int(line.split(b":")[1]) for line in lines if line.lower().startswith(b"content-length:"))
    while len(body) < length:
        body += connection.recv(65536)
    return b"\r\n".join([*lines, b"Connection: close", b"", b""]) + body


def _response(status: bytes, body: bytes) -> bytes:
    head = b"HTTP/1.1 %s\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % (status, len(body))
    return head + body


@contextmanager
def flaky_proxy(port: int) -> Iterator[FlakyProxy]:
    """A proxy in front of a server on 127.0.0.1."""
    proxy = FlakyProxy(port)
    try:
        yield proxy
    finally:
        proxy.close()
