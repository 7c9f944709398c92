"""Runs one mixed task from its start until every file of it is whole in the spool."""

import time

from reelroom.database import Task
from reelroom.errors import MediaError
from reelroom.journal.folders import JournalFolder
from reelroom.logs import get_logger
from reelroom.mix import MixSpec
from reelroom.naming import NameTooLongError, object_key
from reelroom.recorder.concluding import conclude
from reelroom.recorder.context import Context
from reelroom.recorder.faults import is_disk_full
from reelroom.recorder.finish import lose_file
from reelroom.recorder.mixed.files import (
    LEVELS_KEY,
    MixFile,
    MixName,
    Written,
    finish_file,
    finish_levels,
    mix_files,
    name_file,
    open_file,
)
from reelroom.recorder.mixed.making import WORK_KEY, Making, make
from reelroom.recorder.mixed.renderer import Renderer
from reelroom.recorder.mixed.room import MixRoom
from reelroom.recorder.mixed.snapshots import Shot
from reelroom.recorder.mixed.source import Source
from reelroom.recorder.mixed.source_log import SourceLog
from reelroom.recorder.rescue import keep_captures
from reelroom.recorder.stats import Stats
from reelroom.recorder.work import WorkFolder
from reelroom.task import FileState, QuitReason
from reelroom.timeline.decisions import NO_STREAM, Announces, Decision
from reelroom.timeline.mix_decisions import (
    MixCloses,
    MixOpens,
    MixPauses,
    MixResumes,
    SceneChanges,
    SnapshotDue,
    SourceBegins,
    SourceEnds,
)
from reelroom.units import NS, CaptureId

_STALE_NS = 30 * NS  # a notice that the room is empty isn't sent after the next one would be due
_FOREVER_NS = 1 << 62
_TURN_S = 0.2  # of rendering before the room is looked at again


