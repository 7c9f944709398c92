"""Opus: each packet is a frame (RFC 7587)."""

from struct import Struct

from reelroom.rtp.depacketiser import Assembled, Fmtp, RtpCodec, number
from reelroom.rtp.frame import Config
from reelroom.units import AUDIO_RATE, Codec

_STEREO = 0x04  # of a packet's first byte, RFC 6716 §3.1
_HEAD = Struct("<8sBBHIhB")


def opus_head(channels: int) -> bytes:
    """OpusHead (RFC 7845 §5.1) without pre-skip: a track that is joined in its middle has nothing to skip."""
    return _HEAD.pack(b"OpusHead", 1, channels, 0, AUDIO_RATE, 0, 0)


class OpusDepacketiser:
    """Passes packets on.

    Mono until the sender's parameters or a stereo packet say otherwise; then stereo for good, because
    a sender may change with each packet and every decoder makes stereo of mono.
    """

    def __init__(self, fmtp: Fmtp) -> None:
        self._config = _config(2 if number(fmtp, "sprop-stereo", 0) == 1 else 1)

    def begins_keyframe(self, payload: bytes) -> bool:  # noqa: ARG002
        """Every packet can be decoded alone."""
        return True

    def assemble(self, payloads: list[bytes]) -> Assembled:
        """The one payload."""
        payload = payloads[0]
        if payload[0] & _STEREO and self._config.channels == 1:
            self._config = _config(2)
        return Assembled(payload, True, self._config)


def _config(channels: int) -> Config:
    return Config(Codec.OPUS, channels=channels, private=opus_head(channels))


def _answer(offered: Fmtp) -> dict[str, str]:
    """Stereo is asked for only if offered: a browser would send its mono microphone twice."""
    stereo = 1 in (number(offered, "stereo", 0), number(offered, "sprop-stereo", 0))
    return {"minptime": "10", "useinbandfec": "1"} | ({"stereo": "1"} if stereo else {})


OPUS = RtpCodec(Codec.OPUS, "opus", AUDIO_RATE, 2, lambda _: 0, _answer, OpusDepacketiser)
