"""A sender in virtual time: two sample clocks, a wall clock, and reports of them with noise."""

import random
from dataclasses import dataclass, field
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reelroom.timeline.sync import Alignment, TrackClock, av_shift_ns
from reelroom.units import NS, NS_PER_MS

EPOCH = 1_760_000_000 * NS
DAY_S = 86_400


@dataclass
class Track:
    """A sample clock `ppm` fast, whose capture times begin `late_ms` off, reporting every `every_s` seconds."""

    ppm: float = 0.0
    late_ms: float = 0.0
    first_s: float = 0.7
    every_s: float = 0.5
    noise_ms: float = 1.0
    steps: list[tuple[float, float]] = field(default_factory=list)  # the wall clock is set: at second, by seconds
    seed: int = 1
    wave_ppm: float = 0.0  # a room that warms and cools, over two hours

    def capture(self, second: float) -> int:
        period_s = 7_200.0
        wave = self.wave_ppm * period_s / 2 * (1 - abs(second / period_s % 2 - 1)) if self.wave_ppm else 0.0
        return EPOCH + round((second * (1 + self.ppm / 1e6) + wave / 1e6) * NS + self.late_ms * NS_PER_MS)

    def ntp(self, second: float) -> int:
        return EPOCH + round((second + sum(by for at, by in self.steps if at <= second)) * NS)

    def report(self, clock: TrackClock, until_s: float, chance: random.Random, outliers: float = 0.0) -> TrackClock:
        second = self.first_s
        while second <= until_s:
            noise = round(chance.uniform(-self.noise_ms, self.noise_ms) * NS_PER_MS)
            wild = chance.choice((-1, 1)) * 40 * NS if chance.random() < outliers else 0
            clock.add(self.capture(second), self.ntp(second) + noise + wild)
            second += self.every_s
        return clock


def audio_of(**changes):
    return Track(**{"late_ms": 130, "first_s": 2.3, "every_s": 5.0, "noise_ms": 8.0, **changes})


def worst_ms(video: Track, audio: Track, until_s: float, *, from_s: float = 0.0, outliers: float = 0.0) -> float:
    """The largest error of the alignment over a recording, at 2000 instants."""
    chance = random.Random(7)
    clocks = [track.report(TrackClock(), until_s, chance, outliers) for track in (video, audio)]
    alignment = Alignment(*clocks)
    seconds = [from_s + (until_s - from_s) * k / 2000 for k in range(2001)]
    shifts = [(alignment.shift_ns(video.capture(s)), audio.capture(s) - video.capture(s)) for s in seconds]
    return max(abs(got - true) for got, true in shifts) / NS_PER_MS


def test_without_reports_nothing_is_known():
    assert TrackClock().offset_ns(EPOCH) is None
    one = TrackClock()
    one.add(EPOCH, EPOCH)
    assert av_shift_ns(one, TrackClock(), EPOCH) == 0
    assert av_shift_ns(TrackClock(), one, EPOCH) == 0


def test_one_report_each_aligns_two_tracks():
    video, audio = TrackClock(), TrackClock()
    video.add(EPOCH + NS, EPOCH + NS + 70 * NS_PER_MS)
    audio.add(EPOCH + 3 * NS, EPOCH + 3 * NS + 50 * NS_PER_MS)
    assert video.offset_ns(EPOCH) == 70 * NS_PER_MS
    assert av_shift_ns(video, audio, EPOCH) == 20 * NS_PER_MS


def test_a_short_recording_takes_the_median():
    clock = TrackClock()
    for second, noise_ms in enumerate([0, 14, 1, -1, 60]):
        clock.add(EPOCH + second * NS, EPOCH + second * NS + (200 + noise_ms) * NS_PER_MS)
    assert clock.offset_ns(EPOCH) == 201 * NS_PER_MS


@pytest.mark.parametrize("first", [True, False])
def test_a_single_wild_report_changes_nothing(first):
    clock = TrackClock()
    offsets_ms = [5_000, 20, 21] if first else [20, 5_000, 21]
    for second, offset_ms in enumerate(offsets_ms):
        clock.add(EPOCH + 5 * second * NS, EPOCH + 5 * second * NS + offset_ms * NS_PER_MS)
    assert 20 <= clock.offset_ns(EPOCH + NS) / NS_PER_MS <= 21


