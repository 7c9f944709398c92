"""NTP timestamps (RFC 5905 §6, 32.32 fixed point) as nanoseconds, and the abs-capture-time header extension."""

from struct import Struct
from typing import Final

from reelroom.units import NS

CAPTURE_TIME_URI: Final = "http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time"

_EPOCH_S = 2_208_988_800  # seconds from 1900 to 1970
_ERA_S = 1 << 32  # NTP seconds wrap in 2036
_CAPTURE_TIME = Struct("!Q")
_CAPTURE_TIME_OFFSET = Struct("!q")


def ntp_to_ns(ntp: int) -> int:
    """Nanoseconds since the Unix epoch. Seconds before 1970 are taken for those after the wrap of 2036."""
    seconds = (ntp >> 32) - _EPOCH_S
    return (seconds % _ERA_S) * NS + ((ntp & 0xFFFFFFFF) * NS >> 32)


def ns_to_ntp(ns: int) -> int:
    """The 64-bit NTP timestamp of an instant in ns since the Unix epoch."""
    seconds, rest = divmod(ns, NS)
    return ((seconds + _EPOCH_S) % _ERA_S << 32) + -(-(rest << 32) // NS)


def capture_time_ns(element: bytes) -> int | None:
    """The capture instant on the sender's clock, ns since the Unix epoch; None when the element is too short.

    The second, optional half is what to add to come from the capturer's clock to the sender's.
    """
    if len(element) < _CAPTURE_TIME.size:
        return None
    (ntp,) = _CAPTURE_TIME.unpack_from(element)
    offset = 0
    if len(element) >= 2 * _CAPTURE_TIME.size:
        (offset,) = _CAPTURE_TIME_OFFSET.unpack_from(element, _CAPTURE_TIME.size)
    return ntp_to_ns((ntp + offset) % (1 << 64))
