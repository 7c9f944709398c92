"""The checker has to notice what it is there to notice."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from reelroom.mux import Piece, write_mp4
from reelroom.testing.content import Content, check, has_faststart
from reelroom.testing.files import finish_programme, journal_programme, transcode_audio, whole_piece
from reelroom.testing.programme import Programme, programme_frames
from reelroom.units import MediaKind, Size

PROGRAMME = Programme(seconds=4, sizes=((0.0, Size(320, 180)),), keyframe_s=1.0)


@pytest.fixture(scope="module")
def capture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return journal_programme(tmp_path_factory.mktemp("made") / "capture", PROGRAMME)


def mux(folder: Path, video: list[Piece], audio: list[Piece] | None = None) -> Content:
    write_mp4(folder / "file.mp4", video=video, audio=audio or [])
    return check(folder / "file.mp4")


def stretch(capture: Path, first: int, last: int) -> Piece:
    return Piece(capture / "video-0.mkv", MediaKind.VIDEO, first, last, lambda position: position * 100_000)


def test_missing_pictures_and_gaps_are_noticed(tmp_path: Path, capture: Path) -> None:
    content = mux(tmp_path, [stretch(capture, 0, 8_000), stretch(capture, 20_000, 39_999)])
    assert content.missing == list(range(25, 60))
    assert content.longest_video_gap_s == pytest.approx(1.2, abs=0.001)


def test_doubled_and_backward_pictures_are_noticed() -> None:
    content = Content(counters=[0, 1, 1, 2, 5, 4])
    assert content.doubled == [1]
    assert content.backward == [(5, 4)]
    assert content.missing == [3]


def test_a_picture_without_its_reference_is_broken(tmp_path: Path) -> None:
    """The keyframe of a new scene left out: what follows refers to the wrong picture."""
    frames = [f for f in programme_frames(PROGRAMME) if f.kind is MediaKind.VIDEO]
    damaged = [f for n, f in enumerate(frames) if n not in (10, 11, 12, 40)]
    capture = journal_programme(tmp_path / "capture", PROGRAMME, damaged)
    content = mux(tmp_path, [stretch(capture, 0, 1 << 40)])
    assert content.broken + content.corrupt + content.errors > 0


def test_the_offset_between_flash_and_beep_is_measured(tmp_path: Path, capture: Path) -> None:
    audio = transcode_audio(capture / "audio-0.mkv", tmp_path / "audio.mkv")
    pieces = [whole_piece(audio, MediaKind.AUDIO, begin_ns=40_000_000)]
    content = mux(tmp_path, [stretch(capture, 0, 1 << 40)], pieces)
    assert content.offsets_ms == pytest.approx([40, 40, 40], abs=0.5)
    assert content.median_offset_ms == pytest.approx(40, abs=0.5)
    assert content.p95_offset_ms == pytest.approx(40, abs=0.5)


def test_an_index_at_the_end_is_no_faststart(tmp_path: Path) -> None:
    boxes = [(b"ftyp", 8), (b"free", 0), (b"mdat", 20), (b"moov", 4)]
    path = tmp_path / "file"
    path.write_bytes(b"".join((8 + size).to_bytes(4) + kind + bytes(size) for kind, size in boxes))
    assert not has_faststart(path)
    boxes[2], boxes[3] = boxes[3], boxes[2]
    path.write_bytes(b"".join((8 + size).to_bytes(4) + kind + bytes(size) for kind, size in boxes))
    assert has_faststart(path)


def test_without_sound_there_are_no_offsets() -> None:
    content = Content(flashes=[1.0])
    assert content.offsets_ms == []
    assert content.median_offset_ms is None
    assert content.p95_offset_ms is None


def test_command_prints_json(tmp_path: Path) -> None:
    target, _ = finish_programme(tmp_path, replace(PROGRAMME, seconds=2))
    command = [sys.executable, "-m", "reelroom.testing.content", str(target)]
    told = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    assert told["counter_runs"] == [[0, 59]]
    assert told["faststart"] is True
    assert told["sizes"] == [[0.0, 320, 180]]
