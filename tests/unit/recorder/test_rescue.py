"""What was captured outlives the journal when no file could be made of it."""

import shutil

from reelroom.recorder.rescue import keep_captures
from reelroom.units import TaskId


def test_captures_are_kept_after_the_journal_is_gone_and_keeping_twice_is_harmless(tmp_path):
    capture = tmp_path / "journal" / "captures" / "c1"
    capture.mkdir(parents=True)
    (capture / "log.jsonl").write_text("{}\n")
    (capture / "video-0.mkv").write_bytes(b"frames")

    for _ in range(2):
        kept = keep_captures(tmp_path, TaskId("task"), "1-VA", [capture])
    shutil.rmtree(tmp_path / "journal")

    assert (kept / "c1" / "video-0.mkv").read_bytes() == b"frames"
    assert kept == tmp_path / "rescue" / "task" / "1-VA"
