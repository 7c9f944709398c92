"""The contract as a table: one row for each documented rule that a request can show. Sections name the rule's place.

A row is a request and what must come of it: the return code, and what the Message names. Requests to tasks name them
by the role they have in the test (`"{mixed}"`); the test makes the tasks.
"""

import json
from dataclasses import dataclass, field
from typing import Any

from tests.acceptance.contract.start_rows import SECTIONS, TENCENT, VOD
from tests.unit.api.start_bodies import ABSENT, ANY_S3, S3, VIEW, Body, change, custom, mixed, single

from reelroom.api.codes import Code

DAY_MS = 86_400_000
IN, OUT = "RecordInputParams__", "RecordOutputParams__"
INVALID = Code.INVALID_INPUT


@dataclass(frozen=True, kw_only=True)
class Row:
    """One rule."""

    section: str
    rule: str
    code: Code
    action: str = "StartRecord"
    body: Any = field(default_factory=dict)
    query: dict[str, str | None] = field(default_factory=dict)  # changes of the common parameters; None takes one away
    method: str = "POST"
    path: str = "/"
    headers: dict[str, str] = field(default_factory=dict)
    names: tuple[str, ...] = ()  # what stands in the Message
    signed_with: str = "secret"


def came(body: Body, path: str) -> str:
    """What stands at a path, for people."""
    place: Any = body
    for part in path.replace("[", ".").replace("]", "").split("."):
        try:
            place = place[int(part)] if isinstance(place, list) else place[part]
        except (KeyError, IndexError, TypeError, ValueError):
            return "nothing"
    text = json.dumps(place, ensure_ascii=True, default=str) if "Secret" not in path else "a wrong value"
    return text if len(text) <= 40 else f"{text[:39]}…"


def start_refused() -> list[Row]:
    return [
        Row(section=section, rule=f"`{path}`: {came(body, path)}", code=INVALID, body=body, names=(f"{path}: ", words))
        for section, rows in SECTIONS.items()
        for body, path, words in rows
        if "Infinity" not in json.dumps(body)  # which JSON can't say
    ]


GATEWAY = [
    ("Action missing", Code.ACTION_MISSING, {"Action": None}, "Action is missing"),
    ("Action empty", Code.ACTION_MISSING, {"Action": ""}, "Action is missing"),
    ("Action unknown", Code.ACTION_UNKNOWN, {"Action": "RecordEverything"}, "Action"),
    ("Action in another case", Code.ACTION_UNKNOWN, {"Action": "startrecord"}, "Action"),
    ("AppId missing", Code.APP_ID_MALFORMED, {"AppId": None}, "AppId"),
    ("AppId not a number", Code.APP_ID_MALFORMED, {"AppId": "app"}, "AppId"),
    ("AppId over 32 bits", Code.APP_ID_MALFORMED, {"AppId": "4294967296"}, "AppId"),
    ("AppId padded with zeros", Code.APP_ID_MALFORMED, {"AppId": "0987654321"}, "AppId"),
    ("AppId of no app", Code.NO_SERVER_SECRET, {"AppId": "1"}, "ServerSecret for AppId 1"),
    ("Timestamp missing", Code.TIMESTAMP_MISSING, {"Timestamp": None}, "Timestamp is missing"),
    ("Timestamp not whole", Code.TIMESTAMP_MALFORMED, {"Timestamp": "1754300000.5"}, "Timestamp"),
    ("Timestamp not a number", Code.TIMESTAMP_MALFORMED, {"Timestamp": "now"}, "Timestamp"),
    ("Timestamp in milliseconds", Code.SIGNATURE_EXPIRED, {"Timestamp": "1754300000000"}, "Timestamp"),
    ("Timestamp long past", Code.SIGNATURE_EXPIRED, {"Timestamp": "1615186943"}, "10 minutes"),
    ("SignatureNonce missing", Code.NONCE_MISSING, {"SignatureNonce": None}, "SignatureNonce is missing"),
    ("SignatureNonce empty", Code.NONCE_MISSING, {"SignatureNonce": ""}, "SignatureNonce is missing"),
    ("SignatureVersion missing", Code.VERSION_MISSING, {"SignatureVersion": None}, "SignatureVersion is missing"),
    ("SignatureVersion 1.0", Code.VERSION_WRONG, {"SignatureVersion": "1.0"}, "2.0"),
    ("Signature missing", Code.SIGNATURE_MISSING, {"Signature": None}, "Signature is missing"),
    ("Signature wrong", Code.SIGNATURE_WRONG, {"Signature": "0" * 32}, "signature is wrong"),
    ("Signature of another nonce", Code.SIGNATURE_WRONG, {"SignatureNonce": "another"}, "signature is wrong"),
    # order: what stands first in the specification's list is told
    ("no Action and no AppId", Code.ACTION_MISSING, {"Action": None, "AppId": None}, "Action"),
    ("no AppId and no Timestamp", Code.APP_ID_MALFORMED, {"AppId": None, "Timestamp": None}, "AppId"),
    ("no Signature, version 1.0", Code.SIGNATURE_MISSING, {"Signature": None, "SignatureVersion": "1.0"}, "Signature"),
    ("version 1.0 and expired", Code.VERSION_WRONG, {"SignatureVersion": "1.0", "Timestamp": "1"}, "2.0"),
    ("expired and wrong", Code.SIGNATURE_EXPIRED, {"Timestamp": "1", "Signature": "0"}, "10 minutes"),
    ("wrong, and no such action", Code.SIGNATURE_WRONG, {"Signature": "0", "Action": "Fly"}, "signature"),
]


