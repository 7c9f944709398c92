"""When a task is complete: the callback that lists its files, and the end of its last stage.

A picture that was asked for while recording goes on is told of by a callback of its own, as soon as it is delivered.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection

from reelroom.database import queries_files, queries_outbox, queries_tasks
from reelroom.database.rows import LIVE_PLAYLIST, SEGMENT, RecordedFile
from reelroom.task import FileState, Stage
from reelroom.units import TaskId

FILES_SETTLED = 1  # callback event type: every file of the task is uploaded, or failed for good
PLAYABLE = 102  # callback event type: a playlist can be played while it is recorded
PICTURE = "jpg"  # format of a file
_PICTURE_KEY = "picture-"  # of the notice, before the file's
_FIRST_LISTING = "#00000+"  # how the key of a playlist's first state ends
_WITHOUT_URL = (4, 5)  # vendors whose files have no URL: Qiniu Kodo, Alibaba VOD


def settle(connection: Connection, task_id: TaskId) -> None:
    """Do what follows from the present state, in its transaction: raise event 1, or end the last stage."""
    _tell_pictures(connection, task_id)
    _tell_playlists(connection, task_id)
    if queries_tasks.stage(connection, task_id) is not Stage.DELIVERING:
        return
    if queries_files.any_unsettled(connection, task_id):
        return
    if not _told_by_pictures(connection, task_id):
        detail = _detail(connection, task_id, _recordings(connection, task_id))
        if _any_segment_astray(connection, task_id):
            detail["upload_status"] = 2
        queries_outbox.insert_notice(connection, task_id, FILES_SETTLED, detail, "files-settled")
    if not queries_outbox.any_pending(connection, task_id):
        queries_tasks.move_stage(connection, task_id, Stage.DONE)


def _tell_pictures(connection: Connection, task_id: TaskId) -> None:
    """One callback for each picture that has come to its end. Source: control API, TakeSnapshot."""
    for file in queries_files.untold(connection, task_id, PICTURE, _PICTURE_KEY):
        detail = _detail(connection, task_id, [file])
        queries_outbox.insert_notice(connection, task_id, FILES_SETTLED, detail, _PICTURE_KEY + file.key)


def _tell_playlists(connection: Connection, task_id: TaskId) -> None:
    """One callback for each playlist that can be played while it grows. Source: control API, callback event 102."""
    for file in queries_files.untold(connection, task_id, LIVE_PLAYLIST, "playlist-"):
        if file.state is FileState.UPLOADED and file.key.endswith(_FIRST_LISTING):
            detail = {
                "stream_id": file.stream,
                "file_id": file.name,
                "file_url": file.url,
                "media_track_type": file.media_track_type,
            }
            queries_outbox.insert_notice(connection, task_id, PLAYABLE, detail, f"playlist-{file.key}")


def _told_by_pictures(connection: Connection, task_id: TaskId) -> bool:
    """Whether the task takes nothing but pictures, and callbacks of theirs have said all there is to say."""
    task = queries_tasks.task(connection, task_id)
    if task is None or task.spec.format != PICTURE:
        return False
    return queries_files.any_of_format(connection, task_id, PICTURE)


def _any_segment_astray(connection: Connection, task_id: TaskId) -> bool:
    segments = queries_files.list_files(connection, task_id, format_=SEGMENT)
    return any(file.state is not FileState.UPLOADED for file in segments)


def _recordings(connection: Connection, task_id: TaskId) -> list[RecordedFile]:
    return [file for file in queries_files.list_files(connection, task_id) if file.listed and file.format != PICTURE]


def _detail(connection: Connection, task_id: TaskId, files: Sequence[RecordedFile]) -> dict[str, Any]:
    """Source: control API, callback event 1."""
    has_url = queries_tasks.vendor(connection, task_id) not in _WITHOUT_URL
    all_uploaded = all(file.state is FileState.UPLOADED for file in files)
    return {"upload_status": 1 if all_uploaded else 2, "file_info": [_file_info(file, has_url) for file in files]}


def _file_info(file: RecordedFile, has_url: bool) -> dict[str, Any]:
    return {
        "user_id": file.user,
        "user_name": file.user_name,
        "stream_id": file.stream,
        "file_id": file.name,
        "video_id": file.video_id,
        **({"file_url": file.url} if has_url or file.state is FileState.BACKED_UP else {}),
        "output_file_format": file.format,
        "file_size": file.size,
        "duration": file.duration_ms,
        "resolution_width": file.width,
        "resolution_height": file.height,
        "media_track_type": file.media_track_type,
        "begin_timestamp": file.begin_ms,
        "status": int(file.state),
    }
