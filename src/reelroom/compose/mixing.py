"""Adding up sound, keeping it below full scale, and saying how loud it is."""

from collections.abc import Sequence
from math import log10
from typing import Final

import numpy as np

from reelroom.compose.sound import Sound
from reelroom.compose.sound_decoder import Samples

LIMIT_FROM: Final = 0.7  # of full scale; below, sound passes as it is
QUIETEST_DB: Final = -60.0  # a level of 0
_FULL_SCALE: Final = 32_768.0
_SINE_DB: Final = 10 * log10(2)  # a sine of full scale has the level 100


def add(target: Sound, at: int, samples: Samples) -> None:
    """Add samples to a mix whose full scale is still 32768, from its sample `at` on; what lies outside is cut."""
    start, end = max(at, 0), min(at + len(samples), target.shape[1])
    if start < end:
        part = samples[start - at : end - at]
        for channel in range(len(target)):
            target[channel, start:end] += part[:, channel]


def limit(sound: Sound) -> None:
    """Bring a sum (full scale 32768) to full scale 1 and keep it below, in place.

    Up to `LIMIT_FROM` nothing changes; above, y = t + (1 - t) tanh((x - t) / (1 - t)): the curve has no corner at t,
    and never reaches 1. It has no memory, so the same sum gives the same sound wherever a recording is cut.
    """
    sound *= 1 / _FULL_SCALE
    if not sound.size or max(sound.max(), -sound.min()) <= LIMIT_FROM:
        return
    loud = np.abs(sound) > LIMIT_FROM
    room = 1 - LIMIT_FROM
    over = sound[loud]
    sound[loud] = np.sign(over) * (LIMIT_FROM + room * np.tanh((np.abs(over) - LIMIT_FROM) / room))


class LevelMeter:
    """The level of one stream over a while."""

    def __init__(self) -> None:
        self._energy = 0.0

    def hear(self, parts: Sequence[Samples]) -> None:
        """Some more samples."""
        for part in parts:
            flat = part.astype(np.float32).ravel()
            self._energy += float(np.dot(flat, flat)) / 2

    def take(self, samples: int) -> int:
        """The level (0 to 100) of what was heard in the last `samples` samples, and begin anew.

        Its decibels below a sine of full scale, 0 at `QUIETEST_DB` and below, 100 at full scale.
        """
        power = self._energy / max(1, samples) / _FULL_SCALE**2
        self._energy = 0.0
        if power <= 0:
            return 0
        decibels = 10 * log10(power) + _SINE_DB
        return round(100 * min(1.0, max(0.0, 1 - decibels / QUIETEST_DB)))
