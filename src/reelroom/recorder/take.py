"""What becomes one file for callers. Most recorders of a publisher have one take, some have many."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

from reelroom.database import SEGMENT
from reelroom.mux import Muxed


class SegmentFile(NamedTuple):
    """A file beside a take, which callers have no record of. key: of the take, `#` and a number."""

    key: str
    name: str
    path: Path  # where it is whole
    begin_ns: int
    duration_ms: int
    format: str = SEGMENT


class Take(Protocol):
    """One file in the making."""

    @property
    def key(self) -> str:
        """Names it within its task, the same after every restart."""

    @property
    def begin_ns(self) -> int | None:
        """Capture time of its first frame; None while there is none."""

    @property
    def complete(self) -> bool:
        """Nothing more can come: it may be written."""

    @property
    def segments(self) -> Sequence[SegmentFile]:
        """What is to be stored before it, once it is written."""

    def write(self, target: Path, name: str) -> Muxed:
        """Write it as it is to be; `name` is its file name. May be repeated.

        Raises JournalError, MediaError, OSError.
        """
