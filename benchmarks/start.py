"""How soon a recording has its first frame: StartRecord's answer to the first journalled frame of a live publisher.

Run: PYTHONPATH=. python benchmarks/start.py [--rounds 40]
A headless Chromium publishes H264 and Opus; each round starts a recording, waits for the first recorded frame of either
kind, and stops it. Prints p50 and p95 in seconds for the first frame of any kind and for the first picture (a
keyframe, which the publisher is asked for), and a JSON line. What is compared with: StartRecord's own duration.
"""

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests.support.browser import running_browser
from tests.support.server import ReelroomServer, running_server, wait_until

from reelroom.events import Captured, Left, TrackOpened, from_line
from reelroom.journal.matroska import MatroskaTail
from reelroom.timeline.line import capture_time_ns
from reelroom.units import NS, MediaKind, TaskId

APART_S = 1.5  # publishers are asked for at most two keyframes a second, so rounds keep out of each other's way
ROOM, STREAM = "bench", "camera"


def first_frames(server: ReelroomServer, task: TaskId) -> dict[MediaKind, int]:
    """The instant of arrival of the task's first frame of each kind so far, ns since the Unix epoch."""
    found = {}
    for captured in server.room_log(task):
        if isinstance(captured, Captured):
            folder = server.data / "journal" / "captures" / captured.capture
            for kind, position in _positions(folder, captured):
                found.setdefault(kind, capture_time_ns(_opened_at(folder), position))
    return found


def _opened_at(folder: Path) -> int:
    return int(json.loads((folder / "log.jsonl").read_text().splitlines()[0])["at"])


def _positions(folder: Path, captured: Captured) -> Iterator[tuple[MediaKind, int]]:
    log = folder / "log.jsonl"
    for line in log.read_text().splitlines() if log.exists() else []:
        event = from_line(json.loads(line))
        if isinstance(event, TrackOpened):
            tail = MatroskaTail(folder / event.path)
            after = captured.after.get(event.kind, -1)
            yield from ((event.kind, block.position) for block in tail.read() if block.position > after)
            tail.close()


def one_round(server: ReelroomServer) -> tuple[float, float, float]:
    """Seconds of the StartRecord call, to the first frame, to the first picture."""
    with server.client() as client:
        before = time.time_ns()
        task = client.start_record(ROOM)
        answered = time.time_ns()
        frames = wait_until(
            lambda: found if len(found := first_frames(server, task)) == len(MediaKind) else None, "first frames"
        )
        client.stop_record(task)
    wait_until(
        lambda: any(isinstance(event, Left) for event in server.room_log(task)) or not server.room_log(task), "Left"
    )
    time.sleep(APART_S)
    return (
        (answered - before) / NS,
        (min(frames.values()) - answered) / NS,
        (frames[MediaKind.VIDEO] - answered) / NS,
    )


def p95(values: tuple[float, ...]) -> float:
    return statistics.quantiles(values, n=20, method="inclusive")[-1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=40)
    rounds = parser.parse_args().rounds
    with (
        tempfile.TemporaryDirectory() as folder,
        running_server(Path(folder) / "data") as server,
        running_browser() as browser,
    ):
        browser.publisher(server, ROOM, STREAM, codec="h264").wait_connected().wait_frames(30)
        server.wait_published(ROOM, STREAM)
        calls, firsts, pictures = zip(*(one_round(server) for _ in range(rounds)), strict=True)
    result = {}
    for name, values in (("call", calls), ("first_frame", firsts), ("first_picture", pictures)):
        result[name] = {"p50_s": round(statistics.median(values), 3), "p95_s": round(p95(values), 3)}
        print(f"{name:14} p50 {result[name]['p50_s']:.3f} s   p95 {result[name]['p95_s']:.3f} s")
    print(json.dumps({"benchmark": "start", "rounds": rounds, "limit_p95_s": 0.5, **result}))


if __name__ == "__main__":
    main()
