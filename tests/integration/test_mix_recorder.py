"""Mixed recordings by a real recorder process: journal in, file out."""

import json
import os
import signal
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from tests.integration.mix_media import (
    BLUE,
    CYAN,
    EDGE,
    GREEN,
    RED,
    YELLOW,
    pattern,
    picture_at,
    pictures,
    sound,
    strength,
    together,
    tone,
)
from tests.integration.recorder_world import Publisher, World, wait_for

from reelroom.database import RecordedFile, queries_tasks
from reelroom.mix import (
    Area,
    CameraOff,
    Canvas,
    Fit,
    Layout,
    LayoutMode,
    LevelsBy,
    MixSpec,
    View,
)
from reelroom.spec import FormatSpec, Tracks
from reelroom.task import CommandKind
from reelroom.testing.content import Content, check
from reelroom.testing.programme import Programme, programme_frames
from reelroom.units import NS, Codec, MediaKind, Size, StreamId, TaskId

CANVAS = Canvas(width=640, height=360, fps=15, bitrate_bps=1_000_000)
MIX = MixSpec(name="mix1", canvas=CANVAS)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with World(tmp_path / "data") as world:
        yield world


def order(world: World, task: TaskId, kind: CommandKind, at_s: float, body: dict | None = None) -> None:
    """What a caller asked at an instant of the past."""
    world.database._write(
        lambda connection: queries_tasks.insert_command(connection, task, kind, body or {}, world.at(at_s))
    )


def play(world: World, publisher: Publisher, programme: Programme, at_s: float) -> None:
    """Journal a programme, with what each track is late by on its way."""
    for frame in programme_frames(replace(programme, start_ns=world.at(at_s))):
        late_ns = round(publisher.late.get(frame.kind, 0) * NS)
        publisher.writer.write(replace(frame, arrival_ns=frame.arrival_ns + late_ns))
        if frame.kind is MediaKind.AUDIO and frame.ticks % 48_000 == 0:
            publisher.writer.mark(frame.arrival_ns)
        if frame.ticks % 48_000 == 0:
            publisher.writer.report(frame.kind, frame.ticks, frame.arrival_ns, frame.arrival_ns + late_ns, "sr")


def finish(world: World, task: TaskId, at_s: float, *publishers: Publisher) -> list[RecordedFile]:
    """Everybody is still there when the task is stopped."""
    for publisher in publishers:
        publisher.writer.mark(world.at(at_s))
        publisher.writer.end(world.at(at_s), "unwanted")
    world.stop(task, at_s)
    world.leave(task, at_s, *publishers)
    return world.complete(task)


def recording(world: World, files: list[RecordedFile]) -> Path:
    return world.path(next(file for file in files if file.format == "mp4"))


def check_mix(world: World, files: list[RecordedFile]) -> Content:
    return check(recording(world, files))


def test_two_streams_stand_side_by_side_and_are_heard_together(world: World) -> None:
    task = world.start(mix=MIX)
    one, two = world.publish(1, "red"), world.publish(1, "blue")
    one.send(together(pattern(RED, 5), tone(440, 5)), 1)
    two.send(together(pattern(BLUE, 5), tone(1000, 5)), 1)
    files = finish(world, task, 6, one, two)
    assert [(file.name.rpartition("_")[0], file.stream, file.user, file.media_track_type) for file in files] == [
        (f"{task}_lesson42_mix1_VA", "mix1", "mix1", 3)
    ]
    picture = picture_at(recording(world, files), 3)
    # Two views of 320x360: a crop of 16:9 shows its middle alone, no white edge.
    for x, y in ((4, 4), (160, 180), (316, 356)):
        assert picture.shows(RED, x, y)
        assert picture.shows(BLUE, x + 320, y)
    wave = sound(recording(world, files))
    assert strength(wave, 440, 1, 4) == pytest.approx(0.3, rel=0.1)
    assert strength(wave, 1000, 1, 4) == pytest.approx(0.3, rel=0.1)


def test_every_frame_has_its_exact_time(world: World) -> None:
    task = world.start(mix=MIX)
    one = world.publish(0, "red")
    one.send(together(pattern(RED, 4), tone(440, 4)), 0)
    files = finish(world, task, 4, one)
    times = [picture.at for picture in pictures(recording(world, files))]
    assert times == pytest.approx([n / 15 for n in range(60)])
    assert files[0].duration_ms == pytest.approx(4000, abs=25)
    assert (files[0].width, files[0].height) == (640, 360)


