"""What a gateway that died left behind: room logs without an end, captures without an end."""

from dataclasses import dataclass, replace
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
    lost: Lost | None = None  # a line the disk has not taken yet: to be written before any other
    doubtful: bool = False  # part of it could not be read: it may name captures that we do not know of


@dataclass(frozen=True, slots=True)
class Recovered:
    """What the last gateway left."""

    logs: dict[TaskId, EarlierLog]  # every room log, even one that could not be read
    captures: frozenset[CaptureId]  # on disk


def recover(folder: JournalFolder, now_ns: int) -> Recovered:
    """End what the last gateway left open, as of the last instant it is known to have lived. Blocks.

    Whatever the disk refuses is logged; what it says about a task's captures is never forgotten for that, because
    captures that no log names are deleted. Raises JournalError when a folder cannot be listed.
    """
    folder.sweep()
    logs = {task: _recover_log(folder, task, now_ns) for task in folder.list_room_logs()}
    captures = folder.list_captures()
    for capture in captures:  # after the logs: ending a capture writes into its folder
        try:
            _recover_capture(folder.capture(capture), now_ns)
        except (JournalError, OSError) as error:
            get_logger().error("capture_not_recovered", capture=capture, error=str(error))
    return Recovered(logs, frozenset(captures))


def end_capture(capture: Path, now_ns: int, reason: str) -> None:
    """Append the last line to a capture nobody writes. Raises JournalError."""
    _append(capture / LOG_NAME, CaptureEnded(now_ns, reason))


def _recover_log(folder: JournalFolder, task: TaskId, now_ns: int) -> EarlierLog:
    try:
        events, damaged = _read(folder.room_log(task))
    except JournalError as error:
        get_logger().error("room_log_not_read", task=task, error=str(error))
        # Perhaps it can be read later. Nobody knows when its gateway died: a late `Lost` cuts nothing off.
        return EarlierLog(frozenset(), frozenset(), left=False, lost=Lost(now_ns), doubtful=True)
    if damaged:
        get_logger().error("room_log_damaged", task=task, lines=damaged)
    earlier = _summarise(events, doubtful=damaged > 0)
    if not events or isinstance(events[-1], (Left, Lost)):
        return earlier
    # mtimes are a few milliseconds coarse: never before what the log itself says
    lost = Lost(min(now_ns, max(_lived_ns(folder, task, earlier, now_ns), events[-1].at)))
    get_logger().warning("gateway_was_lost", task=task, at_ns=lost.at)
    try:
        _append(folder.room_log(task), lost)
    except JournalError as error:
        get_logger().error("room_log_not_recovered", task=task, error=str(error))
        return replace(earlier, lost=lost)
    return earlier


def _lived_ns(folder: JournalFolder, task: TaskId, earlier: EarlierLog, now_ns: int) -> int:
    """When the last gateway last wrote for this task; `now_ns` if the disk doesn't tell, which cuts nothing off."""
    try:
        return folder.last_write_ns(task, earlier.captures) or 0
    except (JournalError, OSError) as error:
        get_logger().error("last_write_unknown", task=task, error=str(error))
        return now_ns


def _summarise(events: list[Event], *, doubtful: bool) -> EarlierLog:
    streams = {e.publication: e.stream for e in events if isinstance(e, Published)}
    captured = [e for e in events if isinstance(e, Captured)]
    return EarlierLog(
        streams=frozenset(streams[e.publication] for e in captured if e.publication in streams),
        captures=frozenset(e.capture for e in captured),
        left=any(isinstance(e, Left) for e in events),
        doubtful=doubtful,
    )


def _recover_capture(capture: Path, now_ns: int) -> None:
    events, _ = _read(capture / LOG_NAME)
    if not events or not isinstance(events[-1], CaptureEnded):
        lived_ns = max((p.stat().st_mtime_ns for p in capture.iterdir()), default=now_ns)
        end_capture(capture, min(now_ns, lived_ns), "gateway lost")


def _read(path: Path) -> tuple[list[Event], int]:
    """The events of a log, and how many of its lines are damaged. Raises JournalError."""
    tail = LogTail(path)
    try:
        return tail.read(), tail.damaged
    finally:
        tail.close()


def _append(path: Path, event: Event) -> None:
    log = LogWriter(path)
    try:
        log.append(event)
    finally:
        log.close()
