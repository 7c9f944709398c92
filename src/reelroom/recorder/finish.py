"""Makes the finished file: where every piece of it lies, then one pass through the muxer."""

from collections.abc import Callable
from pathlib import Path

from reelroom.errors import ReelroomError
from reelroom.logs import get_logger
from reelroom.mux import FORMATS, Muxed, Piece
from reelroom.naming import object_key
from reelroom.recorder.context import Context
from reelroom.recorder.faults import is_disk_full
from reelroom.recorder.file_recorder import FileRecorder
from reelroom.recorder.part import Part
from reelroom.recorder.rescue import keep_captures
from reelroom.recorder.sync_clocks import read_alignment
from reelroom.recorder.track_reader import MAX_POSITION
from reelroom.spool import commit, draft_path, spool_path
from reelroom.units import NS_PER_JOURNAL_TICK, MediaKind


def finish_file(context: Context, file: FileRecorder, name: str, folder: str, audio_path: Path) -> Muxed:
    """Put the finished file into the spool, and tell the database. May be repeated.

    A file that can't be made of what was captured is finished as an empty one: it is reported lost, what was captured
    is kept (rescue.py), and neither the others nor the task's last callback wait for it. Raises JournalError, OSError
    for a full disk.
    """
    key, final = file.opens.key, spool_path(context.data, context.task, file.opens.key)
    draft = draft_path(final)
    try:
        muxed = mux_file(file, audio_path, draft)
        commit(draft, final)
    except ReelroomError as error:
        if is_disk_full(error):
            raise
        draft.unlink(missing_ok=True)
        return give_up_file(context, file, error, object_key(folder, name))
    return _record(context, key, muxed, object_key(folder, name))


def give_up_file(context: Context, file: FileRecorder, error: Exception, stored_as: str) -> Muxed:
    """No file can be made: keep what was captured, and report it lost if callers know of it. Raises OSError."""
    key = file.opens.key
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


def mux_file(file: FileRecorder, audio_path: Path, target: Path) -> Muxed:
    """Write the finished file. Time 0 is the earliest frame; sync is decided here, when every report is known.

    Raises JournalError, MediaError, OSError.
    """
    lines = [_VideoLine(part) for part in file.parts if part.video.spans]
    starts = [line.starts_ns for line in lines]
    if file.audio.origin_ns is not None:
        starts.append(file.audio.origin_ns)
    zero_ns = min(starts)
    video = [piece for line in lines for piece in line.pieces(zero_ns)]
    audio = [] if file.audio.origin_ns is None else [_audio_piece(audio_path, file.audio.origin_ns - zero_ns)]
    return FORMATS[file.opens.format](target, video=video, audio=audio)


def _audio_piece(path: Path, begin_ns: int) -> Piece:
    return Piece(path, MediaKind.AUDIO, 0, MAX_POSITION, lambda position: begin_ns + position * NS_PER_JOURNAL_TICK)


class _VideoLine:
    """The video of one part, moved to audio's clock."""

    def __init__(self, part: Part) -> None:
        self._part = part
        self._alignment = read_alignment(part.log.folder)
        self.starts_ns = self._line_ns(part.video.spans[0].first)

    def _line_ns(self, position: int) -> int:
        return self._part.line_ns(position) + self._alignment.shift_ns(self._part.time_ns(position))

    def pieces(self, zero_ns: int) -> list[Piece]:
        """Every file of every span, in order."""
        upto = self._part.upto(MediaKind.VIDEO)
        place = self._place(zero_ns)
        return [
            Piece(path, MediaKind.VIDEO, span.first, upto, place)
            for span in self._part.video.spans
            for path in span.paths
        ]

    def _place(self, zero_ns: int) -> Callable[[int], int]:
        return lambda position: self._line_ns(position) - zero_ns
