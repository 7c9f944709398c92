"""StartRecord: its fields, by shape. Both revisions of the contract in one. Source: control API, StartRecord."""

from typing import Annotated

from pydantic import Field

from reelroom.api.fields import Fields, array, boolean, colour, integer, one_of, text, url, word
from reelroom.api.mix_models import STREAM_ID_CHARACTERS, FrameFill, Mix

FORMATS = ("mp4", "flv", "hls", "jpg", "mp3", "aac", "ogg")
ROOM_ID_BYTES = 128
CLIENT_TASK_ID_BYTES = 128
DAY_S = 86_400

Flag = Annotated[bool, boolean()]
Text = Annotated[str, text()]
Needed = Annotated[str, text(empty=False)]
StreamIdText = Annotated[str, text(empty=False, max_characters=STREAM_ID_CHARACTERS)]
Secret = Annotated[str, text(secret=True)]
NeededSecret = Annotated[str, text(empty=False, secret=True)]


class RecordStream(Fields):
    """One stream to be recorded."""

    StreamId: StreamIdText
    """The stream."""


class Board(Fields):
    """The whiteboard to be recorded."""

    HorizontalRatio: Annotated[int, integer(1, 100_000)]
    """Width part of the board's aspect ratio."""
    VerticalRatio: Annotated[int, integer(1, 100_000)]
    """Height part of the board's aspect ratio."""
    Width: Annotated[int, integer(1, 1920)] = 1280
    """Pixels; only in single-stream mode."""
    Height: Annotated[int, integer(1, 1920)] = 720
    """Pixels; only in single-stream mode."""
    WhiteboardId: Text = ""
    """The board recorded first. Empty: named later by UpdateWhiteboard."""
    BackgroundColor: Annotated[int, colour()] = 0xFFFFFF00
    """0xRRGGBB00, signed or unsigned. Default: white."""
    IsPPTAnimation: Flag = False
    """Record slides that move."""
    PPTAnimationFps: Annotated[int, integer(1, 30)] = 15
    """Frames a second of slides that move. Has effect when IsPPTAnimation is true."""


class Input(Fields):
    """What is recorded, and how."""

    RecordMode: Annotated[int, one_of(1, 2)]
    """1 single-stream: files of their own for each publisher; 2 mixed-stream: all in one picture."""
    StreamType: Annotated[int, one_of(1, 2, 3, 4)] = 3
    """1 audio only; 2 video only; 3 both in one file; 4 both, in two files."""
    ClientTaskId: Annotated[str, text(max_bytes=CLIENT_TASK_ID_BYTES)] = ""
    """Your own name of the task, at most 128 bytes of UTF-8. While a task of this name lives, its TaskId is answered
    and no other is made."""
    RecordStreamList: Annotated[tuple[RecordStream, ...], array()] = ()
    """Streams to record, in single-stream mode only. Empty: every stream of the room."""
    FillBlank: Flag = False
    """When a publisher leaves and returns. Single-stream: false begins a new file, true fills the gap with silence.
    Mixed: true keeps the view."""
    FillFrame: FrameFill | None = None
    """Only in mixed mode."""
    RecordMuteAudio: Annotated[int, one_of(1, 2)] = 1
    """Muted periods: 1 kept; 2 left out. Only for single-stream, StreamType 1, mp3."""
    RecordMuteAudioSplitThreshold: Annotated[int | None, integer(unit="(seconds)")] = None
    """Seconds: a mute of at least this long splits the file; 0 splits at every mute, negative or absent at none. Only
    with RecordMuteAudio 2."""
    HasWhiteboard: Flag = False
    """Record a whiteboard."""
    Whiteboard: Annotated[tuple[Board, ...], array(1)] = ()
    """The whiteboard, one element. Needed when HasWhiteboard is true, not looked at otherwise."""
    MaxIdleTime: Annotated[int, integer(5, 86_400, "seconds")] = 30
    """Seconds without any stream or whiteboard after which the task ends by itself."""
    MaxRecordTime: Annotated[int, integer(300, unit="seconds")] = DAY_S
    """Seconds after which the task ends by itself."""
    ResumeWithoutInterruption: Flag = False
    """When a publisher leaves and returns, the same file goes on and the gap is left out. Single-stream only; wins over
    FillBlank."""
    MixConfig: Mix | None = None
    """Needed when RecordMode is 2, not looked at otherwise."""


