"""Where transcoded packets go. `journal.MatroskaWriter` fits; edges do not import each other."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol


class BlockWriter(Protocol):
    """An append-only file of one track."""

    def write(self, position: int, keyframe: bool, payload: bytes) -> None:
        """Append one packet; `position` in journal ticks."""


@dataclass(frozen=True, slots=True)
class VideoHeader:
    """What the packets that follow are: H264 of one size, `private` its avcC. Sizes in pixels."""

    width: int
    height: int
    private: bytes


OpenWriter = Callable[[VideoHeader], BlockWriter]
