"""The stage of the demonstration: a server on a free port, and a browser that publishes."""

import functools
import http.server
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx

from reelroom.apps import AppBook
from reelroom.client import Client
from reelroom.config import load
from reelroom.demo.browser import browser_flags
from reelroom.demo.waiting import DemoError, end, wait_for
from reelroom.rooms.tokens import RoomToken, make_token
from reelroom.settings import AppSettings
from reelroom.units import RoomId, UserId

ROOM, STREAM, USER = RoomId("demo"), "camera", UserId("demo-user")
START_WITHIN_S = 30.0
# Two cores draw, encode, receive and check this at once.
_PICTURE = {"width": 640, "height": 360, "fps": 24, "bitrate": 1_000_000, "reconnect": 1}
_TOKEN_FOR_S = 3600


@dataclass(frozen=True, slots=True)
class Server:
    """The server that the demonstration runs."""

    url: str
    app: AppSettings

    def token(self) -> str:
        """A token for the demonstration's publisher."""
        claims = RoomToken(app=self.app.id, room=ROOM, user=USER, name="Demo", publish=True, view=True)
        return make_token(claims, self.app.server_secret, expires_s=int(time.time()) + _TOKEN_FOR_S)

    def publishes(self) -> bool:
        """Whether the demonstration's stream is in the room."""
        address = f"{self.url}/rooms/{self.app.id}/{ROOM}"
        answer = httpx.get(address, headers={"Authorization": f"Bearer {self.token()}"}, timeout=5)
        return answer.is_success and any(stream["stream"] == STREAM for stream in answer.json()["streams"])

    def client(self) -> Client:
        """A client that signs for the server's app."""
        return Client(self.url, app_id=self.app.id, server_secret=self.app.server_secret)


@contextmanager
def running_server(data: Path) -> Iterator[Server]:
    """`reelroom serve` on a free port of this machine alone."""
    address, log = data / "run" / "server.json", data / "demo-server.log"
    address.parent.mkdir(parents=True, exist_ok=True)
    address.unlink(missing_ok=True)
    here = {
        "REELROOM_SERVER__HOST": "127.0.0.1",
        "REELROOM_ROOMS__BIND": '["127.0.0.1"]',
        "REELROOM_CONFIG": os.devnull,
    }
    command = [sys.executable, "-m", "reelroom", "serve", "--port", "0", "--data", str(data)]
    with log.open("wb") as output:
        process = subprocess.Popen(command, env={**os.environ, **here}, stdout=output, stderr=output)  # noqa: S603  ours
    try:
        port = wait_for(lambda: _port(address, process, log), "the server", START_WITHIN_S)
        wait_for(lambda: _healthy(port), "the server's first answer", START_WITHIN_S)
        yield Server(f"http://127.0.0.1:{port}", AppBook(load(data, Path(os.devnull))).all()[0])
    finally:
        end(process)


def _port(address: Path, process: subprocess.Popen[bytes], log: Path) -> int:
    if process.poll() is not None:
        raise DemoError(f"the server ended with {process.returncode}; its last words are in {log}")
    try:
        return int(json.loads(address.read_text("utf-8"))["port"])
    except (OSError, ValueError):
        return 0


def _healthy(port: int) -> bool:
    """Whether server and gateway answer: the rooms come up a moment after the server."""
    try:
        return httpx.get(f"http://127.0.0.1:{port}/healthz", timeout=5).is_success
    except httpx.TransportError:
        return False


@contextmanager
def running_publisher(browser: str, server: Server) -> Iterator[None]:
    """Chromium on the publisher's page until the block ends; waits for its stream."""
    with (
        _pages(server) as pages,
        tempfile.TemporaryDirectory(prefix="reelroom-demo-", ignore_cleanup_errors=True) as profile,
    ):
        command = [browser, *browser_flags(), f"--user-data-dir={profile}", pages]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: S603  ours
        try:
            wait_for(server.publishes, "the browser's stream", START_WITHIN_S)
            yield
        finally:
            end(process)


@contextmanager
def _pages(server: Server) -> Iterator[str]:
    """The publisher's page on a free port of this machine; yields an address that leads to it.

    That address is a redirect: the token in the page's own address would be seen in the browser's command line.
    """
    folder = files("reelroom.testing") / "pages"
    handler = functools.partial(_PageHandler, directory=str(folder), address=_publisher_address(server))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as web:
        threading.Thread(target=web.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{web.server_port}/"
        web.shutdown()


def _publisher_address(server: Server) -> str:
    whip = f"{server.url}/whip/{server.app.id}/{ROOM}/{STREAM}"
    return "/publisher.html?" + urlencode({"whip": whip, "token": server.token(), **_PICTURE})


class _PageHandler(http.server.SimpleHTTPRequestHandler):
    def __init__(self, *words: Any, address: str, **options: Any) -> None:
        self._address = address
        super().__init__(*words, **options)

    def do_GET(self) -> None:
        """A page file, or the way to the publisher's page."""
        if self.path != "/":
            super().do_GET()
            return
        self.send_response(HTTPStatus.FOUND)
        self.send_header("Location", self._address)
        self.end_headers()

    def log_message(self, format: str, *_: object) -> None:  # noqa: A002  the base class names it so
        """Say nothing: the page's address holds a token."""
