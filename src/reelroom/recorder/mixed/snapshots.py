"""Pictures of the mix, as asked for or every so often: each a file of its own, sent at once."""

from dataclasses import dataclass
from typing import Final

from reelroom.compose.canvas import Canvas
from reelroom.compose.still import encode_still
from reelroom.database import NewFile, Task
from reelroom.naming import FileNameParts, file_name, object_key
from reelroom.recorder.context import Context
from reelroom.spec import PICTURES
from reelroom.spool import commit, draft_path, spool_path
from reelroom.task import FileState
from reelroom.units import NS_PER_MS, StreamId, UserId

_VIDEO: Final = 2  # the contract's MediaTrackType


@dataclass(frozen=True, slots=True)
class Shot:
    """A picture to be taken. at: ns since the Unix epoch. key: of its file."""

    at: int
    key: str


class Album:
    """Makes the picture files of one task; those made before are known."""

    def __init__(self, context: Context, task: Task, name: str) -> None:
        """name: of the mixed stream."""
        self._context, self._task, self._name = context, task, name
        files = context.database.files(task.task)
        self._done = {file.key for file in files if file.state is not FileState.RECORDING}
        self._names = {file.key: file.name for file in files}

    def has(self, shot: Shot) -> bool:
        """Whether it was taken."""
        return shot.key in self._done

    def take(self, shot: Shot, canvas: Canvas) -> None:
        """Put the canvas into the spool, and owe its upload. Raises NameTooLongError, OSError."""
        context, key = self._context, shot.key
        name, begin_ms = self._find_name(shot)
        context.session.open_file(
            NewFile(
                key=key,
                name=name,
                stream=StreamId(self._name),
                user=UserId(self._name),
                user_name=self._name,
                format=PICTURES,
                media_track_type=_VIDEO,
                begin_ms=begin_ms,
            )
        )
        final = spool_path(context.data, context.task, key)
        draft = draft_path(final)
        size = draft.write_bytes(encode_still(canvas.frame))
        commit(draft, final)
        context.session.file_finished(
            key,
            size=size,
            duration_ms=0,
            width=canvas.area.width,
            height=canvas.area.height,
            spool_path=str(final.relative_to(context.data)),
            object_key=object_key(self._task.spec.folder, name),
        )
        self._done.add(key)
        context.session.enqueue_uploads()
        context.owed.set()

    def _find_name(self, shot: Shot) -> tuple[str, int]:
        """A name that no other picture has, and the instant (ms) that it says."""
        begin_ms = shot.at // NS_PER_MS
        others = {name for key, name in self._names.items() if key != shot.key}
        while (name := self._file_name(begin_ms)) in others:
            begin_ms += 1  # two within a millisecond
        self._names[shot.key] = name
        return name, begin_ms

    def _file_name(self, begin_ms: int) -> str:
        return file_name(
            FileNameParts(
                task=self._task.task,
                room=self._task.room,
                user=None,
                stream=StreamId(self._name),
                type="V",
                begin_ms=begin_ms,
                extension=PICTURES,
            )
        )
