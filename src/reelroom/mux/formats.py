"""The file formats that can be written. A new one needs one file and one line here."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final, Protocol

from reelroom.mux.aac import write_aac
from reelroom.mux.flv import write_flv
from reelroom.mux.mp3 import write_mp3
from reelroom.mux.mp4 import write_mp4
from reelroom.mux.ogg import write_ogg
from reelroom.mux.pieces import Muxed, Piece


class WriteFormat(Protocol):
    """Writes one finished file from pieces in the order of time."""

    def __call__(self, target: Path, *, video: Sequence[Piece], audio: Sequence[Piece], end_ns: int = 0) -> Muxed:
        """See `write_mp4`."""


def _write_aac(target: Path, *, video: Sequence[Piece], audio: Sequence[Piece], end_ns: int = 0) -> Muxed:
    del video, end_ns  # there are no pictures in it
    return write_aac(target, audio=audio)


def _write_mp3(target: Path, *, video: Sequence[Piece], audio: Sequence[Piece], end_ns: int = 0) -> Muxed:
    del video, end_ns
    return write_mp3(target, audio=audio)


def _write_ogg(target: Path, *, video: Sequence[Piece], audio: Sequence[Piece], end_ns: int = 0) -> Muxed:
    del video
    return write_ogg(target, audio=audio, end_ns=end_ns)


FORMATS: Final[dict[str, WriteFormat]] = {  # by file name extension
    "mp4": write_mp4,
    "flv": write_flv,
    "aac": _write_aac,
    "mp3": _write_mp3,
    "ogg": _write_ogg,
}
