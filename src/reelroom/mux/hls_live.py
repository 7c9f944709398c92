"""HLS segments made packet by packet, while a recording goes on.

What was made before a restart is given back as it was said then, and not made again: packets of those segments are
only counted through.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Final, cast

import av
from av.audio.stream import AudioStream
from av.container import InputContainer, OutputContainer
from av.stream import Stream
from av.video.codeccontext import VideoCodecContext
from av.video.stream import VideoStream

from reelroom.errors import MediaError
from reelroom.mux.hls import DELAYS, OPTIONS, RATE, Segment, count_on
from reelroom.mux.pieces import MATROSKA, finish_file
from reelroom.units import MediaKind

_TIME_BASE: Final = Fraction(1, RATE)
_PATIENCE: Final = 20 * RATE  # without a keyframe; then sound cuts


@dataclass(frozen=True, slots=True)
class Done:
    """A segment that is whole and stored away, and the packet counters behind it."""

    segment: Segment
    counters: dict[int, int]

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        _, duration, size, discontinuity = self.segment
        return {"duration": duration, "size": size, "discontinuity": discontinuity, "counters": self.counters}

    @classmethod
    def from_json(cls, body: dict[str, Any]) -> "Done":
        """The inverse of `to_json`, without the path."""
        segment = Segment(Path(), body["duration"], body["size"], body["discontinuity"])
        return cls(segment, {int(pid): count for pid, count in body["counters"].items()})


@dataclass(slots=True)
class _Open:
    begin: int
    discontinuity: bool
    path: Path
    container: OutputContainer | None = None  # None: it was made before a restart
    video: VideoStream | None = None
    audio: AudioStream | None = None


class LiveSegmenter:
    """Takes packets of sound and pictures in the order of time; times are ticks at 90 kHz.

    length: ticks after which the next keyframe (of sound alone: the next packet) begins another segment.
    done: what was made before a restart; then everything is to be pushed again from the start.
    """

    def __init__(self, folder: Path, length: int, done: Sequence[Done]) -> None:
        self.done = list(done)
        self._known = len(self.done)
        self._folder, self._length = folder, length
        self._sources: dict[MediaKind, tuple[Path, InputContainer]] = {}
        self._open: _Open | None = None
        self._number = 0
        self._last = {MediaKind.AUDIO: -1, MediaKind.VIDEO: -1}
        self._end = 0
        self._kinds: set[MediaKind] = set()  # in the open segment

    def expect(self, kind: MediaKind, source: Path) -> None:
        """Packets of that file will come: the first segment has a place for them."""
        self._use(kind, source)

    def push(self, kind: MediaKind, at: int, payload: bytes, *, keyframe: bool, source: Path, length: int) -> bool:
        """The next packet; whether a segment was finished. source: the file that it is from. Raises MediaError."""
        try:
            return self._push(kind, at, payload, keyframe=keyframe, source=source, length=length)
        except av.error.FFmpegError as error:
            if isinstance(error, OSError):
                raise
            raise MediaError(f"a segment can't be written: {error}") from error

    def _push(self, kind: MediaKind, at: int, payload: bytes, *, keyframe: bool, source: Path, length: int) -> bool:
        at = self._last[kind] = max(at, self._last[kind] + 1)
        changed = self._use(kind, source)
        finished = False
        if self._open is None or self._is_due(kind, at, keyframe=keyframe, changed=changed):
            finished = self._close(at)
            self._begin(at, changed=changed)
        self._end = max(self._end, at + length)
        output = self._open
        assert output is not None
        stream = output.video if kind is MediaKind.VIDEO else output.audio
        if output.container is not None and stream is not None:
            packet = av.Packet(payload)
            packet.stream, packet.time_base, packet.is_keyframe = stream, _TIME_BASE, keyframe
            packet.pts = packet.dts = at
            output.container.mux_one(packet)
        return finished

    def _use(self, kind: MediaKind, source: Path) -> bool:
        """Read a packet's configuration, if it is from another file; whether it is another one."""
        before = self._sources.get(kind)
        if before is not None and before[0] == source:
            return False
        container = av.open(str(source), format="matroska", options=MATROSKA)
        self._sources[kind] = source, container
        if before is None:
            return True
        changed = _private(before[1].streams[0]) != _private(container.streams[0])
        before[1].close()
        return changed

    def _is_due(self, kind: MediaKind, at: int, *, keyframe: bool, changed: bool) -> bool:
        output = self._open
        assert output is not None
        if kind is MediaKind.VIDEO:
            new = changed or MediaKind.VIDEO in self._missing
            return keyframe and (new or at - output.begin >= self._length)
        if MediaKind.VIDEO in self._sources:
            return at - output.begin >= self._length + _PATIENCE
        return at - output.begin >= self._length

    @property
    def _missing(self) -> set[MediaKind]:
        """Kinds that the open segment has no place for."""
        return set(self._sources) - self._kinds

    def _begin(self, at: int, *, changed: bool) -> None:
        path = self._folder / f"{self._number:05}.ts"
        kinds = set(self._sources)
        new = self._number > 0 and (changed or kinds != self._kinds)
        self._kinds = kinds
        self._open = _Open(at if self._number else 0, new, path)
        if self._number < self._known:
            return
        output = self._open
        output.container = av.open(str(path), "w", format="mpegts", options=OPTIONS, container_options=DELAYS)
        for kind, (_, source) in sorted(self._sources.items(), reverse=True):  # pictures first
            template = source.streams[0]
            if kind is MediaKind.VIDEO:
                video = cast("VideoStream", template)
                output.video = output.container.add_stream_from_template(video, opaque=True)
            else:
                output.audio = output.container.add_stream_from_template(cast("AudioStream", template), opaque=True)

    def _close(self, end: int) -> bool:
        """Finish the open segment; whether there was one that is new."""
        output, self._open = self._open, None
        if output is None:
            return False
        self._number += 1
        if output.container is None:
            return False
        output.container.close()
        counters = dict(self.done[-1].counters) if self.done else {}
        count_on(output.path, counters)
        segment = Segment(output.path, end - output.begin, finish_file(output.path), output.discontinuity)
        self.done.append(Done(segment, counters))
        return True

    def finish(self) -> None:
        """The last segment ends with its last packet. Call it once, and `push` no more. Raises MediaError."""
        try:
            self._close(self._end)
        except av.error.FFmpegError as error:
            raise MediaError(f"a segment can't be written: {error}") from error
        self.close()

    def close(self) -> None:
        """Close all files; the open segment is made again by the next recorder."""
        if self._open is not None and self._open.container is not None:
            self._open.container.close()
        self._open = None
        for _, container in self._sources.values():
            container.close()
        self._sources.clear()


def _private(stream: Stream) -> bytes:
    return cast("VideoCodecContext", stream.codec_context).extradata or b""
