"""Adding up sound, the limiter, levels, and where packets lie."""

import av
import numpy as np
import pytest

from reelroom.compose.mixing import LIMIT_FROM, LevelMeter, add, limit
from reelroom.compose.opus import opus_head
from reelroom.compose.sound import silence
from reelroom.compose.sound_line import PlacedSound, SoundLine, stretched

PACKET = 960


def sine(hertz: float, samples: int, level: float = 0.5, start: int = 0) -> np.ndarray:
    wave = level * np.sin(2 * np.pi * hertz * np.arange(start, start + samples) / 48_000)
    return np.repeat((wave * 32_767).astype(np.int16)[:, None], 2, axis=1)


def test_sound_is_added_where_it_lies_and_cut_where_it_does_not() -> None:
    mix = silence(100)
    ones = np.ones((50, 2), np.int16)
    for at in (-20, 10, 80, -60, 200):
        add(mix, at, ones)
    assert mix[0].tolist() == [1] * 10 + [2] * 20 + [1] * 30 + [0] * 20 + [1] * 20


def test_quiet_sound_passes_the_limiter_as_it_is() -> None:
    mix = silence(480)
    add(mix, 0, sine(440, 480, 0.6))
    wanted = mix / 32_768
    limit(mix)
    assert np.array_equal(mix, wanted.astype(np.float32))


def test_the_limiter_keeps_any_sum_below_full_scale_and_its_order() -> None:
    mix = np.tile(np.linspace(-25, 25, 10_001, dtype=np.float32) * 32_768, (2, 1))
    limit(mix)
    assert np.abs(mix).max() <= 1
    assert np.all(np.diff(mix[0]) >= 0)
    steps = np.diff(mix[0][np.abs(np.linspace(-25, 25, 10_001)) < LIMIT_FROM + 0.05])
    assert np.all(np.diff(steps) < 0.002)  # no corner where it begins


def test_a_level_is_decibels_below_a_full_sine() -> None:
    levels = []
    for decibels in (0, -15, -30, -59, -80):
        meter = LevelMeter()
        meter.hear([sine(441, 48_000, 10 ** (decibels / 20))])
        levels.append(meter.take(48_000))
        assert meter.take(48_000) == 0
    assert levels == [100, 75, 50, pytest.approx(2, abs=1), 0]


def test_stretching_keeps_the_tone_and_the_ends() -> None:
    sound = sine(1000, PACKET)
    for length in (PACKET - 1, PACKET + 1):
        longer = stretched(sound, length)
        assert len(longer) == length
        assert np.array_equal(longer[[0, -1]], sound[[0, -1]])
        assert np.abs(np.diff(longer[:, 0].astype(int))).max() < 1.02 * np.abs(np.diff(sound[:, 0].astype(int))).max()


# --- places -----------------------------------------------------------------------------------------------------


def packets(count: int, hertz: float = 440) -> list[bytes]:
    encoder = av.CodecContext.create("libopus", "w")
    encoder.sample_rate, encoder.format, encoder.layout, encoder.bit_rate = 48_000, "s16", "stereo", 96_000
    made = []
    for number in range(count):
        samples = sine(hertz, PACKET, start=number * PACKET)
        frame = av.AudioFrame.from_ndarray(samples.reshape(1, -1), "s16", "stereo")
        frame.sample_rate, frame.pts = 48_000, number * PACKET
        made += [bytes(packet) for packet in encoder.encode(frame)]
    return made


@pytest.fixture(scope="module")
def tone() -> list[bytes]:
    return packets(200)


@pytest.fixture
def line() -> SoundLine:
    return SoundLine(opus_head(b"", 2))


def spans(placed: list[PlacedSound]) -> list[tuple[int, int]]:
    return [(each.start, each.start + len(each.samples)) for each in placed]


def test_packets_lie_end_to_end_though_their_places_are_rounded(line: SoundLine, tone: list[bytes]) -> None:
    for number, wobble in enumerate((0, 4, -5, 3, 0)):
        line.feed(number * PACKET + wobble, tone[number], needed_from=0)
    assert spans(line.take(0, 5 * PACKET)) == [(n * PACKET, (n + 1) * PACKET) for n in range(5)]


def test_a_gap_stays_silent_and_an_overlap_is_cut(line: SoundLine, tone: list[bytes]) -> None:
    line.feed(0, tone[0], needed_from=0)
    line.feed(5000, tone[1], needed_from=0)
    line.feed(5500, tone[2], needed_from=0)
    assert spans(line.take(0, 10_000)) == [(0, 960), (5000, 5960), (5960, 6460)]


@pytest.mark.parametrize("drift", [1e-4, -1e-4, 3e-4])
def test_drift_is_absorbed_without_a_cut(line: SoundLine, tone: list[bytes], drift: float) -> None:
    """A sender's sample clock that is off by 100 ppm, which is 4.8 samples a second."""
    for number, payload in enumerate(tone):
        line.feed(round(number * PACKET * (1 + drift)), payload, needed_from=0)
    placed = line.take(0, 10**9)
    ends = [each.start + len(each.samples) for each in placed]
    assert [each.start for each in placed[1:]] == ends[:-1]
    assert abs(ends[-1] - 200 * PACKET * (1 + drift)) <= 10
    wave = np.concatenate([each.samples[:, 0] for each in placed])[PACKET * 4 :].astype(int)
    assert np.abs(np.diff(wave)).max() < 1.1 * np.abs(np.diff(sine(440, 4800)[:, 0].astype(int))).max()


def test_what_is_not_needed_is_not_decoded(line: SoundLine, tone: list[bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    decoded, decode = [], line.decoder.decode
    monkeypatch.setattr(line.decoder, "decode", lambda payload: decoded.append(payload) or decode(payload))
    for number, payload in enumerate(tone):
        line.feed(number * PACKET, payload, needed_from=180 * PACKET)
    assert decoded == tone[130:]  # a second of preroll
    assert line.take(0, 10**9)[0].start == 180 * PACKET


def test_broken_packets_leave_silence(line: SoundLine, tone: list[bytes]) -> None:
    for number in range(3):
        line.feed(number * PACKET, b"" if number == 1 else tone[number], needed_from=0)
    assert spans(line.take(0, 10**9)) == [(0, PACKET), (2 * PACKET, 3 * PACKET)]
    assert line.decoder.errors == 1