class Output(Fields):
    """What the files are."""

    OutputFileFormat: Annotated[str, word(*FORMATS)] = "mp4"
    """jpg needs video (StreamType 2, 3 or 4); mp3, aac and ogg need audio (1, 3 or 4)."""
    OutputFolder: Text = ""
    """Folder in the store; with or without slashes at its ends."""
    OutputFileRule: Annotated[int, one_of(1)] = 1
    """How files are named: TaskId_RoomId_UserId_StreamId_Type_UTC."""
    SnapshotInterval: Annotated[int, integer(5, 3600, "seconds")] = 10
    """Seconds between pictures. Only for jpg."""
    CallbackUrl: Annotated[str, url()] = ""
    """An http or https URL that hears of this task, without user or password. Empty: the app's own."""
    FragmentSeconds: Annotated[int, integer(2, 60, "seconds")] = 15
    """Length of a segment. Only for hls."""
    RealtimeUploadFragment: Flag = False
    """Upload segments while recording. Only for hls."""
    ShortFragmentPath: Flag = False
    """The playlist names segments without their folder. Only with RealtimeUploadFragment."""


class AlibabaVod(Fields):
    """Parameters of vendor 5."""

    holds_secrets = True

    Region: Needed
    """Such as cn-shanghai."""
    AccessKeyId: Needed
    """A key that may only upload is enough."""
    AccessKeySecret: NeededSecret = Field(repr=False)
    """Kept encrypted, never shown again."""
    Title: Needed
    """Title of the video."""
    StorageLocation: Needed
    """Storage address given by the service: xxxx.oss-cn-xxxx.aliyuncs.com."""


class TencentVod(Fields):
    """Parameters of vendor 6."""

    holds_secrets = True

    SecretId: Needed
    """A key that may only upload is enough."""
    SecretKey: NeededSecret = Field(repr=False)
    """Kept encrypted, never shown again."""
    Region: Needed
    """Such as ap-shanghai."""
    SubAppId: Annotated[int | None, integer()] = None
    """Sub-application of the service."""


class Storage(Fields):
    """Where the files go.

    Vendors 1, 2, 3, 4, 7 and 9 need Region, Bucket, AccessKeyId and AccessKeySecret; 8 the same but Region; 10 the same
    and EndPoint; 5 needs AlibabaCloudVodParams (mp4 and flv only); 6 needs TencentCloudVodParams (mp4, flv, jpg, mp3).
    """

    holds_secrets = True

    Vendor: Annotated[int, integer(1, 10)]
    """1 Amazon S3; 2 Alibaba OSS; 3 Tencent COS; 4 Qiniu Kodo; 5 Alibaba VOD; 6 Tencent VOD; 7 Huawei OBS; 8 Google
    Cloud Storage; 9 China Mobile EOS; 10 any store that speaks S3."""
    Region: Text = ""
    """The vendor's name of the region, such as eu-central-1."""
    Bucket: Text = ""
    """The bucket."""
    AccessKeyId: Text = ""
    """A key that may only write is enough."""
    AccessKeySecret: Secret = Field("", repr=False)
    """Kept encrypted, never shown again."""
    AlibabaCloudVodParams: AlibabaVod | None = None
    """Needed for vendor 5, not looked at otherwise."""
    TencentCloudVodParams: TencentVod | None = None
    """Needed for vendor 6, not looked at otherwise."""
    EndPoint: Annotated[str, url(scheme_needed=False)] = ""
    """Address of the service, without bucket, user or password: a URL, or a host name, which means https. Needed for
    vendor 10, not looked at otherwise."""
    S3ForcePathStyle: Flag = False
    """The bucket stands in the path instead of the host name. Only for vendor 10."""


class StartRecord(Fields):
    """Start recording a room. A room that does not exist yet is waited for."""

    RoomId: Annotated[str, text(empty=False, max_bytes=ROOM_ID_BYTES)]
    """The room, at most 128 bytes of UTF-8."""
    RecordInputParams: Input
    """What is recorded, and how."""
    RecordOutputParams: Output = Output()
    """What the files are."""
    StorageParams: Storage | None = None
    """Absent: the files go into the server's own folder, each at an address that nobody can guess."""
