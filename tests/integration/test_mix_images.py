"""Images of callers over real HTTP: what is fetched, what is refused, and that a mix shows them."""

import io
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from PIL import Image
from tests.integration.mix_media import BLUE, CYAN, GREEN, PURPLE, RED, pattern, picture_at
from tests.integration.recorder_world import World
from tests.integration.test_mix_recorder import MIX, finish, recording

from reelroom.errors import MediaError
from reelroom.mix import Area, Layout, LayoutMode, View
from reelroom.recorder.mixed import download as downloading
from reelroom.recorder.mixed.download import download
from reelroom.recorder.mixed.images import Images, ImageType
from reelroom.units import StreamId


def png(colour: int, alpha: int = 255) -> bytes:
    body = io.BytesIO()
    Image.new("RGBA", (16, 9), (colour >> 24, colour >> 16 & 255, colour >> 8 & 255, alpha)).save(body, "PNG")
    return body.getvalue()


class Site:
    """Serves bodies by path; counts what was asked for."""

    def __init__(self) -> None:
        self.bodies: dict[str, bytes] = {}
        self.moved: dict[str, str] = {}
        self.asked: list[str] = []
        self.stalls = threading.Event()
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                site.asked.append(self.path)
                if self.path in site.moved:
                    self.send_response(302)
                    self.send_header("Location", site.moved[self.path])
                    self.end_headers()
                    return
                if self.path == "/stall":
                    site.stalls.wait()
                body = site.bodies.get(self.path)
                self.send_response(404 if body is None else 200)
                self.end_headers()
                self.wfile.write(body or b"")

            def log_message(self, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        self.stalls.set()
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def site() -> Iterator[Site]:
    site = Site()
    yield site
    site.close()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with World(tmp_path / "data") as world:
        yield world


def test_an_image_is_fetched(site: Site, tmp_path: Path) -> None:
    site.bodies["/a"] = png(RED)
    site.moved["/b"] = "/a"
    download(f"{site.url}/b", tmp_path / "image", allow_private=True)
    assert (tmp_path / "image").read_bytes() == site.bodies["/a"]


@pytest.mark.parametrize("path", ["/nothing", "/large", "/round", "/elsewhere"])
def test_what_cannot_be_had_is_an_error(site: Site, tmp_path: Path, path: str) -> None:
    site.bodies["/large"] = bytes(downloading.MAX_BYTES + 1)
    site.moved["/round"] = "/round"
    site.moved["/elsewhere"] = "file:///etc/passwd"
    with pytest.raises(MediaError):
        download(site.url + path, tmp_path / "image", allow_private=True)
    assert not (tmp_path / "image").exists()


NO_ADDRESSES = ["", "no url", "ftp://example.org/a.png", "http://", "http://[::1", "http://no.invalid/a"]


@pytest.mark.parametrize("url", NO_ADDRESSES)
def test_what_is_no_address_is_an_error(tmp_path: Path, url: str) -> None:
    with pytest.raises(MediaError):
        download(url, tmp_path / "image", allow_private=False)


def test_a_private_address_is_not_even_asked(site: Site, tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="private"):
        download(f"{site.url}/a", tmp_path / "image", allow_private=False)
    assert site.asked == []


def test_a_redirect_to_a_private_address_is_not_followed(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first host counts as public here, for none is in reach; the one it names does not."""
    site.moved["/a"] = "http://127.0.0.2:9/secret"
    monkeypatch.setattr(downloading, "is_public", lambda address: address == "127.0.0.1")
    with pytest.raises(MediaError, match="private"):
        download(f"{site.url}/a", tmp_path / "image", allow_private=False)
    assert site.asked == ["/a"]


def test_a_site_that_stalls_is_given_up(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(downloading, "TIMEOUT_S", 0.3)
    with pytest.raises(MediaError):
        download(f"{site.url}/stall", tmp_path / "image", allow_private=True)


def test_an_image_is_fetched_once_for_a_task_and_a_failure_told_once(site: Site, tmp_path: Path) -> None:
    site.bodies["/a"] = png(RED)
    told: list[tuple[ImageType, str]] = []
    for _ in range(2):
        images = Images(tmp_path / "images", allow_private=True, failed=lambda *what: told.append(what))
        assert images.load(f"{site.url}/a", ImageType.BACKGROUND) is not None
        assert images.load(f"{site.url}/b", ImageType.ONE_VIEW) is None
    assert site.asked == ["/a", "/b"]
    assert told == [(ImageType.ONE_VIEW, f"{site.url}/b")]


def test_a_mix_shows_its_images(world: World, site: Site) -> None:
    site.bodies |= {"/back": png(GREEN), "/view": png(BLUE), "/mark": png(RED, 128)}
    views = (
        View(area=Area(0, 0, 160, 90), layer=0, stream=StreamId("here")),
        View(area=Area(160, 0, 320, 90), layer=0, stream=StreamId("gone"), image=f"{site.url}/view"),
    )
    mix = replace(
        MIX,
        layout=Layout(mode=LayoutMode.CUSTOM, views=views),
        background_image=f"{site.url}/back",
        watermark_image=f"{site.url}/mark",
        watermark_area=Area(0, 200, 100, 300),
        clock_pixels=20,
    )
    task = world.start(mix=mix)
    one = world.publish(0, "here")
    one.send(list(pattern(CYAN, 3)), 0)
    path = recording(world, finish(world, task, 3, one))
    picture = picture_at(path, 2)
    assert picture.shows(CYAN, 80, 45)
    assert picture.shows(BLUE, 240, 45)
    assert picture.shows(GREEN, 400, 250)
    half = (RED // 256 & 0xFEFEFE) // 2 + (GREEN // 256 & 0xFEFEFE) // 2
    assert picture.shows(half * 256, 50, 250)
    assert not all(picture.shows(GREEN, x, 20) for x in range(440, 630, 3))  # the clock
    assert sorted(site.asked) == ["/back", "/mark", "/view"]


def test_an_svg_may_be_the_background(world: World, site: Site) -> None:
    square = '<rect width="4" height="4" fill="#a020c0"/>'
    site.bodies["/a"] = f'<svg xmlns="http://www.w3.org/2000/svg" width="4" height="4">{square}</svg>'.encode()
    task = world.start(mix=replace(MIX, background_image=f"{site.url}/a", always=True))
    path = recording(world, finish(world, task, 2))
    assert picture_at(path, 1).shows(PURPLE, 100, 100)