def test_crop_and_contain_are_told_apart(world: World) -> None:
    views = (
        View(area=Area(0, 0, 160, 360), layer=1, stream=StreamId("a"), fit=Fit.CROP),
        View(area=Area(160, 0, 320, 360), layer=1, stream=StreamId("b"), fit=Fit.CONTAIN),
    )
    layout = Layout(mode=LayoutMode.CUSTOM, views=views)
    task = world.start(mix=replace(MIX, layout=layout, background=YELLOW))
    one, two = world.publish(0, "a"), world.publish(0, "b")
    one.send(list(pattern(RED, 4)), 0)
    two.send(list(pattern(BLUE, 4)), 0)
    picture = picture_at(recording(world, finish(world, task, 4, one, two)), 2)
    assert picture.shows(RED, 4, 4)
    assert picture.shows(RED, 155, 355)
    assert picture.shows(0, 240, 100)  # black bars above and below 160x90
    assert picture.shows(BLUE, 240, 180)
    assert picture.shows(EDGE, 164, 180)
    assert picture.shows(YELLOW, 480, 180)


def test_a_layout_counts_from_the_next_frame_on(world: World) -> None:
    task = world.start(mix=MIX)
    one = world.publish(0, "a")
    one.send(list(pattern(RED, 5)), 0)
    view = View(area=Area(320, 180, 640, 360), layer=1, stream=StreamId("a"))
    order(world, task, CommandKind.LAYOUT, 2.5, Layout(mode=LayoutMode.CUSTOM, views=(view,)).to_json())
    path = recording(world, finish(world, task, 5, one))
    changed = [picture.at for picture in pictures(path) if picture.shows(0, 100, 100)]
    assert min(changed) == pytest.approx(38 / 15)  # the first frame at or after 2.5 s
    assert len(changed) == 75 - 38


def test_a_layer_in_front_stays_in_front_of_a_picture_that_moves(world: World) -> None:
    views = (
        View(area=Area(0, 0, 640, 360), layer=0, stream=StreamId("back")),
        View(area=Area(200, 100, 360, 190), layer=5, stream=StreamId("front")),
    )
    task = world.start(mix=replace(MIX, layout=Layout(mode=LayoutMode.CUSTOM, views=views)))
    back, front = world.publish(0, "back"), world.publish(0, "front")
    back.send(list(pattern(GREEN, 4)), 0)
    front.send(list(pattern(CYAN, 4, fps=5)), 0)
    path = recording(world, finish(world, task, 4, back, front))
    for picture in list(pictures(path))[8:]:
        assert picture.shows(CYAN, 280, 150)
        assert picture.shows(GREEN, 280, 90)


def test_pause_leaves_its_span_out_of_one_continuous_file(world: World) -> None:
    task = world.start(mix=replace(MIX, canvas=replace(CANVAS, fps=30)))
    one = world.publish(0, "cam")
    play(world, one, Programme(seconds=10), 0)
    order(world, task, CommandKind.PAUSE, 3.2)
    order(world, task, CommandKind.RESUME, 6.7)
    content = check_mix(world, finish(world, task, 10, one))
    assert content.frames == 195  # 6.5 s
    counters = np.array(content.counters)
    assert set(np.diff(counters)) == {1, 105 + 1}  # 3.5 s are missing in one place
    assert counters[0] == 0
    assert content.audio_until_s == pytest.approx(6.5, abs=0.05)
    assert content.flashes == pytest.approx([1, 2, 3, 3.5, 4.5, 5.5], abs=0.04)
    assert max(map(abs, content.offsets_ms)) <= 40
    assert {201, 202} <= set(world.receiver.events)


@pytest.mark.parametrize("codec", [Codec.H264, Codec.VP8])
def test_lips_move_with_what_they_say(world: World, codec: Codec) -> None:
    """Pictures of one stream are late by 300 ms, sound of the other by 200 ms; reports tell."""
    task = world.start(mix=replace(MIX, canvas=replace(CANVAS, fps=30)))
    one = world.publish(0, "cam", late={MediaKind.VIDEO: 0.3, MediaKind.AUDIO: 0.04})
    play(world, one, Programme(seconds=8, codec=codec), 0)
    content = check_mix(world, finish(world, task, 8.5, one))
    assert len(content.offsets_ms) >= 6
    assert max(map(abs, content.offsets_ms)) <= 40


def test_a_camera_that_is_off_shows_the_colour_asked_for(world: World) -> None:
    mix = replace(MIX, camera_off=CameraOff.COLOUR, camera_off_colour=YELLOW)
    task = world.start(mix=mix)
    one = world.publish(0, "cam")
    one.send(together(pattern(RED, 3), tone(440, 9)), 0)
    path = recording(world, finish(world, task, 9, one))
    assert picture_at(path, 2.5).shows(RED, 320, 180)
    assert picture_at(path, 5.5).shows(RED, 320, 180)
    assert picture_at(path, 6.5).shows(YELLOW, 320, 180)