def gateway() -> list[Row]:
    section = "Common parameters"
    rows = [
        Row(section=section, rule=rule, code=code, body=single(), query=query, names=(names,))
        for rule, code, query, names in GATEWAY
    ]
    unsigned_body = {"room_id": "r"}
    return [
        *rows,
        Row(
            section=section,
            rule="the body is looked at last",
            code=Code.SIGNATURE_WRONG,
            body=unsigned_body,
            query={"Signature": "0"},
        ),
        Row(
            section=section,
            rule="signature over AppId, secret, nonce, time in a wrong order",
            code=Code.SIGNATURE_WRONG,
            body=single(),
            signed_with="swapped",
        ),
        Row(
            section=section,
            rule="Host header malformed",
            code=Code.BAD_HOST,
            body=single(),
            headers={"Host": "a/b"},
            names=("Host",),
        ),
    ]


def bodies() -> list[Row]:
    section = "Bodies"
    wrong: list[tuple[str, Any, tuple[str, ...]]] = [
        ("not JSON", b"RoomId=lesson42", ("body: not JSON",)),
        ("JSON with NaN", b'{"RoomId": NaN}', ("body: not JSON",)),
        ("not UTF-8", b'{"RoomId": "\xff"}', ("body: not JSON",)),
        ("an array", b"[]", ("body: ", "a JSON object")),
        ("a text that holds JSON", json.dumps(json.dumps(single())).encode(), ("body: ", "a JSON object")),
        ("nothing", b"", ("RoomId: is missing",)),
        ("snake_case fields", {"room_id": "r", "record_input_params": {}}, ("RoomId: is missing",)),
        ("very deep", b"[" * 100_000, ("body: ",)),
    ]
    return [
        *[Row(section=section, rule=rule, code=INVALID, body=body, names=names) for rule, body, names in wrong],
        Row(section=section, rule="longer than 1 MiB", code=Code.BODY_UNREADABLE, body=b" " * (1 << 20) + b"{}"),
        Row(section=section, rule="GET without business fields", code=INVALID, method="GET", names=("RoomId",)),
    ]


