"""An mp3 is decoded again by FFmpeg; the tag in front is read by hand."""

from pathlib import Path

import av
import pytest

from reelroom.errors import MediaError
from reelroom.mux import FORMATS, write_mp3
from reelroom.mux.mp3 import _crc16
from reelroom.testing.content import check
from reelroom.testing.files import journal_programme, transcode_audio, whole_piece
from reelroom.testing.programme import Programme
from reelroom.units import Codec, MediaKind, Size

PROGRAMME = Programme(seconds=3, sizes=((0.0, Size(160, 90)),))


def make(tmp_path: Path, channels: int = 2, bitrate_bps: int = 128_000) -> Path:
    capture = journal_programme(tmp_path / "capture", PROGRAMME)
    return transcode_audio(
        capture / "audio-0.mkv", tmp_path / "audio.mkv", channels=channels, bitrate_bps=bitrate_bps, codec=Codec.MP3
    )


@pytest.mark.parametrize(("channels", "bitrate_bps"), [(1, 64_000), (2, 128_000), (2, 320_000)])
def test_players_that_know_the_tag_begin_with_the_first_real_sample(
    tmp_path: Path, channels: int, bitrate_bps: int
) -> None:
    audio = make(tmp_path, channels, bitrate_bps)
    muxed = FORMATS["mp3"](tmp_path / "a.mp3", video=[], audio=[whole_piece(audio, MediaKind.AUDIO)])
    content = check(tmp_path / "a.mp3")
    assert [codec.removesuffix("float") for codec in content.codecs] == ["mp3"]
    # FFmpeg's times of an mp3 begin with the tag's delay.
    assert [beep - content.audio_from_s for beep in content.beeps] == pytest.approx([1, 2], abs=0.002)
    assert content.longest_audio_gap_s == 0
    assert content.audio_until_s - content.audio_from_s == pytest.approx(3, abs=0.0001)
    assert (content.audio_from_s, content.errors) == (pytest.approx(1105 / 48_000, abs=0.0001), 0)
    assert muxed.size == (tmp_path / "a.mp3").stat().st_size
    assert muxed.duration_ms == 3000
    assert content.duration_s == pytest.approx(3, abs=0.001)


def test_the_tag_is_a_silent_frame_that_counts_and_is_checked(tmp_path: Path) -> None:
    write_mp3(tmp_path / "a.mp3", audio=[whole_piece(make(tmp_path), MediaKind.AUDIO)])
    data = (tmp_path / "a.mp3").read_bytes()
    frame = data[:384]
    assert frame[36:40] == b"Info"
    assert int.from_bytes(frame[44:48]) == 126  # packets: 125 of 24 ms, and the delay
    assert int.from_bytes(frame[48:52]) == len(data) == 127 * 384
    assert int.from_bytes(frame[190:192]) == _crc16(frame[:190])
    assert data[384:386] == frame[:2] == b"\xff\xfb"


def test_the_check_sum_is_the_usual_one() -> None:
    assert _crc16(b"123456789") == 0xBB3D


def test_a_player_without_it_loses_nothing_either(tmp_path: Path) -> None:
    write_mp3(tmp_path / "a.mp3", audio=[whole_piece(make(tmp_path), MediaKind.AUDIO)])
    decoder = av.CodecContext.create("mp3float", "r")
    data = (tmp_path / "a.mp3").read_bytes()
    frames = [f for at in range(0, len(data), 384) for f in decoder.decode(av.Packet(data[at : at + 384]))]
    assert len(frames) == 127


def test_nothing_to_write_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(MediaError):
        write_mp3(tmp_path / "a.mp3", audio=[])
    with pytest.raises(MediaError):
        write_mp3(tmp_path / "a.mp3", audio=[whole_piece(tmp_path / "none.mkv", MediaKind.AUDIO)])
