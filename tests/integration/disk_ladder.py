"""Run in a mount namespace whose data folder is a file system of 96 MiB: fills it step by step, prints what happened.

`python -m tests.integration.disk_ladder FOLDER`
"""

import json
import sys
from dataclasses import replace
from pathlib import Path

from tests.integration.recorder_media import FPS, scene, watch
from tests.integration.recorder_world import World, wait_for

from reelroom import spool
from reelroom.settings import StoreSettings
from reelroom.units import Codec

LOW, LAST = 40 << 20, 12 << 20


def fill(data: Path, free: int) -> None:
    """Leave about that much free."""
    with (data / "ballast").open("ab") as ballast:
        while (over := spool.free_bytes(data) - free) > 0:
            ballast.write(b"\xff" * min(over, 1 << 20))
            ballast.flush()


def is_refused(data: Path) -> bool:
    try:
        spool.refuse_when_low(data, LOW)
    except spool.DiskLowError:
        return True
    return False


def climb(data: Path) -> dict:
    with World(data) as world:
        world.settings = replace(world.settings, store=StoreSettings(low_free_bytes=LOW, last_free_bytes=LAST))
        earlier = world.start("earlier-task-001")
        publisher = world.publish(1)
        publisher.send(scene(Codec.H264, 2), at_s=2)
        world.stop(earlier, 5)
        world.leave(earlier, 5, publisher)
        [before] = world.complete(earlier)
        task = world.start("running-task-001")
        publisher = world.publish(6)
        publisher.send(scene(Codec.H264, 3), at_s=7)
        world.launch(task)
        wait_for(lambda: world.database.files(task) != [])
        seen = {"refused_at_first": is_refused(data)}
        fill(data, LOW - (2 << 20))
        seen |= {"refused_when_low": is_refused(data), "live_when_low": world.task(task).live}
        fill(data, LAST - (1 << 20))
        wait_for(lambda: not world.task(task).live)
        publisher.send(scene(Codec.H264, 1, first=3 * FPS), at_s=10)
        world.leave(task, 11.5, publisher)
        wait_for(lambda: world.receiver.events[-1:] == [1] and world.receiver.bodies[-1]["task_id"] == task)
        [file] = world.database.files(task)
        return {
            **seen,
            "quit_reason": world.task(task).quit_reason,
            "frames": len(watch(world.path(file)).counters),
            "state": file.state,
            "earlier_frames": len(watch(world.path(before)).counters),
            "details": [body["detail"] for body in world.receiver.bodies if body["event_type"] == 2],
        }


if __name__ == "__main__":
    print(json.dumps(climb(Path(sys.argv[1]) / "data")))
