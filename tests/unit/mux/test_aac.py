from pathlib import Path

import pytest

from reelroom.errors import MediaError
from reelroom.mux import FORMATS, write_aac
from reelroom.testing.content import check
from reelroom.testing.files import journal_programme, transcode_audio, whole_piece
from reelroom.testing.programme import Programme
from reelroom.units import MediaKind, Size

PROGRAMME = Programme(seconds=3, sizes=((0.0, Size(160, 90)),))


def test_beeps_stand_where_they_stand_in_the_mp4_beside(tmp_path: Path) -> None:
    capture = journal_programme(tmp_path / "capture", PROGRAMME)
    audio = transcode_audio(capture / "audio-0.mkv", tmp_path / "audio.mkv")
    muxed = FORMATS["aac"](tmp_path / "a.aac", video=[], audio=[whole_piece(audio, MediaKind.AUDIO)])
    content = check(tmp_path / "a.aac")
    assert content.codecs == ("aac",)
    assert content.beeps == pytest.approx([1, 2], abs=0.0002)
    assert muxed.size == (tmp_path / "a.aac").stat().st_size
    assert muxed.duration_ms == pytest.approx(3000, abs=22)


def test_no_audio_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(MediaError):
        write_aac(tmp_path / "a.aac", audio=[])