def test_a_stream_that_leaves_is_neither_seen_nor_heard(world: World) -> None:
    task = world.start(mix=replace(MIX, background=CYAN))
    one, two = world.publish(0, "a"), world.publish(0, "b")
    one.send(together(pattern(RED, 8), tone(440, 8)), 0)
    two.send(together(pattern(BLUE, 4), tone(1000, 4)), 0)
    two.leave(4)
    path = recording(world, finish(world, task, 8, one))
    assert picture_at(path, 3).shows(BLUE, 480, 180)
    assert picture_at(path, 6).shows(RED, 500, 180)
    wave = sound(path)
    assert strength(wave, 1000, 1, 3.5) > 0.25
    assert strength(wave, 1000, 5, 8) < 0.01
    assert strength(wave, 440, 5, 8) > 0.25


def test_many_loud_streams_do_not_clip(world: World) -> None:
    task = world.start(mix=replace(MIX, canvas=None, audio_bitrate_bps=192_000), tracks=Tracks.AUDIO)
    publishers = [world.publish(0, f"s{n}", kinds=(MediaKind.AUDIO,)) for n in range(6)]
    for number, publisher in enumerate(publishers):
        publisher.send(list(tone(300 + 100 * number, 3, 0.5)), 0)
    wave = sound(recording(world, finish(world, task, 3, *publishers)))
    assert np.abs(wave).max() < 1.15  # the sum is 3; AAC overshoots a little
    assert strength(wave, 300, 1, 2) > 0.05


def test_sound_levels_lie_beside_the_recording_and_in_no_list(world: World) -> None:
    task = world.start(mix=replace(MIX, levels=LevelsBy.STREAM))
    one, two = world.publish(0, "loud"), world.publish(0, "soft")
    one.send(list(tone(440, 4, 0.5)), 0)
    two.send(list(tone(1000, 4, 0.005)), 0)
    files = finish(world, task, 4, one, two)
    levels = next(file for file in files if not file.listed)
    main = next(file for file in files if file.listed)
    assert levels.name == main.name.removesuffix("mp4") + "sw"
    lines = [json.loads(line) for line in world.path(levels).read_text().splitlines()]
    assert [line["time"] for line in lines] == [0, 1, 2, 3]
    for line in lines[1:3]:
        volumes = {entry["stream_id"]: entry["volume"] for entry in line["sound_wave"]}
        assert volumes == {"loud": pytest.approx(90, abs=2), "soft": pytest.approx(23, abs=4)}
    told = next(body for body in world.receiver.bodies if body["event_type"] == 1)
    assert [info["output_file_format"] for info in told["detail"]["file_info"]] == ["mp4"]


def test_a_snapshot_is_a_file_with_a_callback_of_its_own(world: World) -> None:
    task = world.start(mix=MIX)
    one = world.publish(0, "a")
    one.send(list(pattern(RED, 4)), 0)
    order(world, task, CommandKind.SNAPSHOT, 2)
    files = finish(world, task, 4, one)
    picture = next(file for file in files if file.format == "jpg")
    assert picture.name.startswith(f"{task}_lesson42_mix1_V_")
    assert (picture.media_track_type, picture.duration_ms, picture.width, picture.height) == (2, 0, 640, 360)
    assert picture.begin_ms == world.at(2) // 1_000_000
    assert picture_at(world.path(picture), 0).frame.width == 640
    told = [body["detail"]["file_info"] for body in world.receiver.bodies if body["event_type"] == 1]
    assert [[info["output_file_format"] for info in infos] for infos in told] == [["jpg"], ["mp4"]]


def test_separate_tracks_are_two_files(world: World) -> None:
    task = world.start(mix=MIX, tracks=Tracks.SEPARATE)
    one = world.publish(0, "a")
    one.send(together(pattern(RED, 3), tone(440, 3)), 0)
    files = finish(world, task, 3, one)
    assert [(file.format, file.media_track_type) for file in sorted(files, key=lambda f: f.format)] == [
        ("aac", 1),
        ("mp4", 2),
    ]


def test_always_records_an_empty_room(world: World) -> None:
    task = world.start(mix=replace(MIX, always=True, background=GREEN))
    path = recording(world, finish(world, task, 3))
    assert len(list(pictures(path))) == 45
    assert picture_at(path, 1).shows(GREEN, 100, 100)
    assert np.abs(sound(path)).max() < 0.001


