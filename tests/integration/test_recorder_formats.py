"""Every format of single streams: a real recorder process on hand-written rooms, its files decoded again."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from statistics import median

import m3u8
import numpy as np
import pytest
from PIL import Image
from tests.integration.recorder_media import FPS, audio, read_counter, scene, watch
from tests.integration.recorder_world import World, wait_for

from reelroom.naming import utc_digits
from reelroom.spec import FormatSpec, Interruption, Tracks
from reelroom.task import FileState, Stage
from reelroom.units import NS_PER_MS, Codec, MediaKind

AUDIO, VIDEO = MediaKind.AUDIO, MediaKind.VIDEO
BOTH = {"video": "h264", "audio": "aac"}


@pytest.fixture(name="world")
def world_fixture(tmp_path: Path) -> Iterator[World]:
    with World(tmp_path / "data") as world:
        yield world


def record(world: World, codec: Codec, name: str = "aJB-YE-iHBJnAABN", **words) -> list:
    """Four seconds of one publisher."""
    task = world.start(name, **words)
    publisher = world.publish(1)
    publisher.send(scene(codec, 4), at_s=2)
    world.stop(task, 7)
    world.leave(task, 7, publisher)
    return world.complete(task)


@pytest.mark.parametrize("codec", [Codec.H264, Codec.VP8])
@pytest.mark.parametrize(
    ("format_", "tracks", "files"),
    [
        ("flv", Tracks.AUDIO, {"1-A.flv": {"audio": "aac"}}),
        ("flv", Tracks.VIDEO, {"1-V.flv": {"video": "h264"}}),
        ("flv", Tracks.TOGETHER, {"1-VA.flv": BOTH}),
        ("flv", Tracks.SEPARATE, {"1-V.flv": {"video": "h264"}, "1-A.aac": {"audio": "aac"}}),
        *[
            (form, tracks, {f"1-A.{form}": {"audio": codec}})
            for form, codec in (("mp3", "mp3"), ("aac", "aac"), ("ogg", "opus"))
            for tracks in (Tracks.AUDIO, Tracks.TOGETHER, Tracks.SEPARATE)
        ],
    ],
)
def test_each_stream_type_gives_the_files_of_its_format(world, codec, format_, tracks, files) -> None:
    made = record(world, codec, format=format_, tracks=tracks)
    assert {f"{file.key}.{file.format}": plain(watch(world.path(file)).codecs) for file in made} == files
    for file in made:
        assert file.state is FileState.UPLOADED
        assert file.name.endswith(f".{file.format}")
        assert file.size == world.path(file).stat().st_size
        assert file.duration_ms == pytest.approx(4000, abs=45)
        assert (file.width, file.height) == ((256, 32) if "V" in file.key else (0, 0))
        look(watch(world.path(file)), file)


def plain(codecs: dict[str, str]) -> dict[str, str]:
    """Whichever decoder it is."""
    return {kind: name.removesuffix("float").removeprefix("lib") for kind, name in codecs.items()}


def look(seen, file) -> None:
    """Every picture, every beep, in step."""
    if "V" in file.key:
        assert seen.counters == list(range(4 * FPS))
        assert len(seen.flashes) == 4
    if "A" in file.key:
        delay = 0.023 if file.format == "mp3" else 0  # FFmpeg's times of an mp3 begin with its encoder's delay
        assert [beep - delay for beep in seen.beeps] == pytest.approx([0, 1, 2, 3], abs=0.04)
        assert seen.audio_s == pytest.approx(4, abs=0.045)
    if "VA" in file.key:
        assert abs(median(seen.offsets_ms)) < 15


@pytest.mark.parametrize("format_", ["flv", "mp3", "aac", "ogg"])
@pytest.mark.parametrize(
    ("interruption", "beeps", "length_s"),
    [(Interruption.FILL, [0, 1, 2, 10, 11, 12], 13.5), (Interruption.JOIN, [0, 1, 2, 3, 4, 5], 6)],
)
def test_a_return_goes_on_in_the_same_file(world: World, format_, interruption, beeps, length_s) -> None:
    task = world.start(format=format_, interruption=interruption)
    publisher = world.publish(1)
    publisher.send(scene(Codec.H264, 3), at_s=2)
    publisher.leave(5.5)
    returned = world.publish(11)
    returned.send(scene(Codec.H264, 3, first=3 * FPS), at_s=12)
    world.stop(task, 15.5)
    world.leave(task, 15.6, returned)
    [file] = world.complete(task)
    seen = watch(world.path(file))
    assert [round(beep) for beep in seen.beeps] == beeps
    assert file.duration_ms / 1000 == pytest.approx(length_s, abs=0.1)
    if format_ == "flv":
        assert seen.counters == list(range(180))


def test_a_publisher_without_a_microphone_has_no_audio_file(world: World) -> None:
    task = world.start(format="mp3")
    publisher = world.publish(1, kinds=(VIDEO,))
    publisher.send(scene(Codec.H264, 2, sound=False), at_s=2)
    world.stop(task, 5)
    world.leave(task, 5, publisher)
    assert world.complete(task) == []


@pytest.mark.parametrize("format_", ["flv", "mp3", "aac", "ogg"])
def test_a_recorder_that_is_killed_makes_the_same_file(world: World, format_: str) -> None:
    """Less than the encoders' warming up, so byte by byte."""
    undisturbed, killed = (
        world.start("undisturbed-task", format=format_),
        world.start("killed-often-tsk", format=format_),
    )
    publisher = world.publish(1)
    shots = scene(Codec.H264, 4)
    for part in range(4):
        publisher.send([shot for shot in shots if part <= shot.at < part + 1], at_s=2)
        process = world.launch(killed)
        process.join(0.8)
        process.kill()
        process.join()
    for task in (undisturbed, killed):
        world.stop(task, 7)
        world.leave(task, 7, publisher)
    [one], [other] = world.complete(undisturbed), world.complete(killed)
    assert world.path(one).read_bytes() == world.path(other).read_bytes()


