"""Fields of the actions on tasks that exist."""

from collections.abc import Iterator
from typing import Annotated, Any

from reelroom.api.effect import prune_layout
from reelroom.api.fields import Fields, array, integer, one_of, text
from reelroom.api.mix_models import MAX_SIDE, MAX_VIEWS, AnyStreamId, View
from reelroom.api.start_rules import CUSTOM, Problem, view_problems
from reelroom.api.validate import read, refuse_any
from reelroom.mix import Canvas

NeededText = Annotated[str, text(empty=False)]
Instant = Annotated[int, integer(0, 9_000_000_000_000, "(Unix time in milliseconds)")]  # in ns it fits 64 bits
MAX_PAGE = 50


class TaskRef(Fields):
    """A request that names only its task."""

    TaskId: NeededText
    """The task, as StartRecord answered it."""


class WhiteboardChange(TaskRef):
    """The request of UpdateWhiteboard."""

    WhiteboardId: NeededText
    """The board shown from now on."""


class LayoutChange(TaskRef):
    """The request of UpdateLayout."""

    MixMode: Annotated[int, one_of(1, 2, 3, 4, 5)] = 2
    """Layout: 1 custom, by MixInputList; 2 grid; 3 horizontal; 4 vertical; 5 floating."""
    MixInputList: Annotated[tuple[View, ...], array(MAX_VIEWS)] = ()
    """The views of a custom layout, on the task's canvas. Needed when MixMode is 1, not looked at otherwise."""
    MixMaxResolutionStreamId: AnyStreamId = ""
    """Stream of the big view when MixMode is 3, 4 or 5. Empty: the earliest one."""


class TaskQuery(Fields):
    """The request of DescribeTasks."""

    Status: Annotated[int, one_of(2, 3)]
    """2 tasks that live (Status 1, 2 and 5); 3 tasks that ended (3 and 4)."""
    RoomId: Annotated[str, text()] = ""
    """Only tasks of this room. Empty: of every room of the app."""
    PageOffset: Annotated[int, integer(0, 2**31 - 1)] = 1
    """Number of the page, from 1; 0 means 1 too."""
    PageSize: Annotated[int, integer(1, MAX_PAGE)] = MAX_PAGE
    """Tasks on a page."""
    StartTime: Instant
    """Begin of the window, Unix time in milliseconds; not earlier than three days ago."""
    EndTime: Instant
    """End of the window, Unix time in milliseconds; after StartTime, by at most three days. Tasks that began within the
    window are listed."""


def read_layout(body: dict[str, Any]) -> LayoutChange:
    """A layout that is right in itself; whether it fits the canvas, only its task can say. Raises RefusedError."""
    layout = read(LayoutChange, prune_layout(body))
    refuse_any(_layout_problems(layout))
    return layout


def layout_misfits(layout: LayoutChange, canvas: Canvas | None) -> Iterator[Problem]:
    """Views that don't stand on the task's own canvas."""
    if canvas is not None:
        yield from view_problems(layout.MixInputList, "MixInputList", canvas.width, canvas.height)


def _layout_problems(layout: LayoutChange) -> Iterator[Problem]:
    if layout.MixMode == CUSTOM and not layout.MixInputList:
        yield "MixInputList", "is missing; needed when MixMode is 1"
    yield from view_problems(layout.MixInputList, "MixInputList", MAX_SIDE, MAX_SIDE)
