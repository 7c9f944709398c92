"""Boxes of an mp4 file. Source: ISO/IEC 14496-12 (boxes), 14496-14 and 14496-1 (AAC), 14496-15 (H264).

A box is a list of parts, so that tables of millions of samples are written from where they are.
"""

from __future__ import annotations  # array takes no parameters at run time

import struct
from array import array
from typing import BinaryIO, Final, TypeAlias

from reelroom.mux.column import Column

Part: TypeAlias = "bytes | array[int] | Column"
Box: TypeAlias = "list[Part]"

LONG: Final = 1 << 32  # what no longer fits into 32 bits
_UNITY: Final = struct.pack(">9I", 1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30)  # a picture neither turned nor scaled
_UNDETERMINED: Final = 0x55C4  # language "und", three letters of five bits
_NO_EDIT: Final = -1  # media time of an edit that shows nothing


def length(parts: Box) -> int:
    """Bytes of all parts."""
    return sum(len(part) if isinstance(part, bytes) else len(part) * part.itemsize for part in parts)


def write(file: BinaryIO, parts: Box) -> None:
    """Write all parts. Raises OSError."""
    for part in parts:
        file.writelines(part.blocks() if isinstance(part, Column) else [part])


def box(kind: bytes, *contents: Part | Box) -> Box:
    """A box around its contents."""
    parts = [part for content in contents for part in (content if isinstance(content, list) else [content])]
    return [(8 + length(parts)).to_bytes(4) + kind, *parts]


def full_box(kind: bytes, version: int, flags: int, *contents: Part | Box) -> Box:
    """A box with a version and 24 flags."""
    return box(kind, struct.pack(">I", version << 24 | flags), *contents)


def file_type(*, avc: bool) -> Box:
    """The first box of a file."""
    return box(b"ftyp", b"isom\0\0\x02\0isomiso2" + (b"avc1" if avc else b"") + b"mp41")


def movie_header(rate: int, duration: int, next_track: int) -> Box:
    """mvhd; the duration counts at `rate`."""
    times = _times(rate, duration)
    rest = struct.pack(">IHxx8x", 1 << 16, 1 << 8) + _UNITY + bytes(24) + next_track.to_bytes(4)
    return full_box(b"mvhd", duration >= LONG, 0, times, rest)


def track_header(number: int, duration: int, width: int, height: int) -> Box:
    """tkhd: enabled, in the movie, in its preview. Sizes in pixels, 0 for sound."""
    form = ">16xIxxxxQ" if duration >= LONG else ">8xIxxxxI"
    volume = 0 if width else 1 << 8
    rest = (
        struct.pack(">8xhhHxx", 0, 0 if width else 1, volume) + _UNITY + struct.pack(">II", width << 16, height << 16)
    )
    return full_box(b"tkhd", duration >= LONG, 7, struct.pack(form, number, duration), rest)


def edits(delay: int, duration: int, skipped: int) -> Box:
    """Nothing for `delay`, then the media without its first `skipped` ticks. The first two are the movie's ticks."""
    entries = [(delay, _NO_EDIT)] if delay else []
    entries.append((duration, skipped))
    long = max(delay, duration) >= LONG
    table = b"".join(struct.pack(">Qqi" if long else ">Iii", *entry, 1 << 16) for entry in entries)
    return box(b"edts", full_box(b"elst", long, 0, len(entries).to_bytes(4), table))


def media(rate: int, duration: int, samples: Box, *, video: bool) -> Box:
    """mdia: what kind of media it is, and its sample table."""
    header = full_box(b"mdhd", duration >= LONG, 0, _times(rate, duration), struct.pack(">Hxx", _UNDETERMINED))
    name = b"vide" if video else b"soun"
    handler = full_box(b"hdlr", 0, 0, bytes(4) + name + bytes(12) + (b"VideoHandler\0" if video else b"SoundHandler\0"))
    kind = full_box(b"vmhd", 0, 1, bytes(8)) if video else full_box(b"smhd", 0, 0, bytes(4))
    here = box(b"dinf", full_box(b"dref", 0, 0, (1).to_bytes(4), full_box(b"url ", 0, 1)))
    return box(b"mdia", header, handler, box(b"minf", kind, here, samples))


def avc_description(tag: bytes, width: int, height: int, private: bytes) -> Box:
    """The stsd of H264; `tag` is avc1 or avc3, `private` the avcC."""
    entry = struct.pack(">6xH16xHHII4xH32xHh", 1, width, height, 72 << 16, 72 << 16, 1, 0x18, -1)
    return full_box(b"stsd", 0, 0, (1).to_bytes(4), box(tag, entry, box(b"avcC", private)))


def aac_description(channels: int, rate: int, private: bytes, bitrate: int) -> Box:
    """The stsd of AAC; `private` is the AudioSpecificConfig, `bitrate` in bits a second, on average."""
    entry = struct.pack(">6xH8xHH4xI", 1, channels, 16, rate << 16)
    config = struct.pack(">BBxxxII", 0x40, 0x15, bitrate, bitrate) + _descriptor(5, private)  # AAC, an audio stream
    stream = _descriptor(3, bytes(3) + _descriptor(4, config) + _descriptor(6, b"\x02"))
    return full_box(b"stsd", 0, 0, (1).to_bytes(4), box(b"mp4a", entry, full_box(b"esds", 0, 0, stream)))


def roll_group(samples: int) -> Box:
    """Each AAC packet needs the one before it to be decoded right (14496-12 section 10.1)."""
    description = full_box(b"sgpd", 1, 0, b"roll" + struct.pack(">IIh", 2, 1, -1))
    return [*description, *full_box(b"sbgp", 0, 0, b"roll" + struct.pack(">III", 1, samples, 1))]


def table(kind: bytes, entries: array[int] | Column, each: int = 1, *, extra: bytes = b"") -> Box:
    """A full box with a counted table of big endian values, `each` of which make an entry."""
    return full_box(kind, 0, 0, extra, (len(entries) // each).to_bytes(4), entries)


def _times(rate: int, duration: int) -> bytes:
    """Creation and modification (unknown), rate, duration."""
    return struct.pack(">16xIQ" if duration >= LONG else ">8xII", rate, duration)


def _descriptor(tag: int, content: bytes) -> bytes:
    """A descriptor of 14496-1, its size in the four bytes that every reader takes."""
    size = len(content)
    return (
        bytes((tag, 0x80 | size >> 21 & 0x7F, 0x80 | size >> 14 & 0x7F, 0x80 | size >> 7 & 0x7F, size & 0x7F)) + content
    )
