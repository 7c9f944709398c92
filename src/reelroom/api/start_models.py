"""StartRecord: its fields, by shape. Both revisions of the contract in one. Source: control API, StartRecord."""

from typing import Annotated

from pydantic import Field

from reelroom.api.fields import Fields, array, boolean, integer, one_of, text, url, word
from reelroom.api.mix_models import STREAM_ID_CHARACTERS, FrameFill, Mix

FORMATS = ("mp4", "flv", "hls", "jpg", "mp3", "aac", "ogg")
ROOM_ID_BYTES = 128
CLIENT_TASK_ID_BYTES = 128

Flag = Annotated[bool, boolean()]
Text = Annotated[str, text()]
Needed = Annotated[str, text(empty=False)]
StreamIdText = Annotated[str, text(empty=False, max_characters=STREAM_ID_CHARACTERS)]
Secret = Annotated[str, text(secret=True)]
NeededSecret = Annotated[str, text(empty=False, secret=True)]


class RecordStream(Fields):
    """One stream to be recorded."""

    StreamId: StreamIdText


class Board(Fields):
    """The whiteboard to be recorded."""

    HorizontalRatio: Annotated[int, integer(1, 100_000)]
    VerticalRatio: Annotated[int, integer(1, 100_000)]
    Width: Annotated[int, integer(1, 1920)] = 1280
    Height: Annotated[int, integer(1, 1920)] = 720
    WhiteboardId: Text = ""
    BackgroundColor: Annotated[int, integer(-(2**31), 2**32 - 1)] = 0xFFFFFF00
    IsPPTAnimation: Flag = False
    PPTAnimationFps: Annotated[int, integer(1, 30)] = 15


class Input(Fields):
    """What is recorded, and how."""

    RecordMode: Annotated[int, one_of(1, 2)]
    StreamType: Annotated[int, one_of(1, 2, 3, 4)] = 3
    ClientTaskId: Annotated[str, text(max_bytes=CLIENT_TASK_ID_BYTES)] = ""
    RecordStreamList: Annotated[tuple[RecordStream, ...], array()] = ()
    FillBlank: Flag = False
    FillFrame: FrameFill | None = None
    RecordMuteAudio: Annotated[int, one_of(1, 2)] = 1
    RecordMuteAudioSplitThreshold: Annotated[int | None, integer(unit="(seconds)")] = None
    HasWhiteboard: Flag = False
    Whiteboard: Annotated[tuple[Board, ...], array(1)] = ()
    MaxIdleTime: Annotated[int, integer(5, 86_400, "seconds")] = 30
    MaxRecordTime: Annotated[int, integer(300, 86_400, "seconds")] = 86_400
    ResumeWithoutInterruption: Flag = False
    MixConfig: Mix | None = None


class Output(Fields):
    """What the files are."""

    OutputFileFormat: Annotated[str, word(*FORMATS)] = "mp4"
    OutputFolder: Text = ""
    OutputFileRule: Annotated[int, one_of(1)] = 1
    SnapshotInterval: Annotated[int, integer(5, 3600, "seconds")] = 10
    CallbackUrl: Annotated[str, url()] = ""
    FragmentSeconds: Annotated[int, integer(2, 60, "seconds")] = 15
    RealtimeUploadFragment: Flag = False
    ShortFragmentPath: Flag = False


class AlibabaVod(Fields):
    """Vendor 5."""

    Region: Needed
    AccessKeyId: Needed
    AccessKeySecret: NeededSecret = Field(repr=False)
    Title: Needed
    StorageLocation: Needed


class TencentVod(Fields):
    """Vendor 6."""

    SecretId: Needed
    SecretKey: NeededSecret = Field(repr=False)
    Region: Needed
    SubAppId: Annotated[int | None, integer()] = None


class Storage(Fields):
    """Where the files go."""

    Vendor: Annotated[int, integer(1, 10)]
    Region: Text = ""
    Bucket: Text = ""
    AccessKeyId: Text = ""
    AccessKeySecret: Secret = Field("", repr=False)
    AlibabaCloudVodParams: AlibabaVod | None = None
    TencentCloudVodParams: TencentVod | None = None
    EndPoint: Annotated[str, url(scheme_needed=False)] = ""
    S3ForcePathStyle: Flag = False


class StartRecord(Fields):
    """The whole request. Without StorageParams, files go to the local folder store."""

    RoomId: Annotated[str, text(empty=False, max_bytes=ROOM_ID_BYTES)]
    RecordInputParams: Input
    RecordOutputParams: Output = Output()
    StorageParams: Storage | None = None
