"""Brings publishers and tasks together: who is captured for whom."""

import time
from collections.abc import Callable, Iterable
from pathlib import Path

from reelroom.errors import JournalError
from reelroom.gateway.capture import Capture
from reelroom.gateway.recovery import Recovered
from reelroom.gateway.task_log import TaskLog
from reelroom.journal.folders import JournalFolder
from reelroom.logs import get_logger
from reelroom.nudges import send_nudge
from reelroom.rooms.publication import Publication
from reelroom.rooms.rooms import Rooms
from reelroom.spec import Want
from reelroom.units import NS, CaptureId, TaskId

_CAPTURE_AGAIN_NS = 5 * NS  # after the disk refused a capture


class CaptureDesk:
    """A RoomListener. Give it `rooms` before anything is published. All methods run on the event loop.

    recovered: what was there before this process began.
    """

    rooms: Rooms

    def __init__(self, folder: JournalFolder, run: Path, name: str, recovered: Recovered) -> None:
        self._folder = folder
        self._run = run
        self._name = name  # of this gateway, in room logs
        self._earlier = dict(recovered.logs)
        self._earlier_captures = recovered.captures
        self._logs: dict[TaskId, TaskLog] = {}
        self._captures: dict[str, Capture] = {}  # open ones, by publication
        self._unfinished: list[tuple[Capture, str]] = []  # ended, but the disk did not take the last line
        self._unsettled: list[Capture] = []  # ended, but not known to be on the disk whole
        self._refused_ns: dict[str, int] = {}  # publications whose capture failed, and when
        self._named: dict[TaskId, set[CaptureId]] = {t: set(log.captures) for t, log in self._earlier.items()}
        self._closed = False
        self.captured = 0  # captures begun
        self.captured_bytes = 0  # of frames, by captures that have ended
        self._logger = get_logger()

    # --- tasks --------------------------------------------------------------------------------------------------

    def update(self, wants: Iterable[Want]) -> None:
        """What tasks want now, all of them. Once closed, the desk begins nothing."""
        if self._closed:
            return
        now_ns = time.time_ns()
        for want in wants:
            if not want.journal_needed:
                self._forget(want.task)
            elif want.task in self._logs:
                if want.stopped:
                    self._leave(self._logs[want.task], now_ns)
            elif want.task not in self._earlier or not self._earlier[want.task].left:
                self._begin(want, now_ns)

    def named_captures(self) -> set[CaptureId]:
        """Captures that a room log names, or that are being written.

        As long as an earlier log is there that could not be read whole, any earlier capture may be one of its.
        """
        open_ids = {c.id for c in self._captures.values()} | {c.id for c, _ in self._unfinished}
        doubtful = any(log.doubtful for log in self._earlier.values())
        return open_ids.union(self._earlier_captures if doubtful else (), *self._named.values())

    def forget_log(self, task: TaskId) -> None:
        """The task's room log was deleted."""
        self._forget(task)
        self._named.pop(task, None)
        self._earlier.pop(task, None)

    def _begin(self, want: Want, now_ns: int) -> None:
        try:
            log = TaskLog(self._folder, want, self._earlier.get(want.task))
        except JournalError as error:
            self._logger.warning("room_log_failed", task=want.task, error=str(error))
            return
        self._logs[want.task] = log
        log.join(self._name, now_ns)
        self._logger.info("room_joined", task=want.task, room=want.spec.room, stopped=want.stopped)
        if want.stopped:
            self._leave(log, now_ns)
            return
        for publication in self.rooms.publications(want.spec.app, want.spec.room):
            log.published(publication, now_ns)
            self._capture_for(log, publication, now_ns)
        self._nudge(log)

    def _leave(self, log: TaskLog, now_ns: int) -> None:
        if log.left:
            return
        log.leave(now_ns)
        for capture in list(log.captures.values()):
            capture.remove_user(log.task)
            if not capture.users:
                self._end(capture, "not wanted", now_ns)
        log.captures.clear()
        self._logger.info("room_left", task=log.task)
        self._nudge(log)

    def _forget(self, task: TaskId) -> None:
        log = self._logs.pop(task, None)
        if log is not None:
            self._leave(log, time.time_ns())
            log.close()

    # --- RoomListener -------------------------------------------------------------------------------------------

    def published(self, publication: Publication, now_ns: int) -> None:
        """A publisher connected: every task of the room hears of it."""
        self._logger.info("published", stream=publication.stream, user=publication.token.user, id=publication.id)
        for log in self._logs_of(publication):
            log.published(publication, now_ns)
            self._capture_for(log, publication, now_ns)
            self._nudge(log)

    def unpublished(self, publication: Publication, reason: str, now_ns: int) -> None:
        """It left; its capture ends."""
        self._logger.info("unpublished", stream=publication.stream, id=publication.id, reason=reason)
        self._refused_ns.pop(publication.id, None)
        capture = self._captures.get(publication.id)
        if capture is not None:
            self._end(capture, reason, now_ns)
        for log in self._logs_of(publication):
            log.unpublished(publication, reason, now_ns)
            self._nudge(log)

    def _logs_of(self, publication: Publication) -> list[TaskLog]:
        key = (publication.token.app, publication.token.room)
        return [log for log in self._logs.values() if (log.spec.app, log.spec.room) == key and not log.left]

    # --- captures -----------------------------------------------------------------------------------------------

    def _capture_for(self, log: TaskLog, publication: Publication, now_ns: int) -> None:
        kinds = log.takes(publication)
        capture = self._captures.get(publication.id) or (self._open(publication, now_ns) if kinds else None)
        if not kinds or capture is None:
            return
        after = capture.add_user(log.task, kinds)
        publication.sink = capture  # after its first user: until then it wants no kind
        self._named.setdefault(log.task, set()).add(capture.id)
        log.captured(capture, after, now_ns)

    def _open(self, publication: Publication, now_ns: int) -> Capture | None:
        if now_ns - self._refused_ns.get(publication.id, -_CAPTURE_AGAIN_NS) < _CAPTURE_AGAIN_NS:
            return None
        try:
            capture = Capture(self._folder, publication, now_ns, self._failed)
        except JournalError as error:
            self._refuse(publication, str(error), now_ns)
            return None
        self._captures[publication.id] = capture
        self.captured += 1
        return capture

    def _failed(self, capture: Capture) -> None:
        """The disk refused a frame. The publisher stays; `tick` ends the capture and later tries another."""
        self._refuse(capture.publication, capture.failed, time.time_ns())

    def _refuse(self, publication: Publication, error: str, now_ns: int) -> None:
        self._refused_ns[publication.id] = now_ns
        self._logger.error("capture_failed", stream=publication.stream, id=publication.id, error=error)

    def _end(self, capture: Capture, reason: str, now_ns: int) -> None:
        if capture.publication.sink is capture:
            capture.publication.sink = None
        self._captures.pop(capture.publication.id, None)
        for task in list(capture.users):
            capture.remove_user(task)
            if task in self._logs:
                self._logs[task].capture_ended(capture)
        self.captured_bytes += capture.bytes
        self._unsettled.append(capture)
        if not capture.end(now_ns, reason):
            self._unfinished.append((capture, reason))

    # --- time ---------------------------------------------------------------------------------------------------

    def tick(self, now_ns: int, keyframe_interval_s: float) -> None:
        """Each second: marks, keyframes, and what the disk refused before."""
        for capture in list(self._captures.values()):
            capture.tick(now_ns, keyframe_interval_s)
            if capture.failed:
                self._end(capture, capture.failed, now_ns)
        for log in self._logs.values():
            log.retry()
        self._unfinished = [(c, reason) for c, reason in self._unfinished if not c.end(now_ns, reason)]
        self._capture_refused(now_ns)

    def _capture_refused(self, now_ns: int) -> None:
        for publication in self.rooms.all_publications():
            refused_ns = self._refused_ns.get(publication.id)
            if refused_ns is None or now_ns - refused_ns < _CAPTURE_AGAIN_NS:
                continue
            del self._refused_ns[publication.id]
            for log in self._logs_of(publication):
                self._capture_for(log, publication, now_ns)
                self._nudge(log)

    def syncs(self) -> list[Callable[[], None]]:
        """What to call in a thread to force everything written to the disk."""
        self._unsettled = [capture for capture in self._unsettled if not capture.settled]
        captures = [*self._captures.values(), *self._unsettled]
        return [*(capture.sync for capture in captures), *(log.sync for log in self._logs.values())]

    def close(self, now_ns: int) -> None:
        """This gateway goes away: call it when every publication has ended."""
        self._closed = True  # an answer of the database may still be on its way
        for log in self._logs.values():
            log.lose(now_ns)
            self._nudge(log)
            log.close()
        self._logs.clear()

    def _nudge(self, log: TaskLog) -> None:
        send_nudge(self._run, f"task-{log.task}")

    # --- numbers ------------------------------------------------------------------------------------------------

    @property
    def open_captures(self) -> int:
        """Captures being written."""
        return len(self._captures)

    @property
    def journal_bytes(self) -> int:
        """Bytes of frames written since the start."""
        return self.captured_bytes + sum(capture.bytes for capture in self._captures.values())
