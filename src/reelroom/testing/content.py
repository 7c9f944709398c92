"""Looks at a finished file of the programme and says what is in it.

`python -m reelroom.testing.content FILE` prints it as JSON.
"""

import json
import sys
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any, Final

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.container import InputContainer
from av.video.frame import VideoFrame

from reelroom.testing.barcode import read_picture
from reelroom.units import AUDIO_RATE

_LOUD: Final = 0.1  # of full scale; beeps are six times as loud
_QUIET_S: Final = 0.2  # of silence before a beep
_PAIR_S: Final = 0.5  # a flash and a beep farther apart do not belong together
_LATE_SHARE: Final = 0.95


@dataclass(slots=True)
class Content:
    """What is in a file. Times in seconds on the file's time line; offsets in ms, positive where sound is late.

    counters: of the pictures in their order, broken ones left out. broken: pictures that could not be read.
    corrupt: pictures the decoder itself was not sure of. errors: packets that could not be decoded.
    sizes: (time, width, height) of the first picture of each size.
    """

    duration_s: float = 0.0
    codecs: tuple[str, ...] = ()
    faststart: bool = False
    flashes: list[float] = field(default_factory=list)
    beeps: list[float] = field(default_factory=list)
    counters: list[int] = field(default_factory=list)
    broken: int = 0
    corrupt: int = 0
    errors: int = 0
    frames: int = 0
    sizes: list[tuple[float, int, int]] = field(default_factory=list)
    video_from_s: float = 0.0
    video_until_s: float = 0.0  # where the last picture begins
    longest_video_gap_s: float = 0.0
    audio_from_s: float = 0.0
    audio_until_s: float = 0.0
    longest_audio_gap_s: float = 0.0

    @property
    def offsets_ms(self) -> list[float]:
        """For each flash that has a beep near: how much later the beep comes."""
        nearest = [(min(self.beeps, key=lambda beep: abs(beep - flash)), flash) for flash in self.flashes if self.beeps]
        return [round(1000 * (beep - flash), 1) for beep, flash in nearest if abs(beep - flash) < _PAIR_S]

    @property
    def median_offset_ms(self) -> float | None:
        """The middle of `offsets_ms`."""
        return median(self.offsets_ms) if self.offsets_ms else None

    @property
    def p95_offset_ms(self) -> float | None:
        """The distance from zero that 95 % of `offsets_ms` keep within."""
        sizes = sorted(abs(offset) for offset in self.offsets_ms)
        return sizes[int(_LATE_SHARE * (len(sizes) - 1))] if sizes else None

    @property
    def missing(self) -> list[int]:
        """Counters between the smallest and the largest that no picture shows."""
        seen = set(self.counters)
        return [n for n in range(min(seen), max(seen)) if n not in seen] if seen else []

    @property
    def doubled(self) -> list[int]:
        """Counters that come directly after themselves."""
        return [before for before, after in pairwise(self.counters) if before == after]

    @property
    def backward(self) -> list[tuple[int, int]]:
        """Neighbours whose order is wrong."""
        return [(before, after) for before, after in pairwise(self.counters) if after < before]

    def to_json(self) -> dict[str, Any]:
        """Plain values; counters as runs, long lists by their length."""
        plain = {name: getattr(self, name) for name in self.__slots__ if name != "counters"}
        return plain | {
            "offsets_ms": self.offsets_ms,
            "median_offset_ms": self.median_offset_ms,
            "p95_offset_ms": self.p95_offset_ms,
            "counter_runs": _runs(self.counters),
            "missing": len(self.missing),
            "doubled": len(self.doubled),
            "backward": self.backward,
        }


def check(path: Path) -> Content:
    """Decode a whole file (or journal file) and look at every picture and sample. Raises av.error.FFmpegError."""
    content = Content(faststart=has_faststart(path))
    looks = _VideoLook(content), _AudioLook(content)
    with av.open(str(path)) as container:
        content.codecs = tuple(stream.codec_context.name for stream in container.streams)
        content.duration_s = (container.duration or 0) / av.time_base
        _decode(container, content, *looks)
    return content


