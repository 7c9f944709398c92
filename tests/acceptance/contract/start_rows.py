"""StartRecord refused, one row for each rule: what came, which path the Message names, and what it says of it.

Sections follow the specification's tables. The same rows are asked of the code alone and of a running server, and
render the reference of refusals.
"""

from typing import Any

from tests.unit.api.start_bodies import ABSENT, ANY_S3, CANVAS, S3, VIEW, Body, change, custom, mixed, single

from reelroom.api.start_models import FORMATS
from reelroom.api.start_rules import MIXED_FORMATS

IN = "RecordInputParams"
OUT = "RecordOutputParams"
MIXING = "RecordInputParams.MixConfig"
SCREEN = f"{MIXING}.MixOutputVideoConfig"
FORMAT = f"{OUT}.OutputFileFormat"
STORE = "StorageParams"
VOD = {
    "Region": "cn-shanghai",
    "AccessKeyId": "a",
    "AccessKeySecret": "hush-hush",
    "Title": "t",
    "StorageLocation": "s",
}
TENCENT = {"SecretId": "a", "SecretKey": "hush-hush", "Region": "ap-shanghai"}
BOARD = {"HorizontalRatio": 16, "VerticalRatio": 9}
CLOCK = "MixOutputWatermarkTimestampConfig"
MARK = "MixOutputWatermarkImageConfig"


def boards(*items: Any) -> Body:
    return single(RecordInputParams__HasWhiteboard=True, RecordInputParams__Whiteboard=list(items))


def stored(params: dict[str, Any], **changes: Any) -> Body:
    return single(StorageParams=change(params, changes))


def asked(**changes: Any) -> Body:
    return single(**{f"RecordInputParams__{name}": value for name, value in changes.items()})


def output(**changes: Any) -> Body:
    return single(**{f"RecordOutputParams__{name}": value for name, value in changes.items()})


MIXED_REFUSED = tuple(form for form in FORMATS if form not in MIXED_FORMATS)


