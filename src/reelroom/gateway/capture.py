"""The journalling of one publication, shared by every task that wants it."""

import secrets
from collections.abc import Callable

from reelroom.errors import JournalError
from reelroom.gateway.recovery import end_capture
from reelroom.journal.append import sync_file
from reelroom.journal.capture import LOG_NAME, CaptureWriter
from reelroom.journal.folders import JournalFolder
from reelroom.rooms.publication import Publication
from reelroom.rtp.assembler import Loss
from reelroom.rtp.clock_reports import ClockReport
from reelroom.rtp.frame import Frame
from reelroom.units import NS, CaptureId, MediaKind, TaskId

_REPORT_NS = NS // 4  # browsers stamp a capture time on nearly every audio packet; a few a second are plenty
_MAX_EARLY = 8


class Capture:
    """A FrameSink that writes wanted kinds to a capture folder. Video begins with a keyframe.

    failed: why nothing is written any more, if so. `on_failed` is then called once; it must not end the capture
    itself, being called from within the hot path.
    settled: everything up to the last line is on the disk.
    """

    def __init__(
        self, folder: JournalFolder, publication: Publication, now_ns: int, on_failed: Callable[["Capture"], None]
    ) -> None:
        """Begin a capture. Raises JournalError when the disk does not allow it."""
        self.id = CaptureId(f"{publication.publication[:12]}-{secrets.token_hex(8)}")
        self.publication = publication
        self.users: dict[TaskId, frozenset[MediaKind]] = {}
        self.failed = ""
        self.bytes = 0  # of frames
        self._kinds: frozenset[MediaKind] = frozenset()
        self._running: set[MediaKind] = set()  # kinds that have begun
        self._early: dict[MediaKind, list[ClockReport]] = {k: [r] for k, r in publication.clock_reports().items()}
        self._reported_ns: dict[tuple[MediaKind, str], int] = {}
        self._keyframe_ns = now_ns  # of the last keyframe, or when one was last asked for
        self._on_failed = on_failed
        self._folder = folder.capture(self.id)
        self._writer = CaptureWriter(self._folder, self.id, publication.publication, publication.stream, now_ns)
        self._closed = False
        self._ended = False  # the last line is written
        self.settled = False

    @property
    def positions(self) -> dict[MediaKind, int]:
        """Journal position of the last frame written, by kind."""
        return dict(self._writer.positions)

    def add_user(self, task: TaskId, kinds: frozenset[MediaKind]) -> dict[MediaKind, int]:
        """Let a task share it; returns the positions of the frames that are not the task's. Asks for a keyframe."""
        after = {kind: position for kind, position in self.positions.items() if kind in kinds}
        self.users[task] = kinds
        self._choose_kinds()
        if MediaKind.VIDEO in kinds:
            self.publication.want_keyframe()
        return after

    def remove_user(self, task: TaskId) -> None:
        """A task has left."""
        self.users.pop(task, None)
        self._choose_kinds()

    def _choose_kinds(self) -> None:
        self._kinds = frozenset().union(*self.users.values())
        self._running &= self._kinds

    # --- FrameSink ----------------------------------------------------------------------------------------------

    def write(self, frame: Frame) -> None:
        """Hot path."""
        kind = frame.kind
        if kind not in self._running and not self._begins(frame):
            return
        try:
            self._writer.write(frame)
        except JournalError as error:
            self._fail(error)
            return
        self.bytes += len(frame.payload)
        if frame.keyframe and kind is MediaKind.VIDEO:
            self._keyframe_ns = frame.arrival_ns
        if kind in self._early:
            for report in self._early.pop(kind):
                self.report(kind, report, frame.arrival_ns)

    def report(self, kind: MediaKind, report: ClockReport, now_ns: int) -> None:
        """Kept back until the track has begun: a report before its TrackOpened could not be understood."""
        if self.failed or kind not in self._kinds:
            return
        if kind not in self._writer.positions:
            self._early[kind] = [*self._early.get(kind, []), report][-_MAX_EARLY:]
            return
        key = (kind, report.source)
        if now_ns - self._reported_ns.get(key, 0) < _REPORT_NS:
            return
        self._reported_ns[key] = now_ns
        try:
            self._writer.report(kind, report.ticks, report.ntp_ns, now_ns, report.source)
        except JournalError as error:
            self._fail(error)

    def gap(self, kind: MediaKind, loss: Loss, now_ns: int) -> None:
        """Frames were given up."""
        if kind not in self._running or self.failed:
            return
        try:
            self._writer.gap(kind, loss.start_ticks, loss.end_ticks, loss.packets, now_ns)
        except JournalError as error:
            self._fail(error)

    def _begins(self, frame: Frame) -> bool:
        if self.failed or frame.kind not in self._kinds:
            return False
        if frame.kind is MediaKind.VIDEO and not frame.keyframe:
            return False
        self._running.add(frame.kind)
        return True

    # --- time ---------------------------------------------------------------------------------------------------

    def tick(self, now_ns: int, keyframe_interval_s: float) -> None:
        """Each second: say that everything is on disk; ask for a keyframe if the last is old."""
        if self.failed:
            return
        try:
            self._writer.mark(now_ns)
        except JournalError as error:
            self._fail(error)
        if MediaKind.VIDEO in self._kinds and now_ns - self._keyframe_ns >= keyframe_interval_s * NS:
            self._keyframe_ns = now_ns
            self.publication.want_keyframe()

    def sync(self) -> None:
        """Force to the disk; blocks, for a thread. Raises JournalError."""
        ended = self._ended  # asked before: what comes while we sync is for the next time
        self._writer.sync()
        if ended:
            sync_file(self._folder / LOG_NAME)  # the last line may have been written without the writer
        self.settled = ended

    def end(self, now_ns: int, reason: str) -> bool:
        """Write the last line; whether the disk took it. May be tried again."""
        try:
            if self._closed:
                end_capture(self._folder, now_ns, reason)
            else:
                self._closed = True
                self._writer.end(now_ns, reason)
        except JournalError:
            return False
        self._ended = True
        return True

    def _fail(self, error: JournalError) -> None:
        if self.failed:
            return
        self.failed = str(error)
        self._running.clear()
        self._on_failed(self)