def has_faststart(path: Path) -> bool:
    """Whether an mp4's index stands before its media."""
    with path.open("rb") as file:
        while len(head := file.read(8)) == 8:  # noqa: PLR2004  size and type of a box, ISO/IEC 14496-12 section 4.2
            size, kind = int.from_bytes(head[:4]), head[4:]
            if kind in (b"moov", b"mdat"):
                return kind == b"moov"
            if size == 1:  # a size of 64 bits follows
                size = int.from_bytes(file.read(8)) - 8
            if size < 8:  # noqa: PLR2004
                return False
            file.seek(size - 8, 1)
    return False


def _decode(container: InputContainer, content: Content, video: "_VideoLook", audio: "_AudioLook") -> None:
    for packet in container.demux():
        try:
            frames = packet.decode()
        except av.error.EOFError:  # a decoder already flushed
            continue
        except av.error.FFmpegError:
            content.errors += 1
            continue
        for frame in frames:
            if isinstance(frame, VideoFrame):
                video.look(frame)
            elif isinstance(frame, AudioFrame):
                audio.listen(frame)


class _VideoLook:
    def __init__(self, content: Content) -> None:
        self._content = content
        self._flashing = False

    def look(self, frame: VideoFrame) -> None:
        content, at = self._content, float(frame.time or 0)
        if content.frames:
            content.longest_video_gap_s = max(content.longest_video_gap_s, at - content.video_until_s)
        else:
            content.video_from_s = at
        content.frames += 1
        content.video_until_s = at
        content.corrupt += frame.is_corrupt
        if not content.sizes or content.sizes[-1][1:] != (frame.width, frame.height):
            content.sizes.append((at, frame.width, frame.height))
        self._read(frame, at)

    def _read(self, frame: VideoFrame, at: float) -> None:
        plane = frame.planes[0]
        luma = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)[: frame.height, : frame.width]
        reading = read_picture(luma)
        if reading.counter is None:
            self._content.broken += 1
        else:
            self._content.counters.append(reading.counter)
        if reading.flash and not self._flashing:
            self._content.flashes.append(at)
        self._flashing = reading.flash


class _AudioLook:
    def __init__(self, content: Content) -> None:
        self._content = content
        self._next = 0  # sample expected
        self._loud = -AUDIO_RATE  # last loud sample
        self._begun = False

    def listen(self, frame: AudioFrame) -> None:
        content = self._content
        rate = frame.sample_rate
        first = round(float(frame.time or 0) * rate)
        if not self._begun:
            content.audio_from_s, self._begun = first / rate, True
        else:
            content.longest_audio_gap_s = max(content.longest_audio_gap_s, (first - self._next) / rate)
        self._next = first + frame.samples
        content.audio_until_s = self._next / rate
        self._find_beeps(frame, first, rate)

    def _find_beeps(self, frame: AudioFrame, first: int, rate: int) -> None:
        samples = frame.to_ndarray()
        scale = 32_768.0 if samples.dtype == np.int16 else 1.0  # decoders of ours give no other
        channel = samples[0] if frame.format.is_planar else samples.reshape(-1, frame.layout.nb_channels)[:, 0]
        for sample in first + np.flatnonzero(np.abs(channel / scale) > _LOUD):
            if sample - self._loud > _QUIET_S * rate:
                self._content.beeps.append(round(float(sample) / rate, 6))
            self._loud = int(sample)


def _runs(counters: list[int]) -> list[list[int]]:
    runs: list[list[int]] = []
    for counter in counters:
        if runs and counter == runs[-1][1] + 1:
            runs[-1][1] = counter
        else:
            runs.append([counter, counter])
    return runs


def main() -> None:
    """The command."""
    for name in sys.argv[1:]:
        sys.stdout.write(json.dumps({"file": name, **check(Path(name)).to_json()}, indent=1) + "\n")


if __name__ == "__main__":
    main()
