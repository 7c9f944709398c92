"""What a file is made of: stretches of Matroska files, each placed on the file's time line."""

from __future__ import annotations  # Packet is generic for mypy only

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Final

import av
from av import Packet
from av.container import InputContainer
from av.stream import Stream

from reelroom.errors import MediaError
from reelroom.units import AUDIO_RATE, NS, MediaKind

# Our files say all there is to know in their header; FFmpeg need neither probe nor parse nor guess.
MATROSKA: Final = {"fflags": "noparse+nofillin", "analyzeduration": "0", "probesize": "2048"}
AAC_SAMPLES: Final = 1024  # per packet
PRIMING_SAMPLES: Final = 1024  # of AAC's first packet, which come before the first real sample


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of one file of one track.

    `first` and `last`: journal positions, both inclusive. `place` gives a position's nanoseconds on the time line of
    the file to be written; it grows with the position, from piece to piece too. Audio pieces are work files as
    `compose` makes them: AAC packet `i` at position `i * 1024 / 48000` s, packet 0 only primes the decoder; MP3 packet
    `i` at `i * 1152 / 48000` s. Only ogg takes journal files of Opus.
    """

    path: Path
    kind: MediaKind
    first: int
    last: int
    place: Callable[[int], Fraction | int]


@dataclass(frozen=True, slots=True)
class Muxed:
    """A finished file: bytes, milliseconds, and pixels of its largest picture (0 without video)."""

    size: int
    duration_ms: int
    width: int = 0
    height: int = 0


def open_piece(piece: Piece) -> InputContainer:
    """Open for reading; the header is known then. Raises MediaError."""
    try:
        return av.open(str(piece.path), format="matroska", options=MATROSKA)
    except (av.error.FFmpegError, OSError) as error:
        raise MediaError(f"{piece.path.name} can't be read: {error.strerror}") from error


def read_piece(piece: Piece) -> Iterator[tuple[int, Packet[Stream]]]:
    """Position and packet of each block from `first` to `last`. A torn end is simply the end. Raises MediaError."""
    with open_piece(piece) as container:
        for packet in container.demux(container.streams[0]):
            position = packet.pts
            if position is None or position < piece.first:  # the flushing packet has no time
                continue
            if position > piece.last:
                return
            yield position, packet


def read_audio(
    pieces: tuple[Piece, ...], *, samples: int = AAC_SAMPLES, priming: int = PRIMING_SAMPLES
) -> Iterator[tuple[int, Packet[Stream]]]:
    """AAC packets with the exact sample each begins at, priming packet before zero.

    samples, priming: of another codec's packet, and before its first real sample. Positions are rounded to 100 µs, so
    only the first of a piece is looked at, unless one is off by half a packet.
    """
    expected = -priming
    for piece in pieces:
        for number, (position, packet) in enumerate(read_piece(piece)):
            placed = round(piece.place(position) * AUDIO_RATE / NS) - priming
            if placed > expected and (number == 0 or placed - expected > samples // 2):
                expected = placed
            yield expected, packet
            expected += samples


def finish_file(path: Path) -> int:
    """Force a written file to the disk; returns its size in bytes."""
    with path.open("rb") as file:
        os.fsync(file.fileno())
        return os.fstat(file.fileno()).st_size