_KEYS = {"AccessKeyId": "AKID", "AccessKeySecret": "hush-hush"}
PUBLISHED: list[dict[str, Any]] = [  # source: specification, values expected by the API, with a field that clients add
    {"Vendor": 1, "Region": "cn-north-1", "Bucket": "bucket", **_KEYS},
    {"Vendor": 2, "Region": "oss-cn-hangzhou", "Bucket": "bucket", **_KEYS},
    {"Vendor": 3, "Region": "ap-beijing", "Bucket": "mybucket123-1250000000", **_KEYS},
    {"Vendor": 4, "Region": "z0", "Bucket": "space", **_KEYS},
    {"Vendor": 5, "AlibabaCloudVodParams": VOD},
    {"Vendor": 6, "TencentCloudVodParams": {**TENCENT, "Region": "ap-beijing"}},
    {"Vendor": 7, "Region": "cn-north-4", "Bucket": "bucket", **_KEYS},
    {"Vendor": 8, "Bucket": "bucket", **_KEYS},
    {"Vendor": 9, "Region": "eos-shanghai-1", "Bucket": "bucket", **_KEYS},
    {
        "Vendor": 10,
        "Region": "nyc3",
        "Bucket": "space",
        "EndPoint": "https://nyc3.digitaloceanspaces.com",
        "ACL": "x",
        **_KEYS,
    },
]

EVERYTHING = {
    "FillMode": 2,
    "MixOutputAudioConfig": {"Bitrate": 64_000},
    "MixOutputBackgroundColor": 4290167040,
    "MixOutputBackgroundImage": "https://img.example.org/background.png",
    "MixOutputWatermarkImage": "https://img.example.org/mark.png",
    "MixOutputWatermarkImageConfig": {"Left": 0, "Top": 0, "Right": 100, "Bottom": 50},
    "IsAlwaysMix": True,
    "MixOutputWatermarkTimestampConfig": {"FontSize": 24},
    "RecordSoundWave": True,
    "SoundWaveType": 1,
    "StreamConfigList": [{"StreamId": "s", "StreamType": 1}, {"StreamType": 3}],
    "ClearInputStreamTimeout": 500,
}

