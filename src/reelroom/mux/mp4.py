"""Progressive mp4, its index in front, in one pass of writing: a first pass of reading has learned every size.

FFmpeg's muxer keeps 70 bytes for each packet and writes the media twice to put the index in front; a day of recording
would take half a gigabyte of memory. Reading is still FFmpeg's, which is faster than we are.

Edit lists say that a track begins later than zero, and hide AAC's priming. One decoder configuration is `avc1`; more
of them are `avc3`, with parameter sets in the samples (ISO/IEC 14496-15 section 5.3.2), where our journals have them.
"""

from __future__ import annotations  # Packet is generic for mypy only

import heapq
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple, cast

from av import Packet
from av.audio.codeccontext import AudioCodecContext
from av.stream import Stream
from av.video.codeccontext import VideoCodecContext

from reelroom.errors import MediaError
from reelroom.mux import boxes
from reelroom.mux.boxes import LONG, Box
from reelroom.mux.pieces import (
    AAC_SAMPLES,
    Muxed,
    Piece,
    finish_file,
    open_piece,
    read_audio,
    read_piece,
)
from reelroom.mux.samples import SampleTable, big_endian
from reelroom.units import AUDIO_RATE, scale

VIDEO_RATE: Final = 90_000  # ticks a second of video, and of edit lists
_USUAL_TICKS: Final = VIDEO_RATE // 30  # duration of a video's only frame
_LONGEST_LAST_TICKS: Final = VIDEO_RATE // 5  # of its last frame, however long the one before lasted
_BUFFER_BYTES: Final = 1 << 20
_LONGEST_INDEX: Final = 1 << 28  # bytes, months of media
_LONG_HEAD: Final = 16  # bytes before the media in a box whose size takes 64 bits


@dataclass(slots=True)
class _Track:
    """One track of the file."""

    table: SampleTable
    description: Box
    packets: Iterator[Packet[Stream]]  # to be read when the media is written
    width: int = 0
    height: int = 0

    def shown(self, ticks: int) -> int:
        """A count of the track's ticks in the movie's."""
        return scale(ticks, self.table.rate, VIDEO_RATE)

    @property
    def skipped(self) -> int:
        """The track's ticks before zero: decoded, not shown. Priming that a delay leaves room for is left to be heard.

        It is as silent as what comes before sound, and FFmpeg does likewise: its readers, Chromium among them, count
        it into the duration when both kinds of edit come together.
        """
        return max(0, -(self.table.first or 0))

    @property
    def delay(self) -> int:
        """Movie ticks before the track begins."""
        return self.shown(max(0, self.table.first or 0))

    @property
    def length(self) -> int:
        """Movie ticks that it shows."""
        return self.shown(max(0, self.table.duration - self.skipped))


class _Chunk(NamedTuple):
    """Samples of one track that stand together."""

    period: int
    track: int
    samples: int
    size: int  # bytes


