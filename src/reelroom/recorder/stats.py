"""Numbers of one recorder, for metrics and benchmarks: `run/task-<id>.stats.json`, replaced as a whole."""

import json
import os
import time
from dataclasses import dataclass
from pathlib import Path

from reelroom.units import TaskId

_EVERY_S = 5.0
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


@dataclass(slots=True)
class Counters:
    """What a recorder did since it started."""

    files: int = 0  # finished
    audio_packets: int = 0  # fed to encoders
    video_frames: int = 0  # fed to encoders; copied video is not touched before the end
    bytes_finished: int = 0
    render_lag_s: float = 0.0  # of a mixed picture: how far behind the room the last one was drawn


class Stats:
    """Writes the numbers about every 5 s."""

    def __init__(self, run: Path, task: TaskId) -> None:
        self.counters = Counters()
        self._path = run / f"task-{task}.stats.json"
        self._caught_up_s = self._written_s = time.monotonic()

    def caught_up(self) -> None:
        """Everything the journal has was taken."""
        self._caught_up_s = time.monotonic()

    def write_if_due(self) -> None:
        """Write, if it is time."""
        if time.monotonic() - self._written_s >= _EVERY_S:
            self.write()

    def write(self) -> None:
        """Write now. A full disk is no reason to stop."""
        self._written_s = time.monotonic()
        draft = self._path.with_suffix(".draft")
        try:
            draft.write_text(json.dumps(self._numbers()))
            draft.replace(self._path)
        except OSError:
            draft.unlink(missing_ok=True)

    def _numbers(self) -> dict[str, int | float]:
        counters = self.counters
        return {
            "pid": os.getpid(),
            "at_ns": time.time_ns(),
            "files": counters.files,
            "audio_packets": counters.audio_packets,
            "video_frames": counters.video_frames,
            "bytes_finished": counters.bytes_finished,
            "render_lag_s": counters.render_lag_s,
            "lag_s": round(self._written_s - self._caught_up_s, 3),
            "cpu_s": round(time.process_time(), 3),
            "rss_bytes": resident_bytes(),
        }


def resident_bytes() -> int:
    """Memory of this process that is in RAM."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * _PAGE_BYTES
