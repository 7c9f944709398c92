"""FLV: H264 and AAC in tags, in one pass of writing. Source: Adobe Flash Video File Format Specification 10.1, annex E.

FFmpeg's muxer keeps no packet either, but writes no new sequence header when a publisher's picture changes its size.
AAC's priming packet is left out, as there is nothing to hide it with: the first 21 ms fade in.
"""

from __future__ import annotations  # Packet is generic for mypy only

import heapq
import struct
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple, cast

import av
from av.audio.codeccontext import AudioCodecContext
from av.video.codeccontext import VideoCodecContext

from reelroom.errors import MediaError
from reelroom.mux.pieces import AAC_SAMPLES, Muxed, Piece, finish_file, open_piece, read_audio, read_piece
from reelroom.units import AUDIO_RATE, NS_PER_MS

_AUDIO, _VIDEO, _SCRIPT = 8, 9, 18  # kinds of tag
_KEY, _INTER = 0x17, 0x27  # frame type and codec (AVC)
_AAC: Final = 0xAF  # AAC; rate, size and channels have one value only and say nothing
_HEADER, _FRAME, _END = 0, 1, 2  # kinds of AVC packet; the first two of AAC packet too
_HEAD_BYTES: Final = 13
_USUAL_MS: Final = 33  # duration of a video's only frame
_LONGEST_LAST_MS: Final = 200  # of its last frame, however long the one before lasted
_BUFFER_BYTES: Final = 1 << 20


class _Tag(NamedTuple):
    at_ms: int
    kind: int  # audio before video at the same instant
    body: bytes
    keyframe: bool = False


@dataclass(slots=True)
class _Facts:
    """What the script tag in front says. keyframes: of each, milliseconds; places: where its tag stands."""

    width: int = 0
    height: int = 0
    channels: int = 0
    duration_ms: int = 0
    size: int = 0
    keyframes: array[int] = field(default_factory=lambda: array("Q"))
    places: array[int] = field(default_factory=lambda: array("Q"))


