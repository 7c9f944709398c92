"""What a gateway process writes for tasks, through crashes, full disks and changes of mind."""

import asyncio
import resource
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from aiortc.mediastreams import AudioStreamTrack
from tests.integration.gateway_world import Picture, World

from reelroom.events import (
    Captured,
    CaptureEnded,
    Joined,
    Left,
    Lost,
    Mark,
    Published,
    Report,
    TrackOpened,
    Unpublished,
)
from reelroom.nudges import NudgeListener
from reelroom.spec import Tracks
from reelroom.units import MediaKind

BOTH = {MediaKind.AUDIO, MediaKind.VIDEO}


@pytest_asyncio.fixture(name="world")
async def world_fixture(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[World]:
    world = World(tmp_path, getattr(request, "param", {}))
    try:
        await world.start()
        yield world
    finally:
        await world.close()


@pytest.mark.parametrize("codec", ["H264", "VP8"])
async def test_what_is_published_is_journalled_and_decodes(world: World, codec: str):
    task = world.want()
    await world.event(task, Joined)
    peer = await world.publish(codec=codec)
    captured = await world.event(task, Captured)
    await world.grown(captured.capture, "video", 20_000)
    await peer.leave()
    await world.event(task, Unpublished)
    events = world.room_log(task)
    assert [type(e) for e in events] == [Joined, Published, Captured, Unpublished]
    assert set(events[1].kinds) == BOTH
    assert (events[1].stream, events[1].user, events[1].name) == ("camera", "anna", "Anna")
    assert captured.after == {}
    log = world.capture_log(captured.capture)
    assert {e.kind for e in log if isinstance(e, TrackOpened)} == BOTH
    assert isinstance(log[-1], CaptureEnded)
    for kind in BOTH:
        assert world.decode(captured.capture, kind) > 20


async def test_clocks_are_reported_and_marks_are_made(world: World):
    task = world.want()
    await world.publish()
    captured = await world.event(task, Captured)

    def look() -> bool:
        log = world.capture_log(captured.capture)
        return {e.kind for e in log if isinstance(e, Report)} == BOTH and sum(isinstance(e, Mark) for e in log) >= 2

    await world.until(look, "sender reports of both tracks, and marks")


async def test_nothing_is_written_that_no_task_wants(world: World):
    await world.publish()
    other = world.want("other", room="elsewhere")
    wrong_stream = world.want("wrong", streams=["another"])
    for task in (other, wrong_stream):
        await world.event(task, Joined)
    sound = world.want("sound", tracks=Tracks.AUDIO)
    captured = await world.event(sound, Captured)
    await world.grown(captured.capture, "audio", 500)
    assert world.captured_bytes(captured.capture, "video") == 0
    assert [type(e) for e in world.room_log(other)] == [Joined]
    assert [type(e) for e in world.room_log(wrong_stream)] == [Joined, Published]


async def test_two_tasks_share_a_capture_and_know_their_parts(world: World):
    await world.publish()
    first = world.want("first", tracks=Tracks.AUDIO)
    one = await world.event(first, Captured)
    await world.grown(one.capture, "audio", 500)
    second = world.want("second")
    two = await world.event(second, Captured)
    assert two.capture == one.capture
    assert one.after == {}
    assert set(two.after) == {MediaKind.AUDIO}
    await world.grown(one.capture, "video", 3000)
    world.unwant(second)
    left = await world.event(second, Left)
    assert set(left.upto[two.capture]) == BOTH
    await world.grown(one.capture, "audio", 500)
    assert not any(isinstance(e, CaptureEnded) for e in world.capture_log(one.capture))
    world.unwant(first)
    await world.event(first, Left)
    await world.until(lambda: isinstance(world.capture_log(one.capture)[-1], CaptureEnded), "the capture's end")
    assert world.decode(one.capture, "video") > 0


async def test_a_new_want_of_a_live_publication_gets_a_keyframe_at_once(world: World):
    peer = await world.publish()
    await asyncio.sleep(0.6)  # past the first keyframe and the limit on asking
    plis = (await world.stats())["plis"]
    task = world.want()
    captured = await world.event(task, Captured)
    await world.grown(captured.capture, "video", 100)
    assert (await world.stats())["plis"] > plis
    await peer.leave()


async def test_recorders_are_woken(world: World):
    task = world.want()
    await world.event(task, Joined)
    with NudgeListener(world.run, f"task-{task}") as nudges:
        nudges.drain()
        await world.publish()
        assert await asyncio.to_thread(nudges.wait, 10)
        await asyncio.sleep(0.2)
        nudges.drain()
        world.unwant(task)
        assert await asyncio.to_thread(nudges.wait, 10)
        await world.event(task, Left)


async def test_after_kill_9_the_log_says_lost_and_goes_on(world: World):
    task, finished = world.want(), world.want("finished")
    await world.publish()
    captured = await world.event(task, Captured)
    world.unwant(finished)
    await world.event(finished, Left)
    await world.grown(captured.capture, "video")
    await world.stop(signal.SIGKILL)
    ended = world.want("ended-meanwhile")
    blocks = world.decode(captured.capture, "video")
    written = max(p.stat().st_mtime_ns for p in (world.data / "journal" / "captures" / captured.capture).iterdir())
    await world.start()
    await world.event(task, Joined, 2)
    await world.event(ended, Joined)
    events = world.room_log(task)
    assert [type(e) for e in events] == [Joined, Published, Captured, Lost, Joined]
    assert events[3].at == written
    assert events[4].at > events[3].at
    assert isinstance(world.room_log(finished)[-1], Left)
    assert world.capture_log(captured.capture)[-1] == CaptureEnded(written, "gateway lost")
    assert world.decode(captured.capture, "video") == blocks
    await world.publish()
    again = await world.event(task, Captured, 2)
    assert again.capture != captured.capture
    await world.grown(again.capture, "video")


async def test_a_task_that_ended_while_no_gateway_lived_is_left(world: World):
    task = world.want()
    await world.event(task, Joined)
    await world.stop(signal.SIGKILL)
    world.unwant(task)
    await world.start()
    await world.event(task, Left)
    assert [type(e) for e in world.room_log(task)] == [Joined, Lost, Joined, Left]


async def test_sigterm_ends_everything_cleanly(world: World):
    task = world.want()
    peer = await world.publish()
    captured = await world.event(task, Captured)
    await world.grown(captured.capture, "video")
    await world.stop(signal.SIGTERM)
    assert [type(e) for e in world.room_log(task)] == [Joined, Published, Captured, Unpublished, Lost]
    assert isinstance(world.capture_log(captured.capture)[-1], CaptureEnded)
    assert world.decode(captured.capture, "video") > 0
    await world.until(lambda: peer.connection.connectionState == "closed", "the publisher hears of it")
    assert not (world.run / "gateway.sock").exists()
    await world.start()
    await world.event(task, Joined, 2)
    assert sum(isinstance(e, Lost) for e in world.room_log(task)) == 1


@pytest.mark.parametrize("world", [{"REELROOM_JOURNAL__KEEP_S": "0"}], indirect=True)
async def test_journals_go_when_no_task_needs_them(world: World):
    await world.publish()
    first, second = world.want("first"), world.want("second")
    captured = await world.event(first, Captured)
    await world.event(second, Captured)
    for task in (first, second):
        world.unwant(task)
        await world.event(task, Left)
    folder = world.data / "journal" / "captures" / captured.capture
    world.release(first)
    await world.until(lambda: not world.room_log(first), "the first room log gone")
    assert folder.exists()
    world.release(second)
    await world.until(lambda: not folder.exists(), "the capture gone")
    assert len(await world.streams()) == 1, "the publisher stays"


async def test_a_full_disk_ends_the_capture_and_not_the_publisher(world: World):
    """A limit on file sizes stands for a full disk: writes fail just so, and can be allowed again."""
    task = world.want()
    await world.publish()
    captured = await world.event(task, Captured)
    await world.grown(captured.capture, "video")
    _, hard = resource.prlimit(world.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(world.pid, resource.RLIMIT_FSIZE, (1, hard))
    await asyncio.sleep(1.5)  # some frames are refused, and the end of the capture too
    assert len(await world.streams()) == 1
    resource.prlimit(world.pid, resource.RLIMIT_FSIZE, (hard, hard))
    await world.until(lambda: isinstance(world.capture_log(captured.capture)[-1], CaptureEnded), "the capture's end")
    again = await world.event(task, Captured, 2)
    await world.grown(again.capture, "video")
    assert world.decode(captured.capture, "video") > 0
    assert world.decode(again.capture, "video") > 0


async def test_a_publisher_that_returns_is_captured_anew(world: World):
    task = world.want()
    peer = await world.publish(Picture(), AudioStreamTrack())
    one = await world.event(task, Captured)
    await world.publish(Picture(320, 192), AudioStreamTrack())  # takes over
    two = await world.event(task, Captured, 2)
    events = [type(e) for e in world.room_log(task)]
    assert events == [Joined, Published, Captured, Unpublished, Published, Captured]
    assert next(e for e in world.room_log(task) if isinstance(e, Unpublished)).reason == "replaced"
    assert one.capture != two.capture
    await world.grown(two.capture, "video")
    await peer.connection.close()


@pytest.mark.parametrize("world", [{"REELROOM_TEST_LOSS": "5,5,1"}], indirect=True)
async def test_loss_and_reordering_leave_whole_pictures(world: World):
    task = world.want()
    await world.publish(Picture(640, 384))
    captured = await world.event(task, Captured)
    await world.grown(captured.capture, "video", 60_000)
    world.unwant(task)
    await world.event(task, Left)
    stats = await world.stats()
    assert stats["recovered"] + stats["nacks"] > 0
    assert world.decode(captured.capture, "video") > 10
