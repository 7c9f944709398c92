"""`reelroom doctor`: what this machine lacks, before anything goes wrong."""

import os
import resource
import shutil
import socket
import sqlite3
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from rich.console import Console
from rich.text import Text

from reelroom.console.pages import STATIC
from reelroom.nudges import holder
from reelroom.settings import Settings

FREE_BYTES = 2 << 30
OPEN_FILES = 4096  # a publisher or viewer takes about eight
PYTHON = (3, 11)
SQLITE = (3, 35, 0)  # UPDATE … RETURNING
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
CODECS: tuple[tuple[str, Literal["r", "w"]], ...] = (
    ("h264", "r"),
    ("libx264", "w"),
    ("aac", "w"),
    ("opus", "r"),
    ("vp8", "r"),
    ("vp9", "r"),
    ("av1", "r"),
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at. `needed` says whether the server can't do without."""

    what: str
    good: bool
    words: str
    needed: bool = True


def examine(settings: Settings) -> Iterator[Finding]:
    """Look at everything, one finding after the other. Changes nothing."""
    yield _system()
    yield _data(settings)
    yield _disk(settings)
    yield _open_files()
    yield _http_port(settings)
    yield _media_ports(settings)
    yield _codecs()
    yield _database(settings)
    yield _pages()
    yield _browser()


def report(findings: Iterator[Finding]) -> int:
    """Print findings as they come; 1 if something needed is missing, else 0."""
    console, failures = Console(soft_wrap=True, highlight=False), 0
    for found in findings:
        failures += found.needed and not found.good
        sign, style = ("ok", "green") if found.good else ("lacks", "red") if found.needed else ("note", "yellow")
        console.print(Text.assemble((f"{sign:<6}", style), (f"{found.what:<13}", "bold"), found.words))
    return 1 if failures else 0


def _system() -> Finding:
    python = ".".join(map(str, sys.version_info[:3]))
    good = sys.version_info >= PYTHON and hasattr(os, "pidfd_open") and sys.platform == "linux"
    return Finding("system", good, f"Python {python} on {sys.platform}; needed: Python 3.11 on Linux 5.3 or newer")


def _data(settings: Settings) -> Finding:
    folder = Path(settings.data)
    place = next(p for p in (folder, *folder.parents) if p.exists())
    good = place.is_dir() and os.access(place, os.W_OK | os.X_OK)
    return Finding(
        "data folder", good, f"{folder} " + ("can be written" if good else f"can't be written (see {place})")
    )


def _disk(settings: Settings) -> Finding:
    folder = Path(settings.data)
    free = shutil.disk_usage(next(p for p in (folder, *folder.parents) if p.exists())).free
    return Finding("disk", free >= FREE_BYTES, f"{free / (1 << 30):.1f} GiB free; wanted: {FREE_BYTES >> 30} GiB")


def _open_files() -> Finding:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    good = soft == resource.RLIM_INFINITY or soft >= OPEN_FILES
    words = f"limit {soft} (at most {hard}); wanted: {OPEN_FILES} for a busy server: ulimit -n {OPEN_FILES}"
    return Finding("open files", good, words, needed=False)


def _http_port(settings: Settings) -> Finding:
    host, port = settings.server.host, settings.server.port
    pid = holder(Path(settings.data) / "run", "server")
    if pid is not None:
        return Finding("HTTP port", good=True, words=f"a server of this data folder is running (pid {pid})")
    problem = _bind(host, port, socket.SOCK_STREAM)
    return Finding("HTTP port", not problem, f"{host}:{port} {problem or 'is free'}")


def _media_ports(settings: Settings) -> Finding:
    rooms = settings.rooms
    addresses = rooms.bind or ("0.0.0.0",)  # noqa: S104  as the gateway would
    problems = [p for a in addresses if (p := _bind(a, rooms.port_min, socket.SOCK_DGRAM))]
    ports = f"{rooms.port_min} to {rooms.port_max}" if rooms.port_max else "any"
    words = f"UDP, {ports}, on {', '.join(addresses)}: " + ("; ".join(problems) or "can be bound")
    few = rooms.port_max > 0 and rooms.port_max - rooms.port_min + 1 < rooms.max_publishers + rooms.max_viewers
    return Finding("media ports", not problems, words + ("; fewer ports than publishers and viewers" if few else ""))


def _bind(host: str, port: int, kind: socket.SocketKind) -> str:
    """What is wrong with binding there, or nothing."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=kind, flags=socket.AI_PASSIVE)[0]
        with socket.socket(family, kind) as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trial.bind(address)
    except OSError as error:
        return f"can't be bound: {error.strerror}"
    return ""


def _codecs() -> Finding:
    import av  # noqa: PLC0415  a broken installation is a finding, not the end of the examination

    missing = []
    for name, mode in CODECS:
        try:
            av.Codec(name, mode)
        except (ValueError, av.error.FFmpegError):
            missing.append(f"{name} ({'decoder' if mode == 'r' else 'encoder'})")
    return Finding("codecs", not missing, f"PyAV {av.__version__}: " + (", ".join(missing) or "all there"))


def _database(settings: Settings) -> Finding:
    if not settings.database.url:
        good = sqlite3.sqlite_version_info >= SQLITE
        return Finding("database", good, f"SQLite {sqlite3.sqlite_version}; needed: 3.35")
    try:
        _connect(settings)
    except Exception as error:  # noqa: BLE001  drivers raise what they like, and their texts may hold the URL
        words = f"PostgreSQL can't be reached: {type(error).__name__}; is reelroom[postgres] installed?"
        return Finding("database", good=False, words=words)
    return Finding("database", good=True, words="PostgreSQL answers")


def _connect(settings: Settings) -> None:
    from sqlalchemy import create_engine, text  # noqa: PLC0415

    engine = create_engine(settings.database.url, connect_args={"connect_timeout": 5})
    with engine.connect() as connection:
        connection.execute(text("SELECT 1"))
    engine.dispose()


def _pages() -> Finding:
    good = (STATIC / "index.html").is_file()
    return Finding("room page", good, "is built" if good else "is not built: make setup", needed=False)


def _browser() -> Finding:
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    return Finding("browser", found is not None, found or "no Chromium; only the demo needs one", needed=False)