def test_the_same_logs_make_the_same_pictures(tmp_path: Path) -> None:
    hashes = []
    for name in ("one", "two"):
        with World(tmp_path / name, began_ns=1_700_000_000 * NS) as world:
            task = world.start(mix=replace(MIX, clock_pixels=24))
            one, two = world.publish(0, "a"), world.publish(0.4, "b")
            play(world, one, Programme(seconds=5, sizes=((0.0, Size(320, 180)), (2.5, Size(640, 360)))), 0)
            two.send(together(pattern(RED, 4), tone(440, 4)), 0.4)
            path = recording(world, finish(world, task, 5, one, two))
            hashes.append([hash(picture.frame.to_ndarray().tobytes()) for picture in pictures(path)])
    assert hashes[0] == hashes[1]
    assert len(set(hashes[0])) > 40


def test_a_killed_recorder_goes_on_in_the_same_file(world: World) -> None:
    """Killed whenever some more is on disk; nothing of what was sent is missing or doubled."""
    task = world.start(mix=replace(MIX, canvas=replace(CANVAS, fps=30)))
    one = world.publish(0, "cam")
    play(world, one, Programme(seconds=20, keyframe_s=4), 0)
    one.writer.mark(world.at(20))
    work = world.data / "work" / task

    def written() -> int:
        return sum(path.stat().st_size for path in work.glob("*.mkv"))

    for _ in range(4):
        enough = written() + 20_000
        process = world.launch(task)
        wait_for(lambda enough=enough: written() > enough, 30)
        os.kill(process.pid or 0, signal.SIGKILL)
        process.join()
    assert len(list(work.glob("mix.video*"))) > 1
    files = finish(world, task, 20, one)
    assert len(files) == 1
    content = check_mix(world, files)
    assert content.counters == list(range(600))
    assert set(np.diff(content.counters)) == {1}
    assert content.audio_until_s == pytest.approx(20, abs=0.05)
    assert max(map(abs, content.offsets_ms)) <= 40
    assert [after - before for before, after in pairwise(content.beeps)] == pytest.approx([1] * 18, abs=0.01)


def test_an_image_that_cannot_be_had_is_told_and_recording_goes_on(world: World) -> None:
    url = "http://127.0.0.1:9/no.png"
    task = world.start(mix=replace(MIX, background=GREEN, background_image=url, always=True))
    path = recording(world, finish(world, task, 2))
    assert picture_at(path, 1).shows(GREEN, 100, 100)
    told = [body["detail"] for body in world.receiver.bodies if body["event_type"] == 3]
    assert told == [{"image_type": 1, "image_url": url}]


def test_a_task_without_anybody_has_no_file(world: World) -> None:
    task = world.start(mix=MIX)
    assert finish(world, task, 3) == []
    assert world.receiver.events == [5, 7, 1]


@pytest.mark.parametrize("form", ["flv", "mp3", "aac", "ogg"])
def test_a_mix_may_have_any_format_of_one_file(world: World, form: str) -> None:
    """Beeps stand where they were sent, a recorder killed on the way or not."""
    task = world.start(mix=MIX, format=form)
    one = world.publish(0, "cam")
    play(world, one, Programme(seconds=14, sizes=((0.0, Size(160, 90)),)), 0)
    one.writer.mark(world.at(14))
    work = world.data / "work" / task
    process = world.launch(task)
    wait_for(lambda: sum(path.stat().st_size for path in work.glob("*.mkv")) > 30_000, 30)
    os.kill(process.pid or 0, signal.SIGKILL)
    process.join()
    files = finish(world, task, 14, one)
    assert [(file.format, file.media_track_type) for file in files] == [(form, 3 if form == "flv" else 1)]
    content = check(world.path(files[0]))
    assert len(content.beeps) == 13
    assert np.abs(np.array(content.beeps) - np.arange(1, 14)).max() < 0.03
    if form == "flv":
        assert max(map(abs, content.offsets_ms)) <= 70  # 15 frames a second


def test_pictures_of_a_mix_are_taken_every_so_often(world: World) -> None:
    """A recorder killed on the way takes none twice."""
    task = world.start(mix=MIX, format="jpg", format_options=FormatSpec(picture_every_s=5))
    one = world.publish(1, "cam")
    one.send(list(pattern(RED, 18)), 1)
    one.writer.mark(world.at(19))
    process = world.launch(task)
    wait_for(lambda: len(world.database.files(task)) >= 2)
    os.kill(process.pid or 0, signal.SIGKILL)
    process.join()
    files = finish(world, task, 19, one)
    assert [(file.begin_ms - world.at(1) // 1_000_000, file.format) for file in files] == [
        (0, "jpg"),
        (5000, "jpg"),
        (10_000, "jpg"),
        (15_000, "jpg"),
    ]
    assert picture_at(world.path(files[1]), 0).frame.width == 640
    told = [body["detail"]["file_info"] for body in world.receiver.bodies if body["event_type"] == 1]
    assert [len(infos) for infos in told] == [1, 1, 1, 1]
