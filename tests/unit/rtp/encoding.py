"""Real encoded video and audio in journal form, from FFmpeg's encoders; and its decoders, to prove frames whole."""

from fractions import Fraction
from functools import cache

import av
import numpy as np
from tests.support.av1 import av1_pictures

from reelroom.rtp.frame import Config
from reelroom.units import Codec

_ENCODERS = {
    Codec.H264: ("libx264", {"preset": "ultrafast", "tune": "zerolatency", "g": "6"}),
    Codec.VP8: ("libvpx", {"deadline": "realtime", "cpu-used": "8", "lag-in-frames": "0", "g": "6"}),
    Codec.VP9: ("libvpx-vp9", {"deadline": "realtime", "cpu-used": "8", "lag-in-frames": "0", "g": "6"}),
}
_DECODERS = {Codec.AV1: "libdav1d"}


@cache
def encode_video(codec: Codec, width: int, height: int, frames: int = 12) -> tuple[tuple[bytes, bool], ...]:
    """Frames in journal form with their key flags, a keyframe each 6."""
    if codec is Codec.AV1:
        return tuple(av1_pictures(width, height))
    name, options = _ENCODERS[codec]
    encoder = av.CodecContext.create(name, "w")
    encoder.width, encoder.height, encoder.pix_fmt = width, height, "yuv420p"
    encoder.time_base, encoder.framerate = Fraction(1, 30), Fraction(30)
    encoder.options = options
    packets = [packet for number in range(frames) for packet in encoder.encode(_picture(number, width, height))]
    packets += encoder.encode(None)
    return tuple((_journal_form(codec, bytes(packet)), packet.is_keyframe) for packet in packets)


def _picture(number: int, width: int, height: int) -> av.VideoFrame:
    rows, columns = np.mgrid[0:height, 0:width]
    plane = ((rows * 3 + columns * 2 + number * 11) % 256).astype(np.uint8)
    frame = av.VideoFrame.from_ndarray(np.dstack([plane, plane.T.repeat(2)[: plane.size].reshape(plane.shape), plane]))
    frame = frame.reformat(format="yuv420p")
    frame.pts, frame.time_base = number, Fraction(1, 30)
    return frame


def _journal_form(codec: Codec, packet: bytes) -> bytes:
    if codec is Codec.H264:
        units = [unit.rstrip(b"\0") for unit in packet.replace(b"\0\0\0\1", b"\0\0\1").split(b"\0\0\1") if unit]
        return b"".join(len(unit).to_bytes(4, "big") + unit for unit in units)
    return packet


def decode_sizes(config: Config, payloads: list[bytes]) -> list[tuple[int, int]]:
    """Decode and give each picture's size; raises av.error.FFmpegError for what can't be decoded."""
    decoder = av.CodecContext.create(_DECODERS.get(config.codec, config.codec.value), "r")
    if config.private:
        decoder.extradata = config.private
    decoder.options = {"err_detect": "explode"}
    frames = [frame for payload in payloads for frame in decoder.decode(av.Packet(payload))]
    frames += decoder.decode(None)
    return [(frame.width, frame.height) for frame in frames]


@cache
def encode_opus(channels: int) -> tuple[bytes, ...]:
    encoder = av.CodecContext.create("libopus", "w")
    encoder.sample_rate, encoder.format = 48_000, "s16"
    encoder.layout = "stereo" if channels == 2 else "mono"
    silence = np.zeros((1, 960 * channels), np.int16)
    packets = []
    for number in range(5):
        frame = av.AudioFrame.from_ndarray(silence, "s16", encoder.layout.name)
        frame.sample_rate, frame.pts = 48_000, number * 960
        packets += encoder.encode(frame)
    return tuple(bytes(packet) for packet in packets)
