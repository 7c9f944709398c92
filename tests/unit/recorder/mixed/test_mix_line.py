"""Recorded time: frames to instants and back, pauses left out."""

from random import Random

import pytest

from reelroom.recorder.mixed.line import MixLine
from reelroom.units import NS

T0 = 1_700_000_000 * NS


def at(seconds: float) -> int:
    return T0 + round(seconds * NS)


@pytest.fixture
def line() -> MixLine:
    line = MixLine(10)
    line.start(at(0))
    return line


def test_frames_stand_at_exact_fractions(line: MixLine) -> None:
    assert [line.wall_ns(frame) for frame in (0, 1, 25)] == [at(0), at(0.1), at(2.5)]


def test_an_instant_is_met_by_the_first_frame_at_or_after_it(line: MixLine) -> None:
    assert [line.frame_from(at(s)) for s in (-1, 0, 0.05, 0.1, 0.11)] == [0, 0, 1, 1, 2]


def test_a_pause_is_left_out(line: MixLine) -> None:
    line.stop(at(1.05))
    assert line.frames_until(at(9)) == 11
    line.start(at(5))
    assert line.wall_ns(10) == at(1.0)
    assert line.wall_ns(11) == at(5.05)
    assert line.span_end(3) == 11
    assert line.span_end(11) is None
    assert line.frame_from(at(3)) == 11
    assert line.frame_seen(at(3)) == 10
    assert line.frame_from(at(5.06)) == 12
    assert line.frames_until(at(5.06)) == 12


def test_the_end_is_an_end(line: MixLine) -> None:
    line.stop(at(2))
    assert line.frames_until(at(100)) == 20
    assert line.frame_seen(at(2)) == line.frame_seen(at(50)) == 19
    assert not line.is_running


def test_pauses_in_a_row_and_of_no_length(line: MixLine) -> None:
    for pause in range(1, 5):
        line.stop(at(pause))
        line.start(at(pause))
    line.stop(at(4.5))
    line.stop(at(7))
    line.start(at(6))
    assert line.wall_ns(44) == at(4.4)
    assert line.wall_ns(45) == at(6)


@pytest.mark.parametrize("fps", [5, 7, 15, 24, 29, 30])
def test_random_pauses_lose_and_double_no_frame(fps: int) -> None:
    random, line, now = Random(fps), MixLine(fps), T0
    for _ in range(50):
        line.start(now)
        now += random.randrange(3 * NS)
        line.stop(now)
        now += random.randrange(NS)
    total = line.frames_until(now)
    walls = [line.wall_ns(frame) for frame in range(total)]
    assert walls == sorted(walls)
    for frame in range(total):
        assert line.frame_from(walls[frame]) == frame
        assert line.frame_from(walls[frame] - 1) in (frame - 1, frame)
        span = line.span_of(frame)
        assert span.wall_ns <= walls[frame]
        assert span.recorded_ns <= line.recorded_ns(frame)
