"""The audio of one file, copied: it stays in the journal until the file is written."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from reelroom.mux import Piece
from reelroom.recorder.part import Part
from reelroom.recorder.track_reader import TrackFrames
from reelroom.rtp.opus_packet import opus_samples
from reelroom.units import AUDIO_RATE, NS, MediaKind, scale


@dataclass(frozen=True, slots=True)
class _Span:
    """The packets of one journal file, from `first` on."""

    part: Part
    path: Path
    number: int
    first: int  # journal position


class CopiedAudio:
    """Remembers which files of the journal the audio is in. Same interface as `AudioTrack`."""

    def __init__(self) -> None:
        self.origin_ns: int | None = None
        self.end_ns: int | None = None
        self._spans: list[_Span] = []
        self._part: Part | None = None
        self._filled_until_ns: int | None = None

    def begin_part(self, part: Part, first: int) -> None:
        """The next packets are this part's, whose first one has that journal position."""
        self._part = part
        if self.origin_ns is None:
            self.origin_ns = part.line_ns(first)

    def feed(self, frames: TrackFrames) -> None:
        """Note where a batch is."""
        part = self._part
        assert part is not None
        span = self._spans[-1] if self._spans else None
        if span is None or (span.part, span.number) != (part, frames.number):
            path = part.log.folder / frames.track.path
            self._spans.append(_Span(part, path, frames.number, frames.blocks[0].position))
        last = frames.blocks[-1]
        self.end_ns = part.line_ns(last.position) + scale(opus_samples(last.payload), AUDIO_RATE, NS)

    def finish(self, fill_until_ns: int | None) -> None:
        """Nothing follows but silence, up to a point of the line."""
        self._filled_until_ns = fill_until_ns

    def pieces(self, zero_ns: int) -> list[Piece]:
        """The journal's files, the file's time 0 being that point of the line."""
        return [
            Piece(span.path, MediaKind.AUDIO, span.first, span.part.upto(MediaKind.AUDIO), _place(span.part, zero_ns))
            for span in self._spans
        ]

    def silent_until_ns(self, zero_ns: int) -> int:
        """Silence isn't in the journal."""
        return 0 if self._filled_until_ns is None else max(0, self._filled_until_ns - zero_ns)

    def close(self) -> None:
        """There is nothing to close."""


def _place(part: Part, zero_ns: int) -> Callable[[int], int]:
    return lambda position: part.line_ns(position) - zero_ns