def muted(seconds: int, *periods: tuple[float, float]) -> list:
    """A scene whose microphone is muted in these periods, as a browser does it."""
    return [
        replace(shot, payload=b"\xf8\xff\xfe")
        if shot.kind is AUDIO and any(first <= shot.at < last for first, last in periods)
        else shot
        for shot in audio(seconds, noise=300)
    ]


def record_muted(world: World, shots: list, end_s: float = 20, kill: bool = False, **options) -> list:
    task = world.start(format="mp3", tracks=Tracks.AUDIO, format_options=FormatSpec(drop_mutes=True, **options))
    publisher = world.publish(1)
    publisher.send(shots, at_s=2)
    if kill:
        process = world.launch(task)
        wait_for(lambda: len(world.database.files(task)) > 1)
        process.kill()
        process.join()
    world.stop(task, end_s)
    world.leave(task, end_s, publisher)
    return sorted(world.complete(task), key=lambda file: file.begin_ms)


def beeps(world: World, file) -> list[float]:
    return [beep - 0.023 for beep in watch(world.path(file)).beeps]


def test_muted_periods_are_left_out_of_one_mp3(world: World) -> None:
    [file] = record_muted(world, muted(12, (2.5, 4.5), (6.5, 10.5)))
    assert file.key == "1-A-1"
    assert file.duration_ms == pytest.approx(6000, abs=60)
    # Beeps at 0 1 2, 5 6 less two seconds, 11 less six.
    assert beeps(world, file) == pytest.approx([0, 1, 2, 3, 4, 5], abs=0.1)


