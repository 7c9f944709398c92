"""What a mixed recording is to look and sound like, in our own words. `api/` makes these; the database keeps them.

Colours are 0xRRGGBB00 (the low byte is always 0); coordinates are pixels of the canvas from its top left corner.
"""

from dataclasses import asdict, dataclass
from enum import IntEnum
from typing import Any

from reelroom.units import StreamId

MAX_VIEWS = 25
DEFAULT_AUDIO_BPS = 48_000
WHITE = 0xFFFFFF00
NO_STREAM = StreamId("")  # none named


class LayoutMode(IntEnum):
    """How views are arranged. The numbers are the control API's MixMode."""

    CUSTOM = 1
    GRID = 2
    HORIZONTAL = 3
    VERTICAL = 4
    FLOATING = 5


class Fit(IntEnum):
    """How a picture comes into its view. The numbers are the control API's FillMode."""

    CROP = 1  # scaled to cover, the excess cut
    CONTAIN = 2  # scaled to be seen whole, black bars


class CameraOff(IntEnum):
    """What a view shows while its publisher's camera is off and the sound goes on: FrameFillMode."""

    LAST = 1  # the last picture again
    COLOUR = 2
    NOTHING = 3  # as if there were no picture: the view's image, else the background


class StreamUse(IntEnum):
    """Which media of a stream enter the mix: StreamConfigList[].StreamType."""

    DEFAULT = 0  # both
    AUDIO = 1
    VIDEO = 2
    BOTH = 3


class LevelsBy(IntEnum):
    """Whose name stands in the sound-level file: SoundWaveType."""

    STREAM = 0
    USER = 1


@dataclass(frozen=True, slots=True)
class Area:
    """A rectangle of the canvas; right and bottom are outside it."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def width(self) -> int:
        """In pixels."""
        return self.right - self.left

    @property
    def height(self) -> int:
        """In pixels."""
        return self.bottom - self.top


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """One view of a custom layout."""

    area: Area
    layer: int  # larger stands in front
    stream: StreamId = NO_STREAM  # empty: filled in the order of joining
    whiteboard: bool = False
    fit: Fit = Fit.CROP
    image: str = ""  # URL; shown while the stream named is missing


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """How views are arranged, as asked. `fit` None: the big view of modes 3 to 5 is contained, all else cropped."""

    mode: LayoutMode = LayoutMode.GRID
    views: tuple[View, ...] = ()  # of CUSTOM
    big: StreamId = NO_STREAM  # of HORIZONTAL, VERTICAL, FLOATING; empty: the stream that joined first
    fit: Fit | None = None

    def to_json(self) -> dict[str, Any]:
        """Plain values for a JSON column."""
        return asdict(self)

    @classmethod
    def from_json(cls, body: dict[str, Any]) -> "Layout":
        """The inverse of `to_json`."""
        return cls(
            mode=LayoutMode(body["mode"]),
            views=tuple(
                View(**{**view, "area": Area(**view["area"]), "fit": Fit(view["fit"])}) for view in body["views"]
            ),
            big=body["big"],
            fit=None if body["fit"] is None else Fit(body["fit"]),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Canvas:
    """The mixed picture."""

    width: int
    height: int
    fps: int  # 5 to 30
    bitrate_bps: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MixSpec:
    """A mixed recording. `canvas` is None when only sound is recorded. Images are URLs; empty means none."""

    name: str  # of the output; also its user and stream in file records
    layout: Layout = Layout()
    canvas: Canvas | None = None
    audio_bitrate_bps: int = DEFAULT_AUDIO_BPS
    background: int = 0  # colour
    background_image: str = ""  # stretched over the canvas
    view_image: str = ""  # of a view whose stream is missing, with FillBlank; a view's own image wins
    watermark_image: str = ""
    watermark_area: Area | None = None
    clock_pixels: int = 0  # font size of the clock at the top right; 0: no clock
    always: bool = False  # begin at once, not with the first stream
    hold_views: bool = False  # FillBlank: a stream that left keeps its view
    camera_off: CameraOff = CameraOff.LAST
    camera_off_colour: int = 0
    levels: LevelsBy | None = None  # None: no sound-level file
    uses: tuple[tuple[StreamId, StreamUse], ...] = ()  # the empty StreamId stands for all others
    wait_ms: int = 0  # for streams, before it begins

    def use_of(self, stream: StreamId) -> StreamUse:
        """Which of its media enter the mix; never DEFAULT."""
        named = dict(self.uses)
        for key in (stream, NO_STREAM):
            if named.get(key, StreamUse.DEFAULT) is not StreamUse.DEFAULT:
                return named[key]
        return StreamUse.BOTH

    def to_json(self) -> dict[str, Any]:
        """Plain values for a JSON column."""
        return asdict(self)

    @classmethod
    def from_json(cls, body: dict[str, Any]) -> "MixSpec":
        """The inverse of `to_json`."""
        canvas, area, levels = body["canvas"], body["watermark_area"], body["levels"]
        return cls(
            **{
                **body,
                "layout": Layout.from_json(body["layout"]),
                "canvas": None if canvas is None else Canvas(**canvas),
                "watermark_area": None if area is None else Area(**area),
                "camera_off": CameraOff(body["camera_off"]),
                "levels": None if levels is None else LevelsBy(levels),
                "uses": tuple((StreamId(stream), StreamUse(use)) for stream, use in body["uses"]),
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardSpec:
    """The whiteboard to be recorded. `id` may be named later."""

    horizontal_ratio: int
    vertical_ratio: int
    width: int = 1280  # of a file of its own
    height: int = 720
    id: str = ""
    background: int = WHITE
    animated: bool = False
    animation_fps: int = 15
