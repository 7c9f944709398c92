"""What a gateway that died left behind: room logs without an end, captures without an end."""

from dataclasses import dataclass
from pathlib import Path

from reelroom.errors import JournalError
from reelroom.events import Captured, CaptureEnded, Event, Left, Lost, Published
from reelroom.journal.capture import LOG_NAME
from reelroom.journal.folders import JournalFolder
from reelroom.journal.lines import LogTail, LogWriter
from reelroom.logs import get_logger
from reelroom.units import CaptureId, StreamId, TaskId


@dataclass(frozen=True, slots=True)
class EarlierLog:
    """What a room log held when this process began."""

    streams: frozenset[StreamId]  # whose frames the task took
    captures: frozenset[CaptureId]
    left: bool  # it is finished


def recover(folder: JournalFolder, now_ns: int) -> dict[TaskId, EarlierLog]:
    """End what the last gateway left open, as of the last instant it is known to have lived. Blocks.

    A task whose log cannot be read is left out and logged.
    """
    folder.sweep()
    found: dict[TaskId, EarlierLog] = {}
    for task in folder.list_room_logs():
        try:
            found[task] = _recover_log(folder, task, now_ns)
        except JournalError as error:
            get_logger().error("room_log_not_recovered", task=task, error=str(error))
    for capture in folder.list_captures():  # after the logs: ending a capture writes into its folder
        try:
            _recover_capture(folder.capture(capture), now_ns)
        except JournalError as error:
            get_logger().error("capture_not_recovered", capture=capture, error=str(error))
    return found


def end_capture(capture: Path, now_ns: int, reason: str) -> None:
    """Append the last line to a capture nobody writes. Raises JournalError."""
    log = LogWriter(capture / LOG_NAME)
    try:
        log.append(CaptureEnded(now_ns, reason))
    finally:
        log.close()


def _recover_log(folder: JournalFolder, task: TaskId, now_ns: int) -> EarlierLog:
    events = _read(folder.room_log(task))
    earlier = _summarise(events)
    if events and not isinstance(events[-1], (Left, Lost)):
        lived_ns = folder.last_write_ns(task, earlier.captures) or 0
        # mtimes are a few milliseconds coarse: never before what the log itself says
        lost = Lost(min(now_ns, max(lived_ns, events[-1].at)))
        log = LogWriter(folder.room_log(task))
        try:
            log.append(lost)
        finally:
            log.close()
        get_logger().warning("gateway_was_lost", task=task, at_ns=lost.at)
    return earlier


def _summarise(events: list[Event]) -> EarlierLog:
    streams = {e.publication: e.stream for e in events if isinstance(e, Published)}
    captured = [e for e in events if isinstance(e, Captured)]
    return EarlierLog(
        streams=frozenset(streams[e.publication] for e in captured if e.publication in streams),
        captures=frozenset(e.capture for e in captured),
        left=any(isinstance(e, Left) for e in events),
    )


def _recover_capture(capture: Path, now_ns: int) -> None:
    events = _read(capture / LOG_NAME)
    if not events or not isinstance(events[-1], CaptureEnded):
        lived_ns = max((p.stat().st_mtime_ns for p in capture.iterdir()), default=now_ns)
        end_capture(capture, min(now_ns, lived_ns), "gateway lost")


def _read(path: Path) -> list[Event]:
    tail = LogTail(path)
    try:
        return tail.read()
    finally:
        tail.close()
