"""HLS: MPEG-TS segments that begin with keyframes, and the playlist that lists them. Source: RFC 8216.

FFmpeg makes each segment on its own; its counters of packets are then made to go on from segment to segment, as a
player that plays them in a row sees one stream. What a segment holds depends on its packets alone, so making it again
makes the same file.
"""

from __future__ import annotations  # Packet is generic for mypy only

import heapq
import math
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Final, NamedTuple, cast

import av
import numpy as np
from av import Packet
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.stream import Stream
from av.video.codeccontext import VideoCodecContext
from av.video.stream import VideoStream

from reelroom.errors import MediaError
from reelroom.mux.pieces import AAC_SAMPLES, Muxed, Piece, finish_file, open_piece, read_audio, read_piece
from reelroom.units import AUDIO_RATE, NS, scale

RATE: Final = 90_000  # ticks a second of a transport stream
_TIME_BASE: Final = Fraction(1, RATE)
# Microseconds from a clock reference to the packet that it is for; FFmpeg moves everything by twice as much.
DELAYS: Final = {"max_delay": "700000"}
_PACKET_BYTES: Final = 188
_LONGEST_LAST: Final = RATE // 5  # of the last picture, however long the one before lasted
_USUAL: Final = RATE // 30
_AAC_TICKS: Final = AAC_SAMPLES * RATE // AUDIO_RATE
# Each packet of sound gets a time of its own: readers guess those of packets that share one.
OPTIONS: Final = {"pes_payload_size": "0"}
_VERSION: Final = 3  # of the playlist: durations have fractions


class Segment(NamedTuple):
    """One segment. duration: ticks at 90 kHz; discontinuity: its pictures are not coded as those before."""

    path: Path
    duration: int
    size: int
    discontinuity: bool


class _Unit(NamedTuple):
    """A packet on the time line, in ticks at 90 kHz."""

    at: int
    kind: int  # sound before pictures at the same instant
    packet: Packet[Stream]
    piece: int  # number of its piece
    cut: bool  # a segment may begin with it


@dataclass(slots=True)
class _Output:
    """A segment being written."""

    path: Path
    begin: int
    discontinuity: bool
    container: OutputContainer
    video: VideoStream | None
    audio: AudioStream | None


@dataclass(slots=True)
class _Facts:
    width: int = 0
    height: int = 0
    end: int = 0  # where everything ends
    configs: list[bytes] = field(default_factory=list)  # of each piece of video


@dataclass(frozen=True, slots=True)
class Segments:
    """All segments of a file, in order, and what they make together."""

    segments: list[Segment]
    muxed: Muxed


