"""Alignment read from real capture logs."""

from pathlib import Path

import pytest

from reelroom.events import CaptureOpened, Event, Mark, Report, TrackOpened
from reelroom.journal.capture import LOG_NAME
from reelroom.journal.lines import LogWriter
from reelroom.recorder.sync_clocks import read_alignment
from reelroom.units import NS, NS_PER_MS, CaptureId, Codec, MediaKind, PublicationId, StreamId

AUDIO, VIDEO = MediaKind.AUDIO, MediaKind.VIDEO
T = 1_754_300_000 * NS


def write(folder: Path, *events: Event) -> Path:
    log = LogWriter(folder / LOG_NAME)
    for event in (CaptureOpened(T, CaptureId("c"), PublicationId("p"), StreamId("s")), *events):
        log.append(event)
    log.close()
    return folder


def track(kind: MediaKind, at: int, ticks0: int = 0) -> TrackOpened:
    codec, rate = (Codec.OPUS, 48_000) if kind is AUDIO else (Codec.VP8, 90_000)
    return TrackOpened(at, kind, f"{kind}-0.mkv", codec, rate, ticks0)


def reports(kind: MediaKind, opened_at: int, offset_ns: int, seconds: range, ticks0: int = 0) -> list[Report]:
    """Reports that put the sender's clock `offset_ns` before the capture time."""
    rate = 48_000 if kind is AUDIO else 90_000
    return [Report(opened_at + s * NS, kind, ticks0 + s * rate, opened_at + s * NS - offset_ns, "sr") for s in seconds]


def test_video_that_arrived_later_than_it_was_sampled_is_moved_back(tmp_path: Path) -> None:
    folder = write(
        tmp_path,
        track(AUDIO, T), track(VIDEO, T + 5),
        *reports(AUDIO, T, 20 * NS_PER_MS, range(9)), *reports(VIDEO, T + 5, 150 * NS_PER_MS, range(9)),
    )  # fmt: skip
    assert read_alignment(folder).shift_ns(T + 3 * NS) == -130 * NS_PER_MS


def test_without_reports_nothing_moves(tmp_path: Path) -> None:
    assert read_alignment(write(tmp_path, track(AUDIO, T), track(VIDEO, T))).shift_ns(T) == 0


def test_only_what_stands_before_a_mark_counts_if_asked(tmp_path: Path) -> None:
    folder = write(
        tmp_path,
        track(AUDIO, T), track(VIDEO, T),
        *reports(AUDIO, T, 0, range(1)), *reports(VIDEO, T, 10 * NS_PER_MS, range(1)),
        Mark(T + 3 * NS),
        *reports(VIDEO, T, 50 * NS_PER_MS, range(4, 20)),
    )  # fmt: skip
    assert read_alignment(folder, until_ns=T + 2 * NS).shift_ns(T) == -10 * NS_PER_MS
    assert read_alignment(folder).shift_ns(T) == pytest.approx(-50 * NS_PER_MS, abs=NS_PER_MS)


def test_a_restarted_clock_is_compared_anew(tmp_path: Path) -> None:
    again = T + 100 * NS
    folder = write(
        tmp_path,
        track(AUDIO, T), track(VIDEO, T),
        *reports(AUDIO, T, 0, range(30)), *reports(VIDEO, T, 0, range(30)),
        track(VIDEO, again, 777),
        *reports(AUDIO, T, 0, range(100, 130)), *reports(VIDEO, again, 300 * NS_PER_MS, range(30), 777),
    )  # fmt: skip
    alignment = read_alignment(folder)
    assert abs(alignment.shift_ns(T + 10 * NS)) < NS_PER_MS
    assert alignment.shift_ns(again + 10 * NS) == pytest.approx(-300 * NS_PER_MS, abs=NS_PER_MS)


def test_torn_and_foreign_lines_are_passed_over(tmp_path: Path) -> None:
    write(tmp_path, track(AUDIO, T), track(VIDEO, T), *reports(AUDIO, T, 0, range(3)))
    with (tmp_path / LOG_NAME).open("ab") as log:
        log.write(b'{"event":"report","kind":"smell"}\n["report"]\n{"event":"report","at":17')
    assert read_alignment(tmp_path).shift_ns(T) == 0