ACCEPTED: list[tuple[str, Body]] = [
    ("the smallest request", {"RoomId": "r", "RecordInputParams": {"RecordMode": 1}}),
    ("StorageParams absent: the server's own folder", single(StorageParams=ABSENT)),
    ("StorageParams inside RecordOutputParams", single(StorageParams=ABSENT, RecordOutputParams={"StorageParams": S3})),
    ("ClientTaskId on top", single(ClientTaskId="on-top")),
    ("unknown fields", single(Action="StartRecord", StorageParams={**S3, "ACL": "private"}, Surprise=[1])),
    ("null stands for absent", single(RecordOutputParams=None, **{f"{IN}MaxIdleTime": None})),
    ("integers as integral floats", single(**{f"{IN}MaxIdleTime": 60.0, f"{IN}RecordMode": 1.0})),
    *[(f"StreamType {kind}", single(**{f"{IN}StreamType": kind})) for kind in (1, 2, 3, 4)],
    *[(f"MaxIdleTime {seconds}", single(**{f"{IN}MaxIdleTime": seconds})) for seconds in (5, 86_400)],
    *[(f"MaxRecordTime {seconds}", single(**{f"{IN}MaxRecordTime": seconds})) for seconds in (300, 86_400)],
    (
        "FillBlank and ResumeWithoutInterruption",
        single(**{f"{IN}FillBlank": True, f"{IN}ResumeWithoutInterruption": True}),
    ),
    ("an empty RecordStreamList", single(**{f"{IN}RecordStreamList": []})),
    ("a room id of 128 bytes", single(RoomId="房" * 42 + "ab")),
    ("a room id like a path", single(RoomId="../../etc/passwd")),
    ("a stream id of 256 characters", single(**{f"{IN}RecordStreamList": [{"StreamId": "流" * 256}]})),
    ("OutputFolder with slashes", single(**{f"{OUT}OutputFolder": "//a//b//"})),
    ("a callback address with a query", single(**{f"{OUT}CallbackUrl": "https://hook.example.org/x?y=1"})),
    ("vendor 10 without a scheme", single(StorageParams={**ANY_S3, "EndPoint": "s3.example.org"})),
    *[(f"published values of vendor {params['Vendor']}", single(StorageParams=params)) for params in PUBLISHED],
    (
        "vendor 6 with SubAppId",
        single(StorageParams={"Vendor": 6, "TencentCloudVodParams": {**TENCENT, "SubAppId": 7}}),
    ),
    ("vendor 10 by path", single(StorageParams={**ANY_S3, "S3ForcePathStyle": True})),
    *[(f"a mix of MixMode {mode}", mixed(MixMode=mode)) for mode in (2, 3, 4, 5)],
    ("a mix of its own views", custom(StreamId="s", BackgroundImage="https://img.example.org/a.png")),
    ("a mix with everything", mixed(**EVERYTHING)),
    ("a mix of sound needs no canvas", change(mixed(MixOutputVideoConfig=ABSENT), {f"{IN}StreamType": 1})),
    ("the canvas of a mix of sound is not looked at", change(mixed(MixOutputVideoConfig={}), {f"{IN}StreamType": 1})),
    ("views of a preset are not looked at", mixed(MixInputList="x")),
    ("FrameFillColor but for FrameFillMode 2", change(mixed(), {f"{IN}FillFrame": {"FrameFillColor": "x"}})),
    ("SoundWaveType without RecordSoundWave", mixed(SoundWaveType=9)),
    ("StreamConfigList in a mix of sound", change(mixed(StreamConfigList=5), {f"{IN}StreamType": 1})),
    ("DefaultMixStreamBackgroundImage without FillBlank", mixed(DefaultMixStreamBackgroundImage="x")),
    ("BackgroundImage of a view without StreamId", custom(BackgroundImage="x")),
    ("MixMaxResolutionStreamId in a grid", mixed(MixMaxResolutionStreamId=7)),
    ("ResumeWithoutInterruption in a mix", change(mixed(), {f"{IN}ResumeWithoutInterruption": "x"})),
    ("RecordStreamList of a mix is not looked at", change(mixed(), {f"{IN}RecordStreamList": 7})),
    (
        "a whiteboard in a mix of sound is not looked at",
        change(mixed(), {f"{IN}StreamType": 1, f"{IN}HasWhiteboard": 5}),
    ),
    # parameters whose condition isn't met have no effect, whatever they hold
    ("MixConfig in single-stream mode", single(**{f"{IN}MixConfig": {"MixMode": 99}})),
    ("FillFrame in single-stream mode", single(**{f"{IN}FillFrame": "x"})),
    ("RecordMuteAudio but for mp3", single(**{f"{IN}RecordMuteAudio": 9})),
    ("RecordMuteAudioSplitThreshold but for mp3", single(**{f"{IN}RecordMuteAudioSplitThreshold": "x"})),
    ("Whiteboard without HasWhiteboard", single(**{f"{IN}Whiteboard": [{}]})),
    ("SnapshotInterval but for jpg", single(**{f"{OUT}SnapshotInterval": 0})),
    ("FragmentSeconds but for hls", single(**{f"{OUT}FragmentSeconds": 0})),
    ("RealtimeUploadFragment but for hls", single(**{f"{OUT}RealtimeUploadFragment": 0})),
    ("ShortFragmentPath but for hls", single(**{f"{OUT}ShortFragmentPath": 0})),
    ("EndPoint but for vendor 10", single(StorageParams__EndPoint=1)),
    ("S3ForcePathStyle but for vendor 10", single(StorageParams__S3ForcePathStyle=1)),
    ("AlibabaCloudVodParams but for vendor 5", single(StorageParams__AlibabaCloudVodParams={})),
    ("TencentCloudVodParams but for vendor 6", single(StorageParams__TencentCloudVodParams=7)),
]


