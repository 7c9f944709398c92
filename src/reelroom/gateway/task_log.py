"""What one task sees of its room: the room log."""

from collections.abc import Mapping

from reelroom.errors import JournalError
from reelroom.events import Captured, Event, Joined, Left, Lost, Published, Unpublished
from reelroom.gateway.capture import Capture
from reelroom.gateway.recovery import EarlierLog
from reelroom.journal.append import sync_file
from reelroom.journal.folders import JournalFolder
from reelroom.journal.lines import LogWriter
from reelroom.rooms.publication import Publication
from reelroom.spec import MAX_STREAMS, RecordSpec, Want
from reelroom.units import CaptureId, MediaKind, StreamId, TaskId


class TaskLog:
    """Writes the room log of one task and knows which publications it takes.

    A line that the disk refuses is kept and written later, in order, so that a log is late but never has a hole.
    """

    def __init__(self, folder: JournalFolder, want: Want, earlier: EarlierLog | None = None) -> None:
        """`earlier`: what the log held when this process began. Raises JournalError when it can't be opened."""
        self.task: TaskId = want.task
        self.spec: RecordSpec = want.spec
        self.captures: dict[CaptureId, Capture] = {}  # open ones
        self._taken: set[StreamId] = set(earlier.streams) if earlier else set()
        self._log = LogWriter(folder.room_log(want.task))
        self._waiting: list[Event] = [earlier.lost] if earlier and earlier.lost else []
        self._synced = 0  # bytes that are on the disk
        self.left = False

    def takes(self, publication: Publication) -> frozenset[MediaKind]:
        """The tracks of a publication that this task records; none if it is not among its streams."""
        kinds = frozenset(kind for kind in publication.kinds if self.spec.wants(kind))
        if not kinds or (self.spec.streams and publication.stream not in self.spec.streams):
            return frozenset()
        full = self.spec.mix is None and len(self._taken) >= MAX_STREAMS  # a mix may see many streams, a few at a time
        if full and publication.stream not in self._taken:
            return frozenset()
        self._taken.add(publication.stream)
        return kinds

    def join(self, gateway: str, now_ns: int) -> None:
        """The gateway listens to the room from now on."""
        self._append(Joined(now_ns, gateway))

    def published(self, publication: Publication, now_ns: int) -> None:
        """A publisher is there."""
        token = publication.token
        event = Published(
            now_ns, publication.publication, publication.stream, token.user, token.name, publication.kinds
        )
        self._append(event)

    def captured(self, capture: Capture, after: Mapping[MediaKind, int], now_ns: int) -> None:
        """Frames of a publication are journalled for this task from now on."""
        self.captures[capture.id] = capture
        self._append(Captured(now_ns, capture.publication.publication, capture.id, dict(after)))

    def unpublished(self, publication: Publication, reason: str, now_ns: int) -> None:
        """A publisher left."""
        self._append(Unpublished(now_ns, publication.publication, reason))

    def capture_ended(self, capture: Capture) -> None:
        """A capture ended; its own log says so to the reader."""
        self.captures.pop(capture.id, None)

    def leave(self, now_ns: int) -> None:
        """The task has ended: the last line."""
        if not self.left:
            upto = {capture.id: capture.positions for capture in self.captures.values()}
            self._append(Left(now_ns, upto))
            self.left = True

    def lose(self, now_ns: int) -> None:
        """This gateway goes away although the task goes on."""
        if not self.left:
            self._append(Lost(now_ns))

    def retry(self) -> bool:
        """Write what the disk refused before; whether nothing waits any more."""
        while self._waiting:
            try:
                self._log.append(self._waiting[0])
            except JournalError:
                return False
            self._waiting.pop(0)
        return True

    def sync(self) -> None:
        """Force to the disk; blocks, for a thread. Raises JournalError."""
        size = self._log.size
        if size != self._synced:
            self._log.sync()
            if not self._synced:  # a new file is there after a power cut only if its folder says so
                sync_file(self._log.path.parent)
            self._synced = size

    def close(self) -> None:
        """Close the file."""
        self._log.close()

    def _append(self, event: Event) -> None:
        self._waiting.append(event)
        self.retry()
