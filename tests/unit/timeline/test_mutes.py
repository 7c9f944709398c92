"""Packets of 20 ms as tables: `s` can be heard, `.` says silent, `_` never came."""

import pytest

from reelroom.timeline.mutes import Mutes

MS = 1_000_000


def listen(text: str) -> tuple[list[int], list[tuple[int, int]]]:
    """Numbers of the packets that are heard, and after which of them how long a mute (in packets) was."""
    mutes: Mutes[int] = Mutes()
    heard = []
    for number, letter in enumerate(text):
        if letter != "_":
            heard += mutes.feed(number, number * 20 * MS, 20 * MS, 3 if letter == "." else 80)
    rest, _ = mutes.leave()
    heard += rest
    return [h.packet for h in heard], [(h.packet, h.after_mute_ns // (20 * MS)) for h in heard if h.after_mute_ns]


@pytest.mark.parametrize(
    ("text", "heard", "mutes"),
    [
        ("sssss", [0, 1, 2, 3, 4], []),
        ("ss" + "." * 9 + "s", [*range(12)], []),  # 180 ms is no mute
        ("ss" + "." * 10 + "s", [0, 1, 12], [(12, 10)]),
        ("ss" + "." * 500 + "ss", [0, 1, 502, 503], [(502, 500)]),
        ("." * 50 + "s", [50], [(50, 50)]),
        ("s" + "." * 50, [0], []),
        ("s...", [0, 1, 2, 3], []),
        ("s" + "_" * 49 + "s", [0, 50], []),  # less than a second without a packet is loss
        ("s" + "_" * 50 + "s", [0, 51], [(51, 50)]),
        ("s.." + "_" * 60 + "s", [0, 1, 2, 63], [(63, 60)]),
        ("s" + "." * 20 + "_" * 100 + "." * 20 + "s", [0, 141], [(141, 140)]),  # one mute, with a hole
        ("s" + "_" * 60 + "....s", [0, 65], [(65, 64)]),
    ],
)
def test_mutes_are_left_out_and_measured(text: str, heard: list[int], mutes: list[tuple[int, int]]) -> None:
    assert listen(text) == (heard, mutes)


def test_a_mute_that_is_not_over_is_told_at_the_end() -> None:
    mutes: Mutes[int] = Mutes()
    for number in range(100):
        mutes.feed(number, number * 20 * MS, 20 * MS, 3 if number >= 40 else 80)
    assert mutes.leave() == ([], 60 * 20 * MS)
    assert mutes.leave() == ([], 0)
