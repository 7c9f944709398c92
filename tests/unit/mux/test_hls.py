"""Segments and playlists: read by FFmpeg, by a strict parser of playlists, and packet by packet."""

from pathlib import Path

import av
import m3u8
import numpy as np
import pytest

from reelroom.errors import MediaError
from reelroom.mux import Piece
from reelroom.mux.hls import Segments, playlist, write_segments
from reelroom.testing.content import check
from reelroom.testing.files import EVERYTHING, journal_programme, transcode_audio, whole_piece
from reelroom.testing.programme import Programme
from reelroom.units import MediaKind, Size

SMALL = Size(320, 180)
PROGRAMME = Programme(seconds=9, sizes=((0.0, SMALL),), keyframe_s=1.0)
START_S = 1.4  # where FFmpeg lets a transport stream begin


@pytest.fixture(scope="module")
def pieces(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Piece], list[Piece]]:
    folder = tmp_path_factory.mktemp("programme")
    capture = journal_programme(folder / "capture", PROGRAMME)
    audio = transcode_audio(capture / "audio-0.mkv", folder / "audio.mkv")
    return [whole_piece(capture / "video-0.mkv", MediaKind.VIDEO)], [whole_piece(audio, MediaKind.AUDIO)]


def publish(folder: Path, made: Segments) -> m3u8.M3U8:
    """Write the playlist beside its segments, and read it strictly."""
    text = playlist(made.segments, [segment.path.name for segment in made.segments])
    (folder / "a.m3u8").write_text(text)
    return m3u8.loads(text, custom_tags_parser=None)


def test_segments_are_cut_at_keyframes_and_last_as_long_as_is_said(tmp_path: Path, pieces) -> None:
    made = write_segments(tmp_path, video=pieces[0], audio=pieces[1], segment_s=2)
    read = publish(tmp_path, made)
    assert read.is_endlist
    assert (read.version, read.media_sequence, read.playlist_type, read.target_duration) == (3, 0, "vod", 2)
    assert [segment.uri for segment in read.segments] == [f"{number:05}.ts" for number in range(5)]
    assert [segment.duration for segment in read.segments] == pytest.approx([2, 2, 2, 2, 1], abs=0.03)
    assert sum(segment.duration for segment in read.segments) == pytest.approx(made.muxed.duration_ms / 1000, abs=0.001)
    assert made.muxed.size == sum(path.stat().st_size for path in tmp_path.glob("*.ts"))
    assert (made.muxed.width, made.muxed.height) == SMALL
    for segment in made.segments:
        with av.open(str(segment.path)) as container:
            first = next(packet for packet in container.demux(video=0) if packet.size)
            assert first.is_keyframe


def test_the_whole_playlist_plays_every_frame_flash_and_beep(tmp_path: Path, pieces) -> None:
    publish(tmp_path, write_segments(tmp_path, video=pieces[0], audio=pieces[1], segment_s=2))
    content = check(tmp_path / "a.m3u8")
    assert sorted(content.codecs) == ["aac", "h264"]
    assert content.counters == list(range(270))
    assert [at - START_S for at in content.flashes] == pytest.approx(range(1, 9), abs=0.001)
    assert [at - START_S for at in content.beeps] == pytest.approx(range(1, 9), abs=0.001)
    assert (content.broken, content.corrupt, content.errors) == (0, 0, 0)
    assert content.longest_audio_gap_s < 0.001
    assert content.longest_video_gap_s == pytest.approx(1 / 30, abs=0.002)


def counters(path: Path) -> dict[int, list[tuple[bool, int]]]:
    found: dict[int, list[tuple[bool, int]]] = {}
    for packet in np.fromfile(path, np.uint8).reshape(-1, 188):
        assert packet[0] == 0x47
        pid = (int(packet[1]) & 0x1F) << 8 | int(packet[2])
        found.setdefault(pid, []).append((bool(packet[3] & 0x10), int(packet[3]) & 15))
    return found


