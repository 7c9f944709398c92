"""A mix while people come, go, switch their cameras off and callers change it: the picture at each time is the
documented one, the sound-level file agrees with what was played, and pauses are left out.
"""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import pytest
from PIL import Image
from tests.acceptance.contract.world import UNLIMITED
from tests.support.browser import Browser, Publisher, running_browser
from tests.support.callback_receiver import CallbackReceiver
from tests.support.mosaic import Colour, Shown, disagreements
from tests.support.server import ReelroomServer, running_server, wait_until

from reelroom.layout import arrange
from reelroom.mix import Area, Fit, Layout, LayoutMode
from reelroom.units import Size, TaskId

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

ROOM = "changing"
WIDTH, HEIGHT, FPS = 640, 360, 15
ASPECT = 320 / 180
COLOURS: dict[str, Colour] = {"ann": (200, 40, 40), "ben": (40, 160, 40), "cat": (50, 70, 210), "zoe": (200, 170, 30)}
IMAGE, CAMERA_OFF, BACKGROUND = (150, 60, 160), (0, 128, 128), (64, 64, 64)
HALVES = (Area(0, 0, 320, 360), Area(320, 0, 640, 360))
QUIET_S = 1.5  # a change is seen this long after it, and holds this long


def numbered(colour: Colour) -> int:
    red, green, blue = colour
    return red << 24 | green << 16 | blue << 8


@contextmanager
def image_server() -> Iterator[str]:
    """The address of a picture of one colour."""
    data = BytesIO()
    Image.new("RGB", (64, 64), IMAGE).save(data, "PNG")

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path == "/image.png" else 404)
            self.send_header("Content-Length", str(len(data.getvalue())))
            self.end_headers()
            self.wfile.write(data.getvalue())

        def log_message(self, *_arguments: Any) -> None:
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/image.png"
        server.shutdown()


class Script:
    """Plays one room and notes what must be seen when, by the clock of this machine, which is the server's too."""

    def __init__(self, server: ReelroomServer, browser: Browser, image: str, callbacks: str) -> None:
        self.server, self._browser, self.image, self._callbacks = server, browser, image, callbacks
        self.pages: dict[str, Publisher] = {}
        self.seen: list[tuple[str, float, list[Shown], list[Shown]]] = []  # moving: what, when, of both tasks
        self.paused: list[tuple[float, float]] = []
        self.client = server.client()
        self.tasks: list[TaskId] = []

    def start(self) -> None:
        for hold in (False, True):
            config = {
                "MixOutputStreamId": "mixed",
                "MixOutputVideoConfig": {"Width": WIDTH, "Height": HEIGHT, "Fps": FPS, "Bitrate": 900_000},
                "MixOutputBackgroundColor": numbered(BACKGROUND),
                "RecordSoundWave": True,
            }
            asked = {
                "RecordMode": 2,
                "FillBlank": hold,
                "FillFrame": {"FrameFillMode": 2, "FrameFillColor": numbered(CAMERA_OFF)},
                "MixConfig": config,
            }
            output = {"CallbackUrl": self._callbacks}
            body = {"RoomId": ROOM, "RecordInputParams": asked, "RecordOutputParams": output}
            self.tasks.append(TaskId(self.client.call("StartRecord", body)["TaskId"]))

    def call(self, action: str, **more: Any) -> None:
        for task in self.tasks:
            self.client.call(action, {"TaskId": task, **more})

    def join(self, name: str) -> None:
        if name in self.pages:
            self.pages[name].join()
        else:
            words = {"colour": bytes(COLOURS[name]).hex(), "bitrate": 250_000}
            self.pages[name] = self._browser.publisher(self.server, ROOM, name, **words).wait_connected()
        self.server.wait_published(ROOM, name)

    def leave(self, name: str) -> None:
        self.pages[name].leave()
        wait_until(lambda: name not in self.server.streams(ROOM), f"{name}'s leaving")

    def expect(self, what: str, moving: list[Shown], holding: list[Shown] | None = None) -> None:
        """Let it stand for a moment; `holding`: of the task with FillBlank, where it differs."""
        time.sleep(QUIET_S)
        self.seen.append((what, time.time(), moving, moving if holding is None else holding))
        time.sleep(0.5)

    def pause(self, meanwhile_s: float) -> None:
        self.call("PauseRecord")
        began = time.time()
        time.sleep(meanwhile_s)
        self.call("ResumeRecord")
        self.paused.append((began, time.time()))


