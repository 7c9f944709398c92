"""A capture written and read back on a real file system."""

import contextlib
import resource
import threading
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from journal_frames import AUDIO, H264, T0, VIDEO, audio, open_capture, video

from reelroom.errors import JournalError
from reelroom.events import CaptureEnded, CaptureOpened, Gap, Mark, Report, TrackOpened
from reelroom.journal.capture import LOG_NAME, to_position
from reelroom.journal.lines import LogTail
from reelroom.journal.matroska import MatroskaTail, TrackHeader, read_blocks
from reelroom.units import NS, NS_PER_JOURNAL_TICK, NS_PER_MS, Codec


def opened(folder):
    return [event for event in LogTail(folder / "c1" / LOG_NAME).read() if isinstance(event, TrackOpened)]


@contextlib.contextmanager
def full_disk():
    """No file may grow at all. Stands in for a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_positions_count_from_the_captures_opening_by_arrival_then_by_the_rtp_clock(tmp_path):
    writer = open_capture(tmp_path)
    assert writer.write(audio(5_000, 40)) == 400
    assert writer.write(audio(5_960, 95)) == 600  # arrived late, sampled 20 ms after
    assert writer.write(video(900_000, 250, keyframe=True)) == 2_500
    assert writer.write(video(903_000, 251)) == 2_833
    assert writer.write(video(906_000, 252)) == 3_167
    assert writer.positions == {AUDIO: 600, VIDEO: 3_167}


def test_the_log_tells_how_the_files_are_to_be_read(tmp_path):
    writer = open_capture(tmp_path)
    writer.write(audio(5_000, 40))
    writer.write(video(900_000, 250, keyframe=True))
    writer.report(VIDEO, 900_100, 7 * NS, T0 + 5, "sr")
    writer.mark(T0 + 6)
    writer.end(T0 + 7, "left")
    assert LogTail(tmp_path / "c1" / LOG_NAME).read() == [
        CaptureOpened(T0, "c1", "p1", "s1"),
        TrackOpened(T0 + 40 * NS_PER_MS, AUDIO, "audio-0.mkv", Codec.OPUS, 48_000, 5_000, channels=2),
        TrackOpened(T0 + 250 * NS_PER_MS, VIDEO, "video-0.mkv", Codec.H264, 90_000, 900_000, 640, 360),
        Report(T0 + 5, VIDEO, 900_100, 7 * NS, "sr"),
        Mark(T0 + 6),
        CaptureEnded(T0 + 7, "left"),
    ]
    tail = MatroskaTail(tmp_path / "c1" / "video-0.mkv")
    tail.read()
    assert tail.header == TrackHeader(Codec.H264, 640, 360, private=b"\1avcc")


def test_a_new_configuration_opens_a_file_and_keeps_the_clock(tmp_path):
    writer = open_capture(tmp_path)
    writer.write(video(900_000, 250, keyframe=True))
    writer.write(video(903_000, 280, config=replace(H264)))  # equal, though another object
    position = writer.write(video(990_000, 9_999, keyframe=True, config=replace(H264, width=320, height=180)))
    assert position == 2_500 + 10_000
    first, second = opened(tmp_path)
    assert (second.at, second.ticks0) == (first.at, first.ticks0)
    assert (second.path, second.width) == ("video-1.mkv", 320)
    assert [block.position for block in read_blocks(tmp_path / "c1" / "video-1.mkv")] == [12_500]


def test_a_restarted_clock_opens_a_file_and_goes_by_arrival_again(tmp_path):
    writer = open_capture(tmp_path)
    writer.write(video(900_000, 250, keyframe=True))
    assert writer.write(video(17, 4_000, keyframe=True, restart=True)) == 40_000
    assert writer.write(video(17 + 9_000, 4_200)) == 41_000
    second = opened(tmp_path)[1]
    assert (second.path, second.ticks0, second.at) == ("video-1.mkv", 17, T0 + 4_000 * NS_PER_MS)


def test_a_restart_that_arrives_before_the_last_frames_time_comes_after_it_all_the_same(tmp_path):
    writer = open_capture(tmp_path)
    writer.write(video(0, 0, keyframe=True))
    writer.write(video(900_000, 9_000))
    assert writer.write(video(17, 9_500, keyframe=True, restart=True)) == 100_001
    second = opened(tmp_path)[1]
    assert to_position(second.at - T0, 0, second.rate) == 100_001


def test_a_frame_from_before_the_capture_stands_at_zero(tmp_path):
    writer = open_capture(tmp_path)
    assert writer.write(audio(5_000, -30)) == 0
    assert writer.write(audio(5_960, -10)) == 200
    assert writer.write(audio(4_000, 0)) == 200  # a clock that goes back without saying so
    assert opened(tmp_path)[0].at == T0


def test_a_gap_has_the_positions_of_its_timestamps(tmp_path):
    writer = open_capture(tmp_path)
    writer.gap(VIDEO, 0, 9_000, 3, T0)  # nothing written yet: no gap in anything
    writer.write(video(0, 100, keyframe=True))
    writer.gap(VIDEO, 9_000, 18_000, 3, T0 + 9)
    writer.gap(VIDEO, 18_000, 0, 1, T0 + 10)
    gaps = [event for event in LogTail(tmp_path / "c1" / LOG_NAME).read() if isinstance(event, Gap)]
    assert gaps == [Gap(T0 + 9, VIDEO, 2_000, 3_000, 3), Gap(T0 + 10, VIDEO, 3_000, 3_000, 1)]


def test_an_existing_capture_is_not_written_to(tmp_path):
    open_capture(tmp_path)
    with pytest.raises(JournalError, match="c1"):
        open_capture(tmp_path)


@given(st.integers(0, 10**15), st.integers(0, 2**40), st.sampled_from([48_000, 90_000]))
def test_positions_are_within_half_a_tick_of_the_exact_instant(since_ns, ticks, rate):
    position = to_position(since_ns, ticks, rate)
    assert abs(position * NS_PER_JOURNAL_TICK * rate - (since_ns * rate + ticks * NS)) * 2 <= NS_PER_JOURNAL_TICK * rate


@settings(deadline=None, max_examples=60)
@given(
    st.lists(
        st.tuples(st.sampled_from([AUDIO, VIDEO]), st.integers(0, 2**34), st.integers(-5_000, 90_000), st.booleans()),
        max_size=40,
    )
)
def test_positions_never_go_back_whatever_comes(tmp_path_factory, steps):
    writer, last = open_capture(tmp_path_factory.mktemp("any")), {AUDIO: 0, VIDEO: 0}
    for kind, ticks, after_ms, restart in steps:
        make = audio if kind is AUDIO else video
        frame = replace(make(ticks, after_ms, restart=restart), keyframe=True)
        position = writer.write(frame)
        assert position >= last[kind]
        last[kind] = position
    writer.close()


def test_after_a_full_disk_video_waits_for_a_keyframe_and_the_gap_is_told(tmp_path):
    writer = open_capture(tmp_path)
    writer.write(video(0, 0, keyframe=True))
    writer.write(audio(0, 0))
    with full_disk():
        for frame in (video(3_000, 33), audio(960, 20)):
            with pytest.raises(JournalError, match="append"):
                writer.write(frame)
    assert writer.write(audio(1_920, 40)) == 400
    with pytest.raises(JournalError, match="keyframe"):
        writer.write(video(6_000, 66))
    assert writer.write(video(9_000, 100, keyframe=True)) == 1_000
    assert writer.write(video(12_000, 133)) == 1_333
    gaps = [event for event in LogTail(tmp_path / "c1" / LOG_NAME).read() if isinstance(event, Gap)]
    assert [(gap.kind, gap.start, gap.end) for gap in gaps] == [(AUDIO, 0, 400), (VIDEO, 0, 1_000)]
    assert [b.position for b in read_blocks(tmp_path / "c1" / "video-0.mkv")] == [0, 1_000, 1_333]


def test_a_restart_that_fell_on_a_full_disk_is_not_forgotten(tmp_path):
    writer = open_capture(tmp_path)
    writer.write(video(2**33, 0, keyframe=True))
    with full_disk(), pytest.raises(JournalError):
        writer.write(video(17, 1_000, keyframe=True, restart=True))
    assert writer.write(video(17 + 90_000, 2_000, keyframe=True)) == 20_000
    assert opened(tmp_path)[-1].ticks0 == 17 + 90_000


def test_sync_may_run_beside_writing_and_after_the_end(tmp_path):
    writer = open_capture(tmp_path)
    stop, faults = threading.Event(), []

    def keep_syncing():
        while not stop.is_set():
            try:
                writer.sync()
            except Exception as error:  # noqa: BLE001  any would be a fault
                faults.append(error)

    thread = threading.Thread(target=keep_syncing)
    thread.start()
    for number in range(400):
        config = replace(H264, width=2 * (1 + number // 40))
        writer.write(video(3_000 * number, 33 * number, keyframe=True, config=config))
    writer.end(T0, "left")
    stop.set()
    thread.join()
    writer.sync()
    assert faults == []


def test_sync_after_the_capture_was_deleted_is_fine(tmp_path):
    writer = open_capture(tmp_path)
    writer.write(audio(0, 0))
    for file in (tmp_path / "c1").iterdir():
        file.unlink()
    (tmp_path / "c1").rmdir()
    writer.sync()
