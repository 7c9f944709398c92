"""What a caller asked to be recorded, in our own words. `api/` makes these; the database keeps them as JSON."""

from dataclasses import asdict, dataclass
from enum import IntEnum, StrEnum
from typing import Any

from reelroom.mix import BoardSpec, MixSpec
from reelroom.units import AppId, MediaKind, RoomId, StreamId, TaskId

SOUND_FORMATS = frozenset({"mp3", "aac", "ogg"})  # record audio only, whatever else is asked
PICTURES = "jpg"  # a format that records pictures only
MAX_STREAMS = 36  # streams recorded by one single-stream task. Source: control API, limits.


class Tracks(IntEnum):
    """Which media, and in how many files. The numbers are the control API's StreamType."""

    AUDIO = 1
    VIDEO = 2
    TOGETHER = 3
    SEPARATE = 4

    def wants(self, kind: MediaKind) -> bool:
        """Whether this media is recorded at all."""
        if self is Tracks.AUDIO:
            return kind is MediaKind.AUDIO
        return self is not Tracks.VIDEO or kind is MediaKind.VIDEO


class Interruption(StrEnum):
    """What happens when a publisher leaves and returns."""

    SPLIT = "split"  # a new file for each return
    FILL = "fill"  # one file, silence in between
    JOIN = "join"  # one file, the gap left out


@dataclass(frozen=True, slots=True, kw_only=True)
class FormatSpec:
    """What some formats want to know beside their name."""

    picture_every_s: int = 10  # jpg
    segment_s: int = 15  # hls
    upload_segments: bool = False  # hls: while recording, not at the end
    bare_segment_names: bool = False  # hls: in the playlist, instead of paths; only with upload_segments
    drop_mutes: bool = False  # single-stream mp3 of sound only: leave muted periods out
    split_at_mute_s: int | None = None  # with drop_mutes: a mute this long begins another file; None: never


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordSpec:
    """One recording task, as asked: single-stream, or mixed where there is a `mix`. Durations in seconds."""

    app: AppId
    room: RoomId
    tracks: Tracks = Tracks.TOGETHER
    streams: tuple[StreamId, ...] = ()  # empty: every stream of the room
    interruption: Interruption = Interruption.SPLIT
    max_idle_s: int = 30
    max_record_s: int = 86_400
    format: str = "mp4"
    format_options: FormatSpec = FormatSpec()
    folder: str = ""  # key prefix, normalised: no leading slash, one trailing slash unless empty
    callback_url: str = ""
    mix: MixSpec | None = None
    board: BoardSpec | None = None

    @property
    def has_video(self) -> bool:
        """Whether pictures are recorded."""
        return self.wants(MediaKind.VIDEO)

    def wants(self, kind: MediaKind) -> bool:
        """Whether this media is recorded at all. Source: control API, open questions 30."""
        if self.format in SOUND_FORMATS:
            return kind is MediaKind.AUDIO and self.tracks.wants(kind)
        if self.format == PICTURES:
            return kind is MediaKind.VIDEO and self.tracks.wants(kind)
        return self.tracks.wants(kind)

    def to_json(self) -> dict[str, Any]:
        """Plain values for a JSON column."""
        return asdict(self)

    @classmethod
    def from_json(cls, body: dict[str, Any]) -> "RecordSpec":
        """The inverse of `to_json`; unknown keys (of a newer version) raise TypeError."""
        known = dict(body)
        known["tracks"] = Tracks(known["tracks"])
        known["streams"] = tuple(StreamId(s) for s in known["streams"])
        known["interruption"] = Interruption(known["interruption"])
        if known.get("format_options") is not None:
            known["format_options"] = FormatSpec(**known["format_options"])
        if known.get("mix") is not None:
            known["mix"] = MixSpec.from_json(known["mix"])
        if known.get("board") is not None:
            known["board"] = BoardSpec(**known["board"])
        return cls(**known)


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """Where finished files go. The secret key travels beside it, never in it."""

    vendor: int = 0  # 0 is the local folder; 1 to 10 as in the control API
    region: str = ""
    bucket: str = ""
    access_key_id: str = ""
    endpoint: str = ""
    path_style: bool = False
    title: str = ""  # of a video platform's entry
    storage_location: str = ""  # vendor 5: the platform's own bucket
    sub_app_id: int | None = None  # vendor 6

    def to_json(self) -> dict[str, Any]:
        """Plain values for a JSON column; holds no secret."""
        return asdict(self)

    @classmethod
    def from_json(cls, body: dict[str, Any]) -> "Destination":
        """The inverse of `to_json`."""
        return cls(**body)


@dataclass(frozen=True, slots=True, kw_only=True)
class Want:
    """One task's interest in a room, as the gateway needs it."""

    task: TaskId
    spec: RecordSpec
    stopped: bool  # the task has ended: leave the room on its behalf and say so in its room log
    journal_needed: bool  # false once every file is whole in the spool: the task's log and captures may go