def accepted() -> list[Row]:
    section = "StartRecord: accepted"
    return [
        *[Row(section=section, rule=rule, code=Code.OK, body=body, names=("succeed",)) for rule, body in ACCEPTED],
        Row(
            section=section,
            rule="GET with business fields in the query, objects as JSON",
            code=Code.OK,
            method="GET",
            names=("succeed",),
            query={
                "RoomId": "42",
                "RecordInputParams": json.dumps({"RecordMode": 1}),
                "StorageParams": json.dumps(S3),
            },
        ),
        Row(section=section, rule="two slashes before the query", code=Code.OK, body=single(), path="//"),
        Row(section=section, rule="no slash before the query", code=Code.OK, body=single(), path=""),
        Row(section=section, rule="a nonce that was used", code=Code.OK, body=single()),
        Row(
            section=section,
            rule="unknown common parameters",
            code=Code.OK,
            body=single(),
            query={"IsTest": "false", "RegionId": "eu"},
        ),
        Row(
            section=section,
            rule="a content type with a charset",
            code=Code.OK,
            body=single(),
            headers={"Content-Type": "application/json;charset=utf-8"},
        ),
        Row(section=section, rule="no content type", code=Code.OK, body=single(), headers={"Content-Type": ""}),
    ]


ONE_TASK = ("StopRecord", "PauseRecord", "ResumeRecord", "TakeSnapshot", "DescribeRecordStatus", "UpdateLayout")
OF_MIXES = ("PauseRecord", "ResumeRecord", "TakeSnapshot", "UpdateLayout")


def ref(role: str, **more: Any) -> Body:
    """A body that names the task of a role."""
    return {"TaskId": f"{{{role}}}", **more}


def tasks() -> list[Row]:
    rows = []
    for action in (*ONE_TASK, "UpdateWhiteboard"):
        more = {"WhiteboardId": "w"} if action == "UpdateWhiteboard" else {}
        make = {"section": f"{action}: TaskId", "action": action}
        for rule, given in (("missing", None), ("empty", ""), ("a number", 7)):
            body = {"TaskId": given, **more}
            rows.append(Row(**make, rule=rule, code=INVALID, body=body, names=("TaskId: ",)))
        rows += [
            Row(**make, rule="unknown", code=Code.TASK_UNKNOWN, body={"TaskId": "aJB-YE-iHBJnAABN", **more}),
            Row(**make, rule="of another app", code=Code.TASK_UNKNOWN, body=ref("foreign", **more)),
        ]
    rows += [
        Row(
            section="Mixed-stream tasks only",
            rule=f"{action} of a single-stream task",
            action=action,
            code=INVALID,
            body=ref("single"),
            names=("TaskId: ", "only mixed-stream tasks"),
        )
        for action in OF_MIXES
    ]
    ended = {"UpdateWhiteboard": ("ended_board", {"WhiteboardId": "w"}), "StopRecord": ("ended", {})}
    for action in ("StopRecord", *OF_MIXES, "UpdateWhiteboard"):
        role, more = ended.get(action, ("ended_mixed", {}))
        rows.append(
            Row(
                section="Tasks that ended",
                rule=action,
                action=action,
                code=Code.TASK_ENDED,
                body=ref(role, **more),
                names=("ended already",),
            )
        )
    return rows