SECTIONS: dict[str, list[tuple[Body, str, str]]] = {
    "StartRecord: the request itself": [
        ({}, "RoomId", "is missing"),
        (single(RoomId=ABSENT), "RoomId", "is missing"),
        (single(RoomId=None), "RoomId", "is missing"),
        (single(RoomId=""), "RoomId", "a non-empty string, at most 128 bytes"),
        (single(RoomId=42), "RoomId", "42 came; allowed: a non-empty string"),
        (single(RoomId="房" * 43), "RoomId", "at most 128 bytes of UTF-8"),
        (single(RoomId="a\0b"), "RoomId", "a non-empty string"),
        (single(RoomId="\ud800"), "RoomId", "a non-empty string"),
        (single(RecordInputParams=ABSENT), IN, "is missing"),
        (single(RecordInputParams=[]), IN, "[] came; allowed: an object"),
        (single(RecordInputParams="{}"), IN, "allowed: an object"),
        (single(RecordOutputParams=7), OUT, "7 came; allowed: an object"),
        (single(StorageParams=[]), STORE, "an object"),
    ],
    "StartRecord: RecordInputParams": [
        (asked(RecordMode=ABSENT), f"{IN}.RecordMode", "is missing"),
        (asked(RecordMode=0), f"{IN}.RecordMode", "0 came; allowed: 1 or 2"),
        (asked(RecordMode=3), f"{IN}.RecordMode", "3 came; allowed: 1 or 2"),
        (asked(RecordMode="1"), f"{IN}.RecordMode", '"1" came; allowed: 1 or 2'),
        (asked(RecordMode=True), f"{IN}.RecordMode", "true came; allowed: 1 or 2"),
        (asked(RecordMode=1.5), f"{IN}.RecordMode", "1.5 came"),
        (asked(StreamType=0), f"{IN}.StreamType", "0 came; allowed: 1, 2, 3, 4"),
        (asked(StreamType=5), f"{IN}.StreamType", "5 came; allowed: 1, 2, 3, 4"),
        (asked(ClientTaskId="x" * 129), f"{IN}.ClientTaskId", "at most 128 bytes"),
        (asked(ClientTaskId=1), f"{IN}.ClientTaskId", "a string"),
        (asked(RecordStreamList={}), f"{IN}.RecordStreamList", "an array"),
        (asked(RecordStreamList=["s"]), f"{IN}.RecordStreamList[0]", '"s" came; allowed: an object'),
        (asked(RecordStreamList=[{}]), f"{IN}.RecordStreamList[0].StreamId", "is missing"),
        (asked(RecordStreamList=[{"StreamId": ""}]), f"{IN}.RecordStreamList[0].StreamId", "a non-empty string"),
        (asked(RecordStreamList=[{"StreamId": "x" * 257}]), f"{IN}.RecordStreamList[0].StreamId", "256 characters"),
        (asked(FillBlank=1), f"{IN}.FillBlank", "1 came; allowed: true or false"),
        (asked(FillBlank="true"), f"{IN}.FillBlank", "true or false"),
        (asked(MaxIdleTime=4), f"{IN}.MaxIdleTime", "4 came; allowed: an integer from 5 to 86400 seconds"),
        (asked(MaxIdleTime=86_401), f"{IN}.MaxIdleTime", "86401 came"),
        (asked(MaxIdleTime="30"), f"{IN}.MaxIdleTime", "an integer"),
        (asked(MaxIdleTime=30.5), f"{IN}.MaxIdleTime", "30.5 came"),
        (asked(MaxIdleTime=float("inf")), f"{IN}.MaxIdleTime", "an integer"),
        (asked(MaxRecordTime=299), f"{IN}.MaxRecordTime", "299 came; allowed: an integer of at least 300 seconds"),
        (asked(MaxRecordTime=86_401), f"{IN}.MaxRecordTime", "86401 came; allowed: at most 86400 seconds"),
        (asked(ResumeWithoutInterruption="no"), f"{IN}.ResumeWithoutInterruption", "true or false"),
        (asked(HasWhiteboard="yes"), f"{IN}.HasWhiteboard", "true or false"),
    ],
    "StartRecord: whiteboard": [
        (asked(HasWhiteboard=True), f"{IN}.Whiteboard", "is missing; needed when HasWhiteboard is true"),
        (boards(), f"{IN}.Whiteboard", "is missing"),
        (boards(BOARD, BOARD), f"{IN}.Whiteboard", "an array of at most 1 elements"),
        (boards({"VerticalRatio": 9}), f"{IN}.Whiteboard[0].HorizontalRatio", "is missing"),
        (boards({"HorizontalRatio": 9}), f"{IN}.Whiteboard[0].VerticalRatio", "is missing"),
        (boards({**BOARD, "IsPPTAnimation": 1}), f"{IN}.Whiteboard[0].IsPPTAnimation", "true or false"),
        (
            boards({**BOARD, "IsPPTAnimation": True, "PPTAnimationFps": 31}),
            f"{IN}.Whiteboard[0].PPTAnimationFps",
            "an integer from 1 to 30",
        ),
    ],
    "StartRecord: muted periods, which count only for single-stream sound in mp3": [
        (
            change(asked(StreamType=1, RecordMuteAudio=3), {"RecordOutputParams__OutputFileFormat": "mp3"}),
            f"{IN}.RecordMuteAudio",
            "3 came; allowed: 1 or 2",
        ),
        (
            change(
                asked(StreamType=1, RecordMuteAudio=2, RecordMuteAudioSplitThreshold="5"),
                {"RecordOutputParams__OutputFileFormat": "mp3"},
            ),
            f"{IN}.RecordMuteAudioSplitThreshold",
            "an integer",
        ),
    ],
    "StartRecord: MixConfig": [
        (asked(RecordMode=2), MIXING, "is missing; needed when RecordMode is 2"),
        (mixed(MixOutputStreamId=ABSENT), f"{MIXING}.MixOutputStreamId", "is missing"),
        (mixed(MixOutputStreamId=""), f"{MIXING}.MixOutputStreamId", "a non-empty string"),
        (mixed(MixMode=0), f"{MIXING}.MixMode", "0 came; allowed: 1, 2, 3, 4, 5"),
        (mixed(MixMode=6), f"{MIXING}.MixMode", "6 came"),
        (mixed(FillMode=3), f"{MIXING}.FillMode", "3 came; allowed: 1 or 2"),
        (mixed(MixOutputVideoConfig=ABSENT), SCREEN, "is missing; needed when StreamType is 2, 3 or 4"),
        *[(mixed(**{f"MixOutputVideoConfig__{name}": ABSENT}), f"{SCREEN}.{name}", "is missing") for name in CANVAS],
        (mixed(MixOutputVideoConfig__Width=1921), f"{SCREEN}.Width", "an integer from 1 to 1920"),
        (mixed(MixOutputVideoConfig__Height=0), f"{SCREEN}.Height", "an integer from 1 to 1920"),
        (mixed(MixOutputVideoConfig={**CANVAS, "Width": 1920, "Height": 1082}), SCREEN, "at most 2073600 pixels"),
        (mixed(MixOutputVideoConfig__Fps=4), f"{SCREEN}.Fps", "an integer from 5 to 30"),
        (mixed(MixOutputVideoConfig__Fps=31), f"{SCREEN}.Fps", "31 came"),
        (mixed(MixOutputVideoConfig__Bitrate=0), f"{SCREEN}.Bitrate", "bits a second"),
        (mixed(MixOutputAudioConfig={"Bitrate": "48k"}), f"{MIXING}.MixOutputAudioConfig.Bitrate", "bits a second"),
        (mixed(MixOutputBackgroundColor=2**32), f"{MIXING}.MixOutputBackgroundColor", "0xRRGGBB00"),
        (mixed(MixOutputBackgroundImage="ftp://x/y"), f"{MIXING}.MixOutputBackgroundImage", "http:// or https://"),
        (mixed(MixOutputWatermarkImage="wm.png"), f"{MIXING}.MixOutputWatermarkImage", "http:// or https://"),
        (mixed(IsAlwaysMix="x"), f"{MIXING}.IsAlwaysMix", "true or false"),
        (mixed(**{CLOCK: {}}), f"{MIXING}.{CLOCK}.FontSize", "is missing"),
        (mixed(**{CLOCK: {"FontSize": 11}}), f"{MIXING}.{CLOCK}.FontSize", "an integer from 12 to 100 pixels"),
        (mixed(**{CLOCK: {"FontSize": 101}}), f"{MIXING}.{CLOCK}.FontSize", "101 came"),
        (mixed(RecordSoundWave=0), f"{MIXING}.RecordSoundWave", "true or false"),
        (mixed(RecordSoundWave=True, SoundWaveType=2), f"{MIXING}.SoundWaveType", "2 came; allowed: 0 or 1"),
        (mixed(StreamConfigList=[{"StreamType": 4}]), f"{MIXING}.StreamConfigList[0].StreamType", "0, 1, 2, 3"),
        (mixed(ClearInputStreamTimeout=-1), f"{MIXING}.ClearInputStreamTimeout", "milliseconds"),
    ],
    "StartRecord: views of a custom layout": [
        (mixed(MixMode=1), f"{MIXING}.MixInputList", "is missing; needed when MixMode is 1"),
        (mixed(MixMode=1, MixInputList=[VIEW] * 26), f"{MIXING}.MixInputList", "at most 25 elements"),
        *[(custom(**{name: ABSENT}), f"{MIXING}.MixInputList[0].{name}", "is missing") for name in VIEW],
        (custom(ViewType=3), f"{MIXING}.MixInputList[0].ViewType", "3 came; allowed: 1 or 2"),
        (custom(Top=-1), f"{MIXING}.MixInputList[0].Top", "an integer from 0 to 1920"),
        (custom(Right=1921), f"{MIXING}.MixInputList[0].Right", "1921 came"),
        (custom(Top=721), f"{MIXING}.MixInputList[0].Top", "at most Bottom, 720"),
        (custom(Left=1281), f"{MIXING}.MixInputList[0].Left", "at most Right, 1280"),
        (custom(Bottom=721), f"{MIXING}.MixInputList[0].Bottom", "at most the canvas height, 720"),
        (custom(Right=1281), f"{MIXING}.MixInputList[0].Right", "at most the canvas width, 1280"),
        (custom(FillMode=0), f"{MIXING}.MixInputList[0].FillMode", "1 or 2"),
        (custom(StreamId="s", BackgroundImage="x"), f"{MIXING}.MixInputList[0].BackgroundImage", "http://"),
        (mixed(MixMode=1, MixInputList=[{**VIEW, "ViewType": 2}] * 2), f"{MIXING}.MixInputList", "allowed: one"),
    ],
    "StartRecord: watermark": [
        (mixed(**{MARK: {"Left": 0, "Top": 0, "Right": 9}}), f"{MIXING}.{MARK}.Bottom", "is missing"),
        (mixed(**{MARK: {"Left": 9, "Top": 0, "Right": 8, "Bottom": 9}}), f"{MIXING}.{MARK}.Left", "at most Right, 8"),
        (mixed(**{MARK: {"Left": 0, "Top": 0, "Right": 1300, "Bottom": 9}}), f"{MIXING}.{MARK}.Right", "canvas width"),
    ],
    "StartRecord: FillFrame": [
        (
            change(mixed(), {"RecordInputParams__FillFrame": {"FrameFillMode": 4}}),
            f"{IN}.FillFrame.FrameFillMode",
            "4 came; allowed: 1, 2, 3",
        ),
    ],
    "StartRecord: RecordOutputParams": [
        (
            output(OutputFileFormat="avi"),
            FORMAT,
            '"avi" came; allowed: "mp4", "flv", "hls", "jpg", "mp3", "aac", "ogg"',
        ),
        (output(OutputFileFormat="MP4"), FORMAT, '"MP4" came'),
        (output(OutputFileFormat=4), FORMAT, "4 came"),
        (output(OutputFolder=7), f"{OUT}.OutputFolder", "a string"),
        (output(OutputFileRule=2), f"{OUT}.OutputFileRule", "2 came; allowed: 1"),
        (output(CallbackUrl="example.org/hook"), f"{OUT}.CallbackUrl", "an http:// or https:// URL"),
        (output(CallbackUrl="ftp://example.org"), f"{OUT}.CallbackUrl", "an http:// or https:// URL"),
        (
            output(CallbackUrl="https://user:hush-hush@example.org/"),
            f"{OUT}.CallbackUrl",
            "what came is not shown; allowed: an http:// or https:// URL, without user or password",
        ),
        (output(CallbackUrl="http://"), f"{OUT}.CallbackUrl", "an http:// or https:// URL"),
        (output(CallbackUrl="http://h:99999/"), f"{OUT}.CallbackUrl", "an http:// or https:// URL"),
        (output(CallbackUrl="http://h/a b"), f"{OUT}.CallbackUrl", "an http:// or https:// URL"),
        (output(OutputFileFormat="jpg", SnapshotInterval=4), f"{OUT}.SnapshotInterval", "5 to 3600 seconds"),
        (output(OutputFileFormat="jpg", SnapshotInterval=3601), f"{OUT}.SnapshotInterval", "3601 came"),
        (output(OutputFileFormat="hls", FragmentSeconds=1), f"{OUT}.FragmentSeconds", "2 to 60 seconds"),
        (output(OutputFileFormat="hls", FragmentSeconds=61), f"{OUT}.FragmentSeconds", "61 came"),
        (output(OutputFileFormat="hls", RealtimeUploadFragment=1), f"{OUT}.RealtimeUploadFragment", "true or false"),
        (
            output(OutputFileFormat="hls", RealtimeUploadFragment=True, ShortFragmentPath=1),
            f"{OUT}.ShortFragmentPath",
            "true or false",
        ),
    ],
    "StartRecord: formats against StreamType": [
        (change(asked(StreamType=1), {"RecordOutputParams__OutputFileFormat": "jpg"}), FORMAT, "StreamType 1"),
        *[
            (change(asked(StreamType=2), {"RecordOutputParams__OutputFileFormat": form}), FORMAT, "StreamType 2")
            for form in ("mp3", "aac", "ogg")
        ],
    ],
    "StartRecord: StorageParams": [
        (stored(S3, Vendor=ABSENT), f"{STORE}.Vendor", "is missing"),
        (stored(S3, Vendor=0), f"{STORE}.Vendor", "0 came; allowed: an integer from 1 to 10"),
        (stored(S3, Vendor=11), f"{STORE}.Vendor", "11 came"),
        (stored(S3, Vendor="1"), f"{STORE}.Vendor", '"1" came'),
        *[
            (stored(S3, Vendor=vendor, **{name: ABSENT}), f"{STORE}.{name}", f"is missing; needed for Vendor {vendor}")
            for vendor in (1, 2, 3, 4, 7, 9)
            for name in ("Region", "Bucket", "AccessKeyId", "AccessKeySecret")
        ],
        *[
            (stored(S3, Vendor=8, **{name: ABSENT}), f"{STORE}.{name}", "is missing; needed for Vendor 8")
            for name in ("Bucket", "AccessKeyId", "AccessKeySecret")
        ],
        *[
            (stored(ANY_S3, **{name: ""}), f"{STORE}.{name}", "is missing; needed for Vendor 10")
            for name in ("Region", "Bucket", "AccessKeyId", "AccessKeySecret", "EndPoint")
        ],
        (stored(ANY_S3, EndPoint="ftp://s3"), f"{STORE}.EndPoint", "an http:// or https:// URL, or a host name"),
        (single(StorageParams="hush-hush"), STORE, "what came is not shown; allowed: an object"),
        (
            stored(ANY_S3, EndPoint="https://user:hush-hush@s3.example.org"),
            f"{STORE}.EndPoint",
            "without user or password",
        ),
        (stored(ANY_S3, EndPoint="a b"), f"{STORE}.EndPoint", "or a host name"),
        (stored(ANY_S3, S3ForcePathStyle="true"), f"{STORE}.S3ForcePathStyle", "true or false"),
        (stored(S3, AccessKeySecret=5), f"{STORE}.AccessKeySecret", "what came is not shown; allowed: a string"),
        (stored({"Vendor": 5}), f"{STORE}.AlibabaCloudVodParams", "is missing; needed for Vendor 5"),
        *[
            (
                stored({"Vendor": 5, "AlibabaCloudVodParams": {k: v for k, v in VOD.items() if k != name}}),
                f"{STORE}.AlibabaCloudVodParams.{name}",
                "is missing",
            )
            for name in VOD
        ],
        (stored({"Vendor": 6}), f"{STORE}.TencentCloudVodParams", "is missing; needed for Vendor 6"),
        *[
            (
                stored({"Vendor": 6, "TencentCloudVodParams": {k: v for k, v in TENCENT.items() if k != name}}),
                f"{STORE}.TencentCloudVodParams.{name}",
                "is missing",
            )
            for name in TENCENT
        ],
        (
            change(
                stored({"Vendor": 5, "AlibabaCloudVodParams": VOD}), {"RecordOutputParams__OutputFileFormat": "hls"}
            ),
            FORMAT,
            'allowed for Vendor 5: "mp4", "flv"',
        ),
        (
            change(
                stored({"Vendor": 6, "TencentCloudVodParams": TENCENT}), {"RecordOutputParams__OutputFileFormat": "ogg"}
            ),
            FORMAT,
            'allowed for Vendor 6: "mp4", "flv", "jpg", "mp3"',
        ),
    ],
    "StartRecord: right, but not supported yet": [
        (boards(BOARD), f"{IN}.HasWhiteboard", "not supported yet"),
        *[
            (
                change(mixed(), {"RecordOutputParams__OutputFileFormat": form}),
                FORMAT,
                f'"{form}" is not supported yet for RecordMode 2',
            )
            for form in MIXED_REFUSED
        ],
    ],
}

REFUSED = [row for rows in SECTIONS.values() for row in rows]
