"""The beginning of a journal Matroska file: EBML head, Segment, Info and one track. Source: RFC 9559."""

from dataclasses import dataclass
from typing import Final

from reelroom.errors import JournalError
from reelroom.journal import ebml
from reelroom.units import AUDIO_RATE, NS_PER_JOURNAL_TICK, Codec, MediaKind

HEADER_LIMIT = 65_536  # bytes; ours are about 200 long, and a reader must know when to stop waiting
TRACK_NUMBER = 1
OPUS_SEEK_PREROLL_NS = 80_000_000  # RFC 9559 section 5.1.4.1.26, RFC 7845 section 4.6

CODEC_IDS: Final = {
    Codec.H264: "V_MPEG4/ISO/AVC",
    Codec.VP8: "V_VP8",
    Codec.VP9: "V_VP9",
    Codec.AV1: "V_AV1",
    Codec.OPUS: "A_OPUS",
    Codec.AAC: "A_AAC",
    Codec.MP3: "A_MPEG/L3",
}
_CODECS: Final = {name.encode(): codec for codec, name in CODEC_IDS.items()}

_EBML, _SEGMENT, _INFO, _TRACKS = 0x1A45DFA3, 0x18538067, 0x1549A966, 0x1654AE6B
_TIMESTAMP_SCALE, _MUXING_APP, _WRITING_APP = 0x2AD7B1, 0x4D80, 0x5741
_TRACK_ENTRY, _NUMBER, _UID, _TYPE, _LACING, _LANGUAGE = 0xAE, 0xD7, 0x73C5, 0x83, 0x9C, 0x22B59C
_CODEC_ID, _CODEC_PRIVATE, _CODEC_DELAY, _SEEK_PREROLL = 0x86, 0x63A2, 0x56AA, 0x56BB
_VIDEO, _WIDTH, _HEIGHT = 0xE0, 0xB0, 0xBA
_AUDIO, _RATE, _CHANNELS = 0xE1, 0xB5, 0x9F


@dataclass(frozen=True, slots=True)
class TrackHeader:
    """What one file holds. Sizes in pixels, `rate` in samples a second, `private` is Matroska's CodecPrivate."""

    codec: Codec
    width: int = 0
    height: int = 0
    channels: int = 0
    rate: int = 0  # audio; 0 is written as 48 kHz
    private: bytes = b""


def encode_header(header: TrackHeader) -> bytes:
    """Everything before the first Cluster. Raises JournalError if `private` is absurdly long."""
    app = "Reelroom"
    info = ebml.element(
        _INFO,
        ebml.uint(_TIMESTAMP_SCALE, NS_PER_JOURNAL_TICK),
        ebml.text(_MUXING_APP, app),
        ebml.text(_WRITING_APP, app),
    )
    segment = ebml.encode_id(_SEGMENT) + ebml.UNKNOWN_SIZE
    encoded = _ebml_head() + segment + info + ebml.element(_TRACKS, _track_entry(header))
    if len(encoded) > HEADER_LIMIT:
        raise JournalError(f"a track header of {len(encoded)} bytes is too long")
    return encoded


def decode_header(data: bytes) -> tuple[TrackHeader, int] | None:
    """The header and the offset of the first Cluster; None while it is torn. Raises JournalError if it isn't ours."""
    if not data.startswith(_ebml_head()[: len(data)]):
        raise JournalError("not a journal file: wrong EBML head")
    at, segment = len(_ebml_head()), ebml.encode_id(_SEGMENT) + ebml.UNKNOWN_SIZE
    if not data.startswith(segment[: max(0, len(data) - at)], min(at, len(data))):
        raise JournalError("not a journal file: no Segment of unknown size")
    info = ebml.read_element(data, at + len(segment), len(data))
    tracks = info and ebml.read_element(data, info.end, len(data))
    if not info or not tracks:
        if len(data) >= HEADER_LIMIT:
            raise JournalError("a journal file's header does not end")
        return None
    _check_info(data, info)
    return _decode_tracks(data, tracks), tracks.end


