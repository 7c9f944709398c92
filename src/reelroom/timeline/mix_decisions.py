"""What the timeline of a mixed task decides, beside the decisions every task has. Each may be acted on twice.

The output's frame `k` and its sound stand for recorded time: what passed since `MixOpens.at`, pauses left out. A
decision for an instant holds from the first output frame at or after it.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from reelroom.scene import Scene
from reelroom.timeline.decisions import Decision
from reelroom.units import CaptureId, MediaKind, PublicationId, StreamId, UserId


@dataclass(frozen=True, slots=True)
class MixOpens(Decision):
    """Recorded time begins."""


@dataclass(frozen=True, slots=True)
class SourceBegins(Decision):
    """A stream's frames are in this capture, from these journal positions on (as in `Captured`)."""

    publication: PublicationId
    stream: StreamId
    user: UserId
    user_name: str
    capture: CaptureId
    kinds: tuple[MediaKind, ...]
    after: Mapping[MediaKind, int]


@dataclass(frozen=True, slots=True)
class SourceEnds(Decision):
    """No further frame of it is the task's. `upto` and `cut` as in `PartEnds`."""

    publication: PublicationId
    upto: Mapping[MediaKind, int] | None
    cut: bool = False


@dataclass(frozen=True, slots=True)
class SceneChanges(Decision):
    """From now on the picture is this."""

    scene: Scene


@dataclass(frozen=True, slots=True)
class MixPauses(Decision):
    """Nothing is recorded from now on. `number`: of the command."""

    number: int


@dataclass(frozen=True, slots=True)
class MixResumes(Decision):
    """Recorded time goes on."""

    number: int


@dataclass(frozen=True, slots=True)
class SnapshotDue(Decision):
    """The mixed picture of this instant is to be a file of its own."""

    number: int


@dataclass(frozen=True, slots=True)
class MixCloses(Decision):
    """Recorded time ends; every source has ended before."""
