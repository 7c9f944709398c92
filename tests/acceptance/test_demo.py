"""`make demo`: a real browser, a signed request, a file that holds everything."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from reelroom.testing.content import check

pytestmark = pytest.mark.browser


def test_the_demonstration_prints_a_file_with_every_flash_and_beep_of_its_time(tmp_path: Path):
    command = [sys.executable, "-m", "reelroom", "demo", "--seconds", "8", "--data", str(tmp_path / "demo")]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=100)
    assert done.returncode == 0, done.stdout + done.stderr
    found = re.search(r"^file +(\S+\.mp4)$", done.stdout, re.MULTILINE)
    assert found is not None, done.stdout
    content = check(Path(found[1]))
    assert sorted(content.codecs) == ["aac", "h264"]
    assert 7.7 <= content.duration_s <= 9.3  # eight seconds, and what StartRecord and the first status took
    assert len(content.flashes) >= 7
    assert len(content.beeps) >= 7
    assert content.median_offset_ms is not None
    assert abs(content.median_offset_ms) <= 60
    assert content.broken == content.errors == 0


def test_a_demonstration_without_a_browser_says_what_to_install(tmp_path: Path):
    command = [sys.executable, "-m", "reelroom", "demo", "--data", str(tmp_path / "demo")]
    done = subprocess.run(
        command, cwd=tmp_path, env={"PATH": ""}, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 1
    assert "apt-get install chromium" in done.stderr
