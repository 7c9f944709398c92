"""Every query of the `files` table, named."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import Connection, func, insert, literal, select, update

from reelroom.database.rows import NewFile, RecordedFile
from reelroom.database.schema import files, notices
from reelroom.task import FileState, sources
from reelroom.units import StreamId, TaskId, UserId

UNSETTLED = (FileState.RECORDING, FileState.UPLOADING)


def insert_file(connection: Connection, task_id: TaskId, new: NewFile) -> None:
    """A file in its first state, unless there is one of that key already."""
    row = {
        "task": task_id,
        "key": new.key,
        "name": new.name,
        "stream": new.stream,
        "user_id": new.user,
        "user_name": new.user_name,
        "format": new.format,
        "media_track_type": new.media_track_type,
        "begin_ms": new.begin_ms,
        "state": int(FileState.RECORDING),
        **dict.fromkeys(("size", "duration_ms", "width", "height"), 0),
        **dict.fromkeys(("spool_path", "object_key", "url", "video_id"), ""),
    }
    there = select(files.c.key).where(files.c.task == task_id, files.c.key == new.key).exists()
    values = select(*(literal(value, files.c[name].type) for name, value in row.items())).where(~there)
    connection.execute(insert(files).from_select(list(row), values))


def list_files(connection: Connection, task_id: TaskId, format_: str = "") -> list[RecordedFile]:
    """All files of a task (of one format, if it is named), by their beginning."""
    query = select(files).where(files.c.task == task_id).order_by(files.c.begin_ms, files.c.key)
    if format_:
        query = query.where(files.c.format == format_)
    return [_file(row._asdict()) for row in connection.execute(query)]


def file_state(connection: Connection, task_id: TaskId, key: str) -> FileState | None:
    """Where a file is; None if there is no such file."""
    state = connection.scalar(select(files.c.state).where(files.c.task == task_id, files.c.key == key))
    return None if state is None else FileState(state)


def move_file(connection: Connection, task_id: TaskId, key: str, to: FileState, **values: Any) -> bool:
    """Go to `to`, setting `values`, from a state that allows it; False if it is in none of those."""
    conditions = (files.c.task == task_id, files.c.key == key, files.c.state.in_(sources(to)))
    return connection.execute(update(files).where(*conditions).values(state=to, **values)).rowcount == 1


def keys_in(connection: Connection, task_id: TaskId, states: Collection[FileState]) -> list[str]:
    """Keys of the task's files in one of these states, by their beginning."""
    query = select(files.c.key).where(files.c.task == task_id, files.c.state.in_(states))
    return list(connection.scalars(query.order_by(files.c.begin_ms, files.c.key)))


def any_unsettled(connection: Connection, task_id: TaskId) -> bool:
    """Whether a file is still being recorded or uploaded."""
    return bool(keys_in(connection, task_id, UNSETTLED))


def count_states(connection: Connection) -> dict[FileState, int]:
    """Files by state."""
    query = select(files.c.state, func.count()).group_by(files.c.state)
    return {FileState(state): number for state, number in connection.execute(query)}


def untold(connection: Connection, task_id: TaskId, format_: str, notice_key: str) -> list[RecordedFile]:
    """Settled files of a format of which no notice has told yet; its key is `notice_key` and the file's."""
    told = select(notices.c.key).where(notices.c.task == files.c.task, notices.c.key == notice_key + files.c.key)
    query = select(files).where(
        files.c.task == task_id, files.c.format == format_, files.c.state.not_in(UNSETTLED), ~told.exists()
    )
    return [_file(row._asdict()) for row in connection.execute(query.order_by(files.c.begin_ms, files.c.key))]


def any_of_format(connection: Connection, task_id: TaskId, format_: str) -> bool:
    """Whether a task has a file of this format."""
    query = select(files.c.key).where(files.c.task == task_id, files.c.format == format_).limit(1)
    return connection.scalar(query) is not None


def _file(row: dict[str, Any]) -> RecordedFile:
    user = UserId(row.pop("user_id"))
    state = FileState(row.pop("state"))
    return RecordedFile(**{**row, "stream": StreamId(row["stream"])}, user=user, state=state)
