"""StartRecord bodies: one that is good, and how to change it by a path."""

import copy
from typing import Any

Body = dict[str, Any]
ABSENT = object()

_KEYS = {"AccessKeyId": "AKID", "AccessKeySecret": "hush-hush"}
S3 = {"Vendor": 1, "Region": "eu-central-1", "Bucket": "recordings", **_KEYS}
ANY_S3 = {**S3, "Vendor": 10, "EndPoint": "https://s3.example.org"}
CANVAS = {"Width": 1280, "Height": 720, "Fps": 15, "Bitrate": 1_130_000}
VIEW = {"Top": 0, "Left": 0, "Bottom": 720, "Right": 1280, "Layer": 0}
MIX = {"MixOutputStreamId": "mix_lesson42", "MixOutputVideoConfig": CANVAS}


def single(**changes: Any) -> Body:
    """A single-stream task; changes by path, with `__` for each dot."""
    body = {"RoomId": "lesson42", "RecordInputParams": {"RecordMode": 1, "StreamType": 3}, "StorageParams": S3}
    return change(body, changes)


def mixed(**changes: Any) -> Body:
    """A mixed task; paths begin in MixConfig."""
    body = {"RoomId": "lesson42", "RecordInputParams": {"RecordMode": 2, "MixConfig": MIX}, "StorageParams": S3}
    return change(body, {f"RecordInputParams__MixConfig__{path}": value for path, value in changes.items()})


def custom(**changes: Any) -> Body:
    """A mixed task with one view of its own; paths begin in that view."""
    return mixed(MixMode=1, MixInputList=[change(VIEW, changes)])


def change(body: Body, changes: dict[str, Any]) -> Body:
    """A copy with values set, or taken away by ABSENT."""
    body = copy.deepcopy(body)
    for path, value in changes.items():
        *parents, last = path.split("__")
        place = body
        for parent in parents:
            place = place.setdefault(parent, {})
        if value is ABSENT:
            place.pop(last)
        else:
            place[last] = value
    return body
