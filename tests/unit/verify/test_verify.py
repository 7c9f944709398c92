"""Clean files pass; every planted fault is named."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from reelroom.compose.still import encode_still
from reelroom.journal.matroska import MatroskaWriter, TrackHeader
from reelroom.mux import FORMATS, Piece, playlist, write_segments
from reelroom.rtp.opus import opus_head
from reelroom.testing.files import journal_programme, transcode_audio, whole_piece
from reelroom.testing.programme import Programme
from reelroom.units import Codec, MediaKind, Size
from reelroom.verify import Limits, Report, verify_file

PROGRAMME = Programme(seconds=5, sizes=((0.0, Size(320, 180)),), keyframe_s=2.0)
QUICK = Limits(still_s=2)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("programme")
    capture = journal_programme(folder / "capture", PROGRAMME)
    transcode_audio(capture / "audio-0.mkv", folder / "audio.mkv")
    transcode_audio(capture / "audio-0.mkv", folder / "mp3.mkv", codec=Codec.MP3)
    return folder


def video(folder: Path, begin_ns: int = 0) -> Piece:
    return whole_piece(folder / "capture" / "video-0.mkv", MediaKind.VIDEO, begin_ns=begin_ns)


def audio(folder: Path, begin_ns: int = 0, name: str = "audio.mkv") -> Piece:
    return whole_piece(folder / name, MediaKind.AUDIO, begin_ns=begin_ns)


def faults(report: Report) -> list[str]:
    return [finding.words for finding in report.findings if finding.fault]


def mp4(folder: Path, tmp_path: Path) -> Path:
    target = tmp_path / "a.mp4"
    FORMATS["mp4"](target, video=[video(folder)], audio=[audio(folder)])
    return target


@pytest.mark.parametrize("form", ["mp4", "flv", "aac", "mp3", "ogg"])
def test_a_clean_file_passes(folder: Path, tmp_path: Path, form: str) -> None:
    sound = {"mp3": "mp3.mkv", "ogg": "capture/audio-0.mkv"}.get(form, "audio.mkv")
    target = tmp_path / f"a.{form}"
    FORMATS[form](target, video=[video(folder)], audio=[audio(folder, name=sound)])
    report = verify_file(target, QUICK)
    assert faults(report) == []
    assert report.good
    assert report.duration_s == pytest.approx(5, abs=0.06)
    assert len(report.tracks) == (2 if form in ("mp4", "flv") else 1)


def make_hls(folder: Path, tmp_path: Path) -> Path:
    made = write_segments(tmp_path, video=[video(folder)], audio=[audio(folder)], segment_s=2)
    (tmp_path / "a.m3u8").write_text(playlist(made.segments, [segment.path.name for segment in made.segments]))
    return tmp_path / "a.m3u8"


def test_a_clean_playlist_passes(folder: Path, tmp_path: Path) -> None:
    report = verify_file(make_hls(folder, tmp_path), QUICK)
    assert faults(report) == []
    assert report.duration_s == pytest.approx(5, abs=0.06)


def test_a_playlist_without_a_segment_an_end_or_room_is_a_bad_one(folder: Path, tmp_path: Path) -> None:
    path = make_hls(folder, tmp_path)
    text = path.read_text()
    path.write_text(text.replace("#EXT-X-ENDLIST\n", "").replace("TARGETDURATION:2", "TARGETDURATION:1"))
    (tmp_path / "00001.ts").unlink()
    words = " ".join(faults(verify_file(path, QUICK)))
    assert "has no end" in words
    assert "longer than the target duration" in words
    assert "00001.ts is not there" in words
    path.write_text("hello")
    assert faults(verify_file(path)) == ["it is no playlist: the first line is not #EXTM3U"]


def test_a_picture_passes(tmp_path: Path) -> None:
    frame = av.VideoFrame.from_ndarray(np.random.default_rng(1).integers(0, 255, (90, 160, 3), np.uint8), "rgb24")
    (tmp_path / "a.jpg").write_bytes(encode_still(frame))
    assert faults(verify_file(tmp_path / "a.jpg")) == []
    (tmp_path / "a.jpg").write_bytes(b"nonsense")
    assert not verify_file(tmp_path / "a.jpg").good


def test_a_file_that_is_cut_off(folder: Path, tmp_path: Path) -> None:
    path = mp4(folder, tmp_path)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) * 2 // 3])
    words = " ".join(faults(verify_file(path, QUICK)))
    assert f"cut off: {len(whole) - len(whole) * 2 // 3} bytes are missing" in words


def test_a_file_without_its_index(folder: Path, tmp_path: Path) -> None:
    path = mp4(folder, tmp_path)
    path.write_bytes(path.read_bytes().replace(b"moov", b"free", 1))
    assert faults(verify_file(path)) == ["it has no index (moov): no player can open it"]


@pytest.mark.parametrize("content", [b"", b"\0" * 5000, b"RIFF" + bytes(range(256)) * 20])
def test_nonsense(tmp_path: Path, content: bytes) -> None:
    for name in ("a.mp4", "a.flv", "a.mp3", "a.ogg"):
        (tmp_path / name).write_bytes(content)
        assert not verify_file(tmp_path / name).good


def test_a_first_picture_that_is_no_keyframe(folder: Path, tmp_path: Path) -> None:
    late = Piece(folder / "capture" / "video-0.mkv", MediaKind.VIDEO, 5_000, 1 << 40, lambda at: (at - 5_000) * 100_000)
    FORMATS["mp4"](tmp_path / "a.mp4", video=[late], audio=[])
    assert any("does not begin with a keyframe" in words for words in faults(verify_file(tmp_path / "a.mp4", QUICK)))


def test_rare_keyframes(folder: Path, tmp_path: Path) -> None:
    report = verify_file(mp4(folder, tmp_path), Limits(keyframe_gap_s=1.5))
    assert [words for words in faults(report) if "without a keyframe" in words]


@pytest.mark.parametrize(("begin_ns", "words"), [(300_000_000, "300 ms later"), (-250_000_000, "250 ms earlier")])
def test_sound_out_of_step(folder: Path, tmp_path: Path, begin_ns: int, words: str) -> None:
    FORMATS["mp4"](
        tmp_path / "a.mp4",
        video=[video(folder, max(0, -begin_ns))],
        audio=[audio(folder, max(0, begin_ns))],
    )
    assert [fault for fault in faults(verify_file(tmp_path / "a.mp4", QUICK)) if words in fault]


def test_silent_sound(folder: Path, tmp_path: Path) -> None:
    writer = MatroskaWriter.create(tmp_path / "s.mkv", TrackHeader(Codec.OPUS, channels=1, private=opus_head(1)))
    for number in range(250):
        writer.write(number * 200, True, b"\xf8\xff\xfe")
    writer.close()
    silent = transcode_audio(tmp_path / "s.mkv", tmp_path / "silent.mkv")
    FORMATS["mp4"](tmp_path / "a.mp4", video=[video(folder)], audio=[whole_piece(silent, MediaKind.AUDIO)])
    assert [
        fault for fault in faults(verify_file(tmp_path / "a.mp4", QUICK)) if fault.startswith("silence from 0:00:00.0")
    ]


@pytest.mark.parametrize(("level", "words"), [(128, "the picture stands still"), (16, "black pictures")])
def test_pictures_that_stand_still_or_are_black(tmp_path: Path, level: int, words: str) -> None:
    noise = np.random.default_rng(1).integers(0, 40, (180, 320, 3), np.uint8)
    with av.open(str(tmp_path / "a.mp4"), "w") as output:
        stream = output.add_stream("libx264", rate=30)
        stream.width, stream.height, stream.pix_fmt, stream.time_base = 320, 180, "yuv420p", Fraction(1, 30)
        for number in range(120):
            moving = np.roll(noise, number * 7, 1) + 60 if number < 30 else np.full_like(noise, level * (level > 16))
            output.mux(stream.encode(av.VideoFrame.from_ndarray(moving, "rgb24")))
        output.mux(stream.encode(None))
    found = [fault for fault in faults(verify_file(tmp_path / "a.mp4", QUICK)) if fault.startswith(words)]
    assert len(found) == 1
    assert "0:00:01.0 to 0:00:04.0" in found[0]


def test_a_hole_in_the_pictures_and_one_in_the_sound(folder: Path, tmp_path: Path) -> None:
    path = folder / "capture" / "video-0.mkv"
    parts = [
        Piece(path, MediaKind.VIDEO, 0, 19_999, lambda at: at * 100_000),
        Piece(path, MediaKind.VIDEO, 20_000, 1 << 40, lambda at: at * 100_000 + 4_000_000_000),
    ]
    sound = [
        Piece(folder / "audio.mkv", MediaKind.AUDIO, 0, 19_999, lambda at: at * 100_000),
        Piece(folder / "audio.mkv", MediaKind.AUDIO, 20_000, 1 << 40, lambda at: at * 100_000 + 4_000_000_000),
    ]
    FORMATS["mp4"](tmp_path / "a.mp4", video=parts, audio=sound)
    words = " ".join(faults(verify_file(tmp_path / "a.mp4", QUICK)))
    assert "no picture from 0:00:02.0 to 0:00:06.0" in words
    assert "no sound from 0:00:02" in words


def test_one_track_that_ends_too_early(folder: Path, tmp_path: Path) -> None:
    short = Piece(folder / "audio.mkv", MediaKind.AUDIO, 0, 19_999, lambda at: at * 100_000)
    FORMATS["mp4"](tmp_path / "a.mp4", video=[video(folder)], audio=[short])
    assert [fault for fault in faults(verify_file(tmp_path / "a.mp4", QUICK)) if fault.startswith("sound ends 3.0 s")]


def test_packets_that_cannot_be_decoded(folder: Path, tmp_path: Path) -> None:
    path = mp4(folder, tmp_path)
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 3000] = bytes(3000)
    path.write_bytes(data)
    assert not verify_file(path, QUICK).good
