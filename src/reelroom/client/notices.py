"""Callbacks at their receiver: proven by their signature, and typed. Source: control API, callbacks.

A receiver must expect new fields and new kinds, notices that come twice, late, or not at all.
"""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from reelroom.client.results import MALFORMED, FileStatus, read_file
from reelroom.errors import AccessError
from reelroom.signing import callback_signature, signatures_match
from reelroom.task import QuitReason
from reelroom.units import AppId, RoomId, TaskId

ALL_UPLOADED = 1  # upload_status


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What every callback says. Of a kind that is not known here it is all there is."""

    app: AppId
    task: TaskId
    room: RoomId
    event_type: int
    sequence: int  # stays the same however often a notice is sent
    sent_s: int  # Unix time
    detail: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FilesUploaded(Notice):
    """1: uploads are over, or one snapshot is there. `complete`: every file is in the store that was asked for."""

    complete: bool
    files: tuple[FileStatus, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskFailed(Notice):
    """2: the task ended by itself. `reason` is a plain number if it is not a documented one."""

    reason: QuitReason | int


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageMissing(Notice):
    """3: a picture could not be loaded. `image_type`: 1 background, 2 watermark, 3 default of views, 4 of one view."""

    image_type: int
    url: str


class RoomEmpty(Notice):
    """4: nobody publishes."""

    __slots__ = ()


class RecorderLeft(Notice):
    """5: the recorder has left the room in order."""

    __slots__ = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamMissing(Notice):
    """6: a stream that was asked for isn't there."""

    stream: str


class UploadBegan(Notice):
    """7: the recording is over, files are being uploaded."""

    __slots__ = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaylistReady(Notice):
    """102: a playlist can be watched while it is being recorded."""

    stream: str
    name: str
    url: str
    media_track_type: int  # 1 audio, 2 video, 3 both


class RecordPaused(Notice):
    """201: it is paused."""

    __slots__ = ()


class RecordResumed(Notice):
    """202: it goes on."""

    __slots__ = ()


def verify_callback(body: bytes | str, secret: str, *, max_age_s: float | None = None) -> dict[str, Any]:
    """The callback's JSON object, once its signature is proven by the app's callback secret. Raises AccessError.

    max_age_s: refuse one whose timestamp is further than this from our clock, so that one overheard can't be played
    again later. The signature covers no more than timestamp and nonce: take callbacks over https only.
    """
    try:
        notice: dict[str, Any] = json.loads(body)
        timestamp = str(notice["timestamp"])
        signed = callback_signature(secret, timestamp, str(notice["nonce"]))
        given = str(notice["signature"])
    except (*MALFORMED, RecursionError):
        raise AccessError("this is no callback") from None
    if not signatures_match(signed, given):
        raise AccessError("the callback's signature is wrong")
    if max_age_s is not None and not _is_fresh(timestamp, max_age_s):
        raise AccessError("the callback is too old")
    return notice


def read_callback(body: bytes | str, secret: str, *, max_age_s: float | None = None) -> Notice:
    """`verify_callback`, typed by its kind. Raises AccessError, also for a proven one whose fields are not right."""
    proven = verify_callback(body, secret, max_age_s=max_age_s)
    try:
        return _notice(proven)
    except MALFORMED:
        raise AccessError("this is no callback") from None


def _is_fresh(timestamp: str, max_age_s: float) -> bool:
    return timestamp.isascii() and timestamp.isdigit() and abs(time.time() - int(timestamp)) <= max_age_s


def _notice(body: Mapping[str, Any]) -> Notice:
    detail: Mapping[str, Any] = body.get("detail") or {}
    common: dict[str, Any] = {
        "app": AppId(body["app_id"]),
        "task": TaskId(body["task_id"]),
        "room": RoomId(body["room_id"]),
        "event_type": int(body["event_type"]),
        "sequence": int(body.get("sequence", 0)),
        "sent_s": int(body["timestamp"]),
        "detail": MappingProxyType(dict(detail)),
        "message": str(body.get("message", "")),
    }
    kind, own = _KINDS.get(common["event_type"], (Notice, _nothing))
    return kind(**common, **own(detail))


def _nothing(_detail: Mapping[str, Any]) -> dict[str, Any]:
    return {}


def _uploaded(detail: Mapping[str, Any]) -> dict[str, Any]:
    files = tuple(map(_file, detail["file_info"]))
    return {"complete": detail["upload_status"] == ALL_UPLOADED, "files": files}


def _failed(detail: Mapping[str, Any]) -> dict[str, Any]:
    number = int(detail["quit_reason"])
    return {"reason": QuitReason(number) if number in set(QuitReason) else number}


def _image(detail: Mapping[str, Any]) -> dict[str, Any]:
    return {"image_type": detail["image_type"], "url": detail["image_url"]}


def _stream(detail: Mapping[str, Any]) -> dict[str, Any]:
    return {"stream": detail["stream_id"]}


def _playlist(detail: Mapping[str, Any]) -> dict[str, Any]:
    named = {"name": detail["file_id"], "url": detail["file_url"]}
    return {**_stream(detail), **named, "media_track_type": detail["media_track_type"]}


def _file(body: Mapping[str, Any]) -> FileStatus:
    """`file_info` is RecordFiles in snake case."""
    return read_file({"".join(part.title() for part in name.split("_")): value for name, value in body.items()})


_KINDS: dict[Any, tuple[type[Notice], Callable[[Mapping[str, Any]], dict[str, Any]]]] = {
    1: (FilesUploaded, _uploaded),
    2: (TaskFailed, _failed),
    3: (ImageMissing, _image),
    4: (RoomEmpty, _nothing),
    5: (RecorderLeft, _nothing),
    6: (StreamMissing, _stream),
    7: (UploadBegan, _nothing),
    102: (PlaylistReady, _playlist),
    201: (RecordPaused, _nothing),
    202: (RecordResumed, _nothing),
}
