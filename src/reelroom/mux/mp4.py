"""Progressive mp4, its index in front.

Video that does not begin at zero, and AAC's priming, are said by edit lists, which FFmpeg's muxer derives from first
timestamps. One decoder configuration is `avc1`; more of them are `avc3`, with parameter sets in the samples (ISO/IEC
14496-15 section 5.3.2), where they stand in our journals anyway.
"""

from __future__ import annotations  # Packet is generic for mypy only

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Final, NamedTuple

import av
from av import Packet
from av.container import OutputContainer
from av.stream import Stream

from reelroom.errors import MediaError
from reelroom.mux.pieces import AAC_SAMPLES, Muxed, Piece, finish_file, open_piece, read_audio, read_piece
from reelroom.units import AUDIO_RATE, NS

VIDEO_RATE: Final = 90_000
_USUAL_TICKS: Final = VIDEO_RATE // 30  # duration of a video's only frame
_LONGEST_LAST_TICKS: Final = VIDEO_RATE // 5  # of its last frame, however long the one before lasted
_VIDEO_BASE: Final = Fraction(1, VIDEO_RATE)
_AUDIO_BASE: Final = Fraction(1, AUDIO_RATE)
_OPTIONS: Final = {
    "movflags": "+faststart",
    "video_track_timescale": str(VIDEO_RATE),
    "movie_timescale": str(VIDEO_RATE),  # of edit lists; milliseconds would be heard as far as tests listen
}


class _Timed(NamedTuple):
    at: int  # ns, the order packets are written in
    order: int  # the stream's index, to never compare packets
    packet: Packet[Stream]


@dataclass(slots=True)
class _End:
    ticks: int = 0


def write_mp4(target: Path, *, video: Sequence[Piece], audio: Sequence[Piece], end_ns: int = 0) -> Muxed:
    """Write and fsync one mp4 file: H264 as it is, AAC as it is. Either may be empty, not both.

    end_ns: where on the time line the last picture ends, if that is later than it would be anyway. Raises MediaError
    when a piece can't be read or nothing is in any, OSError when the disk is full.
    """
    try:
        with av.open(str(target), "w", format="mp4", options=_OPTIONS) as output:
            muxed = _write(output, tuple(video), tuple(audio), end_ns)
    except av.error.FFmpegError as error:
        if isinstance(error, OSError):
            raise
        raise MediaError(f"{target.name} can't be written: {error}") from error
    return Muxed(finish_file(target), *muxed)


def _write(
    output: OutputContainer, video: tuple[Piece, ...], audio: tuple[Piece, ...], end_ns: int
) -> tuple[int, int, int]:
    flows: list[Iterator[_Timed]] = []
    video_end, audio_end, width, height = _End(), _End(), 0, 0
    if video:
        stream, width, height = _add_video(output, video)
        flows.append(_video_packets(video, stream, video_end, scale_up(end_ns)))
    if audio:
        flows.append(_audio_packets(audio, _add_audio(output, audio[0]), audio_end))
    mux, count = output.mux_one, 0
    for count, timed in enumerate(heapq.merge(*flows), 1):  # noqa: B007  counted for the check below
        mux(timed.packet)
    if not count:
        raise MediaError("a file without a single packet")
    duration_ms = max(video_end.ticks * 1000 // VIDEO_RATE, audio_end.ticks * 1000 // AUDIO_RATE)
    return duration_ms, width, height


def scale_up(at_ns: Fraction | int) -> int:
    """Nanoseconds to video ticks, rounded half up."""
    return (int(at_ns) * 9 + 50_000) // 100_000


def _add_video(output: OutputContainer, pieces: tuple[Piece, ...]) -> tuple[Stream, int, int]:
    headers: dict[tuple[int, int, bytes | None], None] = {}  # in order; a set would do otherwise
    for piece in pieces:
        with open_piece(piece) as container:
            context = container.streams.video[0].codec_context
            headers[context.width, context.height, context.extradata] = None
    with open_piece(pieces[0]) as container:
        stream = output.add_stream_from_template(container.streams.video[0], opaque=True)
    width, height, _ = max(headers, key=lambda header: header[0] * header[1])
    context = stream.codec_context
    context.width, context.height = width, height  # what players reserve room for before the first frame
    context.codec_tag = "avc1" if len(headers) == 1 else "avc3"
    stream.time_base = _VIDEO_BASE
    return stream, width, height


def _add_audio(output: OutputContainer, piece: Piece) -> Stream:
    with open_piece(piece) as container:
        stream = output.add_stream_from_template(container.streams.audio[0], opaque=True)
    stream.time_base = _AUDIO_BASE
    return stream


def _video_packets(pieces: tuple[Piece, ...], stream: Stream, end: _End, until: int) -> Iterator[_Timed]:
    """Each packet lasts until the next; times strictly grow, whatever rounding and clocks do. Held back by one."""
    held: Packet[Stream] | None = None
    ticks, duration = -1, _USUAL_TICKS
    for piece in pieces:
        for position, packet in read_piece(piece):
            placed = max(scale_up(piece.place(position)), ticks + 1)
            if held is not None:
                duration = placed - ticks
                yield _time_video(held, stream, ticks, duration)
            held, ticks = packet, placed
    if held is not None:
        duration = max(min(duration, _LONGEST_LAST_TICKS), until - ticks)
        end.ticks = ticks + duration
        yield _time_video(held, stream, ticks, duration)


def _time_video(packet: Packet[Stream], stream: Stream, ticks: int, duration: int) -> _Timed:
    packet.stream, packet.time_base = stream, _VIDEO_BASE
    packet.pts = packet.dts = ticks
    packet.duration = duration
    return _Timed(ticks * NS // VIDEO_RATE, stream.index, packet)


def _audio_packets(pieces: tuple[Piece, ...], stream: Stream, end: _End) -> Iterator[_Timed]:
    for sample, packet in read_audio(pieces):
        packet.stream, packet.time_base = stream, _AUDIO_BASE
        packet.pts = packet.dts = sample
        packet.duration = AAC_SAMPLES
        end.ticks = sample + AAC_SAMPLES
        yield _Timed(sample * NS // AUDIO_RATE, stream.index, packet)
