"""A file's time line: where the parts of a file lie, in nanoseconds.

A file's *line* is the capture time of its frames (ns since the Unix epoch, by the audio sample clock), less the gaps
that are left out. So it equals the wall clock in the first part, and in every part of a filled file; each JOIN moves
what follows back to where the part before it ended.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from reelroom.units import AUDIO_RATE, JOURNAL_RATE, NS, NS_PER_JOURNAL_TICK, MediaKind, scale


def capture_time_ns(opened_at_ns: int, position: int) -> int:
    """The capture time of a journal position, in a capture opened at an instant."""
    return opened_at_ns + position * NS_PER_JOURNAL_TICK


def joined_offset_ns(previous_end_ns: int, starts_ns: Mapping[MediaKind, int]) -> int:
    """What to add to the capture times of a part so that it begins where the part before ended.

    previous_end_ns: on the line. starts_ns: capture time of the first frame of each kind, video already shifted
    to the audio clock.
    """
    return previous_end_ns - min(starts_ns.values())


@dataclass(frozen=True, slots=True)
class AudioPlace:
    """Where the audio of one part lies, in samples since the first audio frame of the file.

    Within a part samples are counted from its first packet, so that packets lie end to end exactly.
    """

    base: int  # samples, of the part's first packet
    first: int  # journal position of that packet

    @classmethod
    def of(cls, *, origin_ns: int, line_ns: int, first: int) -> "AudioPlace":
        """Place a part whose first packet has the journal position `first` and lies at `line_ns`.

        origin_ns: where on the line the first audio frame of the file lies.
        """
        return cls(scale(line_ns - origin_ns, NS, AUDIO_RATE), first)

    def sample(self, position: int) -> int:
        """The first sample of the packet at a journal position."""
        return self.base + scale(position - self.first, JOURNAL_RATE, AUDIO_RATE)
