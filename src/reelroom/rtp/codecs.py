"""The codec table. A new codec is one new file and one line here."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from reelroom.rtp.av1 import AV1
from reelroom.rtp.depacketiser import Fmtp, RtpCodec
from reelroom.rtp.h264 import H264
from reelroom.rtp.opus import OPUS
from reelroom.rtp.vp8 import VP8
from reelroom.rtp.vp9 import VP9
from reelroom.units import Codec, MediaKind

CODECS: Final[dict[Codec, RtpCodec]] = {entry.codec: entry for entry in (OPUS, H264, VP8, VP9, AV1)}
"""By codec, the most welcome of its kind first: H264 is copied into files, the others must be transcoded."""


@dataclass(frozen=True, slots=True)
class Offered:
    """One payload type of an offer (a=rtpmap and a=fmtp)."""

    payload_type: int
    encoding_name: str
    clock_rate: int
    fmtp: Fmtp = field(default_factory=dict)

    @property
    def entry(self) -> RtpCodec | None:
        """Its line of the table; None for what we can't receive."""
        found = (entry for entry in CODECS.values() if entry.encoding_name.lower() == self.encoding_name.lower())
        return next((entry for entry in found if entry.clock_rate == self.clock_rate), None)


def choose(offered: Iterable[Offered], kind: MediaKind) -> Offered | None:
    """The payload type to answer with; among equals the offer's first. None if nothing can be received."""
    order = list(CODECS)
    best: tuple[int, int] | None = None
    chosen: Offered | None = None
    for candidate in offered:
        entry = candidate.entry
        rank = entry.rank(candidate.fmtp) if entry and entry.kind is kind else None
        if entry is None or rank is None:
            continue
        score = (order.index(entry.codec), rank)
        if best is None or score < best:
            best, chosen = score, candidate
    return chosen