def write_segments(
    folder: Path, *, video: Sequence[Piece], audio: Sequence[Piece], segment_s: int, end_ns: int = 0
) -> Segments:
    """Write and fsync `00000.ts` and so on into an existing folder. H264 as it is, AAC as it is.

    A segment ends at the first keyframe after `segment_s` seconds; sound alone is cut anywhere. Raises MediaError when
    a piece can't be read or nothing is in any, OSError when the disk is full.
    """
    try:
        with ExitStack() as stack:
            made = list(_Writer(stack, folder, tuple(video), tuple(audio), segment_s * RATE).write(end_ns))
    except av.error.FFmpegError as error:
        if isinstance(error, OSError):
            raise
        raise MediaError(f"segments can't be written: {error}") from error
    if not made:
        raise MediaError("a file without a single packet")
    width, height = _size(video)
    size, ticks = sum(s.size for s in made), sum(s.duration for s in made)
    return Segments(made, Muxed(size, ticks * 1000 // RATE, width, height))


def _size(pieces: Sequence[Piece]) -> tuple[int, int]:
    """Pixels of the largest picture."""
    sizes = [(0, 0)]
    for piece in pieces:
        with open_piece(piece) as container:
            context = cast("VideoCodecContext", container.streams[0].codec_context)
            sizes.append((context.width, context.height))
    return max(sizes, key=lambda size: size[0] * size[1])


class _Writer:
    """One pass over all packets in the order of time."""

    def __init__(
        self, stack: ExitStack, folder: Path, video: tuple[Piece, ...], audio: tuple[Piece, ...], length: int
    ) -> None:
        self._stack, self._folder, self._length = stack, folder, length
        self._video, self._audio = video, audio
        self._templates: dict[tuple[int, int], Stream] = {}
        self._counters: dict[int, int] = {}  # packets of each PID so far
        self._video_piece = -1  # whose configuration the last segment had
        self._number = 0
        self._end = 0

    def write(self, end_ns: int) -> Iterator[Segment]:
        """The segments as they are finished."""
        output: _Output | None = None
        for unit in heapq.merge(self._pictures(), self._sound(), key=lambda unit: unit[:2]):
            if output is None or (unit.cut and self._is_due(output, unit)):
                if output is not None:
                    yield self._close(output, unit.at)
                output = self._open(unit)
            stream = output.video if unit.kind else output.audio
            if stream is None:  # sound that comes while no segment with it has begun can't be
                continue
            packet = unit.packet
            packet.stream, packet.time_base = stream, _TIME_BASE
            packet.pts = packet.dts = unit.at
            output.container.mux_one(packet)
        if output is not None:
            yield self._close(output, max(self._end, scale(end_ns, NS, RATE)))

    def _is_due(self, output: _Output, unit: _Unit) -> bool:
        other = bool(unit.kind) and self._config(unit.piece) != self._config(self._video_piece)
        return other or unit.at - output.begin >= self._length

    def _open(self, unit: _Unit) -> _Output:
        piece = unit.piece if unit.kind else max(0, self._video_piece)
        new = bool(self._video) and self._video_piece >= 0 and self._config(piece) != self._config(self._video_piece)
        path = self._folder / f"{self._number:05}.ts"
        container = av.open(str(path), "w", format="mpegts", options=OPTIONS, container_options=DELAYS)
        video = self._template(1, piece) if self._video else None
        audio = self._template(0, 0) if self._audio else None
        self._video_piece = piece if self._video else -1
        return _Output(
            path,
            unit.at if self._number else 0,
            new,
            container,
            None if video is None else container.add_stream_from_template(cast("VideoStream", video), opaque=True),
            None if audio is None else container.add_stream_from_template(cast("AudioStream", audio), opaque=True),
        )

    def _template(self, kind: int, piece: int) -> Stream:
        if (kind, piece) not in self._templates:
            opened = open_piece((self._video if kind else self._audio)[piece])
            self._templates[kind, piece] = self._stack.enter_context(opened).streams[0]
        return self._templates[kind, piece]

    def _config(self, piece: int) -> bytes:
        if piece < 0:
            return b""
        return cast("VideoCodecContext", self._template(1, piece).codec_context).extradata or b""

    def _close(self, output: _Output, end: int) -> Segment:
        output.container.close()
        count_on(output.path, self._counters)
        self._number += 1
        return Segment(output.path, end - output.begin, finish_file(output.path), output.discontinuity)

    def _pictures(self) -> Iterator[_Unit]:
        """Times strictly grow, whatever rounding and clocks do."""
        at, last = -1, _USUAL
        for number, piece in enumerate(self._video):
            for position, packet in read_piece(piece):
                before, at = at, max((int(piece.place(position)) * 9 + 50_000) // 100_000, at + 1)
                last = at - before if before >= 0 else last
                yield _Unit(at, 1, packet, number, packet.is_keyframe)
                self._end = max(self._end, at + min(last, _LONGEST_LAST))

    def _sound(self) -> Iterator[_Unit]:
        """Without the packet that only primes the decoder, which nothing could hide."""
        for sample, packet in read_audio(self._audio):
            if sample >= 0:
                at = scale(sample, AUDIO_RATE, RATE)
                yield _Unit(at, 0, packet, 0, not self._video)
                self._end = max(self._end, at + _AAC_TICKS)


def count_on(path: Path, counters: dict[int, int]) -> None:
    """Let the counters of a segment's packets go on from those of the segment before (ISO/IEC 13818-1 2.4.3.3)."""
    packets = np.fromfile(path, np.uint8).reshape(-1, _PACKET_BYTES)
    pids = (packets[:, 1].astype(np.int32) & 0x1F) << 8 | packets[:, 2]
    for pid in np.unique(pids).tolist():
        ours = np.flatnonzero((pids == pid) & (packets[:, 3] & 0x10 != 0))  # those with a payload count
        numbers = (counters.get(pid, 0) + np.arange(len(ours))) & 0x0F
        packets[ours, 3] = packets[ours, 3] & 0xF0 | numbers.astype(np.uint8)
        idle = np.flatnonzero((pids == pid) & (packets[:, 3] & 0x10 == 0))  # repeat the number before them
        before = counters.get(pid, 0) + np.searchsorted(ours, idle) - 1
        packets[idle, 3] = packets[idle, 3] & 0xF0 | (before & 0x0F).astype(np.uint8)
        counters[pid] = counters.get(pid, 0) + len(ours)
    packets.tofile(path)


def playlist(
    segments: Sequence[Segment], names: Sequence[str], *, ended: bool = True, live: bool = False, target_s: int = 0
) -> str:
    """The media playlist of segments that can be had by these names.

    live: it was, or is, read while it grows. target_s: announced at least as the longest.
    """
    longest = max([target_s, *(math.ceil(segment.duration / RATE) for segment in segments)])
    lines = ["#EXTM3U", f"#EXT-X-VERSION:{_VERSION}", f"#EXT-X-TARGETDURATION:{longest}", "#EXT-X-MEDIA-SEQUENCE:0"]
    lines.append(f"#EXT-X-PLAYLIST-TYPE:{'EVENT' if live else 'VOD'}")
    for segment, name in zip(segments, names, strict=True):
        if segment.discontinuity:
            lines.append("#EXT-X-DISCONTINUITY")
        lines += [f"#EXTINF:{segment.duration / RATE:.6f},", name]
    return "\n".join([*lines, *(["#EXT-X-ENDLIST"] if ended else []), ""])
