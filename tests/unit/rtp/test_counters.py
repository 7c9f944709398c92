"""Counters that wrap, NTP instants and bits: unwrap.py, ntp.py and bits.py."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelroom.errors import MediaError
from reelroom.rtp.bits import BitReader, read_leb128, write_leb128
from reelroom.rtp.ntp import capture_time_ns, ns_to_ntp, ntp_to_ns
from reelroom.rtp.unwrap import TimestampUnwrapper, extend_sequence, timestamp_step
from reelroom.units import NS

TURN = 1 << 32


@pytest.mark.parametrize(
    ("sequence", "near", "extended"),
    [(5, 3, 5), (0, 65535, 65536), (65535, 65536, 65535), (3, 65536 * 9 - 2, 65536 * 9 + 3), (40_000, 65536, 40_000)],
)
def test_a_sequence_number_goes_to_the_nearest_turn(sequence, near, extended):
    assert extend_sequence(sequence, near) == extended


@pytest.mark.parametrize(("old", "new", "step"), [(1, 2, 1), (TURN - 1, 1, 2), (1, TURN - 1, -2), (7, 7, 0)])
def test_a_step_goes_the_short_way_round(old, new, step):
    assert timestamp_step(old, new) == step


@given(st.integers(0, TURN - 1), st.lists(st.integers(-10_000, 2**31 - 1), max_size=20))
def test_unwrapped_ticks_follow_every_step(first, steps):
    clock = TimestampUnwrapper()
    ticks = clock.advance(first)
    assert ticks % TURN == first
    assert ticks >= TURN
    for step in steps:
        assert clock.peek((ticks + step) % TURN) == ticks + step
        assert clock.advance((ticks + step) % TURN) == ticks + step
        ticks += step


def test_a_new_clock_begins_above_the_old_one():
    clock = TimestampUnwrapper()
    old = clock.advance(TURN - 5)
    clock.restart()
    assert clock.peek(3) is None
    assert clock.step(3) is None
    new = clock.advance(3)
    assert new > old + TURN // 2
    assert new % TURN == 3


@pytest.mark.parametrize(
    ("ntp", "ns"),
    [
        (2_208_988_800 << 32, 0),
        ((2_208_988_800 + 1_700_000_000) << 32 | 1 << 31, 1_700_000_000 * NS + NS // 2),
        (5 << 32, ((1 << 32) - 2_208_988_800 + 5) * NS),  # the era that begins in 2036
    ],
)
def test_ntp_is_read_as_unix_time(ntp, ns):
    assert ntp_to_ns(ntp) == ns


@given(st.integers(0, 2_000_000_000 * NS))
def test_an_instant_survives_ntp_to_the_nanosecond(ns):
    assert abs(ntp_to_ns(ns_to_ntp(ns)) - ns) <= 1


@pytest.mark.parametrize("offset_ns", [0, 20_000_000, -20_000_000])
def test_capture_time_is_brought_to_the_senders_clock(offset_ns):
    ntp = ns_to_ntp(1_700_000_000 * NS)
    element = ntp.to_bytes(8, "big") + (offset_ns * 2**32 // NS).to_bytes(8, "big", signed=True)
    assert abs((capture_time_ns(element) or 0) - 1_700_000_000 * NS - offset_ns) <= 2
    assert capture_time_ns(element[:8]) == capture_time_ns(element[:15]) == ntp_to_ns(ntp)
    assert capture_time_ns(element[:7]) is None


def test_exp_golomb_numbers():
    bits = BitReader(bytes.fromhex("a642981c40"))  # 1 010 011 00100 00101 00110 00000 1110 0010 00000
    assert [bits.unsigned() for _ in range(6)] == [0, 1, 2, 3, 4, 5]


@pytest.mark.parametrize(("code", "value"), [("80", 0), ("40", 1), ("60", -1), ("20", 2), ("28", -2)])
def test_signed_exp_golomb_numbers(code, value):
    assert BitReader(bytes.fromhex(code)).signed() == value


@pytest.mark.parametrize("data", [b"", b"\0", bytes(9)])
def test_exp_golomb_numbers_that_do_not_end_are_media_errors(data):
    with pytest.raises(MediaError):
        BitReader(data).unsigned()


def test_reading_beyond_the_end_is_a_media_error():
    bits = BitReader(b"\xff")
    assert bits.read(7) == 127
    assert bits.flag()
    with pytest.raises(MediaError):
        bits.read(1)


@given(st.integers(0, 2**56 - 1), st.binary(max_size=3))
def test_leb128_numbers_read_back(value, before):
    data = before + write_leb128(value)
    assert read_leb128(data + b"rest", len(before)) == (value, len(data))


@pytest.mark.parametrize("data", [b"", b"\x80", b"\x80" * 9])
def test_leb128_numbers_that_do_not_end_are_media_errors(data):
    with pytest.raises(MediaError):
        read_leb128(data, 0)
