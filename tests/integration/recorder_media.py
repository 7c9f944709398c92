"""A generated publisher for the recorder's tests: a frame counter, a flash and a beep each second, one true clock."""

from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from pathlib import Path

import av
import numpy as np
from tests.integration.journal_media import start_code_units, to_avcc

from reelroom.rtp.frame import Config
from reelroom.rtp.opus import opus_head
from reelroom.units import Codec, MediaKind

FPS = 30
BITS = 16
CELL = 16  # pixels: one bit of the counter, large enough for any encoder
RATE = 48_000


@dataclass(frozen=True)
class Shot:
    """One encoded frame: seconds after the scene began."""

    kind: MediaKind
    at: Fraction
    keyframe: bool
    payload: bytes
    config: Config


def draw(number: int, scale: int = 1) -> np.ndarray:
    """Frame `number`: 16 bits above, and below black or, in the first frame of each second, white."""
    bits = [255 * (number >> bit & 1) for bit in range(BITS)]
    top = np.repeat(np.array(bits, np.uint8)[None, :], CELL, axis=0)
    bottom = np.full((CELL, BITS), 255 if number % FPS == 0 else 16, np.uint8)
    return np.repeat(np.vstack([top, bottom]), CELL, axis=1).repeat(scale, 0).repeat(scale, 1)


def read_counter(luma: np.ndarray) -> int:
    """The number drawn into a decoded picture of any size."""
    height, width = luma.shape
    row = luma[: height // 2].mean(axis=0).reshape(BITS, width // BITS).mean(axis=1)
    return sum(1 << bit for bit, level in enumerate(row) if level > 128)


@cache
def video(codec: Codec, seconds: int, first: int = 0, scale: int = 1) -> tuple[Shot, ...]:
    """Frames from number `first` on; a keyframe every two seconds."""
    encoder = av.CodecContext.create({Codec.H264: "libx264", Codec.VP8: "libvpx"}[codec], "w")
    encoder.width, encoder.height, encoder.pix_fmt = BITS * CELL * scale, 2 * CELL * scale, "yuv420p"
    encoder.time_base, encoder.framerate, encoder.gop_size = Fraction(1, FPS), Fraction(FPS), 2 * FPS
    encoder.bit_rate = 400_000
    encoder.options = (
        {"preset": "ultrafast", "tune": "zerolatency"}
        if codec is Codec.H264
        else {"deadline": "realtime", "cpu-used": "8", "lag-in-frames": "0"}
    )
    packets = []
    for number in range(first, first + seconds * FPS):
        picture = av.VideoFrame.from_ndarray(draw(number, scale), "gray").reformat(format="yuv420p")
        picture.pts, picture.time_base = number, Fraction(1, FPS)
        packets += encoder.encode(picture)
    packets += encoder.encode(None)
    config = Config(codec, encoder.width, encoder.height)
    shots = []
    for packet in packets:
        payload = bytes(packet)
        if codec is Codec.H264:
            units = start_code_units(payload)
            payload = b"".join(len(unit).to_bytes(4) + unit for unit in units)
            config = config if config.private else Config(codec, config.width, config.height, private=_avcc(units))
        shots.append(Shot(MediaKind.VIDEO, Fraction(packet.pts - first, FPS), packet.is_keyframe, payload, config))
    return tuple(shots)


def _avcc(units: list[bytes]) -> bytes:
    return to_avcc(next(u for u in units if u[0] & 31 == 7), next(u for u in units if u[0] & 31 == 8))


@cache
def audio(seconds: int, noise: int = 0) -> tuple[Shot, ...]:
    """Opus in packets of 20 ms: 50 ms of 1 kHz at the start of each second, else silence, or a microphone's noise."""
    encoder = av.CodecContext.create("libopus", "w")
    encoder.sample_rate, encoder.layout, encoder.format = RATE, "mono", "s16"
    encoder.bit_rate, encoder.options = 64_000, {"application": "lowdelay"}
    encoder.open()
    time = np.arange(seconds * RATE) / RATE
    wave = (np.sin(2 * np.pi * 1000 * time) * (time % 1 < 0.05) * 16_000).astype(np.int16)
    wave += np.random.default_rng(1).integers(-noise, noise + 1, len(wave), np.int16)
    packets = []
    for start in range(0, len(wave), 960):
        frame = av.AudioFrame.from_ndarray(wave[None, start : start + 960], "s16", "mono")
        frame.sample_rate, frame.pts, frame.time_base = RATE, start, Fraction(1, RATE)
        packets += encoder.encode(frame)
    config = Config(Codec.OPUS, channels=1, private=opus_head(1))
    return tuple(
        Shot(MediaKind.AUDIO, Fraction(index * 960, RATE), True, bytes(packet), config)
        for index, packet in enumerate(packets)
    )


def scene(codec: Codec | None, seconds: int, *, first: int = 0, sound: bool = True, scale: int = 1) -> list[Shot]:
    """A publisher's frames in the order of time."""
    shots = [*(audio(seconds) if sound else ()), *(video(codec, seconds, first, scale) if codec else ())]
    return sorted(shots, key=lambda shot: shot.at)


@dataclass(frozen=True)
class Watched:
    """A decoded file: counters and their seconds, seconds of flashes and beeps, the length of each track."""

    counters: list[int]
    times: list[float]
    flashes: list[float]
    beeps: list[float]
    audio_s: float
    sizes: list[tuple[int, int]]
    codecs: dict[str, str]
    samples: np.ndarray

    @property
    def offsets_ms(self) -> list[float]:
        """For each flash, how much later (ms) the nearest beep is."""
        nearest = [min(self.beeps, key=lambda beep: abs(beep - flash)) for flash in self.flashes]
        return [1000 * (beep - flash) for beep, flash in zip(nearest, self.flashes, strict=True)]


def watch(path: Path) -> Watched:
    """Decode everything there is."""
    counters, times, flashes, sizes, samples, start = [], [], [], [], [], 0.0
    with av.open(str(path)) as container:
        codecs = {stream.type: stream.codec_context.name for stream in container.streams}
        for frame in container.decode(*container.streams):
            if isinstance(frame, av.VideoFrame):
                luma = frame.to_ndarray(format="gray")
                counters.append(read_counter(luma))
                times.append(float(frame.time))
                if not sizes or sizes[-1] != luma.shape[::-1]:
                    sizes.append(luma.shape[::-1])
                if luma[luma.shape[0] // 2 :].mean() > 128:
                    flashes.append(float(frame.time))
            else:
                if not samples:
                    start = float(frame.time or 0)
                samples.append(frame.to_ndarray()[0])
    wave = np.concatenate(samples) if samples else np.zeros(0)
    beeps = [start + at for at in _onsets(wave)]
    return Watched(counters, times, flashes, beeps, len(wave) / RATE, sizes, codecs, wave)


def _onsets(wave: np.ndarray) -> list[float]:
    """Seconds at which sound begins after at least half a second without."""
    loud = np.flatnonzero(np.abs(wave) > 0.1)
    if not len(loud):
        return []
    first = np.concatenate([[True], np.diff(loud) > RATE // 2])
    return [float(at) / RATE for at in loud[first]]
