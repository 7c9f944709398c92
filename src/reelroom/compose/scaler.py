"""A stream's picture to the size of its tile: FFmpeg's crop, which only moves pointers, then one pass of swscale."""

from dataclasses import dataclass
from typing import Final, NamedTuple

import av.filter
from av import VideoFrame
from av.filter.context import FilterContext

from reelroom.compose.canvas import BT709, PIXELS, planes_of
from reelroom.compose.colour import Planes
from reelroom.mix import Area, Fit

_MATRICES: Final = {1: "bt709", 4: "fcc", 5: "bt470bg", 6: "smpte170m", 7: "smpte240m", 9: "bt2020nc"}  # H.273
_METHOD: Final = "bicublin"  # bicubic as FFmpeg by itself, but bilinear for chroma: an eighth cheaper, luma is the same
_FULL: Final = 2  # colour range
_SMALLEST: Final = 2  # pixels of a side


@dataclass(frozen=True, slots=True, eq=False)
class TilePicture:
    """A picture at the size it is seen in. `area`: where it lies on the canvas; what its tile has beside it is black.

    Equal to itself only: the same object says that nothing has changed.
    """

    planes: Planes
    area: Area
    frame: VideoFrame | None = None  # owns the memory of `planes`


class _Source(NamedTuple):
    """What a graph is made for."""

    width: int
    height: int
    format: str
    matrix: int
    range: int


class TileScaler:
    """Scales the pictures of one stream to one tile; remembers the last, as most tiles show it more than once.

    Colours are converted to BT.709 of limited range where a picture says it has others; most say nothing, and then
    pass as they are, which is what players take them for.
    """

    def __init__(self, area: Area, fit: Fit) -> None:
        self._area, self._fit = area, fit
        self._source: _Source | None = None
        self._graph: av.filter.Graph | None = None
        self._placed = area
        self._last: tuple[VideoFrame, TilePicture] | None = None

    def scale(self, frame: VideoFrame) -> TilePicture:
        """The picture for the tile. Raises av.error.FFmpegError."""
        if self._last is not None and self._last[0] is frame:
            return self._last[1]
        source = _Source(frame.width, frame.height, frame.format.name, frame.colorspace, frame.color_range)
        if source != self._source:
            self._prepare(source)
        scaled = frame
        if self._graph is not None:
            self._graph.vpush(frame)
            scaled = self._graph.vpull()
        picture = TilePicture(planes_of(scaled), self._placed, scaled)
        self._last = frame, picture
        return picture

    def _prepare(self, source: _Source) -> None:
        self._source = source
        crop = cover(source.width, source.height, self._area) if self._fit is Fit.CROP else None
        self._placed = self._area if crop else contain(source.width, source.height, self._area)
        whole = Area(0, 0, source.width, source.height)
        same_size = (source.width, source.height) == (self._placed.width, self._placed.height)
        if crop in (None, whole) and same_size and source.format == PIXELS and not _is_foreign(source):
            self._graph = None
        else:
            self._graph = _make_graph(source, crop or whole, self._placed)


def cover(width: int, height: int, area: Area) -> Area:
    """The middle part of a picture that has the shape of an area, with even coordinates."""
    if width * area.height > height * area.width:
        part = max(_SMALLEST, _even(height * area.width / area.height))
        left = (width - part) // 4 * 2
        return Area(left, 0, left + part, height)
    part = max(_SMALLEST, min(height, _even(width * area.height / area.width)))
    if height - part < _SMALLEST:
        return Area(0, 0, width, height)
    top = (height - part) // 4 * 2
    return Area(0, top, width, top + part)


def contain(width: int, height: int, area: Area) -> Area:
    """The middle part of an area that has the shape of a picture, with even coordinates."""
    if width * area.height > height * area.width:
        size = area.width, min(area.height, max(_SMALLEST, _even(area.width * height / width)))
    else:
        size = min(area.width, max(_SMALLEST, _even(area.height * width / height))), area.height
    left = area.left + (area.width - size[0]) // 4 * 2
    top = area.top + (area.height - size[1]) // 4 * 2
    return Area(left, top, left + size[0], top + size[1])


def _even(length: float) -> int:
    return 2 * round(length / 2)


def _is_foreign(source: _Source) -> bool:
    """Whether its colours say that they are others than the canvas'."""
    return source.range == _FULL or (source.matrix in _MATRICES and source.matrix != BT709)


def _make_graph(source: _Source, crop: Area, target: Area) -> av.filter.Graph:
    graph = av.filter.Graph()
    graph.threads = 1  # streams are scaled side by side
    nodes = [_buffer(graph, source)]
    if (crop.width, crop.height) != (source.width, source.height):
        nodes.append(graph.add("crop", f"{crop.width}:{crop.height}:{crop.left}:{crop.top}"))
    words = [f"{target.width}:{target.height}", f"flags={_METHOD}"]
    if _is_foreign(source):
        words.append("out_color_matrix=bt709:out_range=tv")
    nodes += [graph.add("scale", ":".join(words)), graph.add("format", PIXELS), graph.add("buffersink")]
    graph.link_nodes(*nodes).configure()
    return graph


def _buffer(graph: av.filter.Graph, source: _Source) -> FilterContext:
    matrix = _MATRICES.get(source.matrix, "unknown")
    levels = {1: "tv", _FULL: "pc"}.get(source.range, "unknown")
    words = f"video_size={source.width}x{source.height}:pix_fmt={source.format}:time_base=1/1000:pixel_aspect=1/1"
    return graph.add("buffer", f"{words}:colorspace={matrix}:range={levels}")
