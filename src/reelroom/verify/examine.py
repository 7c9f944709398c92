"""All there is to say about one file."""

from __future__ import annotations  # Packet is generic for mypy only

from pathlib import Path

import av
from av import Packet
from av.audio.frame import AudioFrame
from av.stream import Stream
from av.video.frame import VideoFrame

from reelroom.verify.programme import check_programme
from reelroom.verify.report import Limits, Report
from reelroom.verify.structure import check_structure
from reelroom.verify.watching import PictureWatch, SoundWatch

_PICTURES = (".jpg", ".jpeg")
_WITHOUT_LENGTH = (".aac",)  # FFmpeg guesses it


def verify_file(path: Path, limits: Limits | None = None) -> Report:
    """Decode a whole file and report. Never raises because of what is in the file."""
    limits, report = limits or Limits(), Report(path.name)
    try:
        if check_structure(path, report):
            _decode(path, limits, report)
    except OSError as error:  # FFmpeg's "no such file" and "end of file" among them
        report.fault(f"it can't be read: {error.strerror}")
    except av.error.FFmpegError as error:
        report.fault(f"it can't be understood: {error.strerror}")
    return report


def _decode(path: Path, limits: Limits, report: Report) -> None:
    with av.open(str(path)) as container:
        report.tracks = [f"{stream.type} {stream.codec_context.name}" for stream in container.streams]
        watches = {stream.index: _watch(stream, limits) for stream in container.streams}
        for packet in container.demux():
            _look(packet, watches[packet.stream_index])
        told_s = (container.duration or 0) / av.time_base
    for watch in watches.values():
        if watch is not None:
            watch.tell(report)
    if path.suffix.lower() in _PICTURES:
        return
    seen = [watch for watch in watches.values() if watch is not None and watch.frames]
    _compare(seen, 0.0 if path.suffix.lower() in _WITHOUT_LENGTH else told_s, limits, report)
    if seen:
        check_programme(path, limits, report)


def _watch(stream: Stream, limits: Limits) -> PictureWatch | SoundWatch | None:
    if stream.type == "video":
        return PictureWatch(limits)
    return SoundWatch(limits) if stream.type == "audio" else None


def _look(packet: Packet[Stream], watch: PictureWatch | SoundWatch | None) -> None:
    if watch is None:
        return
    if isinstance(watch, PictureWatch) and packet.size:
        watch.packet(packet)
    try:
        frames = packet.decode()
    except av.error.EOFError:  # a decoder already flushed
        return
    except av.error.FFmpegError:
        watch.errors += 1
        return
    for frame in frames:
        if isinstance(watch, PictureWatch) and isinstance(frame, VideoFrame):
            watch.frame(frame)
        if isinstance(watch, SoundWatch) and isinstance(frame, AudioFrame):
            watch.frame(frame)


def _compare(seen: list[PictureWatch | SoundWatch], told_s: float, limits: Limits, report: Report) -> None:
    """Tracks with each other, and with what the file says of itself."""
    if not seen:
        report.fault("it has neither sound nor pictures")
        return
    ends = {("sound" if isinstance(watch, SoundWatch) else "the picture"): watch.until_s for watch in seen}
    begin_s = min(watch.from_s or 0.0 for watch in seen)
    report.duration_s = max(ends.values()) - begin_s
    if len(ends) > 1 and max(ends.values()) - min(ends.values()) > limits.uneven_s:
        first = min(ends, key=lambda name: ends[name])
        report.fault(f"{first} ends {max(ends.values()) - min(ends.values()):.1f} s too early")
    if told_s and told_s - report.duration_s > limits.uneven_s:
        report.fault(f"it says it is {told_s:.1f} s long, and {report.duration_s:.1f} s are in it")
