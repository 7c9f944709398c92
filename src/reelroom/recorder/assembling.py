"""Where every piece of a finished file lies, then one pass through the muxer."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from reelroom.errors import MediaError
from reelroom.mux import FORMATS, Muxed, Piece
from reelroom.recorder.part import Part
from reelroom.recorder.sound_track import SoundTrack
from reelroom.recorder.sync_clocks import read_alignment
from reelroom.units import MediaKind


class Laid(NamedTuple):
    """Pieces on a file's time line, and up to where silence goes on."""

    video: list[Piece]
    audio: list[Piece]
    end_ns: int


def lay_out(parts: Sequence[Part], sound: SoundTrack) -> Laid:
    """Time 0 is the earliest frame; sync is decided here, when every report is known.

    Raises JournalError, MediaError.
    """
    lines = [_VideoLine(part) for part in parts if part.video.spans]
    starts = [line.starts_ns for line in lines]
    if sound.origin_ns is not None:
        starts.append(sound.origin_ns)
    if not starts:
        raise MediaError("a file without a single packet")
    zero_ns = min(starts)
    video = [piece for line in lines for piece in line.pieces(zero_ns)]
    return Laid(video, sound.pieces(zero_ns), sound.silent_until_ns(zero_ns))


def mux_file(format_: str, parts: Sequence[Part], sound: SoundTrack, target: Path) -> Muxed:
    """Write the finished file. Raises JournalError, MediaError, OSError."""
    laid = lay_out(parts, sound)
    return FORMATS[format_](target, video=laid.video, audio=laid.audio, end_ns=laid.end_ns)


class _VideoLine:
    """The video of one part, moved to audio's clock."""

    def __init__(self, part: Part) -> None:
        self._part = part
        self._alignment = read_alignment(part.log.folder)
        self.starts_ns = self._line_ns(part.video.spans[0].first)

    def _line_ns(self, position: int) -> int:
        return self._part.line_ns(position) + self._alignment.shift_ns(self._part.time_ns(position))

    def pieces(self, zero_ns: int) -> list[Piece]:
        """Every file of every span, in order."""
        upto = self._part.upto(MediaKind.VIDEO)
        place = self._place(zero_ns)
        return [
            Piece(path, MediaKind.VIDEO, span.first, upto, place)
            for span in self._part.video.spans
            for path in span.paths
        ]

    def _place(self, zero_ns: int) -> Callable[[int], int]:
        return lambda position: self._line_ns(position) - zero_ns
