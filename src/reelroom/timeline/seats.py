"""Who is in which view."""

from collections.abc import Sequence
from dataclasses import dataclass

from reelroom.mix import MAX_VIEWS, NO_STREAM, Layout, LayoutMode, View
from reelroom.timeline.roster import Member
from reelroom.units import StreamId


@dataclass(frozen=True, slots=True)
class Seat:
    """A view and who is in it. A view that is kept for a stream that is not there has a stream and no member."""

    stream: StreamId = NO_STREAM
    member: Member | None = None
    image: str = ""  # URL of the view's own image


def assign(layout: Layout, members: Sequence[Member], *, has_board: bool) -> list[Seat]:
    """One seat per view of the layout, in the order of the views. No stream has two.

    members: in the order of joining. has_board: a whiteboard is recorded, so that views for one are kept free for it.
    """
    if layout.mode is LayoutMode.CUSTOM:
        return _custom(layout.views, members, has_board)
    big = NO_STREAM if layout.mode is LayoutMode.GRID else layout.big
    if not big:
        return [_seat(member) for member in select(members, MAX_VIEWS)]
    named = next((member for member in members if member.stream == big), None)
    others = [member for member in members if member.stream != big]
    return [Seat(big, named), *(_seat(member) for member in select(others, MAX_VIEWS - 1))]


def select(members: Sequence[Member], places: int) -> list[Member]:
    """Those who get one of so many places: by time of joining, but nobody present waits for one who left.

    Of those who left, the one who left first gives way first.
    """
    surplus = len(members) - places
    if surplus <= 0:
        return list(members)
    gone = sorted((member for member in members if not member.is_present), key=lambda member: member.gone_ns)
    giving_way = {member.stream for member in gone[:surplus]}
    return [member for member in members if member.stream not in giving_way][:places]


def _seat(member: Member) -> Seat:
    return Seat(member.stream, member)


def _custom(views: Sequence[View], members: Sequence[Member], has_board: bool) -> list[Seat]:
    free = [_is_free(view, has_board) for view in views]
    by_name = {member.stream: member for member in members}
    named = {view.stream for view in views if view.stream}
    unnamed = iter(select([member for member in members if member.stream not in named], sum(free)))
    seats = []
    for view, is_free in zip(views, free, strict=True):
        if view.stream in named:
            seats.append(Seat(view.stream, by_name.get(view.stream), view.image))
            named.remove(view.stream)  # the first view that names a stream has it
        else:
            member = next(unnamed, None) if is_free else None
            seats.append(_seat(member) if member else Seat())
    return seats


def _is_free(view: View, has_board: bool) -> bool:
    """Whether whoever joins may take this view."""
    return not view.stream and not (view.whiteboard and has_board)
