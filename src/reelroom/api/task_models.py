"""Fields of the actions on tasks that exist."""

from collections.abc import Iterator
from typing import Annotated, Any

from reelroom.api.fields import Fields, array, integer, one_of, text
from reelroom.api.mix_models import MAX_SIDE, MAX_VIEWS, AnyStreamId, View
from reelroom.api.start_rules import CUSTOM, Problem, view_problems
from reelroom.api.validate import read, refuse_any
from reelroom.mix import Canvas

NeededText = Annotated[str, text(empty=False)]
Instant = Annotated[int, integer(0, 9_000_000_000_000, "(Unix time in milliseconds)")]  # in ns it fits 64 bits
MAX_PAGE = 50


class TaskRef(Fields):
    """Any action that names only its task."""

    TaskId: NeededText


class WhiteboardChange(TaskRef):
    """UpdateWhiteboard."""

    WhiteboardId: NeededText


class LayoutChange(TaskRef):
    """UpdateLayout."""

    MixMode: Annotated[int, one_of(1, 2, 3, 4, 5)] = 2
    MixInputList: Annotated[tuple[View, ...], array(MAX_VIEWS)] = ()
    MixMaxResolutionStreamId: AnyStreamId = ""


class TaskQuery(Fields):
    """DescribeTasks."""

    Status: Annotated[int, one_of(2, 3)]
    RoomId: Annotated[str, text()] = ""
    PageOffset: Annotated[int, integer(0, 2**31 - 1)] = 1
    PageSize: Annotated[int, integer(1, MAX_PAGE)] = MAX_PAGE
    StartTime: Instant
    EndTime: Instant


def read_layout(body: dict[str, Any]) -> LayoutChange:
    """A layout that is right in itself; whether it fits the canvas, only its task can say. Raises RefusedError."""
    custom = body.get("MixMode") == CUSTOM
    effective = body if custom else {name: value for name, value in body.items() if name != "MixInputList"}
    layout = read(LayoutChange, effective)
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
