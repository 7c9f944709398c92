"""A real recorder process makes files of hand-written rooms; they are decoded again."""

from collections.abc import Iterator
from pathlib import Path
from statistics import median

import pytest
from tests.integration.recorder_media import FPS, scene, watch
from tests.integration.recorder_world import World

from reelroom.naming import utc_digits
from reelroom.spec import Interruption, Tracks
from reelroom.task import FileState, TaskState
from reelroom.units import NS_PER_MS, Codec, MediaKind

AUDIO, VIDEO = MediaKind.AUDIO, MediaKind.VIDEO


@pytest.fixture(name="world")
def world_fixture(tmp_path: Path) -> Iterator[World]:
    with World(tmp_path / "data") as world:
        yield world


@pytest.mark.parametrize("codec", [Codec.H264, Codec.VP8])
@pytest.mark.parametrize("late", [{VIDEO: 0.12, AUDIO: 0.0}, {VIDEO: 0.0, AUDIO: 0.4}])
def test_a_publisher_becomes_one_whole_file_in_step_however_late_its_tracks_arrive(world, codec, late) -> None:
    task = world.start()
    publisher = world.publish(1, late=late)
    publisher.send(scene(codec, 6), at_s=2)
    world.stop(task, 9)
    world.leave(task, 9.1, publisher)
    [file] = world.complete(task)
    seen = watch(world.path(file))
    assert seen.counters == list(range(6 * FPS))
    assert abs(file.duration_ms - 6000) < 60
    assert seen.codecs == {"video": "h264", "audio": "aac"}
    assert (file.width, file.height) == (256, 32)
    assert len(seen.flashes) == len(seen.beeps) == 6
    assert abs(median(seen.offsets_ms)) < 15


def test_without_reports_arrival_decides(world: World) -> None:
    task = world.start()
    publisher = world.publish(1, late={VIDEO: 0.2})
    publisher.reports = False
    publisher.send(scene(Codec.H264, 3), at_s=2)
    world.stop(task, 6)
    world.leave(task, 6.1, publisher)
    [file] = world.complete(task)
    assert median(watch(world.path(file)).offsets_ms) == pytest.approx(-200, abs=15)


def test_a_file_is_named_and_described_as_the_contract_says(world: World) -> None:
    task = world.start(folder="lessons/")
    publisher = world.publish(1)
    publisher.send(scene(Codec.H264, 2), at_s=2)
    world.stop(task, 5)
    world.leave(task, 5.1, publisher)
    [file] = world.complete(task)
    begin_ms = world.at(2) // NS_PER_MS
    assert file.begin_ms == begin_ms
    assert file.name == f"aJB-YE-iHBJnAABN_lesson42_u1_cam_VA_{utc_digits(begin_ms)}.mp4"
    assert file.object_key == f"lessons/{file.name}"
    assert (file.key, file.state, file.media_track_type) == ("1-VA", FileState.UPLOADED, 3)
    assert file.size == world.path(file).stat().st_size
    assert world.task(task).state is TaskState.ENDED


def interrupted(world: World, first: Codec = Codec.H264, second: Codec = Codec.H264, **words) -> list:
    """A stream sends for 3 s from second 2, returns at 12 for 3 s, and is there when the task stops."""
    task = world.start(**words)
    publisher = world.publish(1)
    publisher.send(scene(first, 3), at_s=2)
    publisher.leave(5.5)
    returned = world.publish(11)
    returned.send(scene(second, 3, first=3 * FPS), at_s=12)
    world.stop(task, 15.5)
    world.leave(task, 15.6, returned)
    return world.complete(task)


