"""ICE candidates in SDP (RFC 8839) and trickled SDP fragments (RFC 8840)."""

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass, field

from aioice.candidate import Candidate
from aiortc import RTCIceCandidate
from aiortc.rtcicetransport import candidate_to_aioice
from aiortc.sdp import candidate_from_sdp

from reelroom.errors import RequestError

MAX_CANDIDATES = 64  # of one peer; each costs connectivity checks to an address of the peer's choice
_TYPES = ("host", "srflx", "relay")
_PORTS = range(1, 65_536)


class FragmentError(RequestError):
    """The trickled fragment is not valid."""


@dataclass(frozen=True, slots=True)
class TrickleFragment:
    """What a PATCH says: perhaps new credentials (an ICE restart), perhaps candidates."""

    username: str
    password: str = field(repr=False)
    candidates: tuple[Candidate, ...] = ()
    ended: bool = False  # end-of-candidates


def usable_candidates(offered: Iterable[RTCIceCandidate]) -> tuple[Candidate, ...]:
    """UDP candidates of component 1 with a literal address, at most `MAX_CANDIDATES`.

    A browser hides addresses behind `.local` names; its checks reach us anyway and tell its address, so they are left
    out rather than looked up by multicast.
    """
    usable = (candidate_to_aioice(c) for c in offered if _is_usable(c))
    return tuple(c for c, _ in zip(usable, range(MAX_CANDIDATES), strict=False))


def _is_usable(candidate: RTCIceCandidate) -> bool:
    if candidate.component != 1 or candidate.protocol.lower() != "udp" or candidate.type not in _TYPES:
        return False
    if candidate.port not in _PORTS:
        return False
    try:
        address = ipaddress.ip_address(candidate.ip)
    except ValueError:
        return False
    return not (address.is_multicast or address.is_unspecified)


def parse_fragment(text: str) -> TrickleFragment:
    """Read an application/trickle-ice-sdpfrag body. Raises FragmentError. All candidates belong to the one bundle."""
    username = password = ""
    candidates: list[RTCIceCandidate] = []
    ended = False
    for line in text.splitlines():
        name, _, value = line.strip().partition(":")
        if name == "a=ice-ufrag":
            username = username or value
        elif name == "a=ice-pwd":
            password = password or value
        elif name == "a=candidate":
            candidates.append(_candidate(value))
        elif name == "a=end-of-candidates":
            ended = True
        elif name and name[1:2] != "=":
            raise FragmentError("the fragment has a line that is not SDP")
    return TrickleFragment(username, password, usable_candidates(candidates), ended)


def _candidate(value: str) -> RTCIceCandidate:
    try:
        return candidate_from_sdp(value)
    except (AssertionError, IndexError, ValueError) as error:
        raise FragmentError("the fragment has a malformed candidate") from error


def write_fragment(username: str, password: str, mid: str, candidates: Iterable[str]) -> str:
    """The body that answers an ICE restart: our new credentials and candidates."""
    lines = [f"a=ice-ufrag:{username}", f"a=ice-pwd:{password}", "m=audio 9 UDP/TLS/RTP/SAVPF 0", f"a=mid:{mid}"]
    lines += [f"a=candidate:{c}" for c in candidates]
    return "\r\n".join([*lines, "a=end-of-candidates", ""])
