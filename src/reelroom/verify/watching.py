"""Looks at every picture and listens to every sample of a file."""

from __future__ import annotations  # Packet is generic for mypy only

from typing import Final

import numpy as np
import numpy.typing as npt
from av import Packet
from av.audio.frame import AudioFrame
from av.stream import Stream
from av.video.frame import VideoFrame

from reelroom.verify.report import Limits, Report
from reelroom.verify.stretches import Stretches, clock

_STEP: Final = 4  # every fourth pixel each way is enough to see whether something moves
_STILL: Final = 0.05  # mean difference of brightness; any camera's noise is more
_BLACK: Final = 24.0  # mean brightness: limited range begins at 16
_SILENT: Final = 1 / 2000  # of full scale: the last bit of 11; a microphone's noise is more
_INT16: Final = 32_768.0
_SHORTEST_FRAME_S: Final = 1 / 30  # how long a last picture is thought to stay


class PictureWatch:
    """One video track. errors: packets that could not be decoded."""

    def __init__(self, limits: Limits) -> None:
        self.errors = self.corrupt = self.frames = 0
        self.from_s: float | None = None
        self.until_s = 0.0
        self._limits = limits
        self._frozen, self._black = Stretches(limits.still_s), Stretches(limits.still_s)
        self._gaps: list[tuple[float, float]] = []
        self._before: npt.NDArray[np.uint8] | None = None
        self._first_is_key: bool | None = None
        self._keyframe_s: float | None = None
        self._longest_keyframe_gap_s = 0.0

    def packet(self, packet: Packet[Stream]) -> None:
        """A packet before it is decoded."""
        if packet.pts is None or packet.time_base is None:
            return
        at_s = float(packet.pts * packet.time_base)
        if self._first_is_key is None:
            self._first_is_key = packet.is_keyframe
        if self._keyframe_s is not None:
            self._longest_keyframe_gap_s = max(self._longest_keyframe_gap_s, at_s - self._keyframe_s)
        if packet.is_keyframe:
            self._keyframe_s = at_s

    def frame(self, frame: VideoFrame) -> None:
        """A picture in its order."""
        at_s = float(frame.time or 0)
        if self.from_s is None:
            self.from_s = at_s
        elif at_s - self.until_s > self._limits.video_gap_s:
            self._gaps.append((self.until_s, at_s))
        self.frames += 1
        self.corrupt += frame.is_corrupt
        luma = _luma(frame)
        self._frozen.feed(self.until_s if self.frames > 1 else at_s, self._is_still(luma))
        self._black.feed(at_s, float(luma.mean()) < _BLACK)
        self._before, self.until_s = luma, at_s

    def _is_still(self, luma: npt.NDArray[np.uint8]) -> bool:
        before = self._before
        if before is None or before.shape != luma.shape:
            return False
        return float(np.abs(luma.astype(np.int16) - before).mean()) < _STILL

    def tell(self, report: Report) -> None:
        """Everything that was seen."""
        if not self.frames:
            report.fault("no picture can be decoded")
            return
        end_s = self.until_s + _SHORTEST_FRAME_S
        self._frozen.end(end_s)
        self._black.end(end_s)
        _tell_errors(report, self.errors, "video")
        if self.corrupt:
            report.fault(f"pictures that are damaged: {self.corrupt}")
        if self._first_is_key is False:
            report.fault("the video does not begin with a keyframe: its first pictures can't be right")
        if self._longest_keyframe_gap_s > self._limits.keyframe_gap_s:
            report.fault(
                f"{self._longest_keyframe_gap_s:.1f} s without a keyframe: seeking is slow, loss stays visible"
            )
        for first, last in self._gaps:
            report.fault(f"no picture from {clock(first)} to {clock(last)} ({last - first:.1f} s)")
        for words in self._black.say("black pictures") or self._frozen.say("the picture stands still"):
            report.fault(words)


class SoundWatch:
    """One audio track. errors: packets that could not be decoded."""

    def __init__(self, limits: Limits) -> None:
        self.errors = self.frames = 0
        self.from_s: float | None = None
        self.until_s = 0.0
        self._limits = limits
        self._silent = Stretches(limits.still_s)
        self._gaps: list[tuple[float, float]] = []

    def frame(self, frame: AudioFrame) -> None:
        """Samples in their order."""
        at_s = float(frame.time or 0)
        if self.from_s is None:
            self.from_s = at_s
        elif at_s - self.until_s > self._limits.audio_gap_s:
            self._gaps.append((self.until_s, at_s))
        self.frames += 1
        self._silent.feed(at_s, _peak(frame) < _SILENT)
        self.until_s = at_s + frame.samples / frame.sample_rate

    def tell(self, report: Report) -> None:
        """Everything that was heard."""
        if not self.frames:
            report.fault("no sound can be decoded")
            return
        self._silent.end(self.until_s)
        _tell_errors(report, self.errors, "audio")
        for first, last in self._gaps:
            report.fault(f"no sound from {clock(first)} to {clock(last)} ({last - first:.1f} s)")
        for words in self._silent.say("silence"):
            report.fault(words)


def _tell_errors(report: Report, errors: int, kind: str) -> None:
    if errors:
        report.fault(f"packets of {kind} that can't be decoded: {errors}")


def _luma(frame: VideoFrame) -> npt.NDArray[np.uint8]:
    """The brightness of some pixels."""
    if frame.format.name not in ("yuv420p", "yuvj420p", "yuv422p", "yuvj422p", "yuv444p", "yuvj444p", "nv12", "gray"):
        frame = frame.reformat(format="gray")
    plane = frame.planes[0]
    rows = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)
    seen: npt.NDArray[np.uint8] = rows[: frame.height : _STEP, : frame.width : _STEP].copy()
    return seen


def _peak(frame: AudioFrame) -> float:
    samples = frame.to_ndarray()
    scale = _INT16 if samples.dtype == np.int16 else 1.0
    return float(np.abs(samples.astype(np.float32)).max(initial=0.0)) / scale
