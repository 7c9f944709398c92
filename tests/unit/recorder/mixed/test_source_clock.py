"""Where frames of a source lie on the wall clock, as its sender's reports say."""

from pathlib import Path

import pytest

from reelroom.events import Report, TrackOpened
from reelroom.recorder.mixed.source_log import SourceClock, SourceLog
from reelroom.units import NS, NS_PER_MS, Codec, MediaKind

T0 = 1_700_000_000 * NS
AHEAD = 3 * NS
RATES = {MediaKind.AUDIO: 48_000, MediaKind.VIDEO: 90_000}
NTP = 77 * NS  # the sender's clock is wrong by that


def at(seconds: float) -> int:
    return T0 + round(seconds * NS)


@pytest.fixture
def log(tmp_path: Path) -> SourceLog:
    log = SourceLog(tmp_path)
    for kind, codec in ((MediaKind.AUDIO, Codec.OPUS), (MediaKind.VIDEO, Codec.H264)):
        log.take(TrackOpened(T0, kind, f"{kind}-0.mkv", codec, RATES[kind], 1000))
    return log


def report(log: SourceLog, kind: MediaKind, seconds: float, late_s: float = 0, clock: float = 1.0) -> None:
    """A sample taken at `seconds`, by a sample clock that runs `clock` times as fast; its track was late at first."""
    ticks = 1000 + round((seconds * clock - late_s) * RATES[kind])
    log.take(Report(at(seconds) + 20 * NS_PER_MS, kind, ticks, at(seconds) + NTP, "sr"))


def test_without_reports_nothing_moves(log: SourceLog) -> None:
    clock = SourceClock(log, T0)
    clock.update(at(5), AHEAD)
    assert (clock.shift_ns, clock.drift_ns) == (0, 0)


def test_pictures_are_moved_beside_the_sound(log: SourceLog) -> None:
    """Video began 300 ms late: a picture's capture time is that much too late."""
    clock = SourceClock(log, T0)
    for second in range(5):
        report(log, MediaKind.AUDIO, second)
        report(log, MediaKind.VIDEO, second, late_s=-0.3)
    clock.update(at(1), AHEAD)
    assert clock.shift_ns == pytest.approx(-300 * NS_PER_MS, abs=NS_PER_MS)
    assert clock.drift_ns == 0


def test_only_what_was_known_by_then_counts(log: SourceLog) -> None:
    report(log, MediaKind.AUDIO, 0.5)
    report(log, MediaKind.VIDEO, 4, late_s=-0.3)
    clock = SourceClock(log, T0)
    clock.update(at(0.5), AHEAD)
    assert clock.shift_ns == 0
    clock.update(at(1.5), AHEAD)
    assert clock.shift_ns == pytest.approx(-300 * NS_PER_MS, abs=NS_PER_MS)


def test_a_drifting_sound_card_is_followed(log: SourceLog) -> None:
    """80 ppm fast: after ten minutes its samples are 48 ms ahead of the wall clock."""
    clock = SourceClock(log, T0)
    for second in range(0, 610, 5):
        report(log, MediaKind.AUDIO, second, clock=1 + 8e-5)
        report(log, MediaKind.VIDEO, second)
    clock.update(at(600), AHEAD)
    assert clock.drift_ns == pytest.approx(-48 * NS_PER_MS, abs=2 * NS_PER_MS)
    # Video's clock is true: moved back beside the drifting sound, then with it.
    assert clock.shift_ns + clock.drift_ns == pytest.approx(0, abs=2 * NS_PER_MS)


def test_it_matters_not_which_instants_were_looked_at_before(log: SourceLog, tmp_path: Path) -> None:
    other = SourceLog(tmp_path)
    for event in log.clock_events:
        other.take(event)
    for each in (log, other):
        for second in range(0, 200, 2):
            report(each, MediaKind.AUDIO, second, clock=1 + 5e-5)
            report(each, MediaKind.VIDEO, second, late_s=-0.1)
    one, two = SourceClock(log, T0), SourceClock(other, T0)
    for half in range(250):
        one.update(at(half / 2), AHEAD)
    two.update(at(124.5), AHEAD)
    assert (one.shift_ns, one.drift_ns) == (two.shift_ns, two.drift_ns)
    assert one.drift_ns


def test_a_sender_that_sets_its_clock_moves_nothing(log: SourceLog) -> None:
    clock = SourceClock(log, T0)
    for second in range(120):
        for kind, rate in RATES.items():
            ticks = 1000 + second * rate
            jump = 3600 * NS if second > 60 else 0
            log.take(Report(at(second), kind, ticks, at(second) + NTP + jump, "sr"))
    clock.update(at(110), AHEAD)
    assert abs(clock.drift_ns) < 2 * NS_PER_MS
    assert abs(clock.shift_ns) < 2 * NS_PER_MS


def test_a_new_rtp_clock_forgets_the_drift(log: SourceLog) -> None:
    clock = SourceClock(log, T0)
    for second in range(0, 300, 5):
        report(log, MediaKind.AUDIO, second, clock=1 + 1e-4)
    log.take(TrackOpened(at(300), MediaKind.AUDIO, "audio-1.mkv", Codec.OPUS, 48_000, 5_000_000))
    for second in range(300, 330, 5):
        ticks = 5_000_000 + (second - 300) * 48_000
        log.take(Report(at(second), MediaKind.AUDIO, ticks, at(second) + NTP, "sr"))
    clock.update(at(290), AHEAD)
    assert clock.drift_ns < -20 * NS_PER_MS
    clock.update(at(320), AHEAD)
    assert clock.drift_ns == 0


def test_a_first_packet_that_was_late_is_put_where_it_was_taken(log: SourceLog) -> None:
    """Sound's first packet was held up for 140 ms, pictures' for 300; the quickest report took 20 ms."""
    clock = SourceClock(log, T0)
    for second in range(4):
        report(log, MediaKind.AUDIO, second, late_s=-0.14)
        report(log, MediaKind.VIDEO, second, late_s=-0.3)
    clock.update(at(0.5), AHEAD)
    assert clock.drift_ns == pytest.approx(-120 * NS_PER_MS, abs=NS_PER_MS)
    assert clock.shift_ns + clock.drift_ns == pytest.approx(-280 * NS_PER_MS, abs=NS_PER_MS)


def test_reports_of_pictures_alone_do_not_move_the_sound(log: SourceLog) -> None:
    clock = SourceClock(log, T0)
    for second in range(4):
        report(log, MediaKind.VIDEO, second, late_s=-0.3)
    clock.update(at(0.5), AHEAD)
    assert (clock.drift_ns, clock.shift_ns) == (0, 0)


def test_a_clock_that_says_nonsense_is_not_believed(log: SourceLog) -> None:
    clock = SourceClock(log, T0)
    for second in range(10):
        report(log, MediaKind.AUDIO, second, late_s=-0.1)
    log.take(Report(at(10), MediaKind.AUDIO, 1000 + 48_000 * 10, at(10) + 86_400 * NS, "sr"))
    clock.update(at(9), AHEAD)
    assert clock.drift_ns == 0
