"""A TCP proxy on loopback between a client and a real server, which misbehaves as told."""

import socket
import threading
import time
from contextlib import suppress
from typing import Self
from urllib.parse import urlsplit

_CHUNK = 64 << 10


class BadNetwork:
    """Use as a context manager. Its mode may be changed at any time, also for connections that are open.

    "pass"; "refuse": closes at once; "hang": takes everything, answers nothing; "cut": closes a connection after
    `cut_after` bytes; "slow": lets `bytes_per_s` through in all; a number: answers that HTTP status itself.
    """

    def __init__(self, target: str) -> None:
        parts = urlsplit(target)
        self._target = (parts.hostname, parts.port)
        self.mode: str | int = "pass"
        self.cut_after = 3 << 20
        self.bytes_per_s = 100_000
        self.connections = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _CHUNK)  # as little as a slow line holds
        self._open: set[socket.socket] = set()
        self._pace = threading.Lock()
        self._stopped = False

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped = True
        self._listener.close()
        self.drop_all()

    def drop_all(self) -> None:
        """Break every connection."""
        for connection in list(self._open):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        while not self._stopped:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        self._open.add(client)
        try:
            with client, suppress(OSError):
                if self.mode == "refuse":
                    return
                if isinstance(self.mode, int):
                    self._answer(client, self.mode)
                else:
                    self._relay(client)
        finally:
            self._open.discard(client)

    def _answer(self, client: socket.socket, status: int) -> None:
        """Read what was asked, then say no. Bodies are read to their end, else the client sees a broken pipe."""
        head = b""
        while b"\r\n\r\n" not in head:
            if not (data := client.recv(_CHUNK)):
                return
            head += data
        code = {403: "AccessDenied", 503: "SlowDown"}.get(status, "InternalError")
        body = f"<Error><Code>{code}</Code><Message>no</Message></Error>".encode()
        lines = (
            f"HTTP/1.1 {status} No",
            "Content-Type: application/xml",
            f"Content-Length: {len(body)}",
            "Connection: close",
        )
        client.sendall("\r\n".join((*lines, "", "")).encode() + body)
        client.shutdown(socket.SHUT_WR)
        client.settimeout(5)
        while client.recv(_CHUNK):
            pass

    def _relay(self, client: socket.socket) -> None:
        with socket.create_connection(self._target) as server:
            self._open.add(server)
            back = threading.Thread(target=self._pump, args=(server, client, False), daemon=True)
            back.start()
            try:
                self._pump(client, server, True)
                back.join()
            finally:
                self._open.discard(server)

    def _pump(self, source: socket.socket, sink: socket.socket, forward: bool) -> None:
        sent, broken = 0, False
        with suppress(OSError):
            while not broken and (data := source.recv(_CHUNK)):
                self._delay(len(data))
                sent += len(data)
                broken = self.mode == "refuse" or (self.mode == "cut" and forward and sent > self.cut_after)
                if not broken:
                    sink.sendall(data)
        for end, how in ((sink, socket.SHUT_RDWR if broken else socket.SHUT_WR), (source, socket.SHUT_RDWR)):
            if end is sink or broken:
                with suppress(OSError):
                    end.shutdown(how)

    def _delay(self, number: int) -> None:
        while self.mode == "hang" and not self._stopped:
            time.sleep(0.02)
        if self.mode == "slow":
            with self._pace:
                time.sleep(number / self.bytes_per_s)
