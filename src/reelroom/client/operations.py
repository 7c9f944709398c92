"""The nine actions as values: what is sent, how the answer is read, and whether asking again is harmless.

Pure: no clock and no socket. `Client` and `AsyncClient` have one method for each function here, of the same name,
parameters and result; the one difference is that the latter's are awaited.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from reelroom.client.errors import ApiError, NotPausedError, TaskEndedError
from reelroom.client.mixes import layout_body
from reelroom.client.pages import MAX_PAGE, RETENTION_S, TaskQuery
from reelroom.client.results import (
    RecordStatus,
    TaskPage,
    read_nothing,
    read_page,
    read_status,
    read_task_id,
)
from reelroom.client.starting import input_params, merged, output_params
from reelroom.client.storage import Storage, storage_params
from reelroom.errors import RequestError
from reelroom.mix import BoardSpec, Layout, MixSpec
from reelroom.spec import Tracks
from reelroom.units import TaskId

Result = TypeVar("Result")
Body = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Moment:
    """What only the instant of a call can say."""

    now_ms: int  # Unix time
    key: str  # a random text that no other call has


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation(Generic[Result]):
    """One call, before it is signed.

    repeatable: whether asking again is harmless though an earlier try may have been carried out.
    done: refusals that, after such a try, say that it was carried out.
    """

    action: str
    body: Callable[[Moment], Body]
    read: Callable[[Body], Result]
    repeatable: bool
    done: type[ApiError] | None = None


def start_record(
    room: str,
    *,
    tracks: Tracks = Tracks.TOGETHER,
    streams: Sequence[str] = (),
    mix: MixSpec | None = None,
    board: BoardSpec | None = None,
    fill_blank: bool = False,
    resume: bool = False,
    max_idle_s: int | None = None,
    max_record_s: int | None = None,
    drop_muted: bool = False,
    split_muted_s: int | None = None,
    file_format: str | None = None,
    folder: str = "",
    callback_url: str = "",
    snapshot_interval_s: int | None = None,
    fragment_s: int | None = None,
    upload_fragments: bool = False,
    short_fragment_paths: bool = False,
    client_task_id: str | None = None,
    storage: Storage | Mapping[str, Any] | None = None,
    request: Mapping[str, Any] | None = None,
) -> Operation[TaskId]:
    """Record each publisher of a room into files of its own or, with `mix`, all of them into one.

    streams: none means all; of single-stream recordings. fill_blank, resume: FillBlank and ResumeWithoutInterruption.
    drop_muted, split_muted_s: of single-stream mp3. file_format: mp4, flv, hls, jpg, mp3, aac or ogg; None is mp4.
    snapshot_interval_s: of jpg. fragment_s, upload_fragments, short_fragment_paths: of hls. storage: a class of
    `reelroom.client.storage`, or StorageParams as the control API has them; None means the server's own folder.
    request: a StartRecord body laid over all this, field by field.

    client_task_id: two calls of the same id get the same task while it lives. None makes a random one for this call,
    so that it can be repeated after a lost answer without starting twice; an empty one sends none and, once a try
    may have arrived, never repeats.
    """
    asked = input_params(
        tracks=tracks,
        streams=streams,
        mix=mix,
        board=board,
        fill_blank=fill_blank,
        resume=resume,
        max_idle_s=max_idle_s,
        max_record_s=max_record_s,
        drop_muted=drop_muted,
        split_muted_s=split_muted_s,
    )
    output = output_params(
        file_format=file_format,
        folder=folder,
        callback_url=callback_url,
        snapshot_interval_s=snapshot_interval_s,
        fragment_s=fragment_s,
        upload_fragments=upload_fragments,
        short_fragment_paths=short_fragment_paths,
    )
    body: dict[str, Any] = {"RoomId": room, "RecordInputParams": asked, "RecordOutputParams": output}
    if storage is not None:
        body["StorageParams"] = storage_params(storage)
    body = merged(body, request or {})
    return _start(body, client_task_id)


def stop_record(task: TaskId) -> Operation[None]:
    """End a task; its files are delivered afterwards. Raises TaskEndedError if it was over before the first try."""
    return _order("StopRecord", {"TaskId": task})


def pause_record(task: TaskId) -> Operation[None]:
    """Pause a mixed recording; what is sent meanwhile is left out. Pausing a paused one does nothing."""
    return _order("PauseRecord", {"TaskId": task})


def resume_record(task: TaskId) -> Operation[None]:
    """Go on with a paused recording. Raises NotPausedError."""
    return _order("ResumeRecord", {"TaskId": task})


def update_layout(task: TaskId, layout: Layout) -> Operation[None]:
    """Arrange the views of a mixed recording anew. `layout.fit` can't be changed and isn't sent."""
    return _order("UpdateLayout", {"TaskId": task, **layout_body(layout)})


def update_whiteboard(task: TaskId, whiteboard: str) -> Operation[None]:
    """Record another whiteboard from now on."""
    return _order("UpdateWhiteboard", {"TaskId": task, "WhiteboardId": whiteboard})


def take_snapshot(task: TaskId) -> Operation[None]:
    """Take one picture of a mixed recording; a callback announces it.

    Never repeated once a try may have arrived: that would take a second picture.
    """
    return _order("TakeSnapshot", {"TaskId": task})


def describe_record_status(task: TaskId) -> Operation[RecordStatus]:
    """How a task stands. Knows tasks of the last three days."""
    return _typed("DescribeRecordStatus", {"TaskId": task}, read_status)


def describe_tasks(
    *,
    running: bool,
    room: str | None = None,
    page: int = 1,
    page_size: int = MAX_PAGE,
    within_s: int = RETENTION_S,
    begin_ms: int | None = None,
    end_ms: int | None = None,
) -> Operation[TaskPage]:
    """One page, at most 50, of the tasks that run or that are over, newest first.

    Those begun within the last `within_s` seconds (at most three days) or, where given, from `begin_ms` until `end_ms`
    (Unix time).
    """
    query = TaskQuery(
        running=running, room=room, page=page, page_size=page_size, within_s=within_s, begin_ms=begin_ms, end_ms=end_ms
    )
    return page_of(query)


def page_of(query: TaskQuery) -> Operation[TaskPage]:
    """DescribeTasks."""
    return Operation(
        action="DescribeTasks", body=lambda moment: query.to_body(moment.now_ms), read=read_page, repeatable=True
    )


def call(action: str, body: Mapping[str, Any]) -> Operation[dict[str, Any]]:
    """Any action with a body of the control API's own words; its `Data`, or an empty dict.

    Repeated on the same terms as the method of that action; a StartRecord only if it has a ClientTaskId, an action
    this client does not know never once it may have arrived.
    """
    return _typed(action, dict(body), dict)


def _start(body: dict[str, Any], client_task_id: str | None) -> Operation[TaskId]:
    asked = body["RecordInputParams"]
    if not isinstance(asked, Mapping):
        raise RequestError("RecordInputParams: an object is needed", field="RecordInputParams")
    given = asked.get("ClientTaskId") or body.get("ClientTaskId")  # the server takes it from either place
    chosen = given if client_task_id is None and given else client_task_id

    def complete(moment: Moment) -> Body:
        key = moment.key if chosen is None else chosen
        return merged(body, {"RecordInputParams": {"ClientTaskId": key}}) if key else body

    return Operation(action="StartRecord", body=complete, read=read_task_id, repeatable=chosen is None or bool(chosen))


def _order(action: str, body: Body) -> Operation[None]:
    return _typed(action, body, read_nothing)


def _typed(action: str, body: Body, read: Callable[[Body], Result]) -> Operation[Result]:
    repeatable = action in _REPEATABLE or (action == "StartRecord" and _is_keyed(body))
    return Operation(action=action, body=lambda _moment: body, read=read, repeatable=repeatable, done=_DONE.get(action))


def _is_keyed(body: Body) -> bool:
    asked = body.get("RecordInputParams")
    return isinstance(asked, Mapping) and bool(asked.get("ClientTaskId"))


# Each of these asks for a state, and a state may be asked for twice: a paused task stays paused, a layout is replaced
# by itself. Two say so by refusing the second time.
_REPEATABLE = frozenset(
    {
        "StopRecord",
        "PauseRecord",
        "ResumeRecord",
        "UpdateLayout",
        "UpdateWhiteboard",
        "DescribeRecordStatus",
        "DescribeTasks",
    }
)
_DONE: dict[str, type[ApiError]] = {"StopRecord": TaskEndedError, "ResumeRecord": NotPausedError}
