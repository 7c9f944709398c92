"""Opus in Ogg: read by FFmpeg, which checks every page, and by hand."""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import av
import pytest

from reelroom.errors import MediaError
from reelroom.journal.matroska import MatroskaWriter, TrackHeader, read_blocks
from reelroom.mux import FORMATS, Piece, write_ogg
from reelroom.mux.ogg import _checksum
from reelroom.rtp.opus import opus_head
from reelroom.testing.content import check
from reelroom.testing.files import journal_programme, whole_piece
from reelroom.testing.programme import Programme
from reelroom.units import Codec, MediaKind, Size

PROGRAMME = Programme(seconds=4, sizes=((0.0, Size(160, 90)),))
TICK_NS = 100_000


class Page(NamedTuple):
    flags: int
    granule: int
    number: int
    body: bytes


def pages(path: Path) -> Iterator[Page]:
    data, at = path.read_bytes(), 0
    while at < len(data):
        assert data[at : at + 5] == b"OggS\0"
        lacing = data[at + 27 : at + 27 + data[at + 26]]
        end = at + 27 + len(lacing) + sum(lacing)
        page = data[at:end]
        assert int.from_bytes(page[22:26], "little") == _checksum(page[:22] + bytes(4) + page[26:])
        granule, number = int.from_bytes(page[6:14], "little"), int.from_bytes(page[18:22], "little")
        yield Page(page[5], granule, number, page[27 + len(lacing) :])
        at = end


