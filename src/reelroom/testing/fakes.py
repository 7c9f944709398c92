"""A clock that stands still until told, and a room without a network: real journals of a made programme."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from reelroom.events import Captured, Event, Joined, Left, Published, Unpublished
from reelroom.journal.capture import CaptureWriter
from reelroom.journal.folders import JournalFolder
from reelroom.journal.lines import LogWriter
from reelroom.rtp.frame import Frame
from reelroom.testing.programme import Programme, programme_frames
from reelroom.units import NS, NS_PER_MS, CaptureId, MediaKind, PublicationId, StreamId, TaskId, UserId

_MARK_NS = NS
_REPORT_NS = NS // 2


class FakeClock:
    """Nanoseconds since the Unix epoch that pass only by `advance`. Call it like `time.time_ns`."""

    def __init__(self, now_ns: int = 1_700_000_000 * NS) -> None:
        self.now_ns = now_ns

    def __call__(self) -> int:
        """The instant."""
        return self.now_ns

    def advance(self, seconds: float) -> int:
        """Let time pass; returns the new instant."""
        self.now_ns += round(seconds * NS)
        return self.now_ns


@dataclass(slots=True)
class FakePublication:
    """A publisher in a fake room. Frames not yet journalled wait in `frames`."""

    publication: PublicationId
    capture: CaptureId
    writer: CaptureWriter
    frames: Iterator[Frame]
    programme: Programme
    skew_ns: int  # how much later than captured its video arrives
    marked_ns: int
    reported_ns: dict[MediaKind, int] = field(default_factory=dict)
    head: Frame | None = None
    open: bool = True


class FakeRoom:
    """Writes the journal that a gateway would write, for one task. `data` is a data folder."""

    def __init__(self, data: Path, task: TaskId, now_ns: int = 1_700_000_000 * NS) -> None:
        self._folder = JournalFolder(data)
        self._task = task
        self._log = LogWriter(self._folder.room_log(task))
        self._open: list[FakePublication] = []
        self._count = 0
        self._append(Joined(now_ns, gateway="fake"))

    def publish(
        self,
        stream: str,
        programme: Programme,
        *,
        user: str = "",
        skew_ms: float = 0,
        frames: Iterable[Frame] | None = None,
    ) -> FakePublication:
        """A publisher begins at `programme.start_ns`; `play` makes its frames come.

        skew_ms: how much later than its sound the picture arrives, which sender reports tell. frames: sent instead of
        the programme's own, in the order of arrival.
        """
        self._count += 1
        number, at = f"{self._task}-{self._count}", programme.start_ns
        publication, capture = PublicationId(f"p-{number}"), CaptureId(f"c-{number}")
        name = user or f"user-{stream}"
        kinds = (MediaKind.VIDEO, MediaKind.AUDIO)
        self._append(Published(at, publication, StreamId(stream), UserId(name), name, kinds))
        self._append(Captured(at, publication, capture))
        writer = CaptureWriter(self._folder.capture(capture), capture, publication, StreamId(stream), at)
        made = FakePublication(
            publication,
            capture,
            writer,
            programme_frames(programme) if frames is None else iter(frames),
            programme,
            round(skew_ms * NS_PER_MS),
            at,
        )
        self._open.append(made)
        return made

    def play(self, publication: FakePublication, seconds: float | None = None) -> None:
        """Journal the frames of the next `seconds`, or all that are left."""
        until = None if seconds is None else publication.marked_ns + round(seconds * NS)
        while (frame := publication.head or next(publication.frames, None)) is not None:
            publication.head = frame
            if until is not None and frame.arrival_ns >= until:
                break
            publication.head = None
            self._journal(publication, frame)
        end = until or publication.programme.start_ns + round(publication.programme.seconds * NS)
        publication.marked_ns = end
        publication.writer.mark(end)

    def unpublish(self, publication: FakePublication, reason: str = "left") -> None:
        """The publisher leaves now."""
        publication.writer.end(publication.marked_ns, reason)
        publication.open = False
        self._append(Unpublished(publication.marked_ns, publication.publication, reason))

    def leave(self, now_ns: int | None = None) -> None:
        """The task has ended: the last line of the room log."""
        upto: Mapping[CaptureId, Mapping[MediaKind, int]] = {
            each.capture: dict(each.writer.positions) for each in self._open if each.open
        }
        latest = max((each.marked_ns for each in self._open), default=0)
        self._append(Left(now_ns or latest, upto))
        self._log.close()

    def _journal(self, publication: FakePublication, frame: Frame) -> None:
        late_ns = publication.skew_ns if frame.kind is MediaKind.VIDEO else 0
        arrived = Frame(
            frame.kind, frame.ticks, frame.arrival_ns + late_ns, frame.keyframe, frame.payload, frame.config
        )
        publication.writer.write(arrived)
        if frame.arrival_ns >= publication.reported_ns.get(frame.kind, 0):
            publication.reported_ns[frame.kind] = frame.arrival_ns + _REPORT_NS
            publication.writer.report(frame.kind, frame.ticks, frame.arrival_ns, arrived.arrival_ns, "sr")
        if frame.arrival_ns >= publication.marked_ns + _MARK_NS:
            publication.marked_ns = frame.arrival_ns
            publication.writer.mark(frame.arrival_ns)

    def _append(self, event: Event) -> None:
        self._log.append(event)
