"""The streams of a mixed task in the order in which they joined, and the places that are kept for those who left."""

from collections.abc import Collection
from dataclasses import dataclass

from reelroom.units import NS, PublicationId, StreamId

REPLACED = "replaced"  # why a publication ended when its own user took its place: the next one is there at once
_REPLACED_WITHIN_NS = NS


@dataclass(slots=True)
class Member:
    """A stream that is, or was, in the room."""

    stream: StreamId
    publication: PublicationId | None = None  # None: it left
    gone_ns: int = 0  # when it left
    is_held: bool = False  # it left, and its view is kept
    back_by_ns: int | None = (
        None  # it left for a moment, and has its old place if it is back by then; None: not known yet
    )

    @property
    def is_present(self) -> bool:
        """Whether it is published."""
        return self.publication is not None

    def is_late(self, at: int) -> bool:
        """Whether its place is not its own any more if it comes back now."""
        if self.is_present or self.is_held or self.back_by_ns is None:
            return False
        return at > self.back_by_ns


class Roster:
    """Who joined when. A stream that leaves is forgotten, unless its view is held or it is only away for a moment.

    Away for a moment is a stream whose publisher connected anew and replaced itself, and every stream when a gateway
    died: our own crash must not shuffle the views of those who come back.
    """

    def __init__(self, patience_ns: int) -> None:
        """patience_ns: how long after a new gateway's coming the streams of the lost one may take to be back."""
        self._patience_ns = patience_ns
        self._members: dict[StreamId, Member] = {}

    def visible(self) -> list[Member]:
        """Those who are present or whose view is held, in the order of joining."""
        return [member for member in self._members.values() if member.is_present or member.is_held]

    def published(self, publication: PublicationId, stream: StreamId, at: int) -> None:
        """A stream is there, for the first time or again, or by another publication than so far."""
        member = self._members.get(stream)
        if member is not None and member.is_late(at):
            del self._members[stream]
        member = self._members.setdefault(stream, Member(stream))
        member.publication, member.is_held = publication, False

    def unpublished(self, publication: PublicationId, reason: str, held: Collection[StreamId], at: int) -> None:
        """A publication ended; one that is not its stream's current one is ignored. `held`: who keeps a view."""
        member = next((m for m in self._members.values() if m.publication == publication), None)
        if member is None:
            return
        self._leave(member, held, at)
        member.back_by_ns = at + _REPLACED_WITHIN_NS
        if not member.is_held and reason != REPLACED:
            del self._members[member.stream]

    def lost(self, held: Collection[StreamId], at: int) -> None:
        """The gateway died: everybody left, for a moment as we hope."""
        for member in self._members.values():
            if member.is_present:
                self._leave(member, held, at)
                member.back_by_ns = None
            elif not member.is_late(at):  # it was on its way back
                member.back_by_ns = None

    def joined(self, at: int) -> None:
        """A gateway listens again; from now on those who were there before it count as late."""
        for member in self._members.values():
            if not member.is_present and member.back_by_ns is None:
                member.back_by_ns = at + self._patience_ns

    def _leave(self, member: Member, held: Collection[StreamId], at: int) -> None:
        member.publication, member.gone_ns = None, at
        member.is_held = member.stream in held
