"""Opus in Ogg: the journal's packets as they are. Source: RFC 3533 (pages), RFC 7845 (Opus in Ogg).

Nothing is transcoded, so nothing can be trimmed or moved by less than a packet: what is missing becomes packets of
silence, in steps of 2.5 ms. A track that is joined in its middle has no encoder delay to skip: pre-skip is 0, and every
sample stands where it does in an mp4 of the same recording.
"""

import struct
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, Final, cast

import av
from av.audio.codeccontext import AudioCodecContext

from reelroom.errors import MediaError
from reelroom.mux.pieces import Muxed, Piece, finish_file, open_piece, read_piece
from reelroom.rtp.opus_packet import opus_samples
from reelroom.units import AUDIO_RATE, NS

_STEP: Final = 120  # samples: the shortest Opus frame, 2.5 ms
_PAGE_SAMPLES: Final = AUDIO_RATE  # RFC 7845 section 6: pages of at most a second
_PAGE_SEGMENTS: Final = 255
_PAGE_BYTES: Final = 60_000
_SERIAL: Final = 1  # of the only stream in the file
_FIRST, _LAST = 2, 4  # page flags
_HEAD_BYTES: Final = 19
_BUFFER_BYTES: Final = 1 << 20
_STEREO: Final = 2
# CELT packets of full band, longest first, that say no more than "silent"; as browsers send them for muted tracks.
_SILENCES: Final = tuple(
    (samples, bytes((toc, 0xFF, 0xFE))) for samples, toc in ((960, 0xF8), (480, 0xF0), (240, 0xE8), (120, 0xE0))
)
_MIRROR: Final = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))  # bits in reverse


def write_ogg(target: Path, *, audio: Sequence[Piece], end_ns: int = 0) -> Muxed:
    """Write and fsync one file. audio: Opus as journals have it. end_ns: silence goes on until there.

    Raises MediaError when a piece can't be read or holds no packet, OSError when the disk is full.
    """
    pieces = tuple(audio)
    if not pieces:
        raise MediaError("a file without a single packet")
    with target.open("wb", _BUFFER_BYTES) as file:
        try:
            pages = _Pages(file)
            pages.write_headers(*_headers(pieces))
            for packet, samples in _packets(pieces, end_ns * AUDIO_RATE // NS):
                pages.add(packet, samples)
            pages.finish()
        except av.error.FFmpegError as error:
            raise MediaError(f"{target.name} can't be written: {error}") from error
    if not pages.samples:
        raise MediaError("a file without a single packet")
    return Muxed(finish_file(target), pages.samples * 1000 // AUDIO_RATE)


def _headers(pieces: tuple[Piece, ...]) -> tuple[bytes, bytes]:
    """OpusHead and OpusTags. Stereo if any piece is: a decoder makes stereo of mono, not the other way round."""
    channels, gain = 1, bytes(2)
    for piece in pieces:
        with open_piece(piece) as container:
            context = cast("AudioCodecContext", container.streams[0].codec_context)
            private = context.extradata or b""
            channels = _STEREO if context.channels > 1 else channels
            gain = private[16:18] if len(private) >= _HEAD_BYTES else gain
    head = struct.pack("<8sBBHI2sB", b"OpusHead", 1, channels, 0, AUDIO_RATE, gain, 0)
    vendor = b"Reelroom"
    return head, b"OpusTags" + len(vendor).to_bytes(4, "little") + vendor + bytes(4)


def _packets(pieces: tuple[Piece, ...], end: int) -> Iterator[tuple[bytes, int]]:
    """Packets end to end with their samples: gaps filled, what would overlap by more than half left out."""
    position = 0
    for piece in pieces:
        for at, packet in read_piece(piece):
            payload = bytes(packet)
            samples = opus_samples(payload)
            missing = round(piece.place(at) * AUDIO_RATE / NS) - position
            if not samples or missing < -samples // 2:
                continue
            for silence, length in _silence(missing):
                yield silence, length
                position += length
            yield payload, samples
            position += samples
    yield from _silence(end - position)


def _silence(samples: int) -> Iterator[tuple[bytes, int]]:
    """As much silence as fits into `samples`."""
    for length, packet in _SILENCES:
        while samples >= length:
            yield packet, length
            samples -= length


class _Pages:
    """Collects packets into pages. samples: of all packets so far, which is the granule position."""

    def __init__(self, file: BinaryIO) -> None:
        self.samples = 0
        self._file = file
        self._number = 0
        self._granule = 0  # of the last page
        self._lacing = bytearray()
        self._body: list[bytes] = []
        self._size = 0

    def write_headers(self, head: bytes, tags: bytes) -> None:
        """Each stands on a page of its own (RFC 7845 section 3)."""
        self._append(head)
        self._flush(_FIRST)
        self._append(tags)
        self._flush(0)

    def add(self, packet: bytes, samples: int) -> None:
        """The next packet."""
        segments = len(packet) // 255 + 1
        full = len(self._lacing) + segments > _PAGE_SEGMENTS or self._size + len(packet) > _PAGE_BYTES
        if self._body and (full or self.samples + samples - self._granule > _PAGE_SAMPLES):
            self._flush(0)
        self._append(packet)
        self.samples += samples

    def finish(self) -> None:
        """The last page; there is one, be it empty."""
        self._flush(_LAST)

    def _append(self, packet: bytes) -> None:
        self._lacing += b"\xff" * (len(packet) // 255) + bytes((len(packet) % 255,))
        self._body.append(packet)
        self._size += len(packet)

    def _flush(self, flags: int) -> None:
        head = struct.pack("<4sBBqIIIB", b"OggS", 0, flags, self.samples, _SERIAL, self._number, 0, len(self._lacing))
        page = head + self._lacing + b"".join(self._body)
        self._file.write(page[:22] + _checksum(page).to_bytes(4, "little") + page[26:])
        self._number += 1
        self._granule = self.samples
        self._lacing.clear()
        self._body.clear()
        self._size = 0


def _checksum(page: bytes) -> int:
    """Ogg's CRC-32 is zlib's with the bits the other way round, and neither begun nor ended with ones."""
    mirrored = zlib.crc32(page.translate(_MIRROR), 0xFFFFFFFF) ^ 0xFFFFFFFF
    return int(f"{mirrored:032b}"[::-1], 2)
