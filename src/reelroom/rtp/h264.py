"""H264: single NAL units, STAP-A and FU-A (RFC 6184, packetization modes 0 and 1)."""

import binascii
from collections.abc import Iterator
from struct import Struct
from typing import Final

from reelroom.errors import MediaError
from reelroom.rtp.depacketiser import Assembled, Fmtp, RtpCodec, number
from reelroom.rtp.frame import Config
from reelroom.rtp.h264_sps import build_avcc, parse_sps
from reelroom.units import Codec

_TYPE = 0x1F
_IDR, _SPS, _PPS, _STAP_A, _FU_A = 5, 7, 8, 24, 28
_SLICES = frozenset({1, 2, 3, 4, 5})
_MAX_SINGLE = 23
_DROPPED = frozenset({9, 10, 11, 12})  # delimiters, ends and filler say nothing in a file
_START, _END = 0x80, 0x40  # of the FU header
_FU_BYTES = 2
_SIZE: Final = Struct("!H")
_LENGTH: Final = Struct("!I").pack
_MAX_SET_BYTES = 0xFFFF  # that avcC can hold


def _split_stap(payload: bytes) -> Iterator[bytes]:
    at, end = 1, len(payload)
    while at < end:
        start = at + _SIZE.size
        at = start + _SIZE.unpack_from(payload, at)[0] if start <= end else start
        if at > end or at == start:
            raise MediaError("H264 aggregation packet is cut off")
        yield payload[start:at]


def split_units(payloads: list[bytes]) -> list[bytes]:
    """The NAL units of one access unit's payloads. Raises MediaError when a fragment is missing."""
    units: list[bytes] = []
    fragments: list[bytes] = []
    for payload in payloads:
        kind = payload[0] & _TYPE
        if kind == _FU_A:
            if len(payload) <= _FU_BYTES or (not fragments) != (payload[1] >= _START):
                raise MediaError("H264 fragments do not fit together")
            if not fragments:
                fragments.append(bytes((payload[0] & ~_TYPE | payload[1] & _TYPE,)))
            fragments.append(payload[2:])
            if payload[1] & _END:
                units.append(b"".join(fragments))
                fragments = []
        elif fragments:
            raise MediaError("H264 fragments do not end")
        elif kind == _STAP_A:
            units.extend(_split_stap(payload))
        elif 0 < kind <= _MAX_SINGLE:
            units.append(payload)
        else:
            raise MediaError(f"H264 packet type {kind} was not negotiated")
    if fragments:
        raise MediaError("H264 fragments do not end")
    return units


def join_units(units: list[bytes]) -> bytes:
    """NAL units, each after its length in 4 bytes."""
    if len(units) == 1:
        return _LENGTH(len(units[0])) + units[0]
    return b"".join([part for unit in units for part in (_LENGTH(len(unit)), unit)])


class H264Depacketiser:
    """Joins NAL units and remembers parameter sets, so that every keyframe has its own."""

    def __init__(self, fmtp: Fmtp) -> None:
        self._config = Config(Codec.H264)
        self._sets: tuple[list[bytes], list[bytes]] = ([], [])  # those that `_config` was made of
        self._sps: list[bytes] = []
        self._pps: list[bytes] = []
        self._remember(_offered_sets(fmtp))

    def begins_keyframe(self, payload: bytes) -> bool:
        """Whether an SPS is here. An IDR slice alone is not enough: a new SPS may have been lost before it."""
        kind = payload[0] & _TYPE
        if kind != _STAP_A:
            return kind == _SPS
        try:
            return any(unit[0] & _TYPE == _SPS for unit in _split_stap(payload))
        except MediaError:
            return False

    def assemble(self, payloads: list[bytes]) -> Assembled | None:
        """The access unit; a keyframe begins with all parameter sets in force. None without a slice."""
        units = split_units(payloads)
        kinds = {unit[0] & _TYPE for unit in units}
        if _SPS in kinds or _PPS in kinds:
            self._remember(units)
        if _IDR in kinds:
            self._configure()
            bodies = [unit for unit in units if unit[0] & _TYPE not in (_SPS, _PPS)]
            return Assembled(join_units(_kept([*self._sps, *self._pps, *bodies])), True, self._config)
        if not kinds & _SLICES:
            return None
        return Assembled(join_units(_kept(units)), False, self._config)

    def _remember(self, units: list[bytes]) -> None:
        self._sps = [unit for unit in units if unit[0] & _TYPE == _SPS] or self._sps
        self._pps = [unit for unit in units if unit[0] & _TYPE == _PPS] or self._pps

    def _configure(self) -> None:
        if self._sets == (self._sps, self._pps) and self._sps:
            return
        if any(len(unit) > _MAX_SET_BYTES for unit in (*self._sps, *self._pps)):
            raise MediaError("H264 parameter set is too long")
        private = build_avcc(self._sps, self._pps)
        first = parse_sps(self._sps[0])
        self._config = Config(Codec.H264, first.width, first.height, private=private)
        self._sets = (self._sps, self._pps)


def _kept(units: list[bytes]) -> list[bytes]:
    return [unit for unit in units if unit[0] & _TYPE not in _DROPPED]


def _offered_sets(fmtp: Fmtp) -> list[bytes]:
    """Parameter sets of the session description (RFC 6184 §8.1); what is not base64 is not there."""
    try:
        sets = [binascii.a2b_base64(part) for part in str(fmtp.get("sprop-parameter-sets") or "").split(",")]
    except ValueError:
        return []
    return [unit for unit in sets if unit]


_PROFILES = {"42e0": 0, "4200": 1, "4d00": 2, "4d40": 2, "640c": 3, "6400": 3}  # constrained baseline first
_BASELINE = "42001f"  # what an absent profile-level-id means, at our level
_UNRANKED = 4
_SINGLE_UNIT_MODE = 10  # packetization-mode 0: many small slices; only when nothing else is offered


def _profile(offered: Fmtp) -> str:
    return str(offered.get("profile-level-id") or _BASELINE).lower()


def _rank(offered: Fmtp) -> int | None:
    mode = number(offered, "packetization-mode", 0)
    if mode not in (0, 1):  # interleaved
        return None
    return _PROFILES.get(_profile(offered)[:4], _UNRANKED) + (0 if mode else _SINGLE_UNIT_MODE)


def _answer(offered: Fmtp) -> dict[str, str]:
    return {
        "level-asymmetry-allowed": "1",
        "packetization-mode": str(number(offered, "packetization-mode", 0)),
        "profile-level-id": _profile(offered),
    }


H264 = RtpCodec(Codec.H264, "H264", 90_000, 0, _rank, _answer, H264Depacketiser)
