"""What becomes one file for callers. Most recorders of a publisher have one take, some have many."""

from pathlib import Path
from typing import Protocol

from reelroom.mux import Muxed


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

    def write(self, target: Path) -> Muxed:
        """Write it as it is to be. May be repeated. Raises JournalError, MediaError, OSError."""
