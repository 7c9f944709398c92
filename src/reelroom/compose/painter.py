"""Draws scenes: each tile is copied to the canvas when its content changed, and so is what lies over it."""

from dataclasses import dataclass
from typing import TypeAlias

from reelroom.compose.canvas import Canvas, fill, put
from reelroom.compose.colour import BLACK, Planes, Yuv
from reelroom.compose.scaler import TilePicture
from reelroom.compose.stamp import Stamp, Stamped
from reelroom.mix import Area

Content: TypeAlias = TilePicture | Yuv | None  # what a tile shows; None: what is behind it


@dataclass(slots=True)
class _Slot:
    """One tile on the canvas. `above`: numbers of the tiles in front that overlap with it."""

    area: Area
    view: Planes
    above: list[int]
    content: Content = None


class Painter:
    """Draws on one canvas. A picture whose tiles did not change costs a comparison for each tile."""

    def __init__(self, canvas: Canvas, background: Yuv | Planes) -> None:
        """background: a colour, or a picture of the canvas' size."""
        self.canvas = canvas
        self._background = background
        self._stamped = Stamped(canvas)
        self._stamps: list[Stamp] = []
        self._slots: list[_Slot] = []
        self._stale = True  # everything has to be drawn

    def set_background(self, background: Yuv | Planes) -> None:
        """Change what is behind all tiles."""
        self._background, self._stale = background, True

    def arrange(self, areas: list[Area]) -> None:
        """Other tiles from now on, from back to front. They have even coordinates."""
        self._slots = [
            _Slot(area, self.canvas.views(area), [n for n in range(i + 1, len(areas)) if overlap(area, areas[n])])
            for i, area in enumerate(areas)
        ]
        self._stale = True

    def draw(self, contents: list[Content], stamps: list[Stamp]) -> bool:
        """Draw the contents of all tiles, and stamps over them; whether anything had to be drawn."""
        changed = [n for n, slot in enumerate(self._slots) if not _is_same(contents[n], slot.content)]
        if not changed and not self._stale and stamps == self._stamps:
            return False
        uncovers = any((contents[n] is None) is not (self._slots[n].content is None) for n in changed)
        for slot, content in zip(self._slots, contents, strict=True):
            slot.content = content
        if self._stale or uncovers:
            self._draw_all(stamps)
        else:
            self._draw_some(changed, stamps)
        return True

    def _draw_all(self, stamps: list[Stamp]) -> None:
        self._stamped.lift()
        if isinstance(self._background, Yuv):
            fill(self.canvas.planes, self._background)
        else:
            put(self.canvas.planes, self._background)
        for slot in self._slots:
            _draw(self.canvas, slot)
        self._lay(stamps)
        self._stale = False

    def _draw_some(self, changed: list[int], stamps: list[Stamp]) -> None:
        due = self._cascade(changed)
        touched = stamps != self._stamps or any(overlap(s.area, self._slots[n].area) for s in stamps for n in due)
        if touched:
            self._stamped.lift()
        for number in due:
            _draw(self.canvas, self._slots[number])
        if touched:
            self._lay(stamps)

    def _cascade(self, changed: list[int]) -> list[int]:
        """The tiles to be drawn: those that changed, and all in front of one that is drawn."""
        due = set(changed)
        for number, slot in enumerate(self._slots):
            if number in due:
                due.update(slot.above)
        return sorted(due)

    def _lay(self, stamps: list[Stamp]) -> None:
        self._stamped.lay(stamps)
        self._stamps = list(stamps)


def overlap(one: Area, other: Area) -> bool:
    """Whether two areas have a pixel in common."""
    return one.left < other.right and other.left < one.right and one.top < other.bottom and other.top < one.bottom


def _is_same(one: Content, other: Content) -> bool:
    return one is other or (isinstance(one, Yuv) and isinstance(other, Yuv) and one == other)


def _draw(canvas: Canvas, slot: _Slot) -> None:
    content = slot.content
    if isinstance(content, Yuv):
        fill(slot.view, content)
    elif content is not None and content.area == slot.area:
        put(slot.view, content.planes)
    elif content is not None:
        for bar in _bars(slot.area, content.area):
            fill(canvas.views(bar), BLACK)
        put(canvas.views(content.area), content.planes)


def _bars(whole: Area, inner: Area) -> list[Area]:
    """What an area has above, below, left and right of a part of it."""
    bars = [
        Area(whole.left, whole.top, whole.right, inner.top),
        Area(whole.left, inner.bottom, whole.right, whole.bottom),
        Area(whole.left, inner.top, inner.left, inner.bottom),
        Area(inner.right, inner.top, whole.right, inner.bottom),
    ]
    return [bar for bar in bars if bar.width > 0 and bar.height > 0]
