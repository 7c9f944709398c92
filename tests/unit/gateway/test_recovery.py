import os
from pathlib import Path

import pytest

from reelroom.errors import JournalError
from reelroom.events import Captured, CaptureEnded, CaptureOpened, Event, Joined, Left, Lost, Published
from reelroom.gateway.recovery import recover
from reelroom.journal.folders import JournalFolder
from reelroom.journal.lines import LogTail, LogWriter
from reelroom.units import CaptureId, MediaKind, PublicationId, StreamId, TaskId, UserId

TASK = TaskId("task")
NOW = 2_000_000_000_000_000_000
LIVED = 1_900_000_000_000_000_000
JOINED = Joined(1000, "gateway")
PUBLISHED = Published(2000, PublicationId("p"), StreamId("camera"), UserId("anna"), "Anna", (MediaKind.AUDIO,))
CAPTURED = Captured(2000, PublicationId("p"), CaptureId("capture"))
OPENED = CaptureOpened(2000, CaptureId("capture"), PublicationId("p"), StreamId("camera"))


def write(path: Path, *events: Event) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    log = LogWriter(path)
    for event in events:
        log.append(event)
    log.close()
    os.utime(path, ns=(LIVED, LIVED))


def read(path: Path) -> list[Event]:
    return LogTail(path).read()


@pytest.fixture(name="folder")
def folder_fixture(tmp_path: Path) -> JournalFolder:
    return JournalFolder(tmp_path)


def test_an_unfinished_log_is_lost_at_the_last_write(folder: JournalFolder):
    write(folder.room_log(TASK), JOINED, PUBLISHED, CAPTURED)
    write(folder.capture(CaptureId("capture")) / "log.jsonl", OPENED)
    later = LIVED + 5_000_000_000
    os.utime(folder.capture(CaptureId("capture")) / "log.jsonl", ns=(later, later))
    found = recover(folder, NOW).logs
    assert read(folder.room_log(TASK))[-1] == Lost(later)
    assert read(folder.capture(CaptureId("capture")) / "log.jsonl")[-1] == CaptureEnded(later, "gateway lost")
    assert found[TASK].streams == {"camera"}
    assert found[TASK].captures == {"capture"}
    assert not found[TASK].left


@pytest.mark.parametrize("last", [Left(3000), Lost(3000)])
def test_a_finished_or_lost_log_is_left_as_it_is(folder: JournalFolder, last: Event):
    write(folder.room_log(TASK), JOINED, last)
    found = recover(folder, NOW).logs
    assert read(folder.room_log(TASK)) == [JOINED, last]
    assert found[TASK].left is isinstance(last, Left)


def test_lost_is_never_before_what_the_log_says(folder: JournalFolder):
    """Modification times are coarser than our clock."""
    write(folder.room_log(TASK), Joined(LIVED + 3, "gateway"))
    recover(folder, NOW)
    assert read(folder.room_log(TASK))[-1] == Lost(LIVED + 3)


def test_recovering_twice_changes_nothing(folder: JournalFolder):
    write(folder.room_log(TASK), JOINED, PUBLISHED, CAPTURED)
    write(folder.capture(CaptureId("capture")) / "log.jsonl", OPENED)
    recover(folder, NOW)
    once = read(folder.room_log(TASK)), read(folder.capture(CaptureId("capture")) / "log.jsonl")
    recover(folder, NOW)
    assert (read(folder.room_log(TASK)), read(folder.capture(CaptureId("capture")) / "log.jsonl")) == once


def test_torn_lines_are_cut_off_before_we_write(folder: JournalFolder):
    write(folder.room_log(TASK), JOINED)
    with folder.room_log(TASK).open("ab") as log:
        log.write(b'{"event":"publ')
    recover(folder, NOW)
    assert [type(e) for e in read(folder.room_log(TASK))] == [Joined, Lost]


def test_an_empty_capture_folder_is_ended_too(folder: JournalFolder):
    folder.capture(CaptureId("empty")).mkdir()
    recover(folder, NOW)
    assert isinstance(read(folder.capture(CaptureId("empty")) / "log.jsonl")[0], CaptureEnded)


def test_a_refused_lost_line_is_kept_with_the_captures(folder: JournalFolder, monkeypatch: pytest.MonkeyPatch):
    """The full disk is simulated: appending raises what it raises then."""
    write(folder.room_log(TASK), JOINED, PUBLISHED, CAPTURED)
    write(folder.capture(CaptureId("capture")) / "log.jsonl", OPENED)
    with monkeypatch.context() as full:
        full.setattr(LogWriter, "append", refuse)
        recovered = recover(folder, NOW)
    assert recovered.logs[TASK].captures == {"capture"}
    assert recovered.logs[TASK].lost == Lost(LIVED)
    assert not recovered.logs[TASK].doubtful
    assert recovered.captures == {"capture"}


def test_a_damaged_log_is_doubtful_and_ended_all_the_same(folder: JournalFolder):
    write(folder.room_log(TASK), JOINED)
    with folder.room_log(TASK).open("ab") as log:
        log.write(b'{"event":"capt\x00\x00\x00\n')
    recovered = recover(folder, NOW)
    assert recovered.logs[TASK].doubtful
    assert [type(e) for e in read(folder.room_log(TASK))] == [Joined, Lost]


def test_a_log_that_can_not_be_read_is_doubtful(folder: JournalFolder):
    """A folder in its place: reading it fails for root too."""
    folder.room_log(TASK).mkdir()
    folder.capture(CaptureId("capture")).mkdir()
    recovered = recover(folder, NOW)
    assert recovered.logs[TASK].doubtful
    assert recovered.logs[TASK].lost == Lost(NOW)
    assert recovered.captures == {"capture"}


def test_a_file_among_the_captures_stops_nothing(folder: JournalFolder):
    (folder.captures / "stray").write_text("")
    write(folder.room_log(TASK), JOINED)
    assert TASK in recover(folder, NOW).logs


def refuse(_log: LogWriter, _event: Event) -> None:
    raise JournalError("No space left on device")
