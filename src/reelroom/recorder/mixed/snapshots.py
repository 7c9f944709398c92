"""Pictures of the mix that callers asked for: each a file of its own, sent at once."""

from typing import Final

from reelroom.compose.canvas import Canvas
from reelroom.compose.jpeg import write_jpeg
from reelroom.database import NewFile, Task
from reelroom.naming import FileNameParts, file_name, object_key
from reelroom.recorder.context import Context
from reelroom.spool import commit, draft_path, spool_path
from reelroom.task import FileState
from reelroom.timeline.mix_decisions import SnapshotDue
from reelroom.units import NS_PER_MS, StreamId, UserId

_VIDEO: Final = 2  # the contract's MediaTrackType


class Snapshots:
    """Makes the picture files of one task; those made before are known."""

    def __init__(self, context: Context, task: Task, name: str) -> None:
        """name: of the mixed stream."""
        self._context, self._task, self._name = context, task, name
        files = context.database.files(task.task)
        self._done = {file.key for file in files if file.state is not FileState.RECORDING}
        self._names = {file.name for file in files}

    def is_done(self, due: SnapshotDue) -> bool:
        """Whether it was taken."""
        return _key(due) in self._done

    def take(self, due: SnapshotDue, canvas: Canvas) -> None:
        """Put the canvas into the spool, and owe its upload. Raises NameTooLongError, OSError."""
        context, key = self._context, _key(due)
        begin_ms = due.at // NS_PER_MS
        while (name := self._file_name(begin_ms)) in self._names:
            begin_ms += 1  # two within a millisecond
        self._names.add(name)
        context.session.open_file(
            NewFile(
                key=key,
                name=name,
                stream=StreamId(self._name),
                user=UserId(self._name),
                user_name=self._name,
                format="jpg",
                media_track_type=_VIDEO,
                begin_ms=begin_ms,
            )
        )
        final = spool_path(context.data, context.task, key)
        draft = draft_path(final)
        write_jpeg(canvas.frame, draft)
        commit(draft, final)
        context.session.file_finished(
            key,
            size=final.stat().st_size,
            duration_ms=0,
            width=canvas.area.width,
            height=canvas.area.height,
            spool_path=str(final.relative_to(context.data)),
            object_key=object_key(self._task.spec.folder, name),
        )
        self._done.add(key)
        context.session.enqueue_uploads()
        context.owed.set()

    def _file_name(self, begin_ms: int) -> str:
        return file_name(
            FileNameParts(
                task=self._task.task,
                room=self._task.room,
                user=None,
                stream=StreamId(self._name),
                type="V",
                begin_ms=begin_ms,
                extension="jpg",
            )
        )


def _key(due: SnapshotDue) -> str:
    return f"snapshot-{due.number}"
