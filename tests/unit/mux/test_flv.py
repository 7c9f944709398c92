"""An flv is decoded again by FFmpeg, and its tags are read by hand."""

import struct
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import av
import pytest

from reelroom.errors import MediaError
from reelroom.mux import Piece, write_flv
from reelroom.testing.content import check
from reelroom.testing.files import EVERYTHING, journal_programme, transcode_audio, whole_piece
from reelroom.testing.programme import Programme
from reelroom.units import MediaKind, Size

SMALL = Size(320, 180)
PROGRAMME = Programme(seconds=4, sizes=((0.0, SMALL),), keyframe_s=1.0)


class Tag(NamedTuple):
    kind: int
    at_ms: int
    body: bytes
    place: int


def tags(path: Path) -> Iterator[Tag]:
    data = path.read_bytes()
    assert data[:4] == b"FLV\x01"
    at = 13
    while at < len(data):
        size = int.from_bytes(data[at + 1 : at + 4])
        ms = int.from_bytes(data[at + 4 : at + 7]) | data[at + 7] << 24
        body = data[at + 11 : at + 11 + size]
        assert int.from_bytes(data[at + 11 + size : at + 15 + size]) == size + 11
        yield Tag(data[at], ms, body, at)
        at += 15 + size
    assert at == len(data)


def numbers(body: bytes, name: str) -> list[float]:
    """An AMF0 strict array of numbers."""
    at = body.index(len(name).to_bytes(2) + name.encode()) + 2 + len(name)
    assert body[at] == 10
    count = int.from_bytes(body[at + 1 : at + 5])
    return [struct.unpack(">xd", body[at + 5 + 9 * i : at + 14 + 9 * i])[0] for i in range(count)]


@pytest.fixture(scope="module")
def pieces(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Piece], list[Piece]]:
    folder = tmp_path_factory.mktemp("programme")
    capture = journal_programme(folder / "capture", PROGRAMME)
    audio = transcode_audio(capture / "audio-0.mkv", folder / "audio.mkv")
    return [whole_piece(capture / "video-0.mkv", MediaKind.VIDEO)], [whole_piece(audio, MediaKind.AUDIO)]


def test_every_frame_flash_and_beep_is_there(tmp_path: Path, pieces) -> None:
    muxed = write_flv(tmp_path / "a.flv", video=pieces[0], audio=pieces[1])
    content = check(tmp_path / "a.flv")
    assert sorted(content.codecs) == ["aac", "h264"]
    assert content.counters == list(range(120))
    assert content.flashes == pytest.approx([1, 2, 3], abs=0.001)
    assert content.beeps == pytest.approx([1, 2, 3], abs=0.001)  # times are whole milliseconds
    assert (content.broken, content.corrupt, content.errors) == (0, 0, 0)
    assert muxed.duration_ms == pytest.approx(4000, abs=25)
    assert content.duration_s == pytest.approx(muxed.duration_ms / 1000, abs=0.001)
    assert (muxed.width, muxed.height, muxed.size) == (*SMALL, (tmp_path / "a.flv").stat().st_size)


def test_the_script_tag_says_where_every_keyframe_stands(tmp_path: Path, pieces) -> None:
    write_flv(tmp_path / "a.flv", video=pieces[0], audio=pieces[1])
    found = list(tags(tmp_path / "a.flv"))
    keyframes = [tag for tag in found if tag.kind == 9 and tag.body[:2] == b"\x17\x01"]
    assert len(keyframes) == 4
    assert numbers(found[0].body, "times") == [tag.at_ms / 1000 for tag in keyframes]
    assert numbers(found[0].body, "filepositions") == [tag.place for tag in keyframes]


def test_times_of_the_tags_never_go_back(tmp_path: Path, pieces) -> None:
    write_flv(tmp_path / "a.flv", video=pieces[0], audio=pieces[1])
    assert all(before.at_ms <= after.at_ms for before, after in pairwise(tags(tmp_path / "a.flv")))


def test_another_size_has_its_own_sequence_header(tmp_path: Path) -> None:
    sizes = ((0.0, Size(160, 90)), (1.0, SMALL), (2.0, Size(160, 90)))
    capture = journal_programme(tmp_path / "capture", Programme(seconds=3, sizes=sizes))
    files = sorted(capture.glob("video-*.mkv"))
    write_flv(tmp_path / "a.flv", video=[whole_piece(path, MediaKind.VIDEO) for path in files], audio=[])
    content = check(tmp_path / "a.flv")
    assert content.counters == list(range(90))
    assert [(w, h) for _, w, h in content.sizes] == [size for _, size in sizes]
    headers = [tag for tag in tags(tmp_path / "a.flv") if tag.kind == 9 and tag.body[:2] == b"\x17\x00"]
    assert len(headers) == 3


def test_a_later_track_keeps_its_distance(tmp_path: Path, pieces) -> None:
    video, audio = pieces[0][0].path, pieces[1][0].path
    write_flv(
        tmp_path / "a.flv",
        video=[whole_piece(video, MediaKind.VIDEO, begin_ns=500_000_000)],
        audio=[whole_piece(audio, MediaKind.AUDIO)],
    )
    content = check(tmp_path / "a.flv")
    assert content.flashes == pytest.approx([1.5, 2.5, 3.5], abs=0.001)
    assert content.beeps == pytest.approx([1, 2, 3], abs=0.001)


def test_one_kind_alone_is_said_so_in_the_header(tmp_path: Path, pieces) -> None:
    muxed = write_flv(tmp_path / "v.flv", video=pieces[0], audio=[], end_ns=6_000_000_000)
    assert (tmp_path / "v.flv").read_bytes()[4] == 1
    assert muxed.duration_ms == 6000
    muxed = write_flv(tmp_path / "a.flv", video=[], audio=pieces[1])
    assert (tmp_path / "a.flv").read_bytes()[4] == 4
    assert (muxed.width, muxed.height) == (0, 0)
    with av.open(str(tmp_path / "a.flv")) as container:
        assert [stream.type for stream in container.streams] == ["audio"]


def test_a_torn_journal_gives_what_is_whole(tmp_path: Path, pieces) -> None:
    torn = tmp_path / "torn.mkv"
    torn.write_bytes(pieces[0][0].path.read_bytes()[:-100])
    write_flv(tmp_path / "a.flv", video=[whole_piece(torn, MediaKind.VIDEO)], audio=[])
    assert check(tmp_path / "a.flv").counters == list(range(119))


def test_a_stretch_is_exact_at_both_ends(tmp_path: Path, pieces) -> None:
    piece = Piece(pieces[0][0].path, MediaKind.VIDEO, 10_000, 19_999, lambda at: (at - 10_000) * 100_000)
    write_flv(tmp_path / "a.flv", video=[piece], audio=[])
    assert check(tmp_path / "a.flv").counters == list(range(30, 60))


def test_nothing_to_write_is_an_error(tmp_path: Path, pieces) -> None:
    with pytest.raises(MediaError):
        write_flv(tmp_path / "a.flv", video=[], audio=[])
    with pytest.raises(MediaError):
        write_flv(tmp_path / "a.flv", video=[whole_piece(tmp_path / "none.mkv", MediaKind.VIDEO)], audio=[])
    behind = Piece(pieces[0][0].path, MediaKind.VIDEO, EVERYTHING, EVERYTHING, lambda at: at)
    with pytest.raises(MediaError):
        write_flv(tmp_path / "a.flv", video=[behind], audio=[])