def preset(mode: int, names: list[str], **colours: Colour) -> list[Shown]:
    places = arrange(Layout(mode=LayoutMode(mode)), Size(WIDTH, HEIGHT), len(names))
    return [Shown(p.area, p.fit, colours.get(n, COLOURS[n])) for p, n in zip(places, names, strict=True)]


def play(script: Script) -> None:
    """The whole story."""
    script.join("ann")
    script.join("ben")
    script.start()
    script.expect("two in a grid", preset(2, ["ann", "ben"]))
    script.call("UpdateLayout", MixMode=4, MixMaxResolutionStreamId="ben")
    script.expect("ben is big", preset(4, ["ben", "ann"]))
    script.join("cat")
    script.expect("cat joins", preset(4, ["ben", "ann", "cat"]))
    script.leave("ann")
    script.expect("ann leaves", preset(4, ["ben", "cat"]), preset(4, ["ben", "ann", "cat"]))
    script.join("ann")
    script.expect("ann returns", preset(4, ["ben", "cat", "ann"]), preset(4, ["ben", "ann", "cat"]))
    script.pause(2.0)
    script.call("UpdateLayout", MixMode=2)
    script.expect("a grid after a pause", preset(2, ["ben", "cat", "ann"]), preset(2, ["ann", "ben", "cat"]))
    views = [
        {"StreamId": name, "Layer": 0, "Top": a.top, "Left": a.left, "Bottom": a.bottom, "Right": a.right}
        for name, a in zip(("cat", "zoe"), HALVES, strict=True)
    ]
    views[1]["BackgroundImage"] = script.image
    script.call("UpdateLayout", MixMode=1, MixInputList=views)
    script.expect("zoe's image", [Shown(HALVES[0], Fit.CROP, COLOURS["cat"]), Shown(HALVES[1], Fit.CROP, IMAGE)])
    script.join("zoe")
    script.expect("zoe herself", [Shown(a, Fit.CROP, COLOURS[n]) for a, n in zip(HALVES, ("cat", "zoe"), strict=True)])
    script.call("TakeSnapshot")
    script.pages["cat"].camera(on=False)
    time.sleep(3)  # a camera counts as off when no picture came for three seconds
    off = [Shown(HALVES[0], Fit.CROP, CAMERA_OFF), Shown(HALVES[1], Fit.CROP, COLOURS["zoe"])]
    script.expect("cat's camera is off", off)
    script.pages["cat"].camera(on=True)
    script.expect(
        "cat's camera is on", [Shown(a, Fit.CROP, COLOURS[n]) for a, n in zip(HALVES, ("cat", "zoe"), strict=True)]
    )
    script.call("StopRecord")


def recorded_s(script: Script, when: float, begin_ms: int) -> float:
    """Where an instant lies in the file: pauses are left out."""
    left_out = sum(until - since for since, until in script.paused if until <= when)
    return when - begin_ms / 1000 - left_out


def picture_at(path: Path, instant: float) -> Any:
    with av.open(str(path)) as container:
        shown = None
        for frame in container.decode(video=0):
            if frame.time > instant and shown is not None:
                break
            shown = frame
        assert shown is not None
        return shown.to_ndarray(format="rgb24")


@pytest.fixture(scope="module")
def script(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Script, CallbackReceiver]]:
    data = tmp_path_factory.mktemp("changes") / "data"
    with (
        running_server(data, UNLIMITED) as server,
        running_browser() as browser,
        image_server() as image,
        CallbackReceiver(server.app.callback_secret) as receiver,
    ):
        script = Script(server, browser, image, receiver.url)
        play(script)
        browser.close_pages()
        for task in script.tasks:
            server.wait_delivered(task, within_s=120)
        receiver.wait_until(lambda all_: sum(r.event_type == 1 for r in all_) >= 4, 60)
        yield script, receiver
        script.client.close()