class MixedRecording:
    """All state is made anew from journal, commands and work files at each start: one may be dropped at any moment.

    Same interface as `Recording`.
    """

    def __init__(self, context: Context, task: Task, stats: Stats) -> None:
        """Raises ValueError if the task is none of a mix."""
        if task.spec.mix is None:
            raise ValueError("a task of single streams")
        self._context, self._task, self._stats = context, task, stats
        self._mix: MixSpec = task.spec.mix
        self._room = MixRoom(context, task, self._captured_ns)
        self._journal = JournalFolder(context.data)
        self._work = WorkFolder(context.data, task.task)
        self._files = mix_files(task.spec)
        known = context.database.files(task.task)
        self._finished = {file.key for file in known if file.state is not FileState.RECORDING}
        self._names = {file.key: file.name for file in known}
        self._captures: dict[CaptureId, None] = {}
        self._making = None if self._all_finished else make(context, task, self._mix, self._work, stats.counters)
        self._log = get_logger().bind(task=task.task)

    @property
    def _all_finished(self) -> bool:
        wanted = {file.key for file in self._files} | ({LEVELS_KEY} if self._mix.levels is not None else set())
        return bool(wanted) and wanted <= self._finished

    # --- the recorder's interface -------------------------------------------------------------------------------

    @property
    def is_over(self) -> bool:
        """Whether the task has ended and all its files are finished."""
        return self._room.ended is not None and self._room.timeline.closed and self._making is None

    def step(self, nudged: bool) -> bool:
        """Take what is new; whether there may be more at once. Raises JournalError, OSError."""
        for decision in self._room.read(nudged):
            self._act(decision)
        if self._room.timeline.closed:
            self._room.say_ended()  # behind everything that was decided
        making = self._making
        if making is None:
            return False
        try:
            busy = self._render(making)
            if self._room.timeline.closed and (making.renderer.is_over or making.renderer.line.opened_ns is None):
                self._finish(making)
        except NameTooLongError:
            self._drop()
            self._room.fail(QuitReason.NAME_TOO_LONG, time.time_ns())
            return False
        except MediaError as error:
            self._give_up(error)
            return False
        return busy

    def conclude(self) -> None:
        """Nothing is recorded any more: owe the rest, and let the journal go."""
        conclude(self._context, self._task, self._work)

    def close(self) -> None:
        """Close all files."""
        self._room.close()
        if self._making is not None:
            self._making.renderer.close()

    # --- decisions ----------------------------------------------------------------------------------------------

    def _captured_ns(self) -> int | None:
        """Up to where the captures are known that go on."""
        if self._making is None:
            return None
        now_ns = time.time_ns()
        live = [source for source in self._making.renderer.sources if source.ends is None]
        for source in live:
            source.log.read()
        return min((ns for source in live if (ns := source.known_ns(now_ns)) is not None), default=None)

    def _act(self, decision: Decision) -> None:
        if isinstance(decision, Announces):
            self._announce(decision)
        elif self._making is not None:
            self._direct(decision, self._making.renderer)

    def _direct(self, decision: Decision, renderer: Renderer) -> None:
        match decision:
            case MixOpens() | MixResumes():
                renderer.line.start(decision.at)
            case MixPauses():
                renderer.line.stop(decision.at)
            case MixCloses():
                renderer.line.stop(decision.at)
                renderer.closed = True
            case SceneChanges():
                renderer.show(decision.scene, decision.at)
            case SourceBegins():
                log = SourceLog(self._journal.capture(decision.capture))
                self._captures[decision.capture] = None
                renderer.sources.append(Source(decision, log))
            case SourceEnds():
                for source in renderer.sources:
                    if source.begins.publication == decision.publication and source.ends is None:
                        source.end(decision, time.time_ns())
            case SnapshotDue():
                renderer.ask(Shot(decision.at, f"snapshot-{decision.number}"))

    def _announce(self, what: Announces) -> None:
        if what.event_type != NO_STREAM or time.time_ns() - what.at < _STALE_NS:
            self._context.notice(what.event_type, what.detail, what.key)

    # --- rendering ----------------------------------------------------------------------------------------------

    def _render(self, making: Making) -> bool:
        until_s = time.monotonic() + _TURN_S
        for source in making.renderer.sources:
            source.log.read()
        known_ns = _FOREVER_NS if self._room.timeline.closed else self._room.known_ns
        busy = False
        while making.renderer.step(known_ns, time.time_ns()):
            busy = True
            self._open_files(making.renderer)
            if time.monotonic() > until_s:
                break
        return busy

    def _open_files(self, renderer: Renderer) -> None:
        """Tell callers of the files once something is in them. Raises NameTooLongError."""
        begin_ns = renderer.line.opened_ns or 0
        for file in self._files:
            if file.key not in self._names:
                name = name_file(self._task, file, self._mix.name, begin_ns)
                open_file(self._context, file, name, self._mix.name, begin_ns)
                self._names[file.key] = name

    def _finish(self, making: Making) -> None:
        """Everything is rendered: make the files. Raises JournalError, MediaError, OSError."""
        making.renderer.finish()
        if making.levels is not None:
            making.levels.close()
        frames = making.renderer.line.frames_until(0) if making.renderer.line.opened_ns is not None else 0
        if frames:
            video = making.video.paths if making.video else ()
            written = Written(video, making.sound.path if making.sound else None, frames, making.fps)
            for file in self._files:
                if file.key not in self._finished:
                    self._finish_file(file, written)
            self._finish_levels(making)
        self._drop()

    def _finish_file(self, file: MixFile, written: Written) -> None:
        stored_as = object_key(self._task.spec.folder, self._names[file.key])
        muxed = finish_file(self._context, file, written, stored_as)
        self._finished.add(file.key)
        self._stats.counters.files += 1
        self._stats.counters.bytes_finished += muxed.size
        self._log.info("file_finished", file=file.key, size=muxed.size, duration_ms=muxed.duration_ms)

    def _finish_levels(self, making: Making) -> None:
        if making.levels is not None and LEVELS_KEY not in self._finished:
            main, begin_ns = self._names[self._files[-1].key], making.renderer.line.opened_ns or 0
            named = MixName(main, self._mix.name, begin_ns)
            finish_levels(self._context, making.levels.path, named, self._task.spec.folder)

    def _give_up(self, error: MediaError) -> None:
        """No file can be made: keep what was captured, and report the files lost. Raises MediaError, OSError."""
        if is_disk_full(error):
            raise error
        folders = [self._journal.capture(capture) for capture in self._captures]
        kept = keep_captures(self._context.data, self._context.task, WORK_KEY, folders)
        self._log.error("file_lost", captured_is_kept_in=str(kept), error=str(error), exc_info=error)
        for file in self._files:
            if file.key in self._names and file.key not in self._finished:
                lose_file(self._context, file.key, object_key(self._task.spec.folder, self._names[file.key]))
                self._finished.add(file.key)
        self._drop()

    def _drop(self) -> None:
        if self._making is not None:
            self._making.renderer.close()
        self._making = None
