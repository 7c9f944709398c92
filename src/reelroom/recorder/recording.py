"""Runs one task from its start until every file of it is whole in the spool."""

import time

from reelroom.database import NewFile, Task
from reelroom.errors import MediaError
from reelroom.journal.folders import JournalFolder
from reelroom.logs import get_logger
from reelroom.naming import FileNameParts, NameTooLongError, file_name, object_key
from reelroom.recorder.capture_log import CaptureLog
from reelroom.recorder.concluding import conclude
from reelroom.recorder.context import Context
from reelroom.recorder.file_recorder import FileRecorder, Workshop
from reelroom.recorder.finish import TRACK_TYPES, finish_take, give_up_take, spool_segments
from reelroom.recorder.makers import make_recorder
from reelroom.recorder.room import Room
from reelroom.recorder.segment_paths import segment_prefix
from reelroom.recorder.stats import Stats
from reelroom.recorder.take import Take
from reelroom.recorder.work import WorkFolder
from reelroom.spec import PICTURES
from reelroom.task import FileState, QuitReason
from reelroom.timeline.decisions import (
    NO_STREAM,
    Announces,
    Decision,
    FileCloses,
    FileOpens,
    PartBegins,
    PartEnds,
)
from reelroom.timeline.fold import Timeline
from reelroom.timeline.shelf import type_letters
from reelroom.units import NS, NS_PER_MS, CaptureId

_EXTENSIONS = {"hls": "m3u8"}  # of formats that are called otherwise
_STALE_NS = 30 * NS  # a notice that the room is empty isn't sent after the next one would be due


class Recording:
    """All state is made anew from journal and database at each start, so one may be dropped at any moment."""

    def __init__(self, context: Context, task: Task, stats: Stats) -> None:
        self._context, self._task, self._stats = context, task, stats
        self._room = Room(context, task, Timeline(task.spec, task.began_ns))
        self._journal = JournalFolder(context.data)
        self._work = WorkFolder(context.data, task.task)
        self._files: dict[str, FileRecorder] = {}
        known = context.database.files(task.task)
        self._finished = {file.key for file in known if file.state is not FileState.RECORDING}
        self._names = {file.key: file.name for file in known}
        self._log = get_logger().bind(task=task.task)

    @property
    def is_over(self) -> bool:
        """Whether the task has ended and all its files are finished."""
        return self._room.ended is not None and self._room.timeline.closed and not self._files

    def step(self, nudged: bool) -> bool:
        """Take what is new; whether there may be more at once. Raises JournalError, OSError."""
        for decision in self._room.read(nudged):
            self._act(decision)
        self._room.say_ended()
        busy = [self._step_or_lose(file) for file in list(self._files.values())]
        return any(busy)

    def _step_or_lose(self, file: FileRecorder) -> bool:
        """One publisher's media that can't be understood must not cost the others their recording."""
        try:
            return self._step_file(file)
        except MediaError as error:
            for key in [take.key for take in file.takes if take.key not in self._finished]:
                give_up_take(self._context, file, key, error, self._stored_as(key))
            self._drop(file)
            return False

    def _stored_as(self, key: str) -> str:
        """The object key of a file, empty while callers don't know of it."""
        return object_key(self._task.spec.folder, self._names[key]) if key in self._names else ""

    def _act(self, decision: Decision) -> None:
        match decision:
            case FileOpens() if decision.key not in self._finished:
                self._files[decision.key] = self._record_file(decision)
            case PartBegins() if decision.key in self._files:
                self._files[decision.key].begin_part(decision)
            case PartEnds() if decision.key in self._files:
                self._files[decision.key].end_part(decision, time.time_ns())
            case FileCloses() if decision.key in self._files:
                self._files[decision.key].close_file(decision)
            case Announces():
                self._announce(decision)

    def _record_file(self, opens: FileOpens) -> FileRecorder:
        shop = Workshop(
            work=self._work,
            open_log=self._open_log,
            settings=self._context.settings.recorder,
            spec=self._task.spec,
            counters=self._stats.counters,
            finished=self._finished,
            segment_prefix=segment_prefix(self._task.spec, self._task.destination),
            keyframe_interval_s=self._context.settings.rooms.keyframe_interval_s,
        )
        return make_recorder(opens, shop)

    def _open_log(self, capture: CaptureId) -> CaptureLog:
        return CaptureLog(self._journal.capture(capture))

    def _announce(self, what: Announces) -> None:
        if what.event_type != NO_STREAM or time.time_ns() - what.at < _STALE_NS:
            self._context.notice(what.event_type, what.detail, what.key)

    def _step_file(self, file: FileRecorder) -> bool:
        file.name = self._names.get(file.opens.key, "")
        busy = file.step(time.time_ns())
        if file.segments:
            spool_segments(self._context, file, file.segments, self._task.spec.folder)
            file.spooled()
        for take in [take for take in file.takes if take.key not in self._finished]:
            if take.begin_ns is not None and take.key not in self._names and not self._open_take(file, take):
                return False
            if take.complete:
                self._finish_take(file, take)
        if file.complete:
            self._drop(file)
        return busy

    def _open_take(self, file: FileRecorder, take: Take) -> bool:
        """Tell callers of a file; False if it can't have a name, and so can't be."""
        opens, begin_ms = file.opens, (take.begin_ns or 0) // NS_PER_MS
        letters = type_letters(opens.kinds)
        try:
            while (name := self._name(opens, letters, begin_ms)) in self._names.values():
                begin_ms += 1  # "a_b" with "c" and "a" with "b_c" make one name: later by a millisecond, two again
        except NameTooLongError:
            self._drop(file)
            self._room.fail(QuitReason.NAME_TOO_LONG, time.time_ns())
            return False
        self._context.session.open_file(
            NewFile(
                key=take.key,
                name=name,
                stream=opens.stream,
                user=opens.user,
                user_name=opens.user_name,
                format=opens.format,
                media_track_type=TRACK_TYPES[letters],
                begin_ms=begin_ms,
            )
        )
        self._names[take.key] = name
        return True

    def _name(self, opens: FileOpens, letters: str, begin_ms: int) -> str:
        return file_name(
            FileNameParts(
                task=self._task.task,
                room=self._task.room,
                user=opens.user,
                stream=opens.stream,
                type=letters,
                begin_ms=begin_ms,
                extension=_EXTENSIONS.get(opens.format, opens.format),
            )
        )

    def _finish_take(self, file: FileRecorder, take: Take) -> None:
        """A file of which nothing is missing: mux it, unless it never had a frame."""
        key = take.key
        if key in self._names:
            muxed = finish_take(self._context, file, take, self._names[key], self._task.spec.folder)
            self._stats.counters.files += 1
            self._stats.counters.bytes_finished += muxed.size
            self._log.info("file_finished", file=key, size=muxed.size, duration_ms=muxed.duration_ms)
        self._work.remove_file(key)
        self._finished.add(key)
        if file.opens.format == PICTURES:  # each is sent at once
            self._context.session.enqueue_uploads()
            self._context.owed.set()

    def _drop(self, file: FileRecorder) -> None:
        file.close()
        self._work.remove_file(file.opens.key)
        del self._files[file.opens.key]
        self._finished |= {file.opens.key, *(take.key for take in file.takes)}

    def conclude(self) -> None:
        """Nothing is recorded any more: owe the rest, and let the journal go."""
        conclude(self._context, self._task, self._work)

    def close(self) -> None:
        """Close all files."""
        self._room.close()
        for file in self._files.values():
            file.close()
