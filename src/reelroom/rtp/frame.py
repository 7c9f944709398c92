"""What a depacketised track is made of: configurations and frames."""

from dataclasses import dataclass

from reelroom.units import Codec, MediaKind


@dataclass(frozen=True, slots=True)
class Config:
    """Decoder configuration of a track. A change of it means a new journal file.

    `width` and `height` are in pixels, 0 for audio. `private` is the Matroska CodecPrivate: avcC for H264,
    OpusHead for Opus, av1C for AV1, empty for VP8 and VP9.
    """

    codec: Codec
    width: int = 0
    height: int = 0
    channels: int = 0
    private: bytes = b""


@dataclass(frozen=True, slots=True)
class Frame:
    """One complete encoded frame, as it stands in a journal.

    `payload`: H264 as NAL units with a 4-byte length each, SPS and PPS in every keyframe; VP8, VP9 and Opus bare;
    AV1 as low-overhead OBUs without temporal delimiters.
    """

    kind: MediaKind
    ticks: int  # unwrapped RTP timestamp, >= 0; grows across the 32-bit wrap and jumps only with `restart`
    arrival_ns: int  # arrival of the frame's first packet, ns since the Unix epoch
    keyframe: bool
    payload: bytes
    config: Config  # in force for this frame
    restart: bool = False  # first frame after the RTP clock began anew (new SSRC, or a jump of the timestamps)
