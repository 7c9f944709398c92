"""The sound-level file: one JSON object a line, each second (the contract's sections 5.9 and 9, rows 27 to 29)."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from reelroom.compose.mixing import LevelMeter
from reelroom.compose.sound_decoder import Samples
from reelroom.compose.sound_line import PlacedSound
from reelroom.journal.append import AppendFile
from reelroom.mix import LevelsBy
from reelroom.units import AUDIO_RATE

_NAMES = {LevelsBy.STREAM: "stream_id", LevelsBy.USER: "user_id"}


class LevelsFile:
    """Goes on with the file of a recorder before it. `from_sample`: what it needs to hear again from."""

    def __init__(self, path: Path, by: LevelsBy) -> None:
        """Raises JournalError."""
        self.path = path
        self._name = _NAMES[by]
        self._file = AppendFile(path)
        self._seconds = _mend(self._file)
        self.from_sample = self._seconds * AUDIO_RATE
        self._meters: dict[str, LevelMeter] = {}

    def hear(self, first: int, end: int, sounds: Mapping[str, Iterable[PlacedSound]]) -> None:
        """What each name says between two samples of recorded time; a name that says nothing has the level 0.

        Places are on the same line. Raises JournalError.
        """
        first = max(first, self.from_sample)
        while first < end:
            stop = min(end, (first // AUDIO_RATE + 1) * AUDIO_RATE)
            for name, placed in sounds.items():
                meter = self._meters.setdefault(name, LevelMeter())
                meter.hear([part for each in placed if (part := _cut(each, first, stop)) is not None])
            if stop % AUDIO_RATE == 0:
                self._write(stop // AUDIO_RATE - 1, sounds)
            first = stop

    def _write(self, second: int, names: Iterable[str]) -> None:
        wave = [{self._name: name, "volume": self._meters[name].take(AUDIO_RATE)} for name in sorted(names)]
        self._meters.clear()
        line = {"time": second, "sound_wave": wave}
        self._file.append(json.dumps(line, separators=(",", ":"), ensure_ascii=False).encode() + b"\n")

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def _cut(placed: PlacedSound, first: int, end: int) -> Samples | None:
    part = placed.samples[max(0, first - placed.start) : max(0, end - placed.start)]
    return part if len(part) else None


def _mend(file: AppendFile) -> int:
    """Cut off a torn line; how many whole ones there are."""
    written = file.read(file.end, 0)
    whole = written[: written.rfind(b"\n") + 1]
    if len(whole) < len(written):
        file.cut(len(whole))
    return whole.count(b"\n")
