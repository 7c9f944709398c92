"""What one codec's file must bring: a depacketiser and its line of the codec table."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from reelroom.rtp.frame import Config
from reelroom.units import Codec, MediaKind

Fmtp = Mapping[str, str | int | None]  # the parameters of one a=fmtp line, by name


class Assembled(NamedTuple):
    """One frame in its journal form. Before the first keyframe `config` knows the codec only."""

    payload: bytes
    keyframe: bool
    config: Config


class Depacketiser(Protocol):
    """Turns the payloads of one frame's packets into the frame. Remembers parameter sets between frames."""

    def begins_keyframe(self, payload: bytes) -> bool:
        """Whether this surely is the first packet of a keyframe, though the packet before it is unknown."""

    def assemble(self, payloads: list[bytes]) -> Assembled | None:
        """The frame of all its payloads (none of them empty), in order.

        None when they hold no picture (parameter sets only). Raises MediaError when they make no sense.
        """


@dataclass(frozen=True, slots=True)
class RtpCodec:
    """A line of the codec table: how a codec is named, offered, answered and read."""

    codec: Codec
    encoding_name: str  # of a=rtpmap
    clock_rate: int  # Hertz
    channels: int  # of a=rtpmap; 0 for video
    rank: Callable[[Fmtp], int | None]  # how welcome an offered variant is: 0 is best, None can't be received
    answer: Callable[[Fmtp], dict[str, str]]  # our parameters for an offered variant
    depacketiser: Callable[[Fmtp], Depacketiser]

    @property
    def kind(self) -> MediaKind:
        """Audio or video."""
        return self.codec.kind


def number(fmtp: Fmtp, name: str, default: int) -> int:
    """A whole number among the parameters; `default` if absent, -1 if it is no number."""
    value = fmtp.get(name)
    if value is None:
        return default
    text = str(value).strip()
    return int(text) if text.isascii() and text.isdigit() else -1
