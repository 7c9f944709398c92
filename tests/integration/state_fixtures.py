"""Fixtures of the tests of durable state: the same database on SQLite and on PostgreSQL."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.support.postgres_server import MissingServerError, PostgresServer, running_postgres

from reelroom.database import Database, NewFile, NewTask, OutboxRow, SecretKey, TaskSession
from reelroom.spec import Destination, RecordSpec
from reelroom.task import Stage
from reelroom.units import NS, AppId, RoomId, StreamId, TaskId, UserId

APP = AppId(1)
NOW = 1_754_300_000 * NS
BOTH = [pytest.param("sqlite"), pytest.param("postgres", marks=pytest.mark.postgres)]


@pytest.fixture(name="postgres", scope="session")
def postgres_fixture() -> Iterator[PostgresServer]:
    try:
        with running_postgres() as server:
            yield server
    except MissingServerError as error:
        pytest.skip(str(error))


@dataclass(frozen=True)
class Place:
    """Where a database and its key are, so that other processes can open it too."""

    address: str
    key_path: Path

    def open(self) -> Database:
        return Database.open(self.address, SecretKey.load_or_create(self.key_path))


@pytest.fixture(name="place", params=BOTH)
def place_fixture(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """An empty database, not migrated."""
    if request.param == "sqlite":
        address = str(tmp_path / "reelroom.db")
    else:
        address = request.getfixturevalue("postgres").new_database()
    return Place(address, tmp_path / "secret.key")


@pytest.fixture(name="database")
def database_fixture(place: Place) -> Iterator[Database]:
    with place.open() as opened:
        opened.migrate()
        yield opened


def new_task(name: str = "task-1", *, app: int = APP, room: str = "room", **words) -> NewTask:
    return NewTask(task=TaskId(name), spec=RecordSpec(app=AppId(app), room=RoomId(room)), **words)


def new_file(key: str = "cam/0", *, begin_ms: int = 1_754_300_002_418, **words) -> NewFile:
    values = {
        "name": f"{key.replace('/', '_')}.mp4",
        "stream": StreamId("cam"),
        "user": UserId("u1"),
        "user_name": "Ann",
        "format": "mp4",
        "media_track_type": 3,
    }
    return NewFile(key=key, begin_ms=begin_ms, **{**values, **words})


def recorder(database: Database, name: str = "task-1", **words) -> TaskSession:
    """A new task and the session of its recorder."""
    task = database.create_task(new_task(name, **words), NOW)
    return database.session(task, database.take_epoch(task))


def finish_file(session: TaskSession, key: str = "cam/0") -> None:
    """Record a file and leave it whole in the spool, its upload owed."""
    session.open_file(new_file(key))
    session.file_finished(
        key, size=9, duration_ms=2000, width=640, height=360, spool_path=f"s/{key}", object_key=f"o/{key}"
    )
    session.enqueue_uploads()


def deliver(session: TaskSession) -> None:
    """Go on to the stage in which everything is delivered."""
    session.stage(Stage.FINISHING)
    session.stage(Stage.DELIVERING)


def claim(session: TaskSession, owner: str = "me", now_ns: int = NOW, lease_s: float = 30) -> OutboxRow:
    """A due row; there must be one."""
    row = session.claim(owner, now_ns, lease_s)
    assert row is not None
    return row


S3 = Destination(vendor=10, region="r", bucket="b", access_key_id="AK", endpoint="http://127.0.0.1:1")
