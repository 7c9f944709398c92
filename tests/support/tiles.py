"""What the tiles of a mixed file show, picture by picture: counters and flashes of the test programme in each."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import av
import numpy as np

from reelroom.mix import Area
from reelroom.testing.barcode import read_picture

PAIR_S = 0.5  # a flash and a beep farther apart do not belong together


@dataclass
class TileContent:
    """One tile. counters: at each picture in which the tile could be read. flashes: seconds."""

    counters: list[int] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    flashes: list[float] = field(default_factory=list)
    unread: list[float] = field(default_factory=list)
    flashing: bool = False

    @property
    def missing(self) -> list[int]:
        """Counters between the first and the last that no picture shows."""
        seen = set(self.counters)
        return [n for n in range(min(seen), max(seen)) if n not in seen]

    @property
    def backward(self) -> list[tuple[int, int]]:
        """Neighbours whose order is wrong: something is shown a second time."""
        return [(before, after) for before, after in pairwise(self.counters) if after < before]

    def offsets_ms(self, beeps: Sequence[float]) -> dict[int, float]:
        """For each flash that has a beep near, by its counter: how much later the beep comes."""
        counters = dict(zip(self.times, self.counters, strict=True))
        nearest = [(min(beeps, key=lambda beep: abs(beep - flash)), flash) for flash in self.flashes]
        return {counters[flash]: 1000 * (beep - flash) for beep, flash in nearest if abs(beep - flash) < PAIR_S}


def read_tiles(path: Path, areas: Sequence[Area]) -> list[TileContent]:
    """Read where publishers' pictures lie; each area is one whole picture of the programme."""
    tiles = [TileContent() for _ in areas]
    with av.open(str(path)) as container:
        container.streams.video[0].thread_type = "AUTO"
        for frame in container.decode(video=0):
            plane = frame.planes[0]
            luma = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)
            for tile, area in zip(tiles, areas, strict=True):
                _look(tile, luma[area.top : area.bottom, area.left : area.right], float(frame.time or 0))
    return tiles


def _look(tile: TileContent, luma: np.ndarray, at: float) -> None:
    reading = read_picture(luma)
    if reading.counter is None:
        tile.unread.append(at)
        return
    tile.counters.append(reading.counter)
    tile.times.append(at)
    if reading.flash and not tile.flashing:
        tile.flashes.append(at)
    tile.flashing = reading.flash