def write_mp4(target: Path, *, video: Sequence[Piece], audio: Sequence[Piece], end_ns: int = 0) -> Muxed:
    """Write and fsync one mp4 file: H264 as it is, AAC as it is. Either may be empty, not both.

    end_ns: where on the time line the last picture ends, if that is later than it would be anyway. Raises MediaError
    when a piece can't be read or nothing is in any, OSError when the disk is full.
    """
    made = [_video_track(tuple(video), end_ns, target.parent)] if video else []
    made += [_audio_track(tuple(audio), target.parent)] if audio else []
    tracks = [track for track in made if len(track.table.sizes)]
    if not tracks:
        raise MediaError("a file without a single packet")
    with target.open("wb", _BUFFER_BYTES) as file:
        _write(file, tracks)
    width, height = tracks[0].width, tracks[0].height
    duration = max(track.delay + track.length for track in tracks)
    return Muxed(finish_file(target), duration * 1000 // VIDEO_RATE, width, height)


# --- first pass: what there is ----------------------------------------------------------------------------------------


def _video_track(pieces: tuple[Piece, ...], end_ns: int, folder: Path) -> _Track:
    """Each sample lasts until the next; times strictly grow, whatever rounding and clocks do."""
    table = SampleTable(VIDEO_RATE, folder)
    ticks = -1
    for piece in pieces:
        for position, packet in read_piece(piece):
            ticks = max(to_ticks(piece.place(position)), ticks + 1)
            table.add(ticks, packet.size, keyframe=packet.is_keyframe)
    duration = min(table.last_duration or _USUAL_TICKS, _LONGEST_LAST_TICKS)
    table.end(max(duration, to_ticks(end_ns) - table.last_ticks))
    tag, width, height, private = _read_video_headers(pieces)
    packets = (packet for piece in pieces for _, packet in read_piece(piece))
    return _Track(table, boxes.avc_description(tag, width, height, private), packets, width, height)


def to_ticks(at_ns: Fraction | int) -> int:
    """Nanoseconds to video ticks, rounded half up."""
    return (int(at_ns) * 9 + 50_000) // 100_000


def _read_video_headers(pieces: tuple[Piece, ...]) -> tuple[bytes, int, int, bytes]:
    """avc1 or avc3, the largest size (players reserve room for it), and the first avcC."""
    headers: dict[tuple[int, int, bytes], None] = {}
    for piece in pieces:
        with open_piece(piece) as container:
            context = cast("VideoCodecContext", container.streams[0].codec_context)
            headers[context.width, context.height, context.extradata or b""] = None
    width, height, _ = max(headers, key=lambda header: header[0] * header[1])
    return b"avc1" if len(headers) == 1 else b"avc3", width, height, next(iter(headers))[2]


def _audio_track(pieces: tuple[Piece, ...], folder: Path) -> _Track:
    table = SampleTable(AUDIO_RATE, folder, independent=True)
    size = 0
    for sample, packet in read_audio(pieces):
        table.add(sample, packet.size)
        size += packet.size
    table.end(AAC_SAMPLES)
    with open_piece(pieces[0]) as container:
        context = cast("AudioCodecContext", container.streams[0].codec_context)
        channels, private = context.channels, context.extradata or b""
    bitrate = size * 8 * AUDIO_RATE // table.duration
    description = boxes.aac_description(channels, AUDIO_RATE, private, bitrate)
    return _Track(table, description, (packet for _, packet in read_audio(pieces)))


# --- second pass: the file --------------------------------------------------------------------------------------------


def _write(file: BinaryIO, tracks: list[_Track]) -> None:
    head = boxes.file_type(avc=tracks[0].width > 0)
    media_size = sum(sum(track.table.chunk_bytes) for track in tracks)
    form = "Q" if media_size >= LONG - _LONGEST_INDEX else "I"
    offsets = [array(form, bytes(len(track.table.chunk_bytes) * array(form).itemsize)) for track in tracks]
    index = _index(tracks, offsets)
    media_at = boxes.length(head) + boxes.length(index) + _LONG_HEAD
    _fill(offsets, _chunks(tracks), media_at)
    boxes.write(file, head + index)
    file.write((1).to_bytes(4) + b"mdat" + (_LONG_HEAD + media_size).to_bytes(8))
    for chunk in _chunks(tracks):
        _copy(file, tracks[chunk.track].packets, chunk)


def _chunks(tracks: list[_Track]) -> Iterator[_Chunk]:
    """Half a second of one track, half a second of the other, in the order of time."""
    return heapq.merge(*(_track_chunks(number, track.table) for number, track in enumerate(tracks)))


def _track_chunks(number: int, table: SampleTable) -> Iterator[_Chunk]:
    for period, samples, size in zip(table.chunk_periods, table.chunk_samples, table.chunk_bytes, strict=True):
        yield _Chunk(period, number, samples, size)


def _fill(offsets: list[array[int]], chunks: Iterator[_Chunk], at: int) -> None:
    done = [0] * len(offsets)
    for chunk in chunks:
        offsets[chunk.track][done[chunk.track]] = at
        done[chunk.track] += 1
        at += chunk.size
    for table in offsets:
        big_endian(table)


def _index(tracks: list[_Track], offsets: list[array[int]]) -> Box:
    duration = max(track.delay + track.length for track in tracks)
    header = boxes.movie_header(VIDEO_RATE, duration, len(tracks) + 1)
    made = [_track_box(number, *pair) for number, pair in enumerate(zip(tracks, offsets, strict=True), 1)]
    return boxes.box(b"moov", header, *made)


def _track_box(number: int, track: _Track, offsets: array[int]) -> Box:
    table, video = track.table, track.width > 0
    groups = [] if video else [boxes.roll_group(len(table.sizes))]
    duration = table.duration
    return boxes.box(
        b"trak",
        boxes.track_header(number, track.delay + track.length, track.width, track.height),
        boxes.edits(track.delay, track.length, track.skipped),
        boxes.media(table.rate, duration, table.to_box(track.description, offsets, *groups), video=video),
    )


def _copy(file: BinaryIO, packets: Iterator[Packet[Stream]], chunk: _Chunk) -> None:
    copied = 0
    for packet in islice(packets, chunk.samples):
        file.write(packet)
        copied += packet.size
    if copied != chunk.size:
        raise MediaError("a piece changed while it was read")
