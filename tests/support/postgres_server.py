"""A private PostgreSQL cluster for one test run, on a Unix socket in a temporary folder."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from sqlalchemy import create_engine, text

_OPTIONS = ("-c", "listen_addresses=", "-c", "fsync=off", "-c", "max_connections=200")


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
        if (user := _user()) is not None:
            shutil.chown(folder, user)
        cluster = folder / "data"
        _run(binaries / "initdb", "-D", cluster, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync")
        with (folder / "log").open("wb") as log:
            arguments = [binaries / "postgres", "-D", cluster, "-k", folder, *_OPTIONS]
            process = subprocess.Popen(arguments, stdout=log, stderr=log, cwd="/", user=_user())
        try:
            _await_ready(binaries / "pg_isready", folder, process)
            yield PostgresServer(folder)
        finally:
            process.send_signal(signal.SIGQUIT)  # at once: its data is thrown away
            process.wait()
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


def _await_ready(program: Path, folder: Path, process: subprocess.Popen[bytes]) -> None:
    give_up = time.monotonic() + 60
    while time.monotonic() < give_up and process.poll() is None:
        if subprocess.run([program, "-q", "-h", folder], check=False).returncode == 0:
            return
        time.sleep(0.05)
    raise MissingServerError(f"PostgreSQL did not start: {(folder / 'log').read_text()[-500:]}")


def _run(*arguments: str | Path) -> None:
    """Run a program of the server to its end."""
    try:
        done = subprocess.run(
            arguments,
            check=False,
            user=_user(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            cwd="/",
        )
    except FileNotFoundError as error:
        raise MissingServerError(str(error)) from error
    if done.returncode != 0:
        raise MissingServerError(f"{arguments[0]} failed: {done.stderr.strip()}")


def _user() -> str | None:
    """Another user's name if we are root: PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam("postgres").pw_name
    except KeyError as error:
        raise MissingServerError("there is no user postgres to run PostgreSQL as") from error
