"""`kill -9` of the recorder, ten times in two minutes of a mix: one file, nothing missing, nothing twice."""

import random
import time
from itertools import pairwise
from pathlib import Path

import pytest
from tests.support.browser import Browser
from tests.support.server import ReelroomServer
from tests.support.tiles import read_tiles

from reelroom.events import Captured
from reelroom.mix import Area
from reelroom.testing.content import check
from reelroom.units import TaskId

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]

SECONDS, KILLS = 120, 10
FPS = 15
PICTURES = (Area(0, 90, 320, 270), Area(320, 90, 640, 270))  # two views beside each other, pictures wholly seen
MIX = {
    "MixOutputStreamId": "mixed",
    "FillMode": 2,
    "MixOutputVideoConfig": {"Width": 640, "Height": 360, "Fps": 2 * FPS, "Bitrate": 1_200_000},
    "StreamConfigList": [{"StreamId": "ben", "StreamType": 2}],  # only ann is heard, so that beeps are hers
}


def unseen(server: ReelroomServer, task: TaskId, stream: str) -> set[int]:
    """Counters of pictures that no picture of the mix shows, killed or not: never captured, or followed too soon."""
    captures = [event.capture for event in server.room_log(task) if isinstance(event, Captured)]
    seen: list[tuple[int, float]] = []
    for capture in captures:
        folder = server.data / "journal" / "captures" / capture
        if f'"stream":"{stream}"' in (folder / "log.jsonl").read_text().splitlines()[0]:
            for path in sorted(folder.glob("video-*.mkv")):
                (tile,) = read_tiles(path, [Area(0, 0, 320, 180)])
                seen += zip(tile.counters, tile.times, strict=True)
    shown = {counter for (counter, at), (_, following) in pairwise(seen) if following - at > 1 / (2 * FPS) - 0.001}
    return set(range(seen[0][0], seen[-1][0] + 1)) - shown


def record(server: ReelroomServer, browser: Browser) -> tuple[TaskId, TaskId]:
    """Two mixes of the same room: the recorder of the first is killed, that of the second is not."""
    ann, _ben = (browser.publisher(server, "r", name, detail=3).wait_connected() for name in ("ann", "ben"))
    chance = random.Random(20261122)
    with server.client() as client:
        body = {"RoomId": "r", "RecordInputParams": {"RecordMode": 2, "MixConfig": MIX}}
        killed, spared = (TaskId(client.call("StartRecord", body)["TaskId"]) for _ in range(2))
        server.wait_recording(spared, 2)
        began = time.monotonic()
        for number in range(KILLS):
            moment = 4 + (SECONDS - 8) / KILLS * number + chance.uniform(0, 0.7 * (SECONDS - 8) / KILLS)
            time.sleep(max(0.0, began + moment - time.monotonic()))
            server.kill9(f"task-{killed}")
        ann.wait_frames(max(1, round((began + SECONDS - time.monotonic()) * FPS)))
        for task in (killed, spared):
            client.stop_record(task)
    return killed, spared


def offsets_ms(path: Path) -> dict[int, float]:
    """How much later ann's beep comes than her flash, by the counter of the flash."""
    return read_tiles(path, PICTURES[:1])[0].offsets_ms(check(path).beeps)


def test_ten_kills_in_two_minutes_cost_nothing(server: ReelroomServer, browser: Browser) -> None:
    killed, spared = record(server, browser)
    (file,), (other,) = (server.wait_delivered(task, within_s=200).files for task in (killed, spared))
    assert file.duration_ms / 1000 > SECONDS - 3
    path = server.path_of(file.url)
    whole = check(path)
    assert (whole.corrupt, whole.errors) == (0, 0)
    assert whole.longest_video_gap_s < 0.05
    assert whole.longest_audio_gap_s < 0.001
    for stream, tile in zip(("ann", "ben"), read_tiles(path, PICTURES), strict=True):
        assert tile.unread == [at for at in tile.unread if at < 2]  # before the second publisher's first picture
        assert tile.backward == []
        assert set(tile.missing) <= unseen(server, killed, stream)
        assert len(set(tile.counters)) > 0.9 * (SECONDS - 4) * FPS
    with_kills, without = offsets_ms(path), offsets_ms(server.path_of(other.url))
    both = with_kills.keys() & without.keys()
    assert len(both) > 0.85 * SECONDS
    steps_ms = {counter: with_kills[counter] - without[counter] for counter in both}
    assert {counter: step for counter, step in steps_ms.items() if abs(step) > 40} == {}
