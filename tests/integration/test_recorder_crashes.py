"""Recorders are killed at random moments, superseded, starved of disk: the files are as if nothing had happened."""

import pickle
import random
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from tests.integration.recorder_media import FPS, scene, watch
from tests.integration.recorder_world import Publisher, World, wait_for

from reelroom.spec import Interruption
from reelroom.task import QuitReason, Stage
from reelroom.units import Codec, TaskId

SPEED = 4  # the room's clock, against ours
SECONDS = 24


@pytest.fixture(name="world")
def world_fixture(tmp_path: Path) -> Iterator[World]:
    with World(tmp_path / "data") as world:
        yield world


def send_live(publishers: list[tuple[Publisher, Codec]]) -> threading.Thread:
    """Journal scenes little by little."""
    shots = [(shot, publisher) for publisher, codec in publishers for shot in scene(codec, SECONDS)]
    shots.sort(key=lambda item: item[0].at)

    def send() -> None:
        began = time.monotonic()
        for shot, publisher in shots:
            time.sleep(max(0.0, began + float(shot.at) / SPEED - time.monotonic()))
            publisher.frame(shot, 2)

    thread = threading.Thread(target=send, daemon=True)
    thread.start()
    return thread


@pytest.mark.timeout(240)
def test_a_recorder_killed_at_random_moments_makes_the_same_files(world: World) -> None:
    chance = random.Random(20)
    quiet, killed = world.start("undisturbed-task"), world.start("killed-often-tsk")
    publishers = [(world.publish(1, stream="h264"), Codec.H264), (world.publish(1, stream="vp8"), Codec.VP8)]
    undisturbed = world.launch(quiet)
    sending = send_live(publishers)
    kills = 0
    while sending.is_alive():
        kills += kill_soon(world, killed, chance.uniform(0.2, 1.2))
    for task in (quiet, killed):
        world.stop(task, SECONDS + 3)
        world.leave(task, SECONDS + 3, *(publisher for publisher, _ in publishers))
    while kills < 20 and world.task(killed).stage is not Stage.DONE:
        kills += kill_soon(world, killed, chance.uniform(0.3, 2.0))
    if world.task(killed).stage is not Stage.DONE:
        world.complete(killed, 120)
    undisturbed.join(60)
    assert kills >= 5
    for one, other in zip(world.database.files(quiet), world.database.files(killed), strict=True):
        assert_same(world, one, other)
    bodies = {body["sequence"]: body["event_type"] for body in world.receiver.bodies if body["task_id"] == killed}
    assert bodies == {0: 5, 1: 7, 2: 1}


def kill_soon(world: World, task: TaskId, after_s: float) -> bool:
    """Start a recorder and kill it; whether it was still there to be killed."""
    process = world.launch(task)
    process.join(after_s)
    process.kill()
    process.join()
    return process.exitcode != 0


def assert_same(world: World, one, other) -> None:
    assert (one.key, one.begin_ms, one.duration_ms) == (other.key, other.begin_ms, other.duration_ms)
    first, second = watch(world.path(one)), watch(world.path(other))
    assert first.counters == second.counters == list(range(SECONDS * FPS))
    assert first.times == second.times
    assert len(first.samples) == len(second.samples)
    assert np.abs(first.samples - second.samples).max() < 0.1  # coding noise of another encoder's warming up
    assert second.beeps == pytest.approx(first.beeps, abs=0.002)


@pytest.mark.parametrize("interruption", [Interruption.FILL, Interruption.JOIN])
def test_a_kill_between_the_parts_of_a_file_changes_nothing(world: World, interruption: Interruption) -> None:
    task, other = world.start("killed-in-a-gap0", interruption=interruption), None
    publisher = world.publish(1)
    publisher.send(scene(Codec.H264, 3), at_s=2)
    publisher.leave(5.5)
    kill_soon(world, task, 2)
    returned = world.publish(11)
    returned.send(scene(Codec.VP8, 3, first=3 * FPS), at_s=12)
    kill_soon(world, task, 2)
    other = world.start("not-killed-at-al", interruption=interruption, join=False)
    shutil.copy(world.journal.room_log(task), world.journal.room_log(other))
    world.joined[other] = world.joined[task].__class__(world.journal.room_log(other))
    for each in (task, other):
        world.stop(each, 15.5)
        world.leave(each, 15.6, returned)
    [one], [two] = world.complete(task), world.complete(other)
    first, second = watch(world.path(one)), watch(world.path(two))
    assert first.counters == second.counters == list(range(180))
    assert first.times == second.times
    assert one.duration_ms == two.duration_ms


def test_a_newer_recorder_makes_the_older_one_end_quietly(world: World) -> None:
    task = world.start()
    process = world.launch(task)
    wait_for(lambda: world.task(task).epoch == 1)
    world.database.take_epoch(task)
    world.stop(task, 5)
    process.join(30)
    assert process.exitcode == 0
    assert world.task(task).stage is Stage.RECORDING


def test_a_second_recorder_of_a_task_gives_way(world: World) -> None:
    task = world.start()
    first = world.launch(task)
    wait_for(lambda: world.task(task).epoch == 1)
    second = world.launch(task)
    second.join(30)
    assert second.exitcode == 0
    assert first.is_alive()
    assert world.task(task).epoch == 1


def test_sigterm_ends_at_once_and_the_next_start_goes_on(world: World) -> None:
    task = world.start()
    publisher = world.publish(1)
    publisher.send(scene(Codec.VP8, 2), at_s=2)
    process = world.launch(task)
    wait_for(lambda: world.database.files(task) != [])
    process.terminate()
    process.join(10)
    assert process.exitcode == 0
    publisher.send(scene(Codec.VP8, 2, first=60), at_s=4)
    world.stop(task, 7)
    world.leave(task, 7, publisher)
    [file] = world.complete(task)
    assert watch(world.path(file)).counters == list(range(120))


_STARVED = """
import pickle, sys
from reelroom.recorder.main import run
run(*pickle.loads(sys.stdin.buffer.read()))
"""


def test_a_full_disk_ends_the_task_and_costs_nothing_that_was_journalled(world: World) -> None:
    """The work folder is a file system of 64 KiB, which only the recorder sees; then it is gone."""
    task = world.start()
    publisher = world.publish(1)
    publisher.send(scene(Codec.H264, SECONDS), at_s=2)
    work = world.data / "work"
    work.mkdir()
    mount = f"mount -t tmpfs -o size=64k none '{work}' && exec '{sys.executable}' -c '{_STARVED}'"
    process = subprocess.Popen(["unshare", "-rm", "sh", "-c", mount], stdin=subprocess.PIPE)
    assert process.stdin
    process.stdin.write(pickle.dumps((world.settings, task)))
    process.stdin.close()
    try:
        wait_for(lambda: process.poll() is not None or not world.task(task).live)
        if process.poll() is not None:
            pytest.skip("this machine lets no one mount a file system of their own")
    finally:
        process.kill()
        process.wait()
    assert world.task(task).quit_reason is QuitReason.DISK_FULL
    world.leave(task, 30, publisher)
    [file] = world.complete(task)
    seen = watch(world.path(file))
    assert seen.counters == list(range(SECONDS * FPS))
    assert len(seen.beeps) == SECONDS
    assert world.receiver.bodies[0]["detail"] == {"quit_reason": 1004}
