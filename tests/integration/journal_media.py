"""Real encoded media for the journal's tests, made by FFmpeg's encoders through PyAV."""

from dataclasses import dataclass
from fractions import Fraction

import av
import numpy as np
from tests.support.av1 import av1_pictures

from reelroom.journal.matroska import Block, TrackHeader
from reelroom.units import Codec


@dataclass(frozen=True)
class Media:
    header: TrackHeader
    blocks: list[Block]


def start_code_units(annexb: bytes) -> list[bytes]:
    """NAL units of an Annex B access unit."""
    units = annexb.replace(b"\0\0\0\1", b"\0\0\1").split(b"\0\0\1")[1:]
    return [unit.rstrip(b"\0") or unit for unit in units]


def to_avcc(sps: bytes, pps: bytes) -> bytes:
    """AVCDecoderConfigurationRecord, ISO/IEC 14496-15 section 5.3.3.1, four-byte lengths."""
    head = bytes((1, sps[1], sps[2], sps[3], 0xFF, 0xE1))
    return head + len(sps).to_bytes(2) + sps + b"\1" + len(pps).to_bytes(2) + pps


def make_video(codec: Codec, frames: int = 30, width: int = 64, height: int = 48, rate: int = 30) -> Media:
    """A moving ramp; one keyframe every ten frames. AV1 comes at most 30 frames long, in this size alone."""
    if codec is Codec.AV1:
        return _av1(frames, width, height, rate)
    name = {Codec.H264: "libx264", Codec.VP8: "libvpx", Codec.VP9: "libvpx-vp9"}[codec]
    options = {"preset": "ultrafast", "tune": "zerolatency"} if codec is Codec.H264 else {}
    if codec in (Codec.VP8, Codec.VP9):
        options = {"deadline": "realtime", "cpu-used": "8", "lag-in-frames": "0", "auto-alt-ref": "0"}
    encoder = av.CodecContext.create(name, "w")
    encoder.width, encoder.height, encoder.pix_fmt = width, height, "yuv420p"
    encoder.time_base, encoder.framerate, encoder.gop_size = Fraction(1, rate), Fraction(rate), 10
    encoder.options = options
    packets = []
    for index in range(frames):
        ramp = (np.add.outer(np.arange(height), np.arange(width)) + 8 * index) % 256
        pixels = np.repeat(ramp.astype(np.uint8)[..., None], 3, axis=2)
        picture = av.VideoFrame.from_ndarray(pixels, "rgb24").reformat(format="yuv420p")
        picture.pts, picture.time_base = index, Fraction(1, rate)
        packets += encoder.encode(picture)
    packets += encoder.encode(None)
    blocks = [Block(p.pts * 10_000 // rate, p.is_keyframe, bytes(p)) for p in packets]
    private = b""
    if codec is Codec.H264:
        private, blocks = _to_length_prefixed(blocks)
    return Media(TrackHeader(codec, width, height, private=private), blocks)


def _av1(frames: int, width: int, height: int, rate: int) -> Media:
    pictures = av1_pictures(width, height)[:frames]
    sequence_header = pictures[0][0][2:14]  # behind the two bytes of the temporal delimiter
    # av1C of 8-bit 4:2:0 main profile, AV1 in ISOBMFF section 2.3.3; the sequence header is in configOBUs.
    private = bytes((0x81, 0, 0x0C, 0)) + sequence_header
    blocks = [Block(n * 10_000 // rate, key, unit) for n, (unit, key) in enumerate(pictures)]
    return Media(TrackHeader(Codec.AV1, width, height, private=private), blocks)


def make_audio(codec: Codec = Codec.OPUS, seconds: float = 1.0) -> Media:
    """A 440 Hz tone, stereo."""
    encoder = av.CodecContext.create("libopus" if codec is Codec.OPUS else "aac", "w")
    encoder.sample_rate, encoder.layout = 48_000, "stereo"
    encoder.format = "s16" if codec is Codec.OPUS else "fltp"
    encoder.time_base = Fraction(1, 48_000)
    encoder.open()
    size, packets = encoder.frame_size, []
    for start in range(0, int(seconds * 48_000) // size * size, size):
        wave = 0.3 * np.sin(2 * np.pi * 440 * (start + np.arange(size)) / 48_000)
        both = np.stack([wave, wave]).astype(np.float32)
        samples = both if codec is Codec.AAC else (both.T.reshape(1, -1) * 32_767).astype(np.int16)
        frame = av.AudioFrame.from_ndarray(samples, encoder.format.name, "stereo")
        frame.sample_rate, frame.pts, frame.time_base = 48_000, start, Fraction(1, 48_000)
        packets += encoder.encode(frame)
    packets += encoder.encode(None)
    ticks = [round(index * size * 10_000 / 48_000) for index in range(len(packets))]
    blocks = [Block(tick, True, bytes(p)) for tick, p in zip(ticks, packets, strict=True)]
    return Media(TrackHeader(codec, channels=2, rate=48_000, private=bytes(encoder.extradata)), blocks)


def _to_length_prefixed(blocks: list[Block]) -> tuple[bytes, list[Block]]:
    units = [start_code_units(block.payload) for block in blocks]
    sps = next(u for u in units[0] if u[0] & 31 == 7)
    pps = next(u for u in units[0] if u[0] & 31 == 8)
    payloads = [b"".join(len(u).to_bytes(4) + u for u in frame) for frame in units]
    return to_avcc(sps, pps), [b._replace(payload=p) for b, p in zip(blocks, payloads, strict=True)]
