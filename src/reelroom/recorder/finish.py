"""Puts a finished file into the spool, or says that there is none."""

from collections.abc import Sequence

from reelroom.database import NewFile
from reelroom.errors import ReelroomError
from reelroom.logs import get_logger
from reelroom.mux import Muxed
from reelroom.naming import object_key
from reelroom.recorder.context import Context
from reelroom.recorder.faults import is_disk_full
from reelroom.recorder.file_recorder import FileRecorder
from reelroom.recorder.rescue import keep_captures
from reelroom.recorder.take import SegmentFile, Take
from reelroom.spool import commit, draft_path, spool_path
from reelroom.task import FileState
from reelroom.timeline.shelf import type_letters
from reelroom.units import NS_PER_MS

TRACK_TYPES = {"A": 1, "V": 2, "VA": 3}  # the contract's MediaTrackType


def finish_take(context: Context, file: FileRecorder, take: Take, name: str, folder: str) -> Muxed:
    """Put the finished file into the spool, and tell the database. May be repeated.

    A file that can't be made of what was captured is finished as an empty one: it is reported lost, what was captured
    is kept (rescue.py), and neither the others nor the task's last callback wait for it. Raises JournalError, OSError
    for a full disk.
    """
    final = spool_path(context.data, context.task, take.key)
    draft = draft_path(final)
    try:
        muxed = take.write(draft, name)
        if take.segments:
            spool_segments(context, file, take.segments, folder)
        commit(draft, final)
    except ReelroomError as error:
        if is_disk_full(error):
            raise
        draft.unlink(missing_ok=True)
        return give_up_take(context, file, take.key, error, object_key(folder, name))
    return _record(context, take.key, muxed, object_key(folder, name))


def spool_segments(context: Context, file: FileRecorder, segments: Sequence[SegmentFile], folder: str) -> None:
    """Owe the uploads of what lies beside a file: it is stored after them, as all are of one chain."""
    known = {f.key for f in context.database.files(context.task) if f.state is not FileState.RECORDING}
    for segment in (segment for segment in segments if segment.key not in known):
        final = spool_path(context.data, context.task, segment.key)
        commit(segment.path, final)
        context.session.open_file(
            NewFile(
                key=segment.key,
                name=segment.name,
                stream=file.opens.stream,
                user=file.opens.user,
                user_name=file.opens.user_name,
                format=segment.format,
                media_track_type=TRACK_TYPES[type_letters(file.opens.kinds)],
                begin_ms=segment.begin_ns // NS_PER_MS,
            )
        )
        muxed = Muxed(final.stat().st_size, segment.duration_ms)
        _record(context, segment.key, muxed, object_key(folder, segment.name))
    context.session.enqueue_uploads()
    context.owed.set()


def give_up_take(context: Context, file: FileRecorder, key: str, error: Exception, stored_as: str) -> Muxed:
    """No file can be made: keep what was captured, and report it lost if callers know of it. Raises OSError."""
    kept = keep_captures(context.data, context.task, key, [part.log.folder for part in file.parts])
    get_logger().error(
        "file_lost", task=context.task, file=key, captured_is_kept_in=str(kept), error=str(error), exc_info=error
    )
    return lose_file(context, key, stored_as) if stored_as else Muxed(0, 0)


def lose_file(context: Context, key: str, stored_as: str) -> Muxed:
    """Finish a file as an empty one, which isn't in the spool: its upload reports it lost."""
    return _record(context, key, Muxed(0, 0), stored_as)


def _record(context: Context, key: str, muxed: Muxed, stored_as: str) -> Muxed:
    context.session.file_finished(
        key,
        size=muxed.size,
        duration_ms=muxed.duration_ms,
        width=muxed.width,
        height=muxed.height,
        spool_path=str(spool_path(context.data, context.task, key).relative_to(context.data)),
        object_key=stored_as,
    )
    return muxed
