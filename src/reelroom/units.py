"""Units and identifiers that every room shares.

Instants are integers of nanoseconds since the Unix epoch (`…_ns`), as `time.time_ns` gives them; the control
API's milliseconds are made at the door. Journal positions are `JOURNAL_RATE` ticks since the capture began.
"""

from enum import StrEnum
from fractions import Fraction
from typing import NamedTuple, NewType

AppId = NewType("AppId", int)
RoomId = NewType("RoomId", str)
StreamId = NewType("StreamId", str)
UserId = NewType("UserId", str)
TaskId = NewType("TaskId", str)
PublicationId = NewType("PublicationId", str)  # one WHIP session of one stream
CaptureId = NewType("CaptureId", str)  # one uninterrupted journalling of one publication

NS = 1_000_000_000
NS_PER_MS = 1_000_000
JOURNAL_RATE = 10_000  # journal ticks a second: 100 µs, fine enough for 90 kHz video, exact for Opus frames
NS_PER_JOURNAL_TICK = NS // JOURNAL_RATE
AUDIO_RATE = 48_000  # samples a second of everything we decode


class MediaKind(StrEnum):
    """What a track carries."""

    AUDIO = "audio"
    VIDEO = "video"


class Codec(StrEnum):
    """Encodings that may stand in a journal; `encoding_name` of RTP, lower case."""

    H264 = "h264"
    VP8 = "vp8"
    VP9 = "vp9"
    AV1 = "av1"
    OPUS = "opus"
    AAC = "aac"
    MP3 = "mp3"  # in work files only

    @property
    def kind(self) -> MediaKind:
        """Audio or video."""
        return MediaKind.AUDIO if self in (Codec.OPUS, Codec.AAC, Codec.MP3) else MediaKind.VIDEO


class Size(NamedTuple):
    """Width and height in pixels."""

    width: int
    height: int


def scale(ticks: int, rate: int, to: int) -> int:
    """Convert a count at one rate to another, rounding half up. Both rates are in Hertz."""
    return (2 * ticks * to + rate) // (2 * rate)


class MediaTime(NamedTuple):
    """A count and its rate; compares and adds exactly through `seconds`."""

    ticks: int
    rate: int  # Hertz

    @property
    def seconds(self) -> Fraction:
        """Exact seconds."""
        return Fraction(self.ticks, self.rate)

    def at_rate(self, rate: int) -> "MediaTime":
        """The same instant counted at another rate, rounded half up."""
        return MediaTime(scale(self.ticks, self.rate, rate), rate)
