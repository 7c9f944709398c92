"""The desk and the cleaner with real folders and a real database; publications without a transport."""

import contextlib
import errno
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from reelroom.database import Database, SecretKey
from reelroom.errors import JournalError
from reelroom.events import Captured, CaptureEnded, CaptureOpened, Event, Joined, Lost, Published
from reelroom.gateway.cleaning import Cleaner
from reelroom.gateway.desk import CaptureDesk
from reelroom.gateway.recovery import recover
from reelroom.journal.folders import JournalFolder
from reelroom.journal.lines import LogTail, LogWriter
from reelroom.mix import MixSpec
from reelroom.rooms.publication import Publication
from reelroom.rooms.rooms import Rooms
from reelroom.rooms.tokens import RoomToken
from reelroom.settings import RoomSettings
from reelroom.spec import MAX_STREAMS, RecordSpec, Want
from reelroom.units import AppId, CaptureId, Codec, MediaKind, PublicationId, RoomId, StreamId, TaskId, UserId
from reelroom.webrtc import NegotiatedTrack

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


def test_the_end_of_a_capture_is_forced_to_the_disk(folder: JournalFolder, synced: list[str]):
    desk = begin(folder)
    desk.update([WANT])
    publication = publish(desk)
    sync(desk)
    synced.clear()
    desk.unpublished(publication, "bye", time.time_ns())
    sync(desk)
    assert "log.jsonl" in synced
    synced.clear()
    sync(desk)
    assert "log.jsonl" not in synced, "once is enough"


def test_an_end_that_could_not_be_forced_is_tried_again(
    folder: JournalFolder, synced: list[str], monkeypatch: pytest.MonkeyPatch
):
    """A disk that fails to sync can't be had here: the system call is made to fail."""
    desk = begin(folder)
    desk.update([WANT])
    desk.unpublished(publish(desk), "bye", time.time_ns())
    with monkeypatch.context() as broken:
        broken.setattr(os, "fdatasync", fail_to_sync)
        sync(desk)
    sync(desk)
    assert "log.jsonl" in synced


def test_a_last_line_written_late_is_forced_too(
    folder: JournalFolder, synced: list[str], monkeypatch: pytest.MonkeyPatch
):
    """The full disk is simulated: appending raises what it raises then."""
    desk = begin(folder)
    desk.update([WANT])
    publication = publish(desk)
    with monkeypatch.context() as full:
        full.setattr(LogWriter, "append", refuse)
        desk.unpublished(publication, "bye", time.time_ns())
        sync(desk)
    desk.tick(time.time_ns(), 4.0)
    assert isinstance(LogTail(folder.capture(folder.list_captures()[0]) / "log.jsonl").read()[-1], CaptureEnded)
    synced.clear()
    sync(desk)
    assert "log.jsonl" in synced


def test_the_folder_of_a_new_room_log_is_forced_once(folder: JournalFolder, synced: list[str]):
    desk = begin(folder)
    desk.update([WANT])
    sync(desk)
    assert synced == ["task.jsonl", "tasks"]
    publish(desk)
    synced.clear()
    sync(desk)
    assert "task.jsonl" in synced
    assert "tasks" not in synced


def test_a_folder_that_could_not_be_forced_is_tried_again(
    folder: JournalFolder, synced: list[str], monkeypatch: pytest.MonkeyPatch
):
    """A disk that fails to sync can't be had here: the system call is made to fail."""
    desk = begin(folder)
    desk.update([WANT])
    with monkeypatch.context() as broken:
        broken.setattr(os, "fdatasync", fail_to_sync)
        sync(desk)
    sync(desk)
    assert synced == ["task.jsonl", "tasks"]


def test_a_closed_desk_joins_no_room_again(folder: JournalFolder):
    """The gateway may still be waiting for the database when it is told to stop."""
    desk = begin(folder)
    desk.update([WANT])
    desk.close(time.time_ns())
    desk.update([WANT])
    assert [type(e) for e in read(folder)] == [Joined, Lost]


@pytest.mark.parametrize(("mix", "taken"), [(None, MAX_STREAMS), (MixSpec(name="mixed"), MAX_STREAMS + 4)])
def test_only_a_single_stream_task_is_full_at_some_number_of_streams(
    folder: JournalFolder, mix: MixSpec | None, taken: int
):
    spec = RecordSpec(app=AppId(1), room=RoomId("room"), mix=mix)
    desk = begin(folder)
    desk.update([Want(task=TASK, spec=spec, stopped=False, journal_needed=True)])
    for number in range(MAX_STREAMS + 4):
        publish(desk, f"camera-{number}")
    assert sum(isinstance(event, Captured) for event in read(folder)) == taken


@pytest.fixture(name="synced")
def synced_fixture(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the files and folders that the kernel was really asked to force to the disk."""
    names: list[str] = []
    real = os.fdatasync

    def note(descriptor: int) -> None:
        real(descriptor)
        names.append(Path(f"/proc/self/fd/{descriptor}").readlink().name)

    monkeypatch.setattr(os, "fdatasync", note)
    return names


def fail_to_sync(_descriptor: int) -> None:
    raise OSError(errno.EIO, os.strerror(errno.EIO))


def publish(desk: CaptureDesk, stream: str = "camera") -> Publication:
    """A publisher of sound, as the desk hears of it."""
    token = RoomToken(app=AppId(1), room=RoomId("room"), user=UserId("anna"), publish=True)
    publication = Publication(f"abc-{stream}", token, StreamId(stream))
    track = NegotiatedTrack(MediaKind.AUDIO, "0", Codec.OPUS, 111, None, 48_000, {}, {}, frozenset(), {})
    publication.negotiate([track], 0)
    desk.published(publication, time.time_ns())
    return publication


def sync(desk: CaptureDesk) -> None:
    """What the gateway does now and then."""
    for force in desk.syncs():
        with contextlib.suppress(JournalError):
            force()


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