def _ebml_head() -> bytes:
    # EBMLVersion, EBMLReadVersion, EBMLMaxIDLength, EBMLMaxSizeLength, DocType, DocTypeVersion, DocTypeReadVersion
    numbers = [ebml.uint(i, v) for i, v in ((0x4286, 1), (0x42F7, 1), (0x42F2, 4), (0x42F3, 8))]
    return ebml.element(_EBML, *numbers, ebml.text(0x4282, "matroska"), ebml.uint(0x4287, 4), ebml.uint(0x4285, 2))


def _track_entry(header: TrackHeader) -> bytes:
    video = header.codec.kind is MediaKind.VIDEO
    return ebml.element(
        _TRACK_ENTRY,
        ebml.uint(_NUMBER, TRACK_NUMBER),
        ebml.uint(_UID, TRACK_NUMBER),
        ebml.uint(_TYPE, 1 if video else 2),
        ebml.uint(_LACING, 0),
        ebml.text(_LANGUAGE, "und"),
        ebml.text(_CODEC_ID, CODEC_IDS[header.codec]),
        ebml.element(_CODEC_PRIVATE, header.private) if header.private else b"",
        _opus_delays() if header.codec is Codec.OPUS else b"",
        _video(header) if video else _audio(header),
    )


def _opus_delays() -> bytes:
    # A live track begins in mid-speech: there is no encoder delay to cut off its start, so CodecDelay is 0.
    return ebml.uint(_CODEC_DELAY, 0) + ebml.uint(_SEEK_PREROLL, OPUS_SEEK_PREROLL_NS)


def _video(header: TrackHeader) -> bytes:
    sizes = ((_WIDTH, header.width), (_HEIGHT, header.height))
    return ebml.element(_VIDEO, *(ebml.uint(i, size) for i, size in sizes if size))


def _audio(header: TrackHeader) -> bytes:
    return ebml.element(_AUDIO, ebml.real(_RATE, header.rate or AUDIO_RATE), ebml.uint(_CHANNELS, header.channels or 1))


def _check_info(data: bytes, info: ebml.Element) -> None:
    values = {child.identifier: data[child.start : child.end] for child in ebml.children(data, info)}
    if info.identifier != _INFO or int.from_bytes(values.get(_TIMESTAMP_SCALE, b"")) != NS_PER_JOURNAL_TICK:
        raise JournalError("not a journal file: wrong TimestampScale")


def _decode_tracks(data: bytes, tracks: ebml.Element) -> TrackHeader:
    entries = list(ebml.children(data, tracks))
    if tracks.identifier != _TRACKS or [entry.identifier for entry in entries] != [_TRACK_ENTRY]:
        raise JournalError("not a journal file: not exactly one track")
    found = _leaves(data, entries[0])
    codec = _CODECS.get(found.get(_CODEC_ID, b""))
    if codec is None:
        raise JournalError("a journal file holds an unknown codec")
    width, height, channels = (int.from_bytes(found.get(i, b"")) for i in (_WIDTH, _HEIGHT, _CHANNELS))
    return TrackHeader(codec, width, height, channels, _decode_rate(found), found.get(_CODEC_PRIVATE, b""))


def _decode_rate(found: dict[int, bytes]) -> int:
    rate = ebml.read_real(found[_RATE]) if _RATE in found else 0.0
    if not 0 <= rate < 1 << 24:  # also refuses "not a number"
        raise JournalError("a journal file has an impossible sample rate")
    return int(rate)


def _leaves(data: bytes, entry: ebml.Element) -> dict[int, bytes]:
    found: dict[int, bytes] = {}
    for child in ebml.children(data, entry):
        inner = ebml.children(data, child) if child.identifier in (_VIDEO, _AUDIO) else (child,)
        found |= {leaf.identifier: data[leaf.start : leaf.end] for leaf in inner}
    return found
