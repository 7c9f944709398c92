"""The ladder of a disk that fills up, on a small file system of its own."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from tests.integration.recorder_media import FPS

ROOT = Path(__file__).parents[2]


def test_a_disk_that_fills_up_costs_nothing_that_was_captured(tmp_path: Path) -> None:
    """New tasks are refused at the low mark; at the last one running ones end, and all they have is delivered."""
    mount = f"mount -t tmpfs -o size=96m none '{tmp_path}' && exec '{sys.executable}' -m tests.integration.disk_ladder"
    done = subprocess.run(
        ["unshare", "-rm", "sh", "-c", f"{mount} '{tmp_path}'"],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=100,
    )  # fmt: skip
    if "mount" in done.stderr and done.returncode != 0 and "Traceback" not in done.stderr:
        pytest.skip("this machine lets no one mount a file system of their own")
    assert done.returncode == 0, done.stderr[-3000:]
    seen = json.loads(done.stdout)
    assert not seen["refused_at_first"]
    assert seen["refused_when_low"]
    assert seen["live_when_low"]
    assert seen["quit_reason"] == 1004
    assert seen["details"] == [{"quit_reason": 1004}]
    assert seen["frames"] == 4 * FPS
    assert seen["earlier_frames"] == 2 * FPS
    assert seen["state"] == 3