def write_flv(target: Path, *, video: Sequence[Piece], audio: Sequence[Piece], end_ns: int = 0) -> Muxed:
    """Write and fsync one file: H264 as it is, AAC as it is. Either may be empty, not both.

    end_ns: as `write_mp4`. Raises MediaError when a piece can't be read, OSError when the disk is full.
    """
    pictures, sound = tuple(video), tuple(audio)
    try:
        with target.open("wb", _BUFFER_BYTES) as file:
            facts = _look(pictures, sound)
            _write(file, pictures, sound, facts, end_ns // NS_PER_MS)
    except av.error.FFmpegError as error:
        raise MediaError(f"{target.name} can't be written: {error}") from error
    return Muxed(finish_file(target), facts.duration_ms, facts.width, facts.height)


def _look(video: tuple[Piece, ...], audio: tuple[Piece, ...]) -> _Facts:
    """Sizes, channels and keyframes: how long the script tag will be."""
    facts = _Facts()
    for piece in video:
        with open_piece(piece) as container:
            context = cast("VideoCodecContext", container.streams[0].codec_context)
            if context.width * context.height > facts.width * facts.height:
                facts.width, facts.height = context.width, context.height
        facts.keyframes.extend(_ms(piece, at) for at, packet in read_piece(piece) if packet.is_keyframe)
    facts.places = array("Q", bytes(8 * len(facts.keyframes)))
    if audio:
        with open_piece(audio[0]) as container:
            facts.channels = cast("AudioCodecContext", container.streams[0].codec_context).channels
    return facts


def _write(file: BinaryIO, video: tuple[Piece, ...], audio: tuple[Piece, ...], facts: _Facts, end_ms: int) -> None:
    """The tags in the order of time; then the script tag again, as everything is known."""
    _write_head(file, facts)
    found = 0
    for tag in heapq.merge(_video_tags(video, facts, end_ms), _audio_tags(audio, facts), key=lambda tag: tag[:2]):
        if tag.keyframe:
            facts.places[found] = file.tell()
            found += 1
        _write_tag(file, tag.kind, tag.at_ms, tag.body)
    if not facts.duration_ms:
        raise MediaError("a file without a single packet")
    facts.size = file.tell()
    file.seek(0)
    _write_head(file, facts)


def _write_head(file: BinaryIO, facts: _Facts) -> None:
    flags = (4 if facts.channels else 0) | (1 if facts.width else 0)
    file.write(b"FLV\x01" + bytes((flags,)) + (9).to_bytes(4) + bytes(4))
    _write_tag(file, _SCRIPT, 0, _script(facts))


def _write_tag(file: BinaryIO, kind: int, at_ms: int, body: bytes) -> None:
    time = (at_ms & 0xFFFFFF).to_bytes(3) + (at_ms >> 24 & 0xFF).to_bytes(1)
    file.write(bytes((kind,)) + len(body).to_bytes(3) + time + bytes(3))
    file.write(body)
    file.write((len(body) + 11).to_bytes(4))


def _ms(piece: Piece, position: int) -> int:
    return max(0, (int(piece.place(position)) + NS_PER_MS // 2) // NS_PER_MS)


def _video_tags(pieces: tuple[Piece, ...], facts: _Facts, end_ms: int) -> Iterator[_Tag]:
    """A sequence header before each new configuration; times never go back."""
    config, at_ms, last_ms = b"", 0, _USUAL_MS
    for piece in pieces:
        with open_piece(piece) as container:
            private = cast("VideoCodecContext", container.streams[0].codec_context).extradata or b""
        for position, packet in read_piece(piece):
            before, at_ms = at_ms, max(at_ms, _ms(piece, position))
            last_ms = at_ms - before or last_ms
            if private != config:
                yield _Tag(at_ms, _VIDEO, bytes((_KEY, _HEADER, 0, 0, 0)) + private)
                config = private
            mark = bytes((_KEY if packet.is_keyframe else _INTER, _FRAME, 0, 0, 0))
            yield _Tag(at_ms, _VIDEO, mark + bytes(packet), packet.is_keyframe)
    if config:
        yield _Tag(at_ms, _VIDEO, bytes((_KEY, _END, 0, 0, 0)))
        facts.duration_ms = max(facts.duration_ms, at_ms + min(last_ms, _LONGEST_LAST_MS), end_ms)


def _audio_tags(pieces: tuple[Piece, ...], facts: _Facts) -> Iterator[_Tag]:
    if not pieces:
        return
    with open_piece(pieces[0]) as container:
        private = cast("AudioCodecContext", container.streams[0].codec_context).extradata or b""
    yield _Tag(0, _AUDIO, bytes((_AAC, _HEADER)) + private)
    for sample, packet in read_audio(pieces):
        if sample >= 0:
            yield _Tag(sample * 1000 // AUDIO_RATE, _AUDIO, bytes((_AAC, _FRAME)) + bytes(packet))
            facts.duration_ms = max(facts.duration_ms, (sample + AAC_SAMPLES) * 1000 // AUDIO_RATE)


# --- the script tag, in AMF0 ------------------------------------------------------------------------------------------


def _script(facts: _Facts) -> bytes:
    """The `onMetaData` tag. Numbers have eight bytes each, so the tag is as long before they are known as after."""
    values: dict[str, float] = {"duration": facts.duration_ms / 1000, "filesize": facts.size}
    if facts.width:
        values |= {"width": facts.width, "height": facts.height, "videocodecid": 7}
    if facts.channels:
        values |= {"audiocodecid": 10, "audiosamplerate": AUDIO_RATE, "audiosamplesize": 16}
    members = [_name(key) + _number(value) for key, value in values.items()]
    if facts.channels:
        members.append(_name("stereo") + bytes((1, facts.channels > 1)))
    if facts.keyframes:
        members.append(_name("keyframes") + _keyframes(facts))
    array_ = b"\x08" + len(members).to_bytes(4) + b"".join(members) + b"\0\0\x09"
    return b"\x02" + _name("onMetaData") + array_


def _keyframes(facts: _Facts) -> bytes:
    """What players seek by: bytes and seconds of every keyframe."""
    times = b"".join(_number(at_ms / 1000) for at_ms in facts.keyframes)
    places = b"".join(_number(place) for place in facts.places)
    count = len(facts.keyframes).to_bytes(4)
    return (
        b"\x03"
        + _name("filepositions")
        + b"\x0a"
        + count
        + places
        + _name("times")
        + b"\x0a"
        + count
        + times
        + b"\0\0\x09"
    )


def _name(text: str) -> bytes:
    return len(text).to_bytes(2) + text.encode()


def _number(value: float) -> bytes:
    return b"\0" + struct.pack(">d", value)
