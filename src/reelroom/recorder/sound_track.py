"""The sound of one file on the file's line, whatever its format makes of it."""

from typing import Protocol

from reelroom.mux import Piece
from reelroom.recorder.part import Part
from reelroom.recorder.track_reader import TrackFrames


class SoundTrack(Protocol):
    """Takes the packets of every part, batch by batch. After a crash everything is fed again."""

    @property
    def origin_ns(self) -> int | None:
        """Where the first sample lies on the file's line; None while there is none."""

    @property
    def end_ns(self) -> int | None:
        """Where what was fed so far ends on the line."""

    def begin_part(self, part: Part, first: int) -> None:
        """The next packets are this part's, whose first one has that journal position."""

    def feed(self, frames: TrackFrames) -> None:
        """Take a batch. Raises JournalError if it can't be written."""

    def finish(self, fill_until_ns: int | None) -> None:
        """Nothing follows but silence, up to a point of the line. Raises JournalError."""

    def pieces(self, zero_ns: int) -> list[Piece]:
        """What a muxer reads, the file's time 0 being that point of the line."""

    def silent_until_ns(self, zero_ns: int) -> int:
        """Up to where the muxer itself has to add silence, after time 0; 0: nowhere."""

    def close(self) -> None:
        """Close files; nothing is lost."""
