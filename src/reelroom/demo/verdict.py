"""Whether a recording of the programme is good, and why not."""

from collections.abc import Sequence
from itertools import pairwise

from rich.table import Table

from reelroom.testing.content import Content

PERIOD_S = 1.0  # from flash to flash, from beep to beep
_WORST_LENGTH_S = 0.3
_WORST_OFFSET_MS = 60.0
_SLACK_S = 0.25  # a flash is drawn on a timer of a busy machine


def faults_of(content: Content, length_s: float) -> list[str]:
    """What is wrong with a recording that should be `length_s` seconds long; empty when it is good."""
    offset = content.median_offset_ms
    checks = [
        (sorted(content.codecs) == ["aac", "h264"], f"its codecs are {content.codecs}"),
        (content.faststart, "it can't be played before it is whole"),
        (abs(content.duration_s - length_s) <= _WORST_LENGTH_S, f"{length_s:.2f} s were recorded"),
        (content.broken + content.corrupt + content.errors == 0, "some pictures are broken"),
        (_all_there(content.flashes, content.duration_s), f"flashes are missing: {content.flashes}"),
        (_all_there(content.beeps, content.duration_s), f"beeps are missing: {content.beeps}"),
        (offset is not None and abs(offset) <= _WORST_OFFSET_MS, "sound and picture are apart"),
    ]
    return [words for good, words in checks if not good]


def _all_there(times: Sequence[float], duration_s: float) -> bool:
    """Whether one comes in each period from the beginning to the end."""
    return all(after - before <= PERIOD_S + _SLACK_S for before, after in pairwise([0.0, *times, duration_s]))


def show(content: Content, size: int) -> Table:
    """The findings for a person. size: bytes of the file."""
    offset = content.median_offset_ms
    apart = "unknown" if offset is None else f"{offset:+.0f} ms (median; + is sound late)"
    pictures = ", ".join(f"{width}x{height}" for _, width, height in content.sizes)
    table = Table(show_header=False, box=None, pad_edge=False)
    for name, value in (
        ("codecs", " + ".join(content.codecs)),
        ("length", f"{content.duration_s:.2f} s, {size / 1e6:.2f} MB"),
        ("pictures", f"{content.frames}, {pictures}, {content.broken} broken"),
        ("flashes", str(len(content.flashes))),
        ("beeps", str(len(content.beeps))),
        ("A/V offset", apart),
    ):
        table.add_row(name, value)
    return table
