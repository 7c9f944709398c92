"""The file formats that can be written. A new one needs one file and one line here."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final, Protocol

from reelroom.mux.aac import write_aac
from reelroom.mux.mp4 import write_mp4
from reelroom.mux.pieces import Muxed, Piece


class WriteFormat(Protocol):
    """Writes one finished file from pieces in the order of time."""

    def __call__(self, target: Path, *, video: Sequence[Piece], audio: Sequence[Piece], end_ns: int = 0) -> Muxed:
        """See `write_mp4`."""


def _write_aac(target: Path, *, video: Sequence[Piece], audio: Sequence[Piece], end_ns: int = 0) -> Muxed:
    del video, end_ns  # there are no pictures in it
    return write_aac(target, audio=audio)


FORMATS: Final[dict[str, WriteFormat]] = {"mp4": write_mp4, "aac": _write_aac}  # by file name extension
