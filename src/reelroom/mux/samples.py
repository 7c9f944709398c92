"""The sample table of one track. What there is of each sample stands on disk: a day has millions."""

from __future__ import annotations  # array takes no parameters at run time

import sys
from array import array
from pathlib import Path
from typing import Final

from reelroom.mux.boxes import LONG, Box, box, table
from reelroom.mux.column import Column

_CHUNKS_PER_S: Final = 2  # how finely tracks are interleaved


class SampleTable:
    """Collects samples in the order of time. Times are ticks of `rate`; `independent`: every sample is a keyframe.

    first: time of the first sample, None while there is none; may be negative. chunk_periods, chunk_samples,
    chunk_bytes: of each chunk, the half second it lies in and what it holds.
    """

    def __init__(self, rate: int, folder: Path, *, independent: bool = False) -> None:
        """folder: for what does not stay in memory."""
        self.rate = rate
        self._independent = independent
        self.first: int | None = None
        self.sizes = Column(folder)
        self.chunk_periods = array("I")
        self.chunk_samples = array("I")
        self.chunk_bytes = array("Q")
        self._keyframes = array("I")
        self._runs = Column(folder)  # how many samples in a row last how long, but for the newest such row
        self._run_samples, self._run_duration = 0, 0
        self._last = 0

    def add(self, ticks: int, size: int, *, keyframe: bool = False) -> None:
        """One more sample; `ticks` grows."""
        if self.first is None:
            self.first = ticks
        else:
            self._add_duration(ticks - self._last)
        self._last = ticks
        self.sizes.append(size)
        if keyframe:
            self._keyframes.append(len(self.sizes))
        period = max(0, ticks) * _CHUNKS_PER_S // self.rate
        if not self.chunk_periods or self.chunk_periods[-1] != period:
            self.chunk_periods.append(period)
            self.chunk_samples.append(0)
            self.chunk_bytes.append(0)
        self.chunk_samples[-1] += 1
        self.chunk_bytes[-1] += size

    def end(self, duration: int) -> None:
        """The last sample lasts that long. Call it once, and `add` no more."""
        self._add_duration(duration)
        self._last += duration

    @property
    def duration(self) -> int:
        """From the first sample to the end of the last, once `end` is called."""
        return self._last - (self.first or 0)

    @property
    def last_duration(self) -> int:
        """Of the last sample but one, until `end` is called; 0 if there is none."""
        return self._run_duration

    @property
    def last_ticks(self) -> int:
        """When the last sample begins, until `end` is called."""
        return self._last

    def _add_duration(self, duration: int) -> None:
        duration = min(duration, LONG - 1)
        if duration != self._run_duration:
            self._end_run()
            self._run_duration = duration
        self._run_samples += 1

    def _end_run(self) -> None:
        if self._run_samples:
            self._runs.append(self._run_samples)
            self._runs.append(self._run_duration)
        self._run_samples = 0

    def to_box(self, description: Box, offsets: array[int], *groups: Box) -> Box:
        """The stbl. offsets: where each chunk stands in the file, big endian; may be filled in later.

        Call it once: the tables are turned to big endian where they are.
        """
        self._end_run()
        parts = [description, table(b"stts", self._runs, 2)]
        if not self._independent:  # a table that is missing says that every sample is a keyframe
            parts.append(table(b"stss", big_endian(self._keyframes)))
        parts.append(table(b"stsc", big_endian(self._chunk_runs()), 3))
        parts.append(table(b"stsz", self.sizes, extra=bytes(4)))
        parts.append(table(b"stco" if offsets.typecode == "I" else b"co64", offsets))
        return box(b"stbl", *parts, *groups)

    def _chunk_runs(self) -> array[int]:
        """First chunk, samples in each, description: one entry for chunks of equal length in a row."""
        runs, before = array("I"), -1
        for number, samples in enumerate(self.chunk_samples, 1):
            if samples != before:
                runs.extend((number, samples, 1))
            before = samples
        return runs


def big_endian(values: array[int]) -> array[int]:
    """The same array, its values now as files have them."""
    if sys.byteorder == "little":
        values.byteswap()
    return values
