"""What a mixed picture shows from an instant on: the words between those who decide it and those who draw it."""

from dataclasses import dataclass
from enum import StrEnum

from reelroom.mix import NO_STREAM, Area, Fit
from reelroom.units import StreamId


class Shows(StrEnum):
    """What stands in a tile."""

    LIVE = "live"  # the stream's picture; nothing is drawn before its first one
    LAST = "last"  # the last picture of a stream that left
    IMAGE = "image"  # a picture from an address, stretched over the tile
    COLOUR = "colour"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """One part of the canvas. Areas have even coordinates and lie on the canvas."""

    area: Area
    shows: Shows
    fit: Fit = Fit.CROP  # of LIVE and LAST
    stream: StreamId = NO_STREAM  # of LIVE and LAST
    image: str = ""  # URL; of IMAGE, and what LIVE and LAST fall back to while there is no picture (empty: background)
    colour: int = 0  # 0xRRGGBB00; of COLOUR


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """The whole picture: tiles from the back to the front, and whose sound is heard."""

    tiles: tuple[Tile, ...] = ()
    heard: frozenset[StreamId] = frozenset()
