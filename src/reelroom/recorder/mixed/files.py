"""The files of a mixed recording: what they are called, what callers hear of them, and their finishing."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

from reelroom.compose import AAC, MP3, SoundCoding
from reelroom.compose.sound_coding import OPUS
from reelroom.database import NewFile, Task
from reelroom.database.rows import SOUND_LEVELS
from reelroom.mux import FORMATS, Muxed, Piece
from reelroom.naming import FileNameParts, file_name, object_key
from reelroom.recorder.context import Context
from reelroom.spec import PICTURES, RecordSpec, Tracks
from reelroom.spool import commit, draft_path, spool_path
from reelroom.timeline.shelf import LETTERS
from reelroom.units import (
    AUDIO_RATE,
    JOURNAL_RATE,
    NS,
    NS_PER_JOURNAL_TICK,
    NS_PER_MS,
    MediaKind,
    StreamId,
    UserId,
    scale,
)

LEVELS_KEY: Final = "levels"
LEVELS_FORMAT: Final = SOUND_LEVELS
_CODINGS: Final = {"mp3": MP3, "ogg": OPUS}  # every other format has AAC
_PACKET_TICKS: Final = scale(1024, AUDIO_RATE, JOURNAL_RATE)  # a packet completes the samples of the one before
_TRACK_TYPES: Final = {"A": 1, "V": 2, "VA": 3}  # the contract's MediaTrackType


class MixFile(NamedTuple):
    """One file that a mix becomes. letters: of its name."""

    key: str
    letters: str
    format: str


class MixName(NamedTuple):
    """The name of a mix's file, the stream it stands for, and its first instant."""

    file: str
    stream: str
    begin_ns: int


class Written(NamedTuple):
    """The work files of a mix. frames: how many pictures there are in them."""

    video: Sequence[Path]
    audio: Path | None
    frames: int
    fps: int


def mix_files(spec: RecordSpec) -> list[MixFile]:
    """The files of a task, pictures first. Source: control API, StreamType; the contract's section 5.2."""
    if spec.format == PICTURES:
        return []  # each picture is one
    letters = "".join(letter for kind, letter in LETTERS.items() if spec.wants(kind))
    if letters == "VA" and spec.tracks is Tracks.SEPARATE:
        return [MixFile("1-V", "V", spec.format), MixFile("1-A", "A", "aac")]
    return [MixFile(f"1-{letters}", letters, spec.format)]


def coding_of(files: Sequence[MixFile]) -> SoundCoding:
    """How the sound of a task's files is encoded: by the format of the one that has it."""
    return _CODINGS.get(next((file.format for file in files if "A" in file.letters), ""), AAC)


def name_file(task: Task, file: MixFile, stream: str, begin_ns: int) -> str:
    """Its name. Raises NameTooLongError."""
    return file_name(
        FileNameParts(
            task=task.task,
            room=task.room,
            user=None,
            stream=StreamId(stream),
            type=file.letters,
            begin_ms=begin_ns // NS_PER_MS,
            extension=file.format,
        )
    )


def open_file(context: Context, file: MixFile, name: str, stream: str, begin_ns: int) -> None:
    """Tell callers that it is being recorded."""
    context.session.open_file(
        NewFile(
            key=file.key,
            name=name,
            stream=StreamId(stream),
            user=UserId(stream),
            user_name=stream,
            format=file.format,
            media_track_type=_TRACK_TYPES[file.letters],
            begin_ms=begin_ns // NS_PER_MS,
        )
    )


def mux_mix(file: MixFile, written: Written, target: Path) -> Muxed:
    """Write the finished file. Raises MediaError, OSError."""

    def place(position: int) -> int:
        return scale(position, JOURNAL_RATE, written.fps) * NS // written.fps

    # What lies behind the end was rendered before the end was known.
    last = scale(written.frames - 1, written.fps, JOURNAL_RATE)
    video = [Piece(path, MediaKind.VIDEO, 0, last, place) for path in written.video if "V" in file.letters]
    audio = []
    if written.audio is not None and "A" in file.letters:
        last = scale(written.frames, written.fps, JOURNAL_RATE) + _PACKET_TICKS
        audio = [Piece(written.audio, MediaKind.AUDIO, 0, last, lambda p: p * NS_PER_JOURNAL_TICK)]
    end_ns = written.frames * NS // written.fps
    return FORMATS[file.format](target, video=video, audio=audio, end_ns=end_ns)


def finish_file(context: Context, file: MixFile, written: Written, stored_as: str) -> Muxed:
    """Put it into the spool, and tell the database. May be repeated. Raises MediaError, JournalError, OSError."""
    final = spool_path(context.data, context.task, file.key)
    draft = draft_path(final)
    muxed = mux_mix(file, written, draft)
    commit(draft, final)
    _tell(context, file.key, final, muxed, stored_as)
    return muxed


def finish_levels(context: Context, path: Path, main: MixName, folder: str) -> None:
    """The sound levels beside the recording `main`: `<base>.sw`. Raises JournalError, OSError."""
    file = MixFile(LEVELS_KEY, "A", LEVELS_FORMAT)
    name = f"{main.file.rpartition('.')[0]}.{LEVELS_FORMAT}"
    open_file(context, file, name, main.stream, main.begin_ns)
    final = spool_path(context.data, context.task, LEVELS_KEY)
    draft = draft_path(final)
    draft.write_bytes(path.read_bytes())
    size = draft.stat().st_size
    commit(draft, final)
    _tell(context, LEVELS_KEY, final, Muxed(size, 0), object_key(folder, name))


def _tell(context: Context, key: str, final: Path, muxed: Muxed, stored_as: str) -> None:
    context.session.file_finished(
        key,
        size=muxed.size,
        duration_ms=muxed.duration_ms,
        width=muxed.width,
        height=muxed.height,
        spool_path=str(final.relative_to(context.data)),
        object_key=stored_as,
    )