def pauses() -> list[Row]:
    def row(rule: str, action: str, role: str, code: Code, *names: str) -> Row:
        return Row(section="Pause, resume, snapshot", rule=rule, action=action, body=ref(role), code=code, names=names)

    return [
        row("nothing to resume", "ResumeRecord", "mixed", Code.TASK_NOT_PAUSED, "not paused"),
        row("a snapshot of a task that records", "TakeSnapshot", "mixed", Code.OK, "succeed"),
        row("a pause", "PauseRecord", "mixed", Code.OK, "succeed"),
        row("a pause of a paused task", "PauseRecord", "mixed", Code.OK, "succeed"),
        row("no snapshot of a paused task", "TakeSnapshot", "mixed", INVALID, "TaskId: the task is paused"),
        row("a layout for a paused task", "UpdateLayout", "mixed", Code.OK, "succeed"),
        row("resumed", "ResumeRecord", "mixed", Code.OK, "succeed"),
        row("resumed twice", "ResumeRecord", "mixed", Code.TASK_NOT_PAUSED, "not paused"),
        row("no snapshot of sound", "TakeSnapshot", "sound", INVALID, "records sound only"),
        row("a paused task can be stopped: pause", "PauseRecord", "sound", Code.OK),
        row("a paused task can be stopped: stop", "StopRecord", "sound", Code.OK),
    ]


LAYOUTS: list[tuple[str, Body, Code, tuple[str, ...]]] = [
    ("without MixMode: the default, 2", {}, Code.OK, ()),
    *[(f"MixMode {mode}", {"MixMode": mode}, Code.OK, ()) for mode in (2, 3, 4, 5)],
    ("MixMode 1 with a view", {"MixMode": 1, "MixInputList": [VIEW]}, Code.OK, ()),
    ("a big view in a grid is not looked at", {"MixMode": 2, "MixMaxResolutionStreamId": 5}, Code.OK, ()),
    (
        "an image without StreamId is not looked at",
        {"MixMode": 1, "MixInputList": [{**VIEW, "BackgroundImage": "x"}]},
        Code.OK,
        (),
    ),
    ("a big view", {"MixMode": 4, "MixMaxResolutionStreamId": "teacher"}, Code.OK, ()),
    ("views of a preset are not looked at", {"MixMode": 2, "MixInputList": 5}, Code.OK, ()),
    ("MixMode 0", {"MixMode": 0}, INVALID, ("MixMode: 0 came; allowed: 1, 2, 3, 4, 5",)),
    ("MixMode as a text", {"MixMode": "1"}, INVALID, ("MixMode: ",)),
    ("MixMode 1 without views", {"MixMode": 1}, INVALID, ("MixInputList: is missing; needed when MixMode is 1",)),
    ("26 views", {"MixMode": 1, "MixInputList": [VIEW] * 26}, INVALID, ("MixInputList: ", "at most 25")),
    (
        "a view without Layer",
        {"MixMode": 1, "MixInputList": [change(VIEW, {"Layer": ABSENT})]},
        INVALID,
        ("[0].Layer",),
    ),
    (
        "Top under Bottom",
        {"MixMode": 1, "MixInputList": [{**VIEW, "Top": 721}]},
        INVALID,
        ("[0].Top", "at most Bottom"),
    ),
    ("Left beyond Right", {"MixMode": 1, "MixInputList": [{**VIEW, "Left": 1281}]}, INVALID, ("[0].Left",)),
    (
        "beyond the task's canvas: Right",
        {"MixMode": 1, "MixInputList": [{**VIEW, "Right": 1300}]},
        INVALID,
        ("canvas width, 1280",),
    ),
    (
        "beyond the task's canvas: Bottom",
        {"MixMode": 1, "MixInputList": [{**VIEW, "Bottom": 900}]},
        INVALID,
        ("canvas height, 720",),
    ),
    ("two whiteboard views", {"MixMode": 1, "MixInputList": [{**VIEW, "ViewType": 2}] * 2}, INVALID, ("allowed: one",)),
    (
        "an image that is no address",
        {"MixMode": 1, "MixInputList": [{**VIEW, "StreamId": "s", "BackgroundImage": "x"}]},
        INVALID,
        ("BackgroundImage",),
    ),
    ("FillMode 3", {"MixMode": 1, "MixInputList": [{**VIEW, "FillMode": 3}]}, INVALID, ("[0].FillMode",)),
]


