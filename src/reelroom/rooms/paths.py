"""Addresses of streams and sessions, read from the path as it was sent.

Ids are percent-decoded one segment at a time, so an id may hold a slash (%2F) and `..` is just an id.
"""

import re
from dataclasses import dataclass
from urllib.parse import quote, unquote_to_bytes

from reelroom.errors import RequestError
from reelroom.units import AppId, RoomId, StreamId

MAX_ROOM_BYTES = 128
MAX_STREAM_CHARACTERS = 256
_SESSION_ID = re.compile(r"[0-9a-f]{32}")
_MAX_APP_DIGITS = 18


class UnknownPathError(RequestError):
    """There is nothing at this address."""


@dataclass(frozen=True, slots=True)
class StreamPath:
    """/{protocol}/{app}/{room}/{stream}: where sessions begin."""

    protocol: str  # "whip" or "whep"
    app: AppId
    room: RoomId
    stream: StreamId


@dataclass(frozen=True, slots=True)
class SessionPath:
    """/{protocol}/session/{id}: one session."""

    protocol: str
    session: str

    def __str__(self) -> str:
        return f"/{self.protocol}/session/{self.session}"


@dataclass(frozen=True, slots=True)
class RoomPath:
    """/rooms/{app}/{room}: who publishes there."""

    app: AppId
    room: RoomId


def parse_path(raw: bytes) -> StreamPath | SessionPath | RoomPath:
    """Read a raw request path without its query. Raises UnknownPathError, RequestError."""
    first, *rest = raw.removeprefix(b"/").split(b"/")
    match first.decode("ascii", "replace"), rest:
        case "whip" | "whep" as protocol, [b"session", session]:
            if not _SESSION_ID.fullmatch(session.decode("ascii", "replace")):
                raise UnknownPathError
            return SessionPath(protocol, session.decode("ascii"))
        case "whip" | "whep" as protocol, [app, room, stream]:
            return StreamPath(protocol, _app(app), _room(room), _stream(stream))
        case "rooms", [app, room]:
            return RoomPath(_app(app), _room(room))
    raise UnknownPathError


def stream_path(protocol: str, app: int, room: str, stream: str) -> str:
    """The path of a stream; `protocol`: "whip" or "whep"."""
    return f"/{protocol}/{app}/{quote(room, safe='')}/{quote(stream, safe='')}"


def _app(segment: bytes) -> AppId:
    if not segment.isdigit() or len(segment) > _MAX_APP_DIGITS:
        raise UnknownPathError("the app id in the path is not a number")
    return AppId(int(segment))


def _room(segment: bytes) -> RoomId:
    room = _text(segment, "room")
    if len(room.encode()) > MAX_ROOM_BYTES:
        raise RequestError(f"the room id is longer than {MAX_ROOM_BYTES} bytes", field="room")
    return RoomId(room)


def _stream(segment: bytes) -> StreamId:
    stream = _text(segment, "stream")
    if len(stream) > MAX_STREAM_CHARACTERS:
        raise RequestError(f"the stream id is longer than {MAX_STREAM_CHARACTERS} characters", field="stream")
    return StreamId(stream)


def _text(segment: bytes, name: str) -> str:
    try:
        text = unquote_to_bytes(segment).decode()
    except UnicodeDecodeError as error:
        raise RequestError(f"the {name} id is not UTF-8", field=name) from error
    if not text or "\x00" in text:
        raise RequestError(f"the {name} id is empty or holds a NUL", field=name)
    return text