def test_packets_are_counted_on_from_segment_to_segment(tmp_path: Path, pieces) -> None:
    made = write_segments(tmp_path, video=pieces[0], audio=pieces[1], segment_s=2)
    together: dict[int, list[tuple[bool, int]]] = {}
    for segment in made.segments:
        for pid, numbers in counters(segment.path).items():
            together.setdefault(pid, []).extend(numbers)
    for numbers in together.values():
        expected = -1
        for has_payload, number in numbers:
            expected += has_payload
            assert number == expected & 15


def test_made_again_it_is_the_same(tmp_path: Path, pieces) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        write_segments(tmp_path / name, video=pieces[0], audio=pieces[1], segment_s=3)
    for path in (tmp_path / "a").glob("*.ts"):
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes()


def test_sound_alone_is_cut_anywhere(tmp_path: Path, pieces) -> None:
    made = write_segments(tmp_path, video=[], audio=pieces[1], segment_s=2)
    read = publish(tmp_path, made)
    assert [segment.duration for segment in read.segments] == pytest.approx([2, 2, 2, 2, 1], abs=0.05)
    content = check(tmp_path / "a.m3u8")
    assert [at - content.audio_from_s for at in content.beeps] == pytest.approx(range(1, 9), abs=0.001)
    assert content.longest_audio_gap_s < 0.03  # FFmpeg gives the first two packets of sound alone one time


def test_pictures_alone_are_a_playlist(tmp_path: Path, pieces) -> None:
    publish(tmp_path, write_segments(tmp_path, video=pieces[0], audio=[], segment_s=60))
    assert check(tmp_path / "a.m3u8").counters == list(range(270))


def test_another_size_begins_a_segment_behind_a_discontinuity(tmp_path: Path) -> None:
    sizes = ((0.0, Size(160, 90)), (1.0, SMALL), (2.0, Size(160, 90)))
    capture = journal_programme(tmp_path / "capture", Programme(seconds=3, sizes=sizes))
    files = sorted(capture.glob("video-*.mkv"))
    made = write_segments(
        tmp_path, video=[whole_piece(path, MediaKind.VIDEO) for path in files], audio=[], segment_s=10
    )
    read = publish(tmp_path, made)
    assert [segment.discontinuity for segment in read.segments] == [False, True, True]
    assert [segment.duration for segment in read.segments] == pytest.approx([1, 1, 1], abs=0.03)
    assert check(tmp_path / "a.m3u8").counters == list(range(90))


def test_rare_keyframes_make_long_segments_and_the_target_says_so(tmp_path: Path) -> None:
    capture = journal_programme(tmp_path / "capture", Programme(seconds=9, sizes=((0.0, SMALL),), keyframe_s=4.0))
    video = [whole_piece(capture / "video-0.mkv", MediaKind.VIDEO)]
    read = publish(tmp_path, write_segments(tmp_path, video=video, audio=[], segment_s=2))
    assert [segment.duration for segment in read.segments] == pytest.approx([4, 4, 1], abs=0.03)
    assert read.target_duration >= max(segment.duration for segment in read.segments)


def test_sound_that_begins_earlier_is_in_the_first_segment(tmp_path: Path, pieces) -> None:
    late = [whole_piece(pieces[0][0].path, MediaKind.VIDEO, begin_ns=500_000_000)]
    made = write_segments(tmp_path, video=late, audio=pieces[1], segment_s=2)
    publish(tmp_path, made)
    content = check(tmp_path / "a.m3u8")
    assert [at - START_S for at in content.flashes] == pytest.approx([n + 0.5 for n in range(1, 9)], abs=0.001)
    assert [at - START_S for at in content.beeps] == pytest.approx(range(1, 9), abs=0.001)


def test_nothing_to_write_is_an_error(tmp_path: Path, pieces) -> None:
    with pytest.raises(MediaError):
        write_segments(tmp_path, video=[], audio=[], segment_s=2)
    behind = Piece(pieces[0][0].path, MediaKind.VIDEO, EVERYTHING, EVERYTHING, lambda at: at)
    with pytest.raises(MediaError):
        write_segments(tmp_path, video=[behind], audio=[], segment_s=2)


def test_a_playlist_that_goes_on_has_no_end() -> None:
    read = m3u8.loads(playlist([], [], ended=False, live=True, target_s=12))
    assert not read.is_endlist
    assert (read.playlist_type, read.target_duration) == ("event", 12)
