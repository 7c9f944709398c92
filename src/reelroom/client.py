"""A typed client of the control API: signs requests, understands answers, verifies callbacks.

with Client("http://127.0.0.1:8080", app_id=1234567890, server_secret="…") as client:
    task = client.start_record("lesson42", max_idle_s=60)
    client.stop_record(task)
    print(client.describe_record_status(task).files)
"""

import hmac
import json
import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import httpx

from reelroom.errors import AccessError, ReelroomError
from reelroom.signing import callback_signature, request_signature
from reelroom.spec import Tracks
from reelroom.task import FileState, TaskState
from reelroom.units import TaskId


class ApiError(ReelroomError):
    """The control API refused the request."""

    def __init__(self, code: int, message: str, request_id: str = "") -> None:
        super().__init__(f"{message} (code {code})")
        self.code = code
        self.request_id = request_id


class UnreachableError(ReelroomError):
    """The control API could not be reached, or what answered is not one."""

    retryable = True


@dataclass(frozen=True, slots=True, kw_only=True)
class FileStatus:
    """One file of a recording. What is not known yet is 0 or empty."""

    name: str
    stream: str
    user: str
    user_name: str
    state: FileState
    url: str
    format: str
    size: int  # bytes
    duration_ms: int
    width: int  # pixels
    height: int
    begin_ms: int  # Unix time
    media_track_type: int  # 1 audio, 2 video, 3 both


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordStatus:
    """A task as DescribeRecordStatus tells it. Times are Unix milliseconds; `end_ms` is 0 while it runs."""

    room: str
    state: TaskState
    begin_ms: int
    end_ms: int
    files: tuple[FileStatus, ...]
    nobody_published: bool = False  # known only once it is over and everything was looked at

    @property
    def running(self) -> bool:
        """Whether it has neither ended nor failed."""
        return self.state not in (TaskState.ENDED, TaskState.FAILED)

    @property
    def delivered(self) -> bool:
        """Whether it is over and every file has come to its end (stored, backed up or lost)."""
        settled = bool(self.files) and all(f.state > FileState.UPLOADING for f in self.files)
        return not self.running and (settled or self.nobody_published)


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskLine:
    """One task as DescribeTasks lists it."""

    task: TaskId
    room: str
    state: TaskState
    begin_ms: int  # Unix time


