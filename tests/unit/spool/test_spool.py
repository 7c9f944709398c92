from pathlib import Path

import pytest

from reelroom import spool


def write(data: Path, key: str, content: bytes = b"x") -> Path:
    final = spool.spool_path(data, "task-1", key)
    draft = spool.draft_path(final)
    draft.write_bytes(content)
    spool.commit(draft, final)
    return final


def test_a_committed_file_bears_its_name_and_no_draft_stays(tmp_path):
    final = write(tmp_path, "cam/0.mp4")
    assert spool.list_files(tmp_path, "task-1") == [final]
    assert list(final.parent.iterdir()) == [final]
    assert final.parent == tmp_path / "spool" / "task-1"


def test_drafts_are_not_files_yet(tmp_path):
    spool.draft_path(spool.spool_path(tmp_path, "task-1", "cam.mp4")).write_bytes(b"half")
    assert spool.list_files(tmp_path, "task-1") == []


def test_committing_again_replaces(tmp_path):
    write(tmp_path, "cam.mp4", b"old")
    assert write(tmp_path, "cam.mp4", b"new").read_bytes() == b"new"


@pytest.mark.parametrize("key", ["../../x", "/etc/passwd", "..", ".", "", "a\\b", "课堂🎬", "x" * 400 + ".mp4", "\x00"])
def test_no_key_leaves_the_tasks_folder(tmp_path, key):
    final = write(tmp_path, key)
    assert final.resolve().parent == (tmp_path / "spool" / "task-1").resolve()
    assert spool.list_files(tmp_path, "task-1") == [final]


def test_delivered_files_and_tasks_free_the_disk(tmp_path):
    final = write(tmp_path, "a")
    assert spool.list_tasks(tmp_path) == ["task-1"]
    spool.delete_file(final)
    spool.delete_file(final)
    spool.delete_task(tmp_path, "task-1")
    spool.delete_task(tmp_path, "task-1")
    assert spool.list_tasks(tmp_path) == []
    assert spool.list_files(tmp_path, "task-1") == []


def test_free_space_is_known(tmp_path):
    assert spool.free_bytes(tmp_path) > 0


def test_a_low_disk_is_refused_in_words(tmp_path):
    spool.refuse_when_low(tmp_path, 0)
    spool.refuse_when_low(tmp_path, 1)
    with pytest.raises(spool.DiskLowError, match=r"nearly full: \d+ MiB are free, new ones need 1073741824 MiB"):
        spool.refuse_when_low(tmp_path, 1 << 50)