@pytest.mark.parametrize("length_s", [10, 59, 61, 90, 125, 600, 3_600])
def test_drift_of_100_ppm_stays_in_step_at_every_length(length_s):
    assert worst_ms(Track(ppm=-100), audio_of(ppm=100), length_s) < 10


@pytest.mark.parametrize(("video_ppm", "audio_ppm"), [(100, -100), (-100, 100), (0, 100), (3, -20)])
def test_drift_stays_under_10_ms_over_a_day(video_ppm, audio_ppm):
    assert worst_ms(Track(ppm=video_ppm, every_s=2.0), audio_of(ppm=audio_ppm), DAY_S) < 10


def test_a_clock_that_bends_with_the_temperature_is_followed_over_a_day():
    assert worst_ms(Track(every_s=2.0), audio_of(ppm=50, wave_ppm=40), DAY_S) < 10


def test_outliers_do_not_bend_the_line():
    assert worst_ms(Track(ppm=100), audio_of(ppm=-100), 3_600, outliers=0.05) < 10


@pytest.mark.parametrize("by_s", [7.5, -7.5, 0.4, -0.4, 3600.0, -86_400.0])
@pytest.mark.parametrize("at_s", [300.0, 301.9, 302.35, 304.0])
def test_a_step_of_the_senders_wall_clock_does_not_tear_the_tracks_apart(by_s, at_s):
    steps = [(at_s, by_s)]
    assert worst_ms(Track(ppm=40, steps=steps), audio_of(ppm=-60, steps=steps), 600) < 12


@pytest.mark.parametrize("at_s", [1.5, 4.0, 9.0, 12.4])
def test_a_step_before_audio_reported_enough_is_survived(at_s):
    steps = [(at_s, 5.0)]
    assert worst_ms(Track(steps=steps), audio_of(steps=steps), 120) < 12


@pytest.mark.parametrize("at_s", [110.0, 116.0, 118.9])
def test_a_step_just_before_the_end_is_survived(at_s):
    steps = [(at_s, -5.0)]
    assert worst_ms(Track(steps=steps), audio_of(steps=steps), 120) < 12


def test_steps_after_a_day_of_drift_are_matched_all_the_same():
    steps = [(DAY_S / 2, 3.0), (DAY_S - 600, -3.0)]
    assert worst_ms(Track(ppm=100, every_s=2.0, steps=steps), audio_of(ppm=-100, steps=steps), DAY_S) < 10


def test_a_restarted_rtp_clock_is_a_new_piece_of_its_own_track_only():
    chance = random.Random(3)
    before, after, audio = Track(late_ms=0), Track(late_ms=60, first_s=200.2), audio_of()
    video_clock = before.report(TrackClock(), 199, chance)
    video_clock.restart(after.capture(200))
    after.report(video_clock, 400, chance)
    audio_clock = audio.report(TrackClock(), 400, chance)
    for track, second in ((before, 0), (before, 199.9), (after, 200.0), (after, 201), (after, 400)):
        true = audio.capture(second) - track.capture(second)
        assert abs(av_shift_ns(video_clock, audio_clock, track.capture(second)) - true) < 10 * NS_PER_MS


def test_the_shift_hardly_changes_between_frames():
    video, audio = Track(ppm=100), audio_of(ppm=-100)
    chance = random.Random(5)
    alignment = Alignment(video.report(TrackClock(), 1800, chance), audio.report(TrackClock(), 1800, chance))
    shifts = [alignment.shift_ns(video.capture(k / 30)) for k in range(1800 * 30)]
    assert max(abs(b - a) for a, b in pairwise(shifts)) < NS_PER_MS // 10


@settings(max_examples=200)
@given(st.lists(st.tuples(st.integers(0, 10**13), st.integers(-(10**18), 10**18)), max_size=40), st.integers(0, 10**13))
def test_no_reports_however_absurd_break_it(reports, at):
    clock, other = TrackClock(), TrackClock()
    for time_ns, ntp_ns in reports:
        clock.add(time_ns, ntp_ns)
        other.add(time_ns // 2, ntp_ns)
    assert (clock.offset_ns(at) is None) == (not reports)
    assert isinstance(av_shift_ns(clock, other, at), int)
