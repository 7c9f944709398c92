"""Five publishers of five colours, mixed in every mode at once: the decoded pictures show each where the table says."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import pytest
from tests.acceptance.contract.world import UNLIMITED
from tests.support.browser import Browser, running_browser
from tests.support.mosaic import Picture, Shown, disagreements
from tests.support.server import ReelroomServer, running_server

from reelroom.events import Published
from reelroom.layout import arrange, in_drawing_order
from reelroom.mix import Area, Fit, Layout, LayoutMode, View
from reelroom.testing.content import check
from reelroom.units import NS_PER_MS, Size, StreamId, TaskId

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

ROOM = "mosaic"
WIDTH, HEIGHT, FPS = 640, 360, 10
ASPECT = 320 / 180
COLOURS = {
    "ann": (200, 40, 40),
    "ben": (40, 160, 40),
    "cat": (50, 70, 210),
    "dan": (200, 170, 30),
    "eve": (160, 40, 170),
}
COUNTS = (1, 2, 5)
CANVAS = {"Width": WIDTH, "Height": HEIGHT, "Fps": FPS, "Bitrate": 900_000}
CUSTOM = [  # tall and cropped; wide and contained; in front of both; and one for whoever comes
    {"StreamId": "eve", "Top": 0, "Left": 0, "Bottom": 360, "Right": 200, "Layer": 0},
    {"StreamId": "ann", "Top": 20, "Left": 210, "Bottom": 120, "Right": 630, "Layer": 1, "FillMode": 2},
    {"StreamId": "cat", "Top": 90, "Left": 150, "Bottom": 250, "Right": 350, "Layer": 5},
    {"Top": 200, "Left": 330, "Bottom": 350, "Right": 630, "Layer": 2},
]
MIXES: dict[str, dict[str, Any]] = {
    "grid": {"MixMode": 2},
    "grid, contained": {"MixMode": 2, "FillMode": 2},
    "horizontal": {"MixMode": 3},
    "vertical, ben is big": {"MixMode": 4, "MixMaxResolutionStreamId": "ben"},
    "floating": {"MixMode": 5},
    "custom": {"MixMode": 1, "MixInputList": CUSTOM},
}


def layout_of(mix: dict[str, Any]) -> Layout:
    """The same words in ours, put together here and not by the program's own translation."""
    views = tuple(
        View(
            area=Area(v["Left"], v["Top"], v["Right"], v["Bottom"]),
            layer=v["Layer"],
            stream=StreamId(v.get("StreamId", "")),
            fit=Fit(v.get("FillMode", 1)),
        )
        for v in mix.get("MixInputList", ())
    )
    fit = Fit(mix["FillMode"]) if "FillMode" in mix else None
    return Layout(mode=LayoutMode(mix["MixMode"]), views=views, fit=fit)


def seated(mix: dict[str, Any], present: Sequence[str]) -> list[tuple[int, str]]:
    """View and stream: in the order of joining, but for the big view and for views that name theirs."""
    if mix["MixMode"] == 1:
        named = {v["StreamId"] for v in CUSTOM if "StreamId" in v}
        free = [stream for stream in present if stream not in named]
        wanted = [v.get("StreamId") or (free[0] if free else "") for v in CUSTOM]
        return [(index, stream) for index, stream in enumerate(wanted) if stream in present]
    big = mix.get("MixMaxResolutionStreamId")
    if big is None:
        return list(enumerate(present))
    others = [stream for stream in present if stream != big]
    return [*([(0, big)] if big in present else []), *[(1 + index, stream) for index, stream in enumerate(others)]]


def expected(mix: dict[str, Any], present: Sequence[str]) -> list[Shown]:
    """Tiles from the back to the front."""
    seats = dict(seated(mix, present))
    layout = layout_of(mix)
    places = arrange(layout, Size(WIDTH, HEIGHT), max(seats) + 1 if seats else 0)
    return [
        Shown(places[index].area, places[index].fit, COLOURS[seats[index]])
        for index in in_drawing_order(places)
        if index in seats
    ]


