"""What was put in is found again, by a real demuxer and decoder."""

from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import pytest

from reelroom.errors import MediaError
from reelroom.journal.matroska import MatroskaWriter, TrackHeader, read_blocks
from reelroom.mux import FORMATS, Muxed, Piece, write_mp4
from reelroom.testing.content import Content, check
from reelroom.testing.files import (
    EVERYTHING,
    finish_programme,
    journal_programme,
    transcode_audio,
    whole_piece,
)
from reelroom.testing.programme import Programme
from reelroom.units import Codec, MediaKind, Size

TICK_NS = 100_000
SMALL = Size(320, 180)
ONE_SIZE = Programme(seconds=4, sizes=((0.0, SMALL),), keyframe_s=1.0)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A journalled programme with its AAC."""
    folder = tmp_path_factory.mktemp("programme")
    capture = journal_programme(folder / "capture", ONE_SIZE)
    transcode_audio(capture / "audio-0.mkv", folder / "audio.mkv")
    return folder


@pytest.fixture
def video(folder: Path) -> Path:
    return folder / "capture" / "video-0.mkv"


@pytest.fixture
def audio(folder: Path) -> Path:
    return folder / "audio.mkv"


def packets(path: Path, kind: str) -> list[av.Packet]:
    with av.open(str(path)) as container:
        return [p for p in container.demux(**{kind: 0}) if p.size]


def tag(path: Path) -> str:
    with av.open(str(path)) as container:
        return container.streams.video[0].codec_context.codec_tag


def write(tmp_path: Path, video: list[Piece], audio: list[Piece], **words: int) -> tuple[Muxed, Content, Path]:
    target = tmp_path / "file.mp4"
    muxed = write_mp4(target, video=video, audio=audio, **words)
    assert muxed.size == target.stat().st_size
    return muxed, check(target), target


def test_every_frame_flash_and_beep_is_there(tmp_path: Path) -> None:
    target, muxed = finish_programme(tmp_path, ONE_SIZE)
    content = check(target)
    assert content.codecs == ("h264", "aac")
    assert content.faststart
    assert content.counters == list(range(120))
    assert content.flashes == [1.0, 2.0, 3.0]
    assert content.beeps == pytest.approx([1.0, 2.0, 3.0], abs=0.0005)
    assert muxed.duration_ms == pytest.approx(4000, abs=22)  # whole AAC packets
    assert (muxed.width, muxed.height) == SMALL
    assert (content.broken, content.corrupt, content.errors) == (0, 0, 0)


def test_one_size_is_avc1_and_packets_are_copied_byte_by_byte(tmp_path: Path, video: Path, audio: Path) -> None:
    _, _, target = write(tmp_path, [whole_piece(video, MediaKind.VIDEO)], [whole_piece(audio, MediaKind.AUDIO)])
    assert tag(target) == "avc1"
    assert [bytes(p) for p in packets(target, "video")] == [block.payload for block in read_blocks(video)]
    assert [bytes(p) for p in packets(target, "audio")] == [block.payload for block in read_blocks(audio)]


def test_sizes_change_within_one_avc3_file(tmp_path: Path) -> None:
    sizes = ((0.0, Size(160, 90)), (1.0, SMALL), (2.0, Size(160, 90)))
    target, muxed = finish_programme(tmp_path, Programme(seconds=3, sizes=sizes))
    content = check(target)
    assert tag(target) == "avc3"
    assert content.counters == list(range(90))
    assert [(round(at, 3), w, h) for at, w, h in content.sizes] == [(at, *size) for at, size in sizes]
    assert (muxed.width, muxed.height) == SMALL


@pytest.mark.parametrize("codec", [Codec.VP8, Codec.VP9])
def test_transcoded_video_keeps_every_frame_in_step(tmp_path: Path, codec: Codec) -> None:
    target, _ = finish_programme(tmp_path, Programme(seconds=3, sizes=((0.0, SMALL),), codec=codec))
    content = check(target)
    assert content.counters == list(range(90))
    assert content.offsets_ms == pytest.approx([0, 0], abs=0.5)


@pytest.mark.parametrize(("video_ns", "audio_ns"), [(500_000_000, 0), (0, 700_000_000), (1_234_500_000, 3_000_000)])
def test_a_track_that_begins_later_keeps_its_distance(
    tmp_path: Path, video: Path, audio: Path, video_ns: int, audio_ns: int
) -> None:
    muxed, content, _ = write(
        tmp_path,
        [whole_piece(video, MediaKind.VIDEO, begin_ns=video_ns)],
        [whole_piece(audio, MediaKind.AUDIO, begin_ns=audio_ns)],
    )
    assert content.flashes == pytest.approx([1 + video_ns / 1e9, 2 + video_ns / 1e9, 3 + video_ns / 1e9], abs=0.0001)
    assert content.beeps == pytest.approx([1 + audio_ns / 1e9, 2 + audio_ns / 1e9, 3 + audio_ns / 1e9], abs=0.0002)
    assert content.frames == 120
    assert muxed.duration_ms == pytest.approx(4000 + max(video_ns, audio_ns) / 1e6, abs=22)


def test_a_stretch_of_a_journal_is_exact_at_both_ends(tmp_path: Path, video: Path) -> None:
    piece = Piece(video, MediaKind.VIDEO, 10_000, 19_999, lambda position: (position - 10_000) * TICK_NS)
    _, content, _ = write(tmp_path, [piece], [])
    assert content.counters == list(range(30, 60))
    assert content.video_from_s == 0


def test_several_pieces_of_one_configuration_follow_each_other(tmp_path: Path, video: Path) -> None:
    """A publisher who left and returned; the gap between is the last frame standing still."""
    pieces = [
        Piece(video, MediaKind.VIDEO, 0, 9_999, lambda position: position * TICK_NS),
        Piece(video, MediaKind.VIDEO, 20_000, EVERYTHING, lambda position: Fraction(position * TICK_NS) + 10**9),
    ]
    muxed, content, target = write(tmp_path, pieces, [])
    assert content.counters == [*range(30), *range(60, 120)]
    assert content.longest_video_gap_s == pytest.approx(2.0333, abs=0.001)
    assert muxed.duration_ms == pytest.approx(5000, abs=2)
    assert tag(target) == "avc1"


def test_times_grow_even_where_positions_do_not(tmp_path: Path, video: Path) -> None:
    _, content, target = write(tmp_path, [Piece(video, MediaKind.VIDEO, 0, EVERYTHING, lambda _: 0)], [])
    assert content.frames == 120
    times = [p.dts for p in packets(target, "video")]
    assert all(before < after for before, after in pairwise(times))


def test_the_last_picture_lasts_as_long_as_the_one_before_or_until_asked(tmp_path: Path, video: Path) -> None:
    muxed, _, target = write(tmp_path, [whole_piece(video, MediaKind.VIDEO)], [])
    assert packets(target, "video")[-1].duration == pytest.approx(3000, abs=10)
    assert muxed.duration_ms == pytest.approx(4000, abs=1)
    muxed, content, _ = write(tmp_path, [whole_piece(video, MediaKind.VIDEO)], [], end_ns=6_000_000_000)
    assert muxed.duration_ms == 6000
    assert content.duration_s == pytest.approx(6, abs=0.001)


def test_sound_alone_is_a_file(tmp_path: Path, audio: Path) -> None:
    muxed, content, _ = write(tmp_path, [], [whole_piece(audio, MediaKind.AUDIO)])
    assert content.codecs == ("aac",)
    assert content.beeps == pytest.approx([1, 2, 3], abs=0.0002)
    assert (muxed.width, muxed.height) == (0, 0)


def test_a_torn_journal_gives_what_is_whole(tmp_path: Path, video: Path) -> None:
    torn = tmp_path / "torn.mkv"
    torn.write_bytes(video.read_bytes()[:-100])
    _, content, _ = write(tmp_path, [whole_piece(torn, MediaKind.VIDEO)], [])
    assert content.counters == list(range(119))


def test_nothing_to_write_is_an_error(tmp_path: Path, video: Path) -> None:
    with pytest.raises(MediaError):
        write_mp4(tmp_path / "a.mp4", video=[], audio=[])
    with pytest.raises(MediaError):
        write_mp4(tmp_path / "b.mp4", video=[Piece(video, MediaKind.VIDEO, 90_000, 90_001, lambda p: p)], audio=[])


@pytest.mark.parametrize("content", [None, b"", b"not Matroska at all"])
def test_an_unreadable_piece_is_an_error(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "bad.mkv"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(MediaError):
        write_mp4(tmp_path / "a.mp4", video=[whole_piece(path, MediaKind.VIDEO)], audio=[])


def test_an_unwritable_target_is_an_os_error(tmp_path: Path, video: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        write_mp4(tmp_path / "missing" / "a.mp4", video=[whole_piece(video, MediaKind.VIDEO)], audio=[])


def test_formats_are_known_by_extension() -> None:
    assert set(FORMATS) == {"mp4", "flv", "aac", "mp3", "ogg"}


def test_sparse_sound_is_interleaved_by_time(tmp_path: Path, video: Path, audio: Path) -> None:
    """Players of a download read both tracks at one place of the file."""
    _, _, target = write(tmp_path, [whole_piece(video, MediaKind.VIDEO)], [whole_piece(audio, MediaKind.AUDIO)])
    times = [float(p.dts * p.time_base) for p in _in_file_order(target)]
    assert max(before - after for before, after in pairwise(times)) < 1.1


def _in_file_order(path: Path) -> Iterator[av.Packet]:
    with av.open(str(path)) as container:
        yield from sorted((p for p in container.demux() if p.size), key=lambda packet: packet.pos)


def test_positions_of_a_long_recording_are_exact(tmp_path: Path, audio: Path) -> None:
    """A day in, packets still follow each other without a sample between."""
    late = tmp_path / "late.mkv"
    blocks = list(read_blocks(audio))
    writer = MatroskaWriter.create(late, TrackHeader(Codec.AAC, channels=2, rate=48_000, private=b"\x11\x90"))
    day = 24 * 3600 * 10_000
    for number, block in enumerate(blocks):
        writer.write(day + round(number * 1024 / 4.8), True, block.payload)
    writer.close()
    piece = Piece(late, MediaKind.AUDIO, 0, EVERYTHING, lambda position: (position - day) * TICK_NS)
    _, content, target = write(tmp_path, [], [piece])
    assert content.longest_audio_gap_s == 0
    assert {p.duration for p in packets(target, "audio")} == {1024}


def test_forms_of_64_bits_are_read_like_the_short_ones(
    tmp_path: Path, video: Path, audio: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file of more than 4 GB, or of half a day, in small: the long forms are chosen early."""
    monkeypatch.setattr("reelroom.mux.boxes.LONG", 1 << 10)
    monkeypatch.setattr("reelroom.mux.mp4.LONG", 0)
    muxed, content, target = write(
        tmp_path,
        [whole_piece(video, MediaKind.VIDEO, begin_ns=500_000_000)],
        [whole_piece(audio, MediaKind.AUDIO)],
    )
    assert b"co64" in target.read_bytes()
    assert content.counters == list(range(120))
    assert content.flashes == pytest.approx([1.5, 2.5, 3.5], abs=0.0001)
    assert content.beeps == pytest.approx([1, 2, 3], abs=0.0002)
    assert content.duration_s == pytest.approx(muxed.duration_ms / 1000, abs=0.01)


def test_a_piece_that_changes_while_it_is_read_is_an_error(tmp_path: Path, video: Path) -> None:
    """Sizes are learned in a first pass; media that disagrees with its index would be unplayable."""
    torn = tmp_path / "torn.mkv"
    torn.write_bytes(video.read_bytes())

    def tear(position: int) -> int:
        if position > 39_000:
            torn.write_bytes(video.read_bytes()[:-5_000])
        return position * TICK_NS

    with pytest.raises(MediaError):
        write_mp4(tmp_path / "a.mp4", video=[Piece(torn, MediaKind.VIDEO, 0, EVERYTHING, tear)], audio=[])
