"""How transactions run: one writer thread on SQLite, a pool on PostgreSQL.

SQLite has one write lock for all processes. Within a process one thread queues for it (several connections waiting for
the lock multiply the worst case); between processes `BEGIN IMMEDIATE` takes it before anything is read, so a write
never finds that its reading has gone stale.
"""

import os
import sqlite3
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Protocol, TypeVar

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError

from reelroom.errors import SettingsError

T = TypeVar("T")

_BUSY_S = 30.0  # how long a process waits for another's write
_MIGRATION_LOCK = 0x7265656C  # "reel": a PostgreSQL advisory lock


class Connector(Protocol):
    """Runs functions of a connection as transactions: committed when they return, rolled back when they raise."""

    def write(self, work: Callable[[Connection], T]) -> T:
        """Run `work` where it may write."""

    def read(self, work: Callable[[Connection], T]) -> T:
        """Run `work` on one consistent state."""

    def lock_schema(self, connection: Connection) -> None:
        """Keep other processes from migrating until the transaction ends."""

    def close(self) -> None:
        """Close every connection."""


def connect(address: str | Path) -> Connector:
    """A connector for a URL (`postgresql://…`, `sqlite:///…`) or the path of an SQLite file."""
    if isinstance(address, Path) or "://" not in address:
        return SqliteConnector(Path(address))
    try:
        url = make_url(address)
    except ArgumentError:
        raise SettingsError("the database URL is not a URL") from None  # its text may hold a password
    if url.get_backend_name() == "sqlite":
        return SqliteConnector(Path(url.database or ""))
    if url.get_backend_name() == "postgresql":
        return PostgresConnector(url.set(drivername="postgresql+psycopg"))
    raise SettingsError(f"the database must be PostgreSQL or SQLite, not {url.get_backend_name()}")


class SqliteConnector:
    """One file; WAL, so that readers never wait."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Never opened and closed by us once it exists: closing any descriptor of it takes all locks from the process.
        with suppress(FileExistsError):
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
        self._writer = _sqlite_engine(path, begin="BEGIN IMMEDIATE")
        self._reader = _sqlite_engine(path, begin="BEGIN")
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="database-writer")

    def write(self, work: Callable[[Connection], T]) -> T:
        """Run `work` in the writer thread."""
        return self._thread.submit(_run, self._writer, work).result()

    def read(self, work: Callable[[Connection], T]) -> T:
        """Run `work` here, beside whatever is being written."""
        return _run(self._reader, work)

    def lock_schema(self, connection: Connection) -> None:
        """Nothing to do: `BEGIN IMMEDIATE` holds the lock, and SQLite's DDL is transactional."""

    def close(self) -> None:
        """Finish the write under way and close all connections."""
        self._thread.shutdown()
        self._writer.dispose()
        self._reader.dispose()


class PostgresConnector:
    """A pool of connections; writers exclude each other by row locks."""

    def __init__(self, url: URL) -> None:
        self._engine = create_engine(url, pool_size=5, max_overflow=10, pool_pre_ping=True, hide_parameters=True)
        self._reader = self._engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)

    def write(self, work: Callable[[Connection], T]) -> T:
        """Run `work` here, on a connection of the pool."""
        return _run(self._engine, work)

    def read(self, work: Callable[[Connection], T]) -> T:
        """Run `work` here, on a connection of the pool; all its queries see one moment."""
        return _run(self._reader, work)

    def lock_schema(self, connection: Connection) -> None:
        """Take the advisory lock of migrations."""
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _MIGRATION_LOCK})

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()


def _run(engine: Engine, work: Callable[[Connection], T]) -> T:
    with engine.begin() as connection:
        return work(connection)


def _sqlite_engine(path: Path, begin: str) -> Engine:
    url = URL.create("sqlite+pysqlite", database=str(path))
    engine = create_engine(url, hide_parameters=True, connect_args={"timeout": _BUSY_S, "check_same_thread": False})

    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None  # the driver's own BEGIN would come late and deferred
        _use_wal(connection)
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=ON")

    @event.listens_for(engine, "begin")
    def start(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


def _use_wal(connection: sqlite3.Connection) -> None:
    """Switch a new file to WAL. SQLite does not wait by itself when another process is just doing the same."""
    give_up = time.monotonic() + _BUSY_S
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > give_up:
                raise
            time.sleep(0.01)
        else:
            return
