"""Encoded inputs and decoded outputs of mixed recordings: coloured patterns, tones, and what is where in a picture."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from pathlib import Path

import av
import numpy as np
from tests.integration.recorder_media import Shot

from reelroom.compose.canvas import planes_of
from reelroom.compose.colour import Yuv, to_yuv
from reelroom.compose.h264 import decoder_configuration, join_units, split_units
from reelroom.compose.opus import opus_head
from reelroom.rtp.frame import Config
from reelroom.units import Codec, MediaKind, Size

FPS = 30
SIZE = Size(640, 360)
RED, GREEN, BLUE = 0xE0202000, 0x20C02000, 0x2030E000
YELLOW, CYAN, PURPLE = 0xE0D02000, 0x20C0D000, 0xA020C000
EDGE = 0xF0F0F000  # of a pattern: what a crop from 16:9 to 4:3 or narrower cuts off
TOLERANCE = 24  # of a decoded colour, in each plane: two encoders and a scaler have been at it


@cache
def pattern(colour: int, seconds: int, size: Size = SIZE, fps: int = FPS) -> tuple[Shot, ...]:
    """A picture of one colour with white edges of a tenth of the width at the left and right, as H264."""
    encoder = av.CodecContext.create("libx264", "w")
    encoder.width, encoder.height, encoder.pix_fmt = size.width, size.height, "yuv420p"
    encoder.time_base, encoder.framerate, encoder.gop_size = Fraction(1, fps), Fraction(fps), 2 * fps
    encoder.bit_rate, encoder.options = 800_000, {"preset": "ultrafast", "tune": "zerolatency"}
    frame = av.VideoFrame(size.width, size.height, "yuv420p")
    edge = size.width // 10
    for plane, inner, outer in zip(planes_of(frame), to_yuv(colour), to_yuv(EDGE), strict=True):
        plane[:] = outer
        width = edge * plane.shape[1] // size.width
        plane[:, width : plane.shape[1] - width] = inner
    shots, private = [], b""
    for number in range(seconds * fps):
        frame.pts, frame.time_base = number, Fraction(1, fps)
        for packet in encoder.encode(frame):
            units = split_units(bytes(packet))
            private = private or decoder_configuration(units)
            config = Config(Codec.H264, *size, private=private)
            at = Fraction(packet.pts, fps)
            shots.append(Shot(MediaKind.VIDEO, at, packet.is_keyframe, join_units(units), config))
    return tuple(shots)


@cache
def tone(hertz: int, seconds: int, level: float = 0.3) -> tuple[Shot, ...]:
    """A steady tone as Opus in packets of 20 ms."""
    encoder = av.CodecContext.create("libopus", "w")
    encoder.sample_rate, encoder.layout, encoder.format, encoder.bit_rate = 48_000, "stereo", "flt", 96_000
    config = Config(Codec.OPUS, channels=2, private=opus_head(b"", 2))
    shots = []
    for number in range(seconds * 50):
        wave = level * np.sin(2 * np.pi * hertz * np.arange(number * 960, (number + 1) * 960) / 48_000)
        frame = av.AudioFrame.from_ndarray(np.repeat(wave.astype(np.float32), 2)[None], "flt", "stereo")
        frame.sample_rate, frame.pts, frame.time_base = 48_000, number * 960, Fraction(1, 48_000)
        for packet in encoder.encode(frame):
            shots.append(Shot(MediaKind.AUDIO, Fraction(len(shots), 50), True, bytes(packet), config))
    return tuple(shots)


def together(*scenes: tuple[Shot, ...]) -> list[Shot]:
    """Tracks in the order of time."""
    return sorted((shot for scene in scenes for shot in scene), key=lambda shot: shot.at)


@dataclass(frozen=True)
class Picture:
    """One decoded picture; `at` in seconds."""

    at: float
    frame: av.VideoFrame

    def colour(self, x: int, y: int) -> Yuv:
        """The colour around a pixel."""
        planes = planes_of(self.frame)
        return Yuv(int(planes.y[y, x]), int(planes.u[y // 2, x // 2]), int(planes.v[y // 2, x // 2]))

    def shows(self, colour: int, x: int, y: int) -> bool:
        """Whether a pixel has a colour, 0xRRGGBB00."""
        return all(abs(a - b) <= TOLERANCE for a, b in zip(self.colour(x, y), to_yuv(colour), strict=True))


def pictures(path: Path) -> Iterator[Picture]:
    """Every picture of a file."""
    with av.open(str(path)) as container:
        for frame in container.decode(container.streams.video[0]):
            yield Picture(float(frame.time), frame)


def picture_at(path: Path, seconds: float) -> Picture:
    """The picture shown at a time of a file."""
    return max((p for p in pictures(path) if p.at <= seconds + 1e-6), key=lambda p: p.at)


def sound(path: Path) -> np.ndarray:
    """The left channel of a file."""
    with av.open(str(path)) as container:
        return np.concatenate([frame.to_ndarray()[0] for frame in container.decode(container.streams.audio[0])])


def strength(wave: np.ndarray, hertz: int, from_s: float, until_s: float) -> float:
    """The amplitude of a tone between two times."""
    part = wave[int(from_s * 48_000) : int(until_s * 48_000)]
    turn = np.exp(-2j * np.pi * hertz * np.arange(len(part)) / 48_000)
    return float(2 * abs(np.mean(part * turn)))
