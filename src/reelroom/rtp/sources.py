"""When a source begins anew: another SSRC, or sequence numbers that jumped (RFC 3550 §A.1)."""

from typing import Final, NamedTuple

from reelroom.rtp.packet import SEQUENCES
from reelroom.units import NS

RETIRED_NS: Final = 2 * NS  # for so long packets of a replaced SSRC are stragglers, not its return


class Suspect(NamedTuple):
    """A packet that fits nowhere."""

    ssrc: int
    sequence: int
    packet: bytes
    arrival_ns: int
    regular: int  # count of packets that fit, when it arrived


class Probation:
    """Believes in a new beginning when two packets in a row tell of it, and nothing regular comes between them."""

    def __init__(self) -> None:
        self._suspect: Suspect | None = None
        self._retired: dict[int, int] = {}  # replaced SSRCs, and when they were

    def confirm(self, suspect: Suspect) -> Suspect | None:
        """The packet before this one, if both together prove a new beginning; else this one is kept for the next."""
        before, self._suspect = self._suspect, suspect
        expected = (suspect.ssrc, (suspect.sequence - 1) % SEQUENCES, suspect.regular)
        if before is None or (before.ssrc, before.sequence, before.regular) != expected:
            return None
        self._suspect = None
        return before

    def retire(self, ssrc: int | None, now_ns: int) -> None:
        """That SSRC was replaced."""
        self._retired = {old: ns for old, ns in self._retired.items() if self.is_straggler(old, now_ns)}
        if ssrc is not None:
            self._retired[ssrc] = now_ns

    def is_straggler(self, ssrc: int, now_ns: int) -> bool:
        """Whether a packet of that SSRC still belongs to what was replaced."""
        retired_ns = self._retired.get(ssrc)
        return retired_ns is not None and now_ns - retired_ns < RETIRED_NS