@pytest.fixture(scope="module")
def journal(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return journal_programme(tmp_path_factory.mktemp("p") / "capture", PROGRAMME) / "audio-0.mkv"


def packets(path: Path) -> list[bytes]:
    with av.open(str(path)) as container:
        return [bytes(packet) for packet in container.demux() if packet.size]


def test_packets_are_copied_and_stand_where_they_stood(tmp_path: Path, journal: Path) -> None:
    muxed = FORMATS["ogg"](tmp_path / "a.ogg", video=[], audio=[whole_piece(journal, MediaKind.AUDIO)])
    assert packets(tmp_path / "a.ogg") == [block.payload for block in read_blocks(journal)]
    content = check(tmp_path / "a.ogg")
    assert content.codecs in (("opus",), ("libopus",))
    assert content.beeps == pytest.approx([1, 2, 3], abs=0.01)  # with Opus' own delay
    assert content.longest_audio_gap_s == 0
    assert muxed.duration_ms == 4000
    assert content.duration_s == pytest.approx(4, abs=0.001)
    assert muxed.size == (tmp_path / "a.ogg").stat().st_size


def test_pages_are_numbered_checked_and_at_most_a_second_long(tmp_path: Path, journal: Path) -> None:
    write_ogg(tmp_path / "a.ogg", audio=[whole_piece(journal, MediaKind.AUDIO)])
    found = list(pages(tmp_path / "a.ogg"))
    assert [page.number for page in found] == list(range(len(found)))
    assert [page.flags for page in found] == [2, *[0] * (len(found) - 2), 4]
    assert found[0].body.startswith(b"OpusHead\x01")
    assert found[0].body[10:12] == b"\0\0"  # pre-skip
    assert found[1].body.startswith(b"OpusTags")
    assert found[-1].granule == 4 * 48_000
    assert all(after.granule - before.granule <= 48_000 for before, after in pairwise(found))


def test_the_check_sum_is_the_one_of_the_standard() -> None:
    """CRC-32 with polynomial 0x04c11db7, from the top bit down."""
    crc = 0
    for byte in b"OggS and more":
        crc ^= byte << 24
        for _ in range(8):
            crc = (crc << 1 ^ (0x04C11DB7 if crc & 1 << 31 else 0)) & 0xFFFFFFFF
    assert _checksum(b"OggS and more") == crc


@pytest.mark.parametrize("gap_ns", [7_000_000_000, 2_500_000, 33_300_000])
def test_a_gap_is_silence_of_its_length(tmp_path: Path, journal: Path, gap_ns: int) -> None:
    parts = [
        Piece(journal, MediaKind.AUDIO, 0, 14_999, lambda at: at * TICK_NS),
        Piece(journal, MediaKind.AUDIO, 15_000, 1 << 40, lambda at: at * TICK_NS + gap_ns),
    ]
    muxed = write_ogg(tmp_path / "a.ogg", audio=parts)
    content = check(tmp_path / "a.ogg")
    gap_s = gap_ns / 1e9
    assert content.beeps == pytest.approx([1, 2 + gap_s, 3 + gap_s], abs=0.012)
    assert content.errors == 0
    assert muxed.duration_ms == pytest.approx(4000 + gap_s * 1000, abs=2.6)
    assert content.duration_s == pytest.approx(muxed.duration_ms / 1000, abs=0.002)


def test_gaps_do_not_add_up_their_rounding(tmp_path: Path) -> None:
    """Packets 21 ms apart: the missing millisecond is made up for as soon as it is worth a packet."""
    path = tmp_path / "audio.mkv"
    writer = MatroskaWriter.create(path, TrackHeader(Codec.OPUS, channels=1, private=opus_head(1)))
    for number in range(100):
        writer.write(number * 210, True, b"\xf8\xff\xfe")
    writer.close()
    muxed = write_ogg(tmp_path / "a.ogg", audio=[whole_piece(path, MediaKind.AUDIO)])
    assert muxed.duration_ms == pytest.approx(2100, abs=3)


def test_what_overlaps_is_left_out(tmp_path: Path, journal: Path) -> None:
    parts = [
        Piece(journal, MediaKind.AUDIO, 0, 19_999, lambda at: at * TICK_NS),
        Piece(journal, MediaKind.AUDIO, 15_000, 1 << 40, lambda at: at * TICK_NS),
    ]
    assert write_ogg(tmp_path / "a.ogg", audio=parts).duration_ms == 4000


def test_silence_goes_on_to_the_end_that_was_asked_for(tmp_path: Path, journal: Path) -> None:
    muxed = write_ogg(tmp_path / "a.ogg", audio=[whole_piece(journal, MediaKind.AUDIO)], end_ns=6_500_000_000)
    assert muxed.duration_ms == 6500
    assert check(tmp_path / "a.ogg").duration_s == pytest.approx(6.5, abs=0.001)


def test_mono_and_stereo_pieces_are_a_stereo_file(tmp_path: Path) -> None:
    files = []
    for channels in (1, 2):
        path = tmp_path / f"{channels}.mkv"
        writer = MatroskaWriter.create(path, TrackHeader(Codec.OPUS, channels=channels, private=opus_head(channels)))
        writer.write(0, True, b"\xf8\xff\xfe")
        writer.close()
        files.append(whole_piece(path, MediaKind.AUDIO, begin_ns=(channels - 1) * 20_000_000))
    write_ogg(tmp_path / "a.ogg", audio=files)
    with av.open(str(tmp_path / "a.ogg")) as container:
        assert container.streams.audio[0].channels == 2


def test_what_is_no_opus_packet_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "audio.mkv"
    writer = MatroskaWriter.create(path, TrackHeader(Codec.OPUS, channels=1, private=opus_head(1)))
    for number, payload in enumerate((b"\xf8\xff\xfe", b"\xff\xff", b"\xf8\xff\xfe")):
        writer.write(number * 200, True, payload)
    writer.close()
    assert write_ogg(tmp_path / "a.ogg", audio=[whole_piece(path, MediaKind.AUDIO)]).duration_ms == 60


def test_nothing_to_write_is_an_error(tmp_path: Path, journal: Path) -> None:
    with pytest.raises(MediaError):
        write_ogg(tmp_path / "a.ogg", audio=[])
    with pytest.raises(MediaError):
        write_ogg(tmp_path / "a.ogg", audio=[Piece(journal, MediaKind.AUDIO, 1 << 40, 1 << 40, lambda at: at)])
