"""A private PostgreSQL cluster for one test run, on a Unix socket in a temporary folder."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from sqlalchemy import create_engine, text

_OPTIONS = "-c listen_addresses='' -c fsync=off -c max_connections=200"


class MissingServerError(Exception):
    """No PostgreSQL can be started here; the text says why."""


class PostgresServer:
    """A running cluster; `new_database` gives a fresh database in it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def new_database(self) -> str:
        """The URL of an empty database."""
        name = f"test_{uuid4().hex}"
        engine = create_engine(self._url("postgres"), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
        engine.dispose()
        return self._url(name)

    def _url(self, database: str) -> str:
        return f"postgresql+psycopg://postgres@/{database}?host={self._folder}"


@contextmanager
def running_postgres() -> Iterator[PostgresServer]:
    """Start a cluster and stop it at the end. Raises MissingServerError where there is none to start."""
    binaries = _binaries()
    folder = Path(tempfile.mkdtemp(prefix="reelroom-postgres-"))
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres")
        cluster = folder / "data"
        _run(binaries / "initdb", "-D", cluster, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync")
        _run(binaries / "pg_ctl", "-D", cluster, "-l", folder / "log", "-o", f"-k {folder} {_OPTIONS}", "-w", "start")
        try:
            yield PostgresServer(folder)
        finally:
            _run(binaries / "pg_ctl", "-D", cluster, "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _binaries() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: float(p.parts[-3]))
    if found:
        return found[-1].parent
    on_path = shutil.which("initdb")
    if on_path is None:
        raise MissingServerError("PostgreSQL is not installed")
    return Path(on_path).parent


def _run(*arguments: str | Path) -> None:
    """Run a server program, never as root: PostgreSQL refuses that."""
    other_user = ("runuser", "-u", "postgres", "--") if os.geteuid() == 0 else ()
    try:
        done = subprocess.run(
            [*other_user, *map(str, arguments)],
            check=False,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            cwd="/",
        )
    except FileNotFoundError as error:
        raise MissingServerError(str(error)) from error
    if done.returncode != 0:
        raise MissingServerError(f"{arguments[0]} failed: {done.stderr.strip()}")
