import os

import pytest

from reelroom.errors import JournalError
from reelroom.events import Joined
from reelroom.journal.capture import CaptureWriter
from reelroom.journal.folders import JournalFolder
from reelroom.journal.lines import LogWriter
from reelroom.units import NS

TASK = "aJB-YE-iHBJnAABN"


@pytest.fixture
def journal(tmp_path):
    return JournalFolder(tmp_path)


def test_paths_are_those_of_the_architecture(journal, tmp_path):
    assert journal.room_log(TASK) == tmp_path / "journal" / "tasks" / f"{TASK}.jsonl"
    assert journal.capture("c1") == tmp_path / "journal" / "captures" / "c1"


@pytest.mark.parametrize("bad", ["", ".", "..", "../x", "a/b", "a\0", "会", "x" * 129, "a.b"])
def test_ids_that_are_no_safe_names_are_refused(journal, bad):
    for make in (journal.room_log, journal.capture, journal.delete_room_log, journal.delete_capture):
        with pytest.raises(JournalError, match="safe"):
            make(bad)


def test_what_is_there_is_listed_and_deleted(journal):
    LogWriter(journal.room_log(TASK)).append(Joined(1, "g"))
    CaptureWriter(journal.capture("c1"), "c1", "p", "s", 1).close()
    assert (journal.list_room_logs(), journal.list_captures()) == ([TASK], ["c1"])
    for _ in range(2):  # a second time there is nothing to do
        journal.delete_room_log(TASK)
        journal.delete_capture("c1")
    assert (journal.list_room_logs(), journal.list_captures()) == ([], [])
    assert list(journal.captures.iterdir()) == []


def test_a_removal_that_was_interrupted_is_finished(journal):
    CaptureWriter(journal.capture("c1"), "c1", "p", "s", 1).close()
    journal.capture("c1").rename(journal.captures / ".removed-c1")
    assert journal.list_captures() == []
    journal.sweep()
    assert list(journal.captures.iterdir()) == []


def test_the_last_write_is_the_newest_of_log_and_captures(journal):
    assert journal.last_write_ns(TASK, ["c1"]) is None
    LogWriter(journal.room_log(TASK)).append(Joined(1, "g"))
    CaptureWriter(journal.capture("c1"), "c1", "p", "s", 1).close()
    os.utime(journal.room_log(TASK), ns=(5 * NS, 5 * NS))
    os.utime(journal.capture("c1") / "log.jsonl", ns=(7 * NS, 7 * NS))
    assert journal.last_write_ns(TASK, []) == 5 * NS
    assert journal.last_write_ns(TASK, ["c1", "gone"]) == 7 * NS


def test_a_data_folder_that_can_not_be_made_is_a_journal_error(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(JournalError):
        JournalFolder(tmp_path / "file")