def recording(script: Script, task: TaskId) -> Any:
    return next(f for f in script.client.describe_record_status(task).files if f.format == "mp4")


@pytest.mark.parametrize("number", [0, 1], ids=["views move up", "views are held"])
def test_the_picture_at_each_time_is_the_documented_one(script: tuple[Script, CallbackReceiver], number: int) -> None:
    played, _ = script
    file = recording(played, played.tasks[number])
    path = played.server.path_of(file.url)
    wrong = []
    for what, when, *tiles in played.seen:
        picture = picture_at(path, recorded_s(played, when, file.begin_ms))
        wrong += [
            f"{what}: {each}" for each in disagreements(picture, tiles[number], ASPECT, BACKGROUND, (IMAGE, CAMERA_OFF))
        ]
    assert wrong == []


@pytest.mark.parametrize("number", [0, 1])
def test_a_pause_is_left_out_and_time_goes_on_evenly(script: tuple[Script, CallbackReceiver], number: int) -> None:
    played, receiver = script
    task = played.tasks[number]
    status = played.client.describe_record_status(task)
    file = recording(played, task)
    ((since, until),) = played.paused
    assert abs(file.duration_ms - (status.end_ms - file.begin_ms - 1000 * (until - since))) < 300
    with av.open(str(played.server.path_of(file.url))) as container:
        times = [packet.pts * packet.time_base for packet in container.demux(video=0) if packet.pts is not None]
    steps = {round(float(b - a) * FPS, 2) for a, b in pairwise(sorted(times))}
    assert steps == {1.0}
    events = [r.event_type for r in receiver.received if r.valid and r.body["task_id"] == task]
    assert [event for event in events if event in (201, 202, 5, 7)] == [201, 202, 5, 7]


def test_a_snapshot_is_a_file_and_a_callback_of_its_own(script: tuple[Script, CallbackReceiver]) -> None:
    played, receiver = script
    for task in played.tasks:
        uploads = [r.body for r in receiver.received if r.event_type == 1 and r.body["task_id"] == task]
        formats = [[info["output_file_format"] for info in body["detail"]["file_info"]] for body in uploads]
        assert ["jpg"] in formats
        (info,) = uploads[formats.index(["jpg"])]["detail"]["file_info"]
        assert (info["media_track_type"], info["duration"], info["status"]) == (2, 0, 3)
        picture = Image.open(played.server.path_of(info["file_url"])).convert("RGB")
        assert picture.size == (WIDTH, HEIGHT)
        for area, name in zip(HALVES, ("cat", "zoe"), strict=True):
            seen = picture.getpixel(((area.left + area.right) // 2, HEIGHT // 2))
            assert max(abs(a - b) for a, b in zip(seen, COLOURS[name], strict=True)) < 48


def test_sound_levels_agree_with_who_was_there(script: tuple[Script, CallbackReceiver]) -> None:
    played, _ = script
    task = played.tasks[0]
    file = recording(played, task)
    (path,) = played.server.path_of(file.url).parent.parent.rglob(f"{file.name.removesuffix('.mp4')}.sw")
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert [line["time"] for line in lines] == list(range(len(lines)))
    assert abs(len(lines) - file.duration_ms / 1000) <= 1
    levels = [{entry["stream_id"]: entry["volume"] for entry in line["sound_wave"]} for line in lines]
    away = next(int(recorded_s(played, when, file.begin_ms)) for what, when, *_ in played.seen if what == "ann leaves")
    assert levels[away].get("ann", 0) == 0  # a whole second in which she was not there
    assert levels[away]["ben"] > 0
    assert levels[2]["ann"] > 0
    assert all(0 <= volume <= 100 for level in levels for volume in level.values())
    assert set(levels[-1]) >= {"cat", "zoe"}
