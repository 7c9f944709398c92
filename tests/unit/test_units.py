"""Counts, rates and codecs."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelroom.units import (
    JOURNAL_RATE,
    NS,
    NS_PER_JOURNAL_TICK,
    NS_PER_MS,
    Codec,
    MediaKind,
    MediaTime,
    scale,
)

RATES = st.integers(1, 10**9)
TICKS = st.integers(-(10**15), 10**15)


def test_constants_agree_with_each_other():
    assert NS_PER_JOURNAL_TICK * JOURNAL_RATE == NS
    assert NS_PER_MS * 1000 == NS


def test_an_opus_frame_is_a_whole_number_of_journal_ticks():
    for milliseconds in (Fraction(5, 2), 5, 10, 20, 40, 60):
        assert (Fraction(milliseconds) * JOURNAL_RATE / 1000).denominator == 1


@pytest.mark.parametrize(
    ("ticks", "rate", "to", "scaled"),
    [
        (90_000, 90_000, 10_000, 10_000),
        (3000, 90_000, 10_000, 333),
        (1, 2, 1, 1),  # half up
        (-1, 2, 1, 0),
        (-3, 2, 1, -1),
        (0, 1, 10**9, 0),
    ],
)
def test_scaling_rounds_half_up(ticks, rate, to, scaled):
    assert scale(ticks, rate, to) == scaled


@given(TICKS, RATES, RATES)
def test_scaling_errs_by_half_a_tick_at_most(ticks, rate, to):
    assert abs(scale(ticks, rate, to) - Fraction(ticks * to, rate)) <= Fraction(1, 2)


@given(TICKS, RATES, st.integers(1, 1000))
def test_a_finer_rate_and_back_is_exact(ticks, rate, factor):
    assert MediaTime(ticks, rate).at_rate(rate * factor).at_rate(rate) == MediaTime(ticks, rate)


@given(TICKS, TICKS, RATES)
def test_scaling_keeps_order(first, second, rate):
    low, high = sorted((first, second))
    assert scale(low, rate, JOURNAL_RATE) <= scale(high, rate, JOURNAL_RATE)


def test_seconds_are_exact():
    assert MediaTime(1, 90_000).seconds + MediaTime(1, 48_000).seconds == Fraction(1, 90_000) + Fraction(1, 48_000)


@pytest.mark.parametrize("codec", list(Codec))
def test_every_codec_is_audio_or_video(codec):
    assert codec.kind is (MediaKind.AUDIO if codec in (Codec.OPUS, Codec.AAC, Codec.MP3) else MediaKind.VIDEO)
