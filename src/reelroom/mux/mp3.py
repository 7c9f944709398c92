"""MP3: the packets one after the other, behind a frame of silence that says how long all is and where it begins.

Source: ISO/IEC 11172-3 (frames), the Xing and LAME tags as players read them (no standard describes them). A reader
that does not know the tag plays 24 ms of silence first.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO, Final

import av

from reelroom.errors import MediaError
from reelroom.mux.pieces import Muxed, Piece, finish_file, read_audio
from reelroom.units import AUDIO_RATE

SAMPLES: Final = 1152  # per packet
DELAY_SAMPLES: Final = 1105  # of LAME (576) and of every decoder (529), before the first real sample
_ENCODER_DELAY: Final = 576
# `compose` feeds whole packets, and gets one more; by the tag's rule a decoder's delay counts as padding.
_PADDING: Final = SAMPLES - _ENCODER_DELAY
_HEADER_BYTES: Final = 4
_BITRATE_KBPS: Final = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)  # MPEG-1 layer III
_MONO: Final = 3  # of the two bits of the channel mode
_TAG_BYTES: Final = 156  # Info, LAME, up to and with the check sum
_MIN_FRAME: Final = _HEADER_BYTES + 32 + _TAG_BYTES
_FLAGS: Final = 15  # the tag counts frames and bytes, has a table of contents, and room for a quality
_SEEK_POINTS: Final = 100
_BUFFER_BYTES: Final = 1 << 20


def write_mp3(target: Path, *, audio: Sequence[Piece]) -> Muxed:
    """Write and fsync one file. Raises MediaError when a piece can't be read, OSError when the disk is full."""
    if not audio:
        raise MediaError("a file without a single packet")
    with target.open("wb", _BUFFER_BYTES) as file:
        try:
            packets = _write(file, tuple(audio))
        except av.error.FFmpegError as error:
            raise MediaError(f"{target.name} can't be written: {error}") from error
    return Muxed(finish_file(target), max(0, packets - 1) * SAMPLES * 1000 // AUDIO_RATE)


def _write(file: BinaryIO, pieces: tuple[Piece, ...]) -> int:
    """How many packets there are."""
    packets, info = 0, b""
    for _, packet in read_audio(pieces, samples=SAMPLES, priming=DELAY_SAMPLES):
        payload = bytes(packet)
        if not info:
            info = _info_frame(payload[:_HEADER_BYTES], 0, 0)
            file.write(info)
        file.write(payload)
        packets += 1
    if not packets:
        raise MediaError("a file without a single packet")
    size = file.tell()
    file.seek(0)
    file.write(_info_frame(info[:_HEADER_BYTES], packets, size))
    return packets


def _info_frame(header: bytes, packets: int, size: int) -> bytes:
    """A silent frame like the others, with the tag where its sound would be. size: bytes of the file, with it."""
    header, length = _with_room(header)
    side = bytes(17 if header[3] >> 6 == _MONO else 32)
    contents = bytes(point * 256 // _SEEK_POINTS for point in range(_SEEK_POINTS))  # packets are all alike in size
    info = b"Info" + _FLAGS.to_bytes(4) + packets.to_bytes(4) + min(size, 0xFFFFFFFF).to_bytes(4) + contents + bytes(4)
    lame = _lame_tag(header, size)
    frame = header + side + info + lame
    frame += _crc16(frame).to_bytes(2)
    return frame.ljust(length, b"\0")


def _lame_tag(header: bytes, size: int) -> bytes:
    """Encoder, delays and length; what is about loudness is left at nothing."""
    kbps = min(255, _BITRATE_KBPS[header[2] >> 4])
    delays = (_ENCODER_DELAY << 12 | _PADDING).to_bytes(3)
    return (
        b"LAME3.100\x01" + bytes(10) + bytes((kbps,)) + delays + bytes(4) + min(size, 0xFFFFFFFF).to_bytes(4) + bytes(2)
    )


def _with_room(header: bytes) -> tuple[bytes, int]:
    """The header at a bit rate that leaves room for the tag, unprotected, and the frame's length."""
    index = header[2] >> 4
    while (length := 144 * _BITRATE_KBPS[index] * 1000 // AUDIO_RATE) < _MIN_FRAME:
        index += 1
    return bytes((header[0], header[1] | 1, index << 4 | header[2] & 0x0D, header[3])), length


def _crc16(data: bytes) -> int:
    """CRC-16/ARC, which the tag ends with."""
    crc = 0
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0xA001 if crc & 1 else 0)
    return crc