def test_a_long_mute_begins_another_mp3_named_by_its_own_instant(world: World) -> None:
    files = record_muted(world, muted(12, (2.5, 4.5), (6.5, 10.5)), split_at_mute_s=3)
    assert [file.key for file in files] == ["1-A-1", "1-A-2"]
    assert [file.begin_ms for file in files] == pytest.approx(
        [world.at(2) // NS_PER_MS, world.at(12.5) // NS_PER_MS], abs=100
    )
    assert all(file.name.endswith(f"_A_{utc_digits(file.begin_ms)}.mp3") for file in files)
    assert [file.duration_ms for file in files] == pytest.approx([4500, 1500], abs=100)
    assert beeps(world, files[0]) == pytest.approx([0, 1, 2, 3, 4], abs=0.1)
    assert beeps(world, files[1]) == pytest.approx([0.5], abs=0.1)


def test_zero_splits_at_every_mute_and_a_kill_changes_nothing(world: World) -> None:
    files = record_muted(world, muted(12, (0, 0.5), (2.5, 4.5), (6.5, 7), (10.5, 12)), kill=True, split_at_mute_s=0)
    assert [file.key for file in files] == ["1-A-1", "1-A-2", "1-A-3"]
    assert [file.begin_ms for file in files] == pytest.approx(
        [world.at(second) // NS_PER_MS for second in (2.5, 6.5, 9)], abs=100
    )
    assert [file.duration_ms for file in files] == pytest.approx([2000, 2000, 3500], abs=100)
    assert [len(beeps(world, file)) for file in files] == [2, 2, 4]


def test_a_microphone_that_is_never_open_makes_no_file(world: World) -> None:
    assert record_muted(world, muted(4, (0, 9))) == []


def record_pictures(world: World, codec: Codec, kill: bool = False, every_s: int = 5) -> list:
    """Seventeen seconds of one publisher."""
    task = world.start(format="jpg", format_options=FormatSpec(picture_every_s=every_s))
    publisher = world.publish(1)
    shots = scene(codec, 17)
    publisher.send([shot for shot in shots if shot.at < 8], at_s=2)
    if kill:
        process = world.launch(task)
        wait_for(lambda: len(world.receiver.bodies) == 2)  # each is told of while the task goes on
        process.kill()
        process.join()
    publisher.send([shot for shot in shots if shot.at >= 8], at_s=2)
    world.stop(task, 20)
    world.leave(task, 20, publisher)
    return sorted(world.complete(task), key=lambda file: file.begin_ms)


@pytest.mark.parametrize("codec", [Codec.H264, Codec.VP8])
@pytest.mark.parametrize("kill", [False, True])
def test_a_picture_every_so_often_is_a_file_and_a_callback_of_its_own(world: World, codec: Codec, kill: bool) -> None:
    files = record_pictures(world, codec, kill)
    assert [file.key for file in files] == ["1-V-1", "1-V-2", "1-V-3", "1-V-4"]
    assert [file.begin_ms for file in files] == pytest.approx(
        [world.at(2 + 5 * number) // NS_PER_MS for number in range(4)], abs=40
    )
    for number, file in enumerate(files):
        assert file.name.endswith(f"_V_{utc_digits(file.begin_ms)}.jpg")
        assert (file.duration_ms, file.width, file.height, file.media_track_type) == (0, 256, 32, 2)
        with Image.open(world.path(file)) as picture:
            assert picture.size == (256, 32)
            assert read_counter(np.asarray(picture.convert("L"))) in (150 * number, 150 * number + 1)
    # A recorder that is killed before it knows of a receipt sends again, with the same number.
    bodies = {body["sequence"]: body for body in world.receiver.bodies if body["event_type"] == 1}
    told = [body["detail"]["file_info"] for body in bodies.values()]
    assert sorted(info["file_id"] for [info] in told) == [file.name for file in files]
    assert all(info["file_url"] and info["status"] == 3 for [info] in told)


def test_without_pictures_the_usual_callback_says_so(world: World) -> None:
    task = world.start(format="jpg")
    world.stop(task, 5)
    world.leave(task, 5)
    assert world.complete(task) == []
    assert [body["detail"] for body in world.receiver.bodies if body["event_type"] == 1] == [
        {"upload_status": 1, "file_info": []}
    ]


def test_a_publisher_who_is_away_leaves_pictures_out(world: World) -> None:
    task = world.start(format="jpg", interruption=Interruption.JOIN, format_options=FormatSpec(picture_every_s=5))
    publisher = world.publish(1)
    publisher.send(scene(Codec.H264, 3), at_s=2)
    publisher.leave(5.5)
    returned = world.publish(21)
    returned.send(scene(Codec.VP8, 3, first=3 * FPS), at_s=24)
    world.stop(task, 30)
    world.leave(task, 30, returned)
    files = world.complete(task)
    assert [(file.key, file.begin_ms - world.at(0) // NS_PER_MS) for file in files] == [
        ("1-V-1", pytest.approx(2000, abs=40)),
        ("1-V-5", pytest.approx(24_000, abs=40)),
    ]


def read_playlist(world: World, file) -> m3u8.M3U8:
    """Strictly; every segment has to lie beside it."""
    path = world.path(file)
    read = m3u8.loads(path.read_text())
    assert read.is_endlist
    assert all((path.parent / segment.uri).is_file() for segment in read.segments)
    assert all(segment.duration <= read.target_duration for segment in read.segments)
    return read


@pytest.mark.parametrize("codec", [Codec.H264, Codec.VP8])
@pytest.mark.parametrize(
    ("tracks", "files"),
    [
        (Tracks.AUDIO, {"1-A": {"audio": "aac"}}),
        (Tracks.VIDEO, {"1-V": {"video": "h264"}}),
        (Tracks.TOGETHER, {"1-VA": BOTH}),
        (Tracks.SEPARATE, {"1-V": {"video": "h264"}, "1-A": {"audio": "aac"}}),
    ],
)
def test_each_stream_type_gives_its_playlists(world: World, codec: Codec, tracks: Tracks, files: dict) -> None:
    made = record(world, codec, format="hls", tracks=tracks, format_options=FormatSpec(segment_s=2), folder="a/")
    playlists = [file for file in made if file.format == "hls"]
    assert {file.key: plain(watch(world.path(file)).codecs) for file in playlists} == files
    for file in playlists:
        read = read_playlist(world, file)
        base = file.name.removesuffix(".m3u8")
        segments = [each for each in made if each.key.startswith(f"{file.key}#")]
        assert [each.name for each in segments] == [f"{base}_{number:05}.ts" for number in range(2)]
        assert [segment.uri for segment in read.segments] == [each.name for each in segments]
        assert [segment.duration for segment in read.segments] == pytest.approx([2, 2], abs=0.05)
        assert file.size == sum(each.size for each in segments)
        assert file.duration_ms == pytest.approx(4000, abs=45)
        assert {each.state for each in [file, *segments]} == {FileState.UPLOADED}
        if "V" in file.key:
            assert watch(world.path(file)).counters == list(range(4 * FPS))
    told = next(body["detail"] for body in world.receiver.bodies if body["event_type"] == 1)
    assert told["upload_status"] == 1
    assert [info["output_file_format"] for info in told["file_info"]] == ["hls"] * len(files)


def test_a_playlist_killed_while_it_is_made_and_delivered_is_whole(world: World) -> None:
    task = world.start(format="hls", format_options=FormatSpec(segment_s=2))
    publisher = world.publish(1)
    publisher.send(scene(Codec.VP8, 17), at_s=2)
    world.stop(task, 20)
    world.leave(task, 20, publisher)
    for after_s in (0.9, 1.3, 1.6, 1.9, 2.2):
        process = world.launch(task)
        process.join(after_s)
        process.kill()
        process.join()
    made = world.database.files(task) if world.task(task).stage is Stage.DONE else world.complete(task)
    [file] = [file for file in made if file.format == "hls"]
    assert len(read_playlist(world, file).segments) == len(made) - 1
    seen = watch(world.path(file))
    assert seen.counters == list(range(17 * FPS))
    assert abs(median(seen.offsets_ms)) < 15
    left = [path for name in ("work", "spool") for path in (world.data / name).rglob("*") if path.is_file()]
    assert left == []


def test_a_size_change_and_a_return_are_told_by_discontinuities(world: World) -> None:
    task = world.start(format="hls", interruption=Interruption.FILL, format_options=FormatSpec(segment_s=60))
    publisher = world.publish(1)
    publisher.send(scene(Codec.H264, 2), at_s=2)
    publisher.send(scene(Codec.H264, 2, first=2 * FPS, scale=2), at_s=4)
    publisher.leave(6.5)
    returned = world.publish(9)
    returned.send(scene(Codec.H264, 2, first=4 * FPS), at_s=10)
    world.stop(task, 13)
    world.leave(task, 13, returned)
    [file] = [file for file in world.complete(task) if file.format == "hls"]
    read = read_playlist(world, file)
    assert [segment.discontinuity for segment in read.segments] == [False, True, True]
    seen = watch(world.path(file))
    assert seen.counters == list(range(6 * FPS))
    assert [round(beep - seen.beeps[0]) for beep in seen.beeps] == [0, 1, 2, 3, 8, 9]
