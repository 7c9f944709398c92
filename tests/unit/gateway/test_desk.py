"""The desk and the cleaner with real folders and a real database; publications without a transport."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from reelroom.database import Database, SecretKey
from reelroom.errors import JournalError
from reelroom.events import Captured, CaptureOpened, Event, Joined, Lost, Published
from reelroom.gateway.cleaning import Cleaner
from reelroom.gateway.desk import CaptureDesk
from reelroom.gateway.recovery import recover
from reelroom.journal.folders import JournalFolder
from reelroom.journal.lines import LogTail, LogWriter
from reelroom.rooms.rooms import Rooms
from reelroom.settings import RoomSettings
from reelroom.spec import RecordSpec, Want
from reelroom.units import AppId, CaptureId, MediaKind, PublicationId, RoomId, StreamId, TaskId, UserId

TASK = TaskId("task")
CAPTURE = CaptureId("capture")
WANT = Want(task=TASK, spec=RecordSpec(app=AppId(1), room=RoomId("room")), stopped=False, journal_needed=True)
BEFORE = (
    Joined(1000, "gateway"),
    Published(2000, PublicationId("p"), StreamId("camera"), UserId("anna"), "Anna", (MediaKind.AUDIO,)),
    Captured(2000, PublicationId("p"), CAPTURE),
)


@pytest.fixture(name="folder")
def folder_fixture(tmp_path: Path) -> JournalFolder:
    return JournalFolder(tmp_path)


@pytest.fixture(name="database")
def database_fixture(tmp_path: Path) -> Iterator[Database]:
    with Database.open(tmp_path / "reelroom.db", SecretKey.load_or_create(tmp_path / "secret.key")) as database:
        database.migrate()
        yield database


def test_a_lost_line_the_disk_refused_comes_before_joined(folder: JournalFolder, monkeypatch: pytest.MonkeyPatch):
    """The full disk is simulated: appending raises what it raises then."""
    leave_behind(folder, *BEFORE)
    with monkeypatch.context() as full:
        full.setattr(LogWriter, "append", refuse)
        desk = begin(folder)
        desk.update([WANT])
    assert read(folder) == list(BEFORE)
    desk.tick(time.time_ns(), 4.0)
    assert [type(e) for e in read(folder)] == [Joined, Published, Captured, Lost, Joined]


async def test_captures_stay_when_the_lost_line_was_refused(
    folder: JournalFolder, database: Database, monkeypatch: pytest.MonkeyPatch
):
    """The full disk is simulated: appending raises what it raises then."""
    leave_behind(folder, *BEFORE)
    with monkeypatch.context() as full:
        full.setattr(LogWriter, "append", refuse)
        desk = begin(folder)
    await Cleaner(folder, database, desk, 0).clean()
    assert folder.list_captures() == [CAPTURE]


async def test_no_earlier_capture_goes_while_a_damaged_log_is_there(folder: JournalFolder, database: Database):
    leave_behind(folder, BEFORE[0])
    with folder.room_log(TASK).open("ab") as log:
        log.write(b'{"event":"captured"\x00\x00\n')
    desk = begin(folder)
    cleaner = Cleaner(folder, database, desk, 0)
    await cleaner.clean()
    assert folder.list_captures() == [CAPTURE]
    desk.forget_log(TASK)  # as when its task has released it
    await cleaner.clean()
    assert folder.list_captures() == []


async def test_a_capture_that_no_log_names_goes(folder: JournalFolder, database: Database):
    leave_behind(folder, BEFORE[0])
    await Cleaner(folder, database, begin(folder), 0).clean()
    assert folder.list_captures() == []


def leave_behind(folder: JournalFolder, *events: Event) -> None:
    """A room log and a capture without an end."""
    write(folder.room_log(TASK), *events)
    folder.capture(CAPTURE).mkdir()
    write(
        folder.capture(CAPTURE) / "log.jsonl",
        CaptureOpened(2000, CAPTURE, PublicationId("p"), StreamId("camera")),
    )


def begin(folder: JournalFolder) -> CaptureDesk:
    """A desk after a restart, with a house that has no publisher."""
    desk = CaptureDesk(folder, folder.tasks.parent, "again", recover(folder, time.time_ns()))
    desk.rooms = Rooms(RoomSettings(), desk)
    return desk


def write(path: Path, *events: Event) -> None:
    log = LogWriter(path)
    for event in events:
        log.append(event)
    log.close()


def read(folder: JournalFolder) -> list[Event]:
    return LogTail(folder.room_log(TASK)).read()


def refuse(_log: LogWriter, _event: Event) -> None:
    raise JournalError("No space left on device")