def pictures_at(path: Path, instants: Sequence[float]) -> Iterator[Picture]:
    """The pictures shown at these seconds, ascending."""
    with av.open(str(path)) as container:
        frames = container.decode(video=0)
        frame = next(frames)
        for instant in instants:
            while (following := next(frames, None)) is not None and following.time <= instant:
                frame = following
            yield frame.to_ndarray(format="rgb24")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ReelroomServer]:
    with running_server(tmp_path_factory.mktemp("mix") / "data", UNLIMITED) as started:
        yield started


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with running_browser() as started:
        yield started


def record(server: ReelroomServer, browser: Browser) -> tuple[dict[str, TaskId], list[float]]:
    """All mixes of one room that five people join, one after the other, and when they came."""
    tasks: dict[str, TaskId] = {}
    pages = []
    with server.client() as client:
        for number, (name, colour) in enumerate(COLOURS.items(), 1):
            page = browser.publisher(server, ROOM, name, colour=bytes(colour).hex(), fps=10).wait_connected()
            pages.append(page)
            for mix, words in {} if tasks else MIXES.items():
                config = {"MixOutputStreamId": "mixed", "MixOutputVideoConfig": CANVAS, **words}
                body = {"RoomId": ROOM, "RecordInputParams": {"RecordMode": 2, "MixConfig": config}}
                tasks[mix] = TaskId(client.call("StartRecord", body)["TaskId"])
            for task in tasks.values():
                server.wait_recording(task, number)
            page.wait_frames(30 if number in COUNTS else 5)
        log = server.room_log(tasks["grid"])  # deleted once everything is delivered
        for task in tasks.values():
            client.stop_record(task)
    browser.close_pages()
    return tasks, [event.at / NS_PER_MS for event in log if isinstance(event, Published)]


def moments(joined_ms: Sequence[float], begin_ms: int, end_s: float) -> list[float]:
    """Seconds of the file just before the next publisher came, for each count."""
    ends = [(at - begin_ms) / 1000 for at in joined_ms[1:]] + [end_s]
    return [ends[count - 1] - 0.4 for count in COUNTS]


def test_everybody_is_where_the_table_says(server: ReelroomServer, browser: Browser) -> None:
    tasks, joined_ms = record(server, browser)
    wrong, looked = [], 0
    for mix, task in tasks.items():
        (file,) = server.wait_delivered(task, within_s=120).files
        path = server.path_of(file.url)
        instants = moments(joined_ms, file.begin_ms, file.duration_ms / 1000)
        for count, picture in zip(COUNTS, pictures_at(path, instants), strict=True):
            tiles = expected(MIXES[mix], list(COLOURS)[:count])
            wrong += [f"{mix}, {count} views: {each}" for each in disagreements(picture, tiles, ASPECT)]
            moved = [*tiles[1:], tiles[0]] if len(tiles) > 1 else [replace(tiles[0], colour=(90, 90, 90))]
            swapped = [replace(t, colour=other.colour) for t, other in zip(tiles, moved, strict=True)]
            looked += bool(disagreements(picture, swapped, ASPECT))
    assert wrong == []
    assert looked == len(tasks) * len(COUNTS)  # the same look finds people in each other's places


def test_the_files_are_what_was_asked_for(server: ReelroomServer) -> None:
    """Of the tasks of the test before: one canvas, one frame rate, a picture for each instant."""
    with server.client() as client:
        lines = client.describe_tasks(running=False, room=ROOM).tasks
        statuses = [client.describe_record_status(line.task) for line in lines]
    assert len(statuses) == len(MIXES)
    for status in statuses:
        (file,) = status.files
        assert (file.width, file.height, file.stream, file.user) == (WIDTH, HEIGHT, "mixed", "mixed")
        assert set(check(server.path_of(file.url)).codecs) == {"h264", "aac"}
        with av.open(str(server.path_of(file.url))) as container:
            stream = container.streams.video[0]
            times = [frame.time for frame in container.decode(stream)]
        assert len(times) == round(file.duration_ms / 1000 * FPS)
        assert max(abs(b - a - 1 / FPS) for a, b in pairwise(times)) < 0.002
