"""What happened, as frozen dataclasses, one JSON line each.

A *room log* (one per task) says who came and went and which capture holds their frames. A *capture log* (one per
capture) says how the Matroska files beside it are to be read. Together with the frames they are the journal.
Line form: {"event": "<class name in lower case>", …fields}. Instants `at` are nanoseconds since the Unix epoch.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from reelroom.errors import JournalError
from reelroom.units import CaptureId, Codec, MediaKind, PublicationId, StreamId, UserId


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened at an instant."""

    at: int  # ns since the Unix epoch


# --- room log -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Joined(Event):
    """A gateway began to listen to the room for this task. What is published already follows at once."""

    gateway: str


@dataclass(frozen=True, slots=True)
class Published(Event):
    """A publisher began to send a stream, recorded or not."""

    publication: PublicationId
    stream: StreamId
    user: UserId
    name: str
    kinds: tuple[MediaKind, ...]  # tracks offered


@dataclass(frozen=True, slots=True)
class Captured(Event):
    """From now on frames of this publication are journalled for this task.

    `after`: journal position of the last frame of each kind that is *not* this task's (a capture may be
    shared and older than the task); a kind that is absent belongs to the task from its first frame.
    """

    publication: PublicationId
    capture: CaptureId
    after: Mapping[MediaKind, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Unpublished(Event):
    """The publisher stopped, left, or fell silent for too long. Frames already journalled stay good."""

    publication: PublicationId
    reason: str


@dataclass(frozen=True, slots=True)
class Lost(Event):
    """The gateway died. `at` is the last instant it is known to have lived; every publication ended then."""


@dataclass(frozen=True, slots=True)
class Left(Event):
    """The task ended and all that arrived before is on disk. The last line of a room log.

    `upto`: for each capture still open, the journal position of the last frame of each kind that is this task's.
    """

    upto: Mapping[CaptureId, Mapping[MediaKind, int]] = field(default_factory=dict)


# --- capture log ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CaptureOpened(Event):
    """First line. Journal position 0 of every file of this capture is the instant `at`."""

    capture: CaptureId
    publication: PublicationId
    stream: StreamId


@dataclass(frozen=True, slots=True)
class TrackOpened(Event):
    """A Matroska file begins: a new track, or a new configuration of one.

    `at` is the arrival of the packet whose unwrapped RTP timestamp is `ticks0`; a frame with RTP timestamp `t`
    has the capture time `at + (t - ticks0) / rate`, and its block the journal position of that instant. A new
    configuration of an unbroken RTP clock repeats `at` and `ticks0`.
    """

    kind: MediaKind
    path: str  # file name beside the log
    codec: Codec
    rate: int  # Hertz of the RTP clock
    ticks0: int
    width: int = 0  # pixels, video
    height: int = 0
    channels: int = 0  # audio


@dataclass(frozen=True, slots=True)
class Report(Event):
    """The sender said which NTP instant belongs to an RTP timestamp (an RTCP SR, or abs-capture-time)."""

    kind: MediaKind
    ticks: int  # unwrapped RTP timestamp
    ntp: int  # ns since the Unix epoch, by the sender's clock
    source: str  # "sr" or "abs-capture-time"


@dataclass(frozen=True, slots=True)
class Gap(Event):
    """Frames were given up after loss: nothing was written between the journal positions `start` and `end`."""

    kind: MediaKind
    start: int
    end: int
    packets: int


@dataclass(frozen=True, slots=True)
class Mark(Event):
    """Everything that arrived before `at` and could be completed is on disk."""


@dataclass(frozen=True, slots=True)
class CaptureEnded(Event):
    """Last line: no frame follows."""

    reason: str


_CLASSES: dict[str, type[Event]] = {
    c.__name__.lower(): c
    for c in (
        Joined, Published, Captured, Unpublished, Lost, Left,
        CaptureOpened, TrackOpened, Report, Gap, Mark, CaptureEnded,
    )
}  # fmt: skip


def to_line(event: Event) -> dict[str, Any]:
    """The JSON object of an event."""
    return {"event": type(event).__name__.lower(), **asdict(event)}


def from_line(line: Mapping[str, Any]) -> Event | None:
    """The event of a JSON object; None for a kind this version does not know. Raises JournalError if malformed."""
    cls = _CLASSES.get(str(line.get("event")))
    if cls is None:
        return None
    try:
        return cls(**{f.name: _typed(f.name, line[f.name]) for f in fields(cls) if f.name in line})
    except (TypeError, ValueError, AttributeError) as error:
        raise JournalError(f"malformed {cls.__name__} line: {error}") from error


def _typed(name: str, value: Any) -> Any:
    maker = _FIELDS.get(name)
    return maker(value) if maker else value


def _positions(value: Mapping[str, int]) -> dict[MediaKind, int]:
    return {MediaKind(k): int(v) for k, v in value.items()}


_FIELDS: dict[str, Any] = {
    "kind": MediaKind,
    "codec": Codec,
    "kinds": lambda v: tuple(MediaKind(k) for k in v),
    "after": _positions,
    "upto": lambda v: {CaptureId(c): _positions(p) for c, p in v.items()},
}
