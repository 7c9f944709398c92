"""The sound-level file."""

import json
from pathlib import Path

import numpy as np
import pytest

from reelroom.compose.sound_line import PlacedSound
from reelroom.mix import LevelsBy
from reelroom.recorder.mixed.levels import LevelsFile

SECOND = 48_000


def loud(start: int, samples: int, level: float = 1.0) -> PlacedSound:
    wave = level * 32_767 * np.sin(2 * np.pi * 441 * np.arange(start, start + samples) / SECOND)
    return PlacedSound(start, np.repeat(wave.astype(np.int16)[:, None], 2, axis=1))


def lines(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_a_line_each_second_however_the_windows_lie(tmp_path: Path) -> None:
    levels = LevelsFile(tmp_path / "x.sw", LevelsBy.STREAM)
    sound = loud(0, 3 * SECOND)
    for first in range(0, 3 * SECOND, 20_000):
        end = min(3 * SECOND, first + 20_000)
        levels.hear(first, end, {"b": [sound], "a": []})
    levels.close()
    wave = [{"stream_id": "a", "volume": 0}, {"stream_id": "b", "volume": 100}]
    assert lines(tmp_path / "x.sw") == [{"time": n, "sound_wave": wave} for n in range(3)]


def test_entries_may_name_users(tmp_path: Path) -> None:
    levels = LevelsFile(tmp_path / "x.sw", LevelsBy.USER)
    levels.hear(0, SECOND, {"ann": [loud(0, SECOND, 0.1)]})
    assert lines(tmp_path / "x.sw")[0]["sound_wave"] == [{"user_id": "ann", "volume": 67}]


@pytest.mark.parametrize("torn", [b"", b'{"time":2,"sou'])
def test_a_new_recorder_goes_on_behind_the_last_whole_line(tmp_path: Path, torn: bytes) -> None:
    path = tmp_path / "x.sw"
    first = LevelsFile(path, LevelsBy.STREAM)
    first.hear(0, 2 * SECOND + 100, {"a": []})
    first.close()
    with path.open("ab") as file:
        file.write(torn)
    again = LevelsFile(path, LevelsBy.STREAM)
    assert again.from_sample == 2 * SECOND
    again.hear(SECOND, 3 * SECOND, {"a": [loud(0, 3 * SECOND)]})
    assert [line["time"] for line in lines(path)] == [0, 1, 2]
    assert lines(path)[2]["sound_wave"][0]["volume"] == 100
