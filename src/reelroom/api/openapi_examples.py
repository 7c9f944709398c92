"""Requests and answers shown in the API's document. Tests send each request through the models and the rules."""

from typing import Any

Example = dict[str, Any]

TASK = {"TaskId": "aJB-YE-iHBJnAABN"}
_KEYS = {"AccessKeyId": "AKIDEXAMPLE", "AccessKeySecret": "…"}
_FILE = "aJB-YE-iHBJnAABN_lesson42_mixout_VA_20250804093322418.mp4"
_CANVAS = {"Width": 1280, "Height": 720, "Fps": 15, "Bitrate": 1_130_000}

STORES: dict[str, Example] = {
    "Amazon S3": {"Vendor": 1, "Region": "eu-central-1", "Bucket": "example-bucket", **_KEYS},
    "Alibaba OSS": {"Vendor": 2, "Region": "oss-cn-hangzhou", "Bucket": "example-bucket", **_KEYS},
    "Tencent COS": {"Vendor": 3, "Region": "ap-beijing", "Bucket": "mybucket123-1250000000", **_KEYS},
    "Qiniu Kodo": {"Vendor": 4, "Region": "z0", "Bucket": "example-space", **_KEYS},
    "Alibaba VOD": {
        "Vendor": 5,
        "AlibabaCloudVodParams": {
            "Region": "cn-shanghai",
            **_KEYS,
            "Title": "Lesson 42",
            "StorageLocation": "example.oss-cn-shanghai.aliyuncs.com",
        },
    },
    "Tencent VOD": {
        "Vendor": 6,
        "TencentCloudVodParams": {
            "SecretId": "AKIDEXAMPLE",
            "SecretKey": "…",
            "Region": "ap-shanghai",
            "SubAppId": 1_400_000_001,
        },
    },
    "Huawei OBS": {"Vendor": 7, "Region": "cn-north-4", "Bucket": "example-bucket", **_KEYS},
    "Google Cloud Storage": {"Vendor": 8, "Bucket": "example-bucket", **_KEYS},
    "China Mobile EOS": {"Vendor": 9, "Region": "eos-shanghai-1", "Bucket": "example-bucket", **_KEYS},
    "any S3 store": {
        "Vendor": 10,
        "Region": "fra1",
        "Bucket": "example-bucket",
        **_KEYS,
        "EndPoint": "https://fra1.digitaloceanspaces.com",
    },
}


def _start(asked: Example, output: Example | None = None, store: str = "Amazon S3") -> Example:
    result = {"OutputFileFormat": "mp4", "OutputFolder": "record/", **(output or {})}
    return {
        "RoomId": "lesson42",
        "RecordInputParams": asked,
        "RecordOutputParams": result,
        "StorageParams": STORES[store],
    }


def _mixed(mix: Example, **more: Any) -> Example:
    config = {"MixOutputStreamId": "mixout", "MixOutputVideoConfig": _CANVAS, **mix}
    return _start({"RecordMode": 2, "StreamType": 3, "MaxIdleTime": 60, "MixConfig": config, **more})


_TWO_VIEWS = [
    {"StreamId": "teacher", "Top": 0, "Left": 0, "Bottom": 720, "Right": 960, "Layer": 0, "FillMode": 2},
    {"Top": 0, "Left": 960, "Bottom": 240, "Right": 1280, "Layer": 1},
]
_MP3 = {"RecordMode": 1, "StreamType": 1, "RecordMuteAudio": 2, "RecordMuteAudioSplitThreshold": 60}
_SINGLE = {"RecordMode": 1, "StreamType": 3, "MaxIdleTime": 60}