class Client:
    """Speaks to one server for one app. Each call makes its own signature; errors are ApiError or UnreachableError."""

    def __init__(self, base_url: str, *, app_id: int, server_secret: str, timeout_s: float = 10.0) -> None:
        self._url = base_url.rstrip("/") + "/"
        self._app_id = app_id
        self._secret = server_secret
        self._http = httpx.Client(timeout=timeout_s)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._http.close()

    def start_record(
        self,
        room: str,
        *,
        tracks: Tracks = Tracks.TOGETHER,
        streams: Sequence[str] = (),
        fill_blank: bool = False,
        resume: bool = False,
        max_idle_s: int | None = None,
        max_record_s: int | None = None,
        folder: str = "",
        callback_url: str = "",
        client_task_id: str = "",
        storage: Mapping[str, Any] | None = None,
    ) -> TaskId:
        """Record each publisher of a room into files of its own.

        streams: none means all. fill_blank, resume: FillBlank and ResumeWithoutInterruption. storage: StorageParams
        as the control API has them; None means the server's own folder.
        """
        asked = {
            "RecordMode": 1,
            "StreamType": int(tracks),
            "RecordStreamList": [{"StreamId": s} for s in streams],
            "FillBlank": fill_blank,
            "ResumeWithoutInterruption": resume,
            "MaxIdleTime": max_idle_s,
            "MaxRecordTime": max_record_s,
            "ClientTaskId": client_task_id or None,
        }
        output = {"OutputFolder": folder or None, "CallbackUrl": callback_url or None}
        body = {
            "RoomId": room,
            "RecordInputParams": _given(asked),
            "RecordOutputParams": _given(output),
            "StorageParams": storage,
        }
        return TaskId(self.call("StartRecord", _given(body))["TaskId"])

    def stop_record(self, task: TaskId) -> None:
        """End a task; its files are delivered afterwards."""
        self.call("StopRecord", {"TaskId": task})

    def describe_record_status(self, task: TaskId) -> RecordStatus:
        """How a task stands. Knows tasks of the last three days."""
        data = self.call("DescribeRecordStatus", {"TaskId": task})
        return RecordStatus(
            room=data["RoomId"],
            state=TaskState(data["Status"]),
            begin_ms=data["RecordBeginTimestamp"],
            end_ms=data["RecordEndTimestamp"],
            files=tuple(map(_file, data.get("RecordFiles", ()))),
            nobody_published="RecordFiles" not in data,
        )

    def describe_tasks(self, *, running: bool, room: str | None = None, within_s: int = 3 * 86_400) -> list[TaskLine]:
        """The newest 50 tasks, running or over, begun within the last `within_s` seconds (at most three days)."""
        now_ms = time.time_ns() // 1_000_000
        window = {"StartTime": now_ms - within_s * 1000 + 1000, "EndTime": now_ms + 1000}
        body = {"Status": 2 if running else 3, "RoomId": room, **window}
        listed = self.call("DescribeTasks", _given(body))["TaskidList"]
        return [
            TaskLine(
                task=TaskId(line["TaskId"]),
                room=line["RoomId"],
                state=TaskState(line["Status"]),
                begin_ms=line["RecordBeginTimestamp"],
            )
            for line in listed
        ]

    def call(self, action: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Any action; its `Data`, or an empty dict. Raises ApiError, UnreachableError."""
        try:
            response = self._http.post(self._url, params=self._sign(action), json=dict(body))
            answer = response.json()
            code, message = int(answer["Code"]), str(answer["Message"])
        except httpx.HTTPError as error:  # its request holds the signed URL: keep it out of the cause
            raise UnreachableError(f"{self._url} can't be reached: {type(error).__name__}") from None
        except (ValueError, KeyError, TypeError):
            raise UnreachableError(f"{self._url} does not speak the control API") from None
        if code != 0:
            raise ApiError(code, message, str(answer.get("RequestId", "")))
        data: dict[str, Any] = answer.get("Data") or {}
        return data

    def _sign(self, action: str) -> dict[str, str]:
        nonce, timestamp = secrets.token_hex(8), int(time.time())
        return {
            "Action": action,
            "AppId": str(self._app_id),
            "SignatureNonce": nonce,
            "Timestamp": str(timestamp),
            "Signature": request_signature(self._app_id, nonce, self._secret, timestamp),
            "SignatureVersion": "2.0",
        }


def verify_callback(body: bytes | str, secret: str) -> dict[str, Any]:
    """The callback's JSON object, once its signature is proven by the app's callback secret. Raises AccessError."""
    try:
        notice: dict[str, Any] = json.loads(body)
        signed = callback_signature(secret, str(notice["timestamp"]), str(notice["nonce"]))
        given = str(notice["signature"])
    except (ValueError, KeyError, TypeError):
        raise AccessError("this is no callback") from None
    if not hmac.compare_digest(signed.encode(), given.encode()):
        raise AccessError("the callback's signature is wrong")
    return notice


def _given(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _file(body: Mapping[str, Any]) -> FileStatus:
    return FileStatus(
        name=body["FileId"],
        stream=body["StreamId"],
        user=body["UserId"],
        user_name=body["UserName"],
        state=FileState(body["Status"]),
        url=body.get("FileUrl", ""),
        format=body["OutputFileFormat"],
        size=body["FileSize"],
        duration_ms=body["Duration"],
        width=body["ResolutionWidth"],
        height=body["ResolutionHeight"],
        begin_ms=body["BeginTimestamp"],
        media_track_type=body["MediaTrackType"],
    )