def test_split_makes_a_file_of_each_return(world: World) -> None:
    files = interrupted(world)
    assert [file.key for file in files] == ["1-VA", "2-VA"]
    assert [watch(world.path(file)).counters for file in files] == [list(range(90)), list(range(90, 180))]
    assert [file.begin_ms for file in files] == [world.at(2) // NS_PER_MS, world.at(12) // NS_PER_MS]


@pytest.mark.parametrize("second", [Codec.H264, Codec.VP8])
def test_fill_goes_on_with_silence_between(world: World, second: Codec) -> None:
    [file] = interrupted(world, second=second, interruption=Interruption.FILL)
    seen = watch(world.path(file))
    assert seen.counters == list(range(180))
    assert seen.times[90] - seen.times[89] == pytest.approx(7 + 1 / FPS, abs=0.02)
    assert [round(beep) for beep in seen.beeps] == [0, 1, 2, 10, 11, 12]
    assert abs(median(seen.offsets_ms)) < 15
    assert seen.audio_s == pytest.approx(13.5, abs=0.1)
    assert file.duration_ms == pytest.approx(13_500, abs=60)


@pytest.mark.parametrize(("first", "second"), [(Codec.H264, Codec.H264), (Codec.VP8, Codec.H264)])
def test_join_leaves_the_gap_out(world: World, first: Codec, second: Codec) -> None:
    [file] = interrupted(world, first, second, interruption=Interruption.JOIN)
    seen = watch(world.path(file))
    assert seen.counters == list(range(180))
    assert seen.times[90] - seen.times[89] == pytest.approx(1 / FPS, abs=0.02)
    assert [round(beep) for beep in seen.beeps] == [0, 1, 2, 3, 4, 5]
    assert abs(median(seen.offsets_ms)) < 15
    assert file.duration_ms == pytest.approx(6000, abs=80)


def test_separate_makes_a_picture_and_a_sound_file(world: World) -> None:
    files = {file.key: file for file in interrupted(world, tracks=Tracks.SEPARATE)}
    assert sorted(files) == ["1-A", "1-V", "2-A", "2-V"]
    assert [Path(files[key].name).suffix for key in sorted(files)] == [".aac", ".mp4", ".aac", ".mp4"]
    assert [files[key].media_track_type for key in sorted(files)] == [1, 2, 1, 2]
    assert watch(world.path(files["2-V"])).counters == list(range(90, 180))
    assert watch(world.path(files["1-A"])).audio_s == pytest.approx(3, abs=0.1)


def test_separate_and_filled_files_keep_the_same_time(world: World) -> None:
    files = {f.key: f for f in interrupted(world, tracks=Tracks.SEPARATE, interruption=Interruption.FILL)}
    picture, sound = watch(world.path(files["1-V"])), watch(world.path(files["1-A"]))
    assert picture.counters == list(range(180))
    assert picture.times[90] == pytest.approx(10, abs=0.02)
    assert sound.beeps[3] == pytest.approx(10, abs=0.03)  # another encoder's first packet of 20 ms fades in


@pytest.mark.parametrize(
    ("tracks", "key", "codecs"), [(Tracks.AUDIO, "1-A", {"audio"}), (Tracks.VIDEO, "1-V", {"video"})]
)
def test_only_wanted_tracks_are_in_a_file(world: World, tracks: Tracks, key: str, codecs: set) -> None:
    task = world.start(tracks=tracks)
    publisher = world.publish(1)
    publisher.send(scene(Codec.VP8, 2), at_s=2)
    world.stop(task, 5)
    world.leave(task, 5, publisher)
    [file] = world.complete(task)
    assert file.key == key
    assert set(watch(world.path(file)).codecs) == codecs


@pytest.mark.parametrize("codec", [Codec.H264, Codec.VP8])
def test_a_change_of_size_stays_in_one_file(world: World, codec: Codec) -> None:
    task = world.start()
    publisher = world.publish(1)
    for number, scale in enumerate((1, 2, 1)):
        publisher.send(scene(codec, 2, first=number * 2 * FPS, scale=scale), at_s=2 + 2 * number)
    world.stop(task, 9)
    world.leave(task, 9, publisher)
    [file] = world.complete(task)
    seen = watch(world.path(file))
    assert seen.sizes == [(256, 32), (512, 64), (256, 32)]
    assert seen.counters == list(range(6 * FPS))
    assert len(seen.beeps) == 6


@pytest.mark.parametrize("codec", [Codec.H264, Codec.VP8])
def test_a_task_that_comes_later_gets_what_comes_later(world: World, codec: Codec) -> None:
    early = world.start("early-task-00001")
    publisher = world.publish(1)
    shots = scene(codec, 6)
    publisher.send([shot for shot in shots if shot.at < 3], at_s=2)
    late = world.start("late-task-000002", at_s=5)
    world.see(late, publisher, 5)
    world.capture(late, publisher, 5)
    publisher.send([shot for shot in shots if shot.at >= 3], at_s=2)
    for task in (early, late):
        world.stop(task, 9)
        world.leave(task, 9, publisher)
    [whole], [rest] = world.complete(early), world.complete(late)
    assert watch(world.path(whole)).counters == list(range(180))
    seen = watch(world.path(rest))
    assert seen.counters == list(range(120, 180))  # keyframes are at 60 and 120
    assert rest.begin_ms == pytest.approx(world.at(5) // NS_PER_MS, abs=20)
    assert seen.times[0] == pytest.approx(1, abs=0.03)


def test_a_task_that_leaves_earlier_has_nothing_of_later(world: World) -> None:
    task = world.start()
    publisher = world.publish(1)
    publisher.send(scene(Codec.H264, 2), at_s=2)
    world.stop(task, 4)
    world.leave(task, 4, publisher)
    publisher.send(scene(Codec.H264, 2, first=60), at_s=4)
    [file] = world.complete(task)
    assert watch(world.path(file)).counters == list(range(60))


def test_a_lost_gateway_ends_files_and_the_return_is_recorded(world: World) -> None:
    task = world.start()
    publisher = world.publish(1)
    publisher.send(scene(Codec.H264, 2), at_s=2)  # no end: its gateway is dead
    world.lose(4.1, back_s=6)
    returned = world.publish(7)
    returned.send(scene(Codec.H264, 2, first=60), at_s=8)
    world.stop(task, 11)
    world.leave(task, 11, returned)
    files = world.complete(task)
    assert [watch(world.path(file)).counters for file in files] == [list(range(60)), list(range(60, 120))]


def test_without_any_gateway_a_stop_takes_what_is_there_up_to_its_instant(world: World) -> None:
    task = world.start()
    publisher = world.publish(1)
    publisher.send(scene(Codec.H264, 4), at_s=2)
    world.gateway.release()
    world.stop(task, 5)
    [file] = world.complete(task)
    assert watch(world.path(file)).counters == list(range(91))  # the frame of the stop's instant is the last


def test_every_stream_has_its_own_file(world: World) -> None:
    task = world.start()
    publishers = [world.publish(1, stream=f"cam{number}") for number in range(3)]
    for number, publisher in enumerate(publishers):
        publisher.send(scene(Codec.H264, 2, first=100 * number), at_s=2)
    world.stop(task, 5)
    world.leave(task, 5, *publishers)
    files = world.complete(task)
    assert {file.stream: watch(world.path(file)).counters[0] for file in files} == {"cam0": 0, "cam1": 100, "cam2": 200}


def test_nothing_stays_behind_but_the_files(world: World) -> None:
    task = world.start()
    publisher = world.publish(1)
    publisher.send(scene(Codec.VP8, 2), at_s=2)
    world.stop(task, 5)
    world.leave(task, 5, publisher)
    world.complete(task)
    left = [path for name in ("work", "spool") for path in (world.data / name).rglob("*") if path.is_file()]
    assert left == []
    [want] = world.database.wants()
    assert not want.journal_needed
