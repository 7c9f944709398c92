"""The control API's words into ours, and back."""

from typing import Any

from reelroom.api.start_models import DAY_S, StartRecord, Storage
from reelroom.api.translate_mix import board_spec, mix_spec
from reelroom.database import NewTask, RecordedFile, Task, TaskLine
from reelroom.naming import normalise_folder
from reelroom.settings import AppSettings
from reelroom.spec import Destination, FormatSpec, Interruption, RecordSpec, Tracks
from reelroom.task import FileState, Stage
from reelroom.units import NS_PER_MS, RoomId, StreamId, TaskId

SINGLE, MIXED = 1, 2  # RecordMode
PICTURES = "jpg"
DROP_MUTES = 2  # RecordMuteAudio
REACHABLE = frozenset({FileState.UPLOADED, FileState.BACKED_UP})


def new_task(task: TaskId, app: AppSettings, request: StartRecord, max_record_s: int = DAY_S) -> NewTask:
    """What the database stores of a StartRecord, which lives at most so long."""
    storage = request.StorageParams
    return NewTask(
        task=task,
        spec=record_spec(app, request, max_record_s),
        destination=Destination() if storage is None else destination(storage),
        secret="" if storage is None else secret_of(storage),
        client_task_id=request.RecordInputParams.ClientTaskId,
        max_tasks=app.max_tasks,
    )


def record_spec(app: AppSettings, request: StartRecord, max_record_s: int = DAY_S) -> RecordSpec:
    """What is to be recorded. The app's callback URL is taken over now: a running task never changes its settings."""
    asked, output = request.RecordInputParams, request.RecordOutputParams
    return RecordSpec(
        app=app.id,
        room=RoomId(request.RoomId),
        tracks=Tracks(asked.StreamType),
        streams=tuple(dict.fromkeys(StreamId(s.StreamId) for s in asked.RecordStreamList)),
        interruption=_interruption(fill=asked.FillBlank, resume=asked.ResumeWithoutInterruption),
        max_idle_s=asked.MaxIdleTime,
        max_record_s=min(asked.MaxRecordTime, max_record_s),
        format=output.OutputFileFormat,
        format_options=format_spec(request),
        folder=normalise_folder(output.OutputFolder),
        callback_url=output.CallbackUrl or app.callback_url,
        mix=mix_spec(asked),
        board=board_spec(asked),
    )


def format_spec(request: StartRecord) -> FormatSpec:
    """What the format wants to know. Parameters without effect have their defaults by now."""
    asked, output = request.RecordInputParams, request.RecordOutputParams
    split_s = asked.RecordMuteAudioSplitThreshold
    return FormatSpec(
        picture_every_s=output.SnapshotInterval,
        segment_s=output.FragmentSeconds,
        upload_segments=output.RealtimeUploadFragment,
        bare_segment_names=output.ShortFragmentPath,
        drop_mutes=asked.RecordMuteAudio == DROP_MUTES,
        split_at_mute_s=None if split_s is None or split_s < 0 else split_s,
    )


def _interruption(*, fill: bool, resume: bool) -> Interruption:
    """ResumeWithoutInterruption wins: its outcome is stated without condition."""
    if resume:
        return Interruption.JOIN
    return Interruption.FILL if fill else Interruption.SPLIT


def secret_of(storage: Storage) -> str:
    """The secret key, wherever its vendor has it."""
    if storage.AlibabaCloudVodParams is not None:
        return storage.AlibabaCloudVodParams.AccessKeySecret
    if storage.TencentCloudVodParams is not None:
        return storage.TencentCloudVodParams.SecretKey
    return storage.AccessKeySecret


def destination(storage: Storage) -> Destination:
    """Where files go, without the secret key. An EndPoint without a scheme is https."""
    alibaba, tencent = storage.AlibabaCloudVodParams, storage.TencentCloudVodParams
    if alibaba is not None:
        return Destination(
            vendor=storage.Vendor,
            region=alibaba.Region,
            access_key_id=alibaba.AccessKeyId,
            title=alibaba.Title,
            storage_location=alibaba.StorageLocation,
        )
    if tencent is not None:
        return Destination(
            vendor=storage.Vendor,
            region=tencent.Region,
            access_key_id=tencent.SecretId,
            sub_app_id=tencent.SubAppId,
        )
    endpoint = storage.EndPoint
    return Destination(
        vendor=storage.Vendor,
        region=storage.Region,
        bucket=storage.Bucket,
        access_key_id=storage.AccessKeyId,
        endpoint=endpoint if not endpoint or "://" in endpoint else f"https://{endpoint}",
        path_style=storage.S3ForcePathStyle,
    )


def status_data(task: Task, files: list[RecordedFile]) -> dict[str, Any]:
    """`Data` of DescribeRecordStatus.

    RecordFiles is left out of tasks that take pictures, and once it is certain that nobody published.
    """
    data = {
        "RoomId": task.room,
        "RecordMode": SINGLE if task.spec.mix is None else MIXED,
        "StreamType": int(task.spec.tracks),
        "RecordBeginTimestamp": task.began_ns // NS_PER_MS,
        "RecordEndTimestamp": (task.ended_ns or 0) // NS_PER_MS,
        "Status": int(task.state),
    }
    if task.spec.format != PICTURES and (files or not no_more_files(task)):
        data["RecordFiles"] = [_file_data(file, shown_state(file, task)) for file in files]
    return data


def shown_state(file: RecordedFile, task: Task) -> FileState:
    """What a caller sees of a file. One that is whole waits for the end of its task: uploads begin only then."""
    return FileState.RECORDING if task.live and file.state is FileState.UPLOADING else file.state


def no_more_files(task: Task) -> bool:
    """Whether the recorder has seen everything the room sent."""
    return task.stage in (Stage.DELIVERING, Stage.DONE)


def task_line(task: TaskLine) -> dict[str, Any]:
    """One element of DescribeTasks' list."""
    return {
        "RecordBeginTimestamp": task.began_ns // NS_PER_MS,
        "TaskId": task.task,
        "RoomId": task.room,
        "Status": int(task.state),
    }


def _file_data(file: RecordedFile, state: FileState) -> dict[str, Any]:
    data = {
        "UserId": file.user,
        "UserName": file.user_name,
        "StreamId": file.stream,
        "FileId": file.name,
        "VideoId": file.video_id,
        "OutputFileFormat": file.format,
        "FileSize": file.size,
        "Duration": file.duration_ms,
        "ResolutionWidth": file.width,
        "ResolutionHeight": file.height,
        "MediaTrackType": file.media_track_type,
        "BeginTimestamp": file.begin_ms,
        "Status": int(state),
    }
    return {**data, "FileUrl": file.url} if file.url and file.state in REACHABLE else data
