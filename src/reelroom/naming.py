"""File names, object keys and task ids from parts, and back. Source: control API, file names (OutputFileRule 1).

A file name is `TaskId_RoomId_UserId_StreamId_Type_UTC.extension`, or `TaskId_RoomId_StreamId_Type_UTC.extension`
for one mixed file. Ids are literal and may hold `_`, the task id too: a name is read by its fixed ends, 16
characters in front and type, time and extension behind, and what lies between needs a hint to be told apart.
"""

import base64
import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from reelroom.errors import Blame, ReelroomError
from reelroom.units import RoomId, StreamId, TaskId, UserId

MAX_NAME_BYTES = 255  # of one name in a file system
TASK_ID_LENGTH = 16

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NAME = re.compile(r"(?P<task>.{16})_(?P<ids>.*)_(?P<type>VA|V|A)_(?P<utc>[0-9]{17})\.(?P<extension>[^.]+)", re.DOTALL)
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f/\\\\%\ud800-\udfff]|^\\.")


class NameTooLongError(ReelroomError):
    """A file name would be longer than 255 bytes."""

    blame = Blame.CALLER


@dataclass(frozen=True, slots=True, kw_only=True)
class FileNameParts:
    """What a file's name says. `user` is None for a mixed file, whose name has none."""

    task: TaskId
    room: RoomId
    user: UserId | None
    stream: StreamId
    type: str  # "V", "A" or "VA"
    begin_ms: int  # start of the file, ms since the Unix epoch
    extension: str  # without the dot


def new_task_id(second: int, machine: bytes, process: int, counter: int) -> TaskId:
    """A task id: URL-safe base64 of 4 bytes of Unix seconds, 3 of the machine, 2 of the process, 3 of a counter.

    Unique as long as a process makes fewer than 16.7 million within a second. Raises ValueError unless `machine`
    has 3 bytes.
    """
    if len(machine) != 3:  # noqa: PLR2004  the layout above
        raise ValueError("a machine id has 3 bytes")
    numbers = (second & 0xFFFFFFFF).to_bytes(4) + machine + (process & 0xFFFF).to_bytes(2)
    return TaskId(base64.urlsafe_b64encode(numbers + (counter & 0xFFFFFF).to_bytes(3)).decode())


def file_name(parts: FileNameParts) -> str:
    """The name of a file, which is its FileId and the last part of its object key: `/` in an id becomes `_`.

    Raises NameTooLongError above 255 bytes of UTF-8.
    """
    ids = [parts.room, parts.stream] if parts.user is None else [parts.room, parts.user, parts.stream]
    name = "_".join([parts.task, *ids, parts.type, utc_digits(parts.begin_ms)]).replace("/", "_")
    name = f"{name}.{parts.extension}"
    if len(_encode(name)) > MAX_NAME_BYTES:
        raise NameTooLongError
    return name


def parse_file_name(name: str, *, room: RoomId | None = None, stream: StreamId | None = None) -> FileNameParts | None:
    """The parts of a file name; None if it doesn't follow the rule, or not with that room or stream.

    Without hints a `_` within an id can't be told from a separator: room and user are then taken to have none.
    """
    match = _NAME.fullmatch(name)
    begin_ms = _parse_utc(match["utc"]) if match else None
    ids = _split_ids(match["ids"], room, stream) if match else None
    if match is None or begin_ms is None or ids is None:
        return None
    return FileNameParts(
        task=TaskId(match["task"]),
        room=ids[0],
        user=ids[1],
        stream=ids[2],
        type=match["type"],
        begin_ms=begin_ms,
        extension=match["extension"],
    )


def utc_digits(at_ms: int) -> str:
    """An instant (ms since the Unix epoch) as 17 digits of UTC: yyyyMMddHHmmssSSS."""
    at = _EPOCH + timedelta(milliseconds=at_ms)
    return f"{at.year:04}{at:%m%d%H%M%S}{at.microsecond // 1000:03}"


def normalise_folder(folder: str) -> str:
    """A key prefix: no slash in front, exactly one behind, empty for the root of the bucket."""
    inner = folder.strip("/")
    return f"{inner}/" if inner else ""


def object_key(folder: str, name: str) -> str:
    """The key of a file in a store."""
    return normalise_folder(folder) + name.replace("/", "_")


def local_name(text: str) -> str:
    """A name any file system takes and no path can leave its folder by; at most 255 bytes, never empty.

    Slashes, backslashes, `%`, control characters and a leading dot are percent-encoded; different texts get different
    names. One too long is shortened, and told apart by a hash.
    """
    name = _UNSAFE.sub(_percent, text) or "%"
    encoded = name.encode()
    if len(encoded) <= MAX_NAME_BYTES:
        return name
    stem, dot, extension = name.rpartition(".")
    end = f"~{hashlib.sha256(encoded).hexdigest()[:32]}"
    if stem and len(extension.encode()) <= 16:  # noqa: PLR2004  longer than any extension of ours
        end += dot + extension
    return encoded[: MAX_NAME_BYTES - len(end.encode())].decode(errors="ignore") + end


def _split_ids(ids: str, room: RoomId | None, stream: StreamId | None) -> tuple[RoomId, UserId | None, StreamId] | None:
    """Room, user and stream (no user in a mixed file's name) as the hints say, or at the first separators."""
    first = ids.partition("_")[0] if room is None else room.replace("/", "_")
    if not ids.startswith(first + "_"):
        return None
    rest = ids[len(first) + 1 :]
    if stream is None:
        head, separator, tail = rest.partition("_")
        user, stream = (UserId(head), StreamId(tail)) if separator else (None, StreamId(rest))
    else:
        last = stream.replace("/", "_")
        if rest != last and not rest.endswith("_" + last):
            return None
        user = None if rest == last else UserId(rest[: -len(last) - 1])
    return RoomId(first) if room is None else room, user, stream


def _parse_utc(digits: str) -> int | None:
    try:
        at = datetime.strptime(digits + "000", "%Y%m%d%H%M%S%f").replace(tzinfo=UTC)
    except ValueError:
        return None
    return (at - _EPOCH) // timedelta(milliseconds=1)


def _percent(match: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in _encode(match[0]))


def _encode(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")  # JSON may smuggle in a lone surrogate
