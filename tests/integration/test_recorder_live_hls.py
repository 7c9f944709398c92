"""HLS that is stored while it is recorded, by a real recorder that is killed too."""

from collections.abc import Iterator
from pathlib import Path
from statistics import median

import m3u8
import pytest
from tests.integration.recorder_media import FPS, scene, watch
from tests.integration.recorder_world import World, wait_for

from reelroom.database import LIVE_PLAYLIST, SEGMENT
from reelroom.spec import FormatSpec, Interruption, Tracks
from reelroom.task import FileState
from reelroom.units import Codec, MediaKind, TaskId

AUDIO, VIDEO = MediaKind.AUDIO, MediaKind.VIDEO
LIVE = FormatSpec(segment_s=2, upload_segments=True)


@pytest.fixture(name="world")
def world_fixture(tmp_path: Path) -> Iterator[World]:
    with World(tmp_path / "data") as world:
        yield world


def stored(world: World, task: TaskId, form: str) -> list:
    files = world.database.files(task)
    return [file for file in files if file.format == form and file.state is FileState.UPLOADED]


def read(world: World, task: TaskId) -> tuple[Path, m3u8.M3U8]:
    """The playlist as a player finds it now; what it lists is there."""
    path = world.path(stored(world, task, LIVE_PLAYLIST)[0])
    found = m3u8.loads(path.read_text())
    assert all((path.parent / segment.uri).is_file() for segment in found.segments)
    assert all(segment.duration <= found.target_duration for segment in found.segments)
    return path, found


def final(world: World, task: TaskId) -> Path:
    path, found = read(world, task)
    assert found.is_endlist
    [file] = [file for file in world.database.files(task) if file.format == "hls"]
    assert path == world.path(file)
    segments = stored(world, task, SEGMENT)
    assert file.size == sum(segment.size for segment in segments)
    assert [segment.uri for segment in found.segments] == [segment.name for segment in segments]
    assert file.duration_ms / 1000 == pytest.approx(sum(s.duration for s in found.segments), abs=0.002)
    left = [path for name in ("work", "spool") for path in (world.data / name).rglob("*") if path.is_file()]
    assert left == []
    return path


def whole(world: World, task: TaskId, frames: int) -> None:
    seen = watch(final(world, task))
    assert seen.counters == list(range(frames))
    assert abs(median(seen.offsets_ms)) < 15


@pytest.mark.parametrize("codec", [Codec.H264, Codec.VP8])
def test_the_playlist_can_be_played_while_it_grows(world: World, codec: Codec) -> None:
    task = world.start(format="hls", format_options=LIVE)
    publisher = world.publish(1, late={VIDEO: 0.12})
    shots = scene(codec, 17)
    process = world.launch(task)
    lengths = []
    for until_s, least in ((8, 2), (13, 4)):
        publisher.send([shot for shot in shots if until_s - 8 <= shot.at < until_s and shot.at >= (0, 8)[least > 2]], 2)
        wait_for(lambda least=least: len(stored(world, task, LIVE_PLAYLIST)) >= least)
        path, found = read(world, task)
        assert not found.is_endlist
        assert found.playlist_type == "event"
        so_far = path.with_name("so-far.m3u8")  # FFmpeg would wait for more of one that grows
        so_far.write_text(found.dumps() + "#EXT-X-ENDLIST\n")
        counters = watch(so_far).counters
        assert counters == list(range(len(counters)))
        lengths.append(len(found.segments))
    assert lengths[0] < lengths[1]
    publisher.send([shot for shot in shots if shot.at >= 13], at_s=2)
    world.stop(task, 20)
    world.leave(task, 20, publisher)
    process.join(60)
    whole(world, task, 17 * FPS)
    told = [body["detail"] for body in world.receiver.bodies if body["event_type"] == 102]
    [file] = [file for file in world.database.files(task) if file.format == "hls"]
    assert told == [{"stream_id": "cam", "file_id": file.name, "file_url": file.url, "media_track_type": 3}]
    [end] = [body["detail"] for body in world.receiver.bodies if body["event_type"] == 1]
    assert [info["file_id"] for info in end["file_info"]] == [file.name]


@pytest.mark.parametrize("codec", [Codec.H264, Codec.VP8])
def test_a_recorder_that_is_killed_goes_on_with_the_same_playlist(world: World, codec: Codec) -> None:
    task = world.start(format="hls", format_options=LIVE)
    publisher = world.publish(1)
    shots = scene(codec, 17)
    for second in range(0, 17, 3):
        publisher.send([shot for shot in shots if second <= shot.at < second + 3], at_s=2)
        process = world.launch(task)
        process.join(1.1)
        process.kill()
        process.join()
        if stored(world, task, LIVE_PLAYLIST):
            read(world, task)
    world.stop(task, 20)
    world.leave(task, 20, publisher)
    world.complete(task)
    whole(world, task, 17 * FPS)


def test_pictures_and_sound_apart_have_a_playlist_each(world: World) -> None:
    task = world.start(format="hls", format_options=LIVE, tracks=Tracks.SEPARATE)
    publisher = world.publish(1)
    publisher.send(scene(Codec.H264, 9), at_s=2)
    world.stop(task, 12)
    world.leave(task, 12, publisher)
    files = [file for file in world.complete(task) if file.format == "hls"]
    assert sorted(file.key for file in files) == ["1-A", "1-V"]
    seen = {file.key: watch(world.path(file)) for file in files}
    assert seen["1-V"].counters == list(range(270))
    assert len(seen["1-A"].beeps) == 9
    assert len([body for body in world.receiver.bodies if body["event_type"] == 102]) == 2


@pytest.mark.parametrize(("interruption", "length_s"), [(Interruption.FILL, 19), (Interruption.JOIN, 12)])
def test_a_return_goes_on_in_the_same_playlist(world: World, interruption: Interruption, length_s: int) -> None:
    task = world.start(format="hls", format_options=LIVE, interruption=interruption)
    publisher = world.publish(1)
    publisher.send(scene(Codec.H264, 6), at_s=2)
    publisher.leave(8.5)
    returned = world.publish(14)
    returned.send(scene(Codec.VP8, 6, first=6 * FPS), at_s=15)
    world.stop(task, 21)
    world.leave(task, 21, returned)
    [file] = [file for file in world.complete(task) if file.format == "hls"]
    whole(world, task, 12 * FPS)
    assert file.duration_ms / 1000 == pytest.approx(length_s, abs=0.2)