START: dict[str, Example] = {
    "every stream of a room, into the server's own folder": {"RoomId": "lesson42", "RecordInputParams": _SINGLE},
    "two streams, told by callbacks": _start(
        {**_SINGLE, "RecordStreamList": [{"StreamId": "teacher"}, {"StreamId": "pupil"}], "FillBlank": True},
        {"CallbackUrl": "https://example.org/recordings"},
    ),
    "all in one picture, as a grid": _mixed({"MixMode": 2, "MixOutputWatermarkTimestampConfig": {"FontSize": 24}}),
    "all in one picture, by views of your own": _mixed({"MixMode": 1, "MixInputList": _TWO_VIEWS}),
    "a whiteboard beside the streams": _mixed(
        {"MixMode": 4}, HasWhiteboard=True, Whiteboard=[{"HorizontalRatio": 16, "VerticalRatio": 9}]
    ),
    "sound as mp3, without the muted periods": _start(_MP3, {"OutputFileFormat": "mp3"}),
    "hls, uploaded while it is recorded": _start(
        _SINGLE, {"OutputFileFormat": "hls", "FragmentSeconds": 6, "RealtimeUploadFragment": True}
    ),
    "a picture each minute": _start(_SINGLE, {"OutputFileFormat": "jpg", "SnapshotInterval": 60}),
    **{f"store: {store}": _start(_SINGLE, store=store) for store in STORES},
}
LAYOUT: dict[str, Example] = {
    "a grid": {**TASK, "MixMode": 2},
    "one big view": {**TASK, "MixMode": 5, "MixMaxResolutionStreamId": "teacher"},
    "views of your own": {**TASK, "MixMode": 1, "MixInputList": _TWO_VIEWS},
}
LIST: dict[str, Example] = {
    "tasks that ended": {"Status": 3, "StartTime": 1_754_265_600_000, "EndTime": 1_754_352_000_000},
    "the second page of a room's": {
        "Status": 3,
        "RoomId": "lesson42",
        "PageOffset": 2,
        "PageSize": 20,
        "StartTime": 1_754_265_600_000,
        "EndTime": 1_754_352_000_000,
    },
}
BOARD: dict[str, Example] = {"another board": {**TASK, "WhiteboardId": "1754300000001"}}
ONLY_TASK: dict[str, Example] = {"a task": TASK}

STARTED: Example = TASK
STATUS: Example = {
    "RoomId": "lesson42",
    "RecordMode": 2,
    "StreamType": 3,
    "RecordBeginTimestamp": 1_754_300_000_511,
    "RecordEndTimestamp": 1_754_300_630_102,
    "Status": 3,
    "RecordFiles": [
        {
            "UserId": "mixout",
            "UserName": "mixout",
            "StreamId": "mixout",
            "FileId": _FILE,
            "VideoId": "",
            "FileUrl": f"https://example-bucket.s3.eu-central-1.amazonaws.com/record/{_FILE}",
            "OutputFileFormat": "mp4",
            "FileSize": 91_226_604,
            "Duration": 627_684,
            "ResolutionWidth": 1280,
            "ResolutionHeight": 720,
            "MediaTrackType": 3,
            "BeginTimestamp": 1_754_300_002_418,
            "Status": 3,
        }
    ],
}
PAGE: Example = {
    "PageOffset": 1,
    "PageSize": 50,
    "TotalCount": 1,
    "TaskidList": [{"RecordBeginTimestamp": 1_754_300_000_511, **TASK, "RoomId": "lesson42", "Status": 3}],
}


_NOTICED_FILE: Example = {
    "user_id": "mixout",
    "user_name": "mixout",
    "stream_id": "mixout",
    "file_id": _FILE,
    "video_id": "",
    "file_url": f"https://example-bucket.s3.eu-central-1.amazonaws.com/record/{_FILE}",
    "output_file_format": "mp4",
    "file_size": 91_226_604,
    "duration": 627_684,
    "resolution_width": 1280,
    "resolution_height": 720,
    "media_track_type": 3,
    "begin_timestamp": 1_754_300_002_418,
    "status": 3,
}


def _notice(event_type: int, detail: Example) -> Example:
    """Signed with the callback secret 7b0a5c1de2f34489."""
    return {
        "app_id": 987_654_321,
        "task_id": "aJB-YE-iHBJnAABN",
        "room_id": "lesson42",
        "event_type": event_type,
        "message": "",
        "nonce": "518203",
        "timestamp": "1754300123",
        "signature": "baa952e444e223e6d0e168f426bab9c1d2e6bfed",
        "sequence": 2,
        "detail": detail,
    }


NOTICES: dict[str, Example] = {
    "uploads are over": _notice(1, {"upload_status": 1, "file_info": [_NOTICED_FILE]}),
    "nobody came": _notice(2, {"quit_reason": 3}),
    "an image is missing": _notice(3, {"image_type": 2, "image_url": "https://img.example.org/wm.png"}),
    "a stream is missing": _notice(6, {"stream_id": "stream-7"}),
    "paused": _notice(201, {}),
}


def success(data: Example | None) -> Example:
    """A whole answer around `Data`."""
    envelope: Example = {"Code": 0, "Message": "succeed", "RequestId": "5190337721460083512"}
    return envelope if data is None else {**envelope, "Data": data}


def refusal(code: int, message: str) -> Example:
    """A whole answer of a refusal."""
    return {"Code": code, "Message": message, "RequestId": "5190337721460083512"}