def layouts() -> list[Row]:
    return [
        Row(
            section="UpdateLayout",
            rule=rule,
            action="UpdateLayout",
            body=ref("mixed", **more),
            code=code,
            names=names,
        )
        for rule, more, code, names in LAYOUTS
    ]


def whiteboards() -> list[Row]:
    make: dict[str, Any] = {"section": "UpdateWhiteboard", "action": "UpdateWhiteboard"}
    return [
        Row(**make, rule="another board", body=ref("board", WhiteboardId="b2"), code=Code.OK),
        Row(**make, rule="WhiteboardId missing", body=ref("board"), code=INVALID, names=("WhiteboardId: is missing",)),
        Row(
            **make, rule="WhiteboardId empty", body=ref("board", WhiteboardId=""), code=INVALID, names=("WhiteboardId",)
        ),
        Row(
            **make,
            rule="a task without whiteboard",
            body=ref("single", WhiteboardId="w"),
            code=INVALID,
            names=("TaskId: ", "HasWhiteboard"),
        ),
    ]


def lists(now_ms: int) -> list[Row]:
    window = {"Status": 2, "StartTime": now_ms - DAY_MS, "EndTime": now_ms}
    wrong: list[tuple[str, Body, tuple[str, ...]]] = [
        ("Status missing", {"Status": None}, ("Status: is missing",)),
        ("Status 1", {"Status": 1}, ("Status: 1 came; allowed: 2 or 3",)),
        ("StartTime missing", {"StartTime": None}, ("StartTime: is missing",)),
        ("EndTime missing", {"EndTime": None}, ("EndTime: is missing",)),
        ("StartTime as a text", {"StartTime": str(now_ms)}, ("StartTime: ",)),
        ("StartTime four days ago", {"StartTime": now_ms - 4 * DAY_MS}, ("StartTime: ", "three days ago")),
        ("EndTime equal to StartTime", {"EndTime": now_ms - DAY_MS}, ("EndTime: ", "above StartTime")),
        ("a window of four days", {"EndTime": now_ms + 3 * DAY_MS}, ("EndTime: ", "at most 3 days")),
        ("PageSize 0", {"PageSize": 0}, ("PageSize: 0 came; allowed: an integer from 1 to 50",)),
        ("PageSize 51", {"PageSize": 51}, ("PageSize: 51 came",)),
        ("PageOffset -1", {"PageOffset": -1}, ("PageOffset: -1 came",)),
        ("RoomId as a number", {"RoomId": 1}, ("RoomId: 1 came",)),
    ]
    right: list[tuple[str, Body]] = [
        ("running tasks", {}),
        ("ended tasks", {"Status": 3}),
        ("of one room", {"RoomId": "lesson42"}),
        ("PageOffset 0 means 1", {"PageOffset": 0}),
        ("a page far behind the last", {"PageOffset": 10_000}),
        ("PageSize 1", {"PageSize": 1}),
        ("three days by the caller's clock", {"StartTime": now_ms - 3 * DAY_MS - 1000, "EndTime": now_ms - 1000}),
    ]
    make: dict[str, Any] = {"section": "DescribeTasks", "action": "DescribeTasks"}
    return [
        *[Row(**make, rule=rule, code=INVALID, body={**window, **more}, names=names) for rule, more, names in wrong],
        *[Row(**make, rule=rule, code=Code.OK, body={**window, **more}) for rule, more in right],
    ]


def table(now_ms: int) -> list[Row]:
    """Every row, in the order in which they are asked."""
    return [
        *gateway(),
        *bodies(),
        *start_refused(),
        *accepted(),
        *tasks(),
        *pauses(),
        *layouts(),
        *whiteboards(),
        *lists(now_ms),
    ]
