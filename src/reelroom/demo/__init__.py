"""`reelroom demo`: a real browser publishes a known programme, the signed API records it, the file is checked.

Everything is real: a server of its own on a free port, headless Chromium, WHIP, the journal, a recorder, delivery.
"""

import time
from pathlib import Path
from urllib.parse import unquote, urlsplit

from rich.console import Console

from reelroom.client import FileStatus
from reelroom.demo.browser import browser_flags, find_browser
from reelroom.demo.stage import ROOM, START_WITHIN_S, Server, running_publisher, running_server
from reelroom.demo.verdict import faults_of, show
from reelroom.demo.waiting import DemoError, wait_for
from reelroom.task import FileState
from reelroom.testing.content import check
from reelroom.units import TaskId

__all__ = ["DemoError", "browser_flags", "find_browser", "run"]

DELIVER_WITHIN_S = 60.0


def run(data: Path = Path("demo-data"), *, seconds: float = 10.0) -> int:
    """Give the demonstration, printing as it goes; 0 when the recording is good, else 1.

    data: folder of the server's state, which stays. seconds: how long is recorded. Raises DemoError.
    """
    console = Console(soft_wrap=True, highlight=False)
    browser = find_browser()
    with running_server(data.absolute()) as server:
        console.print(f"server     {server.url}, its state in {data}")
        with running_publisher(browser, server):
            console.print(f"publisher  headless {Path(browser).name} flashes and beeps into room {ROOM}")
            task = _record(server, seconds, console)
        file, length_s = _delivered(server, task)
    path = _local_path(data.absolute(), file.url)
    console.print(f"file       {path}\n", markup=False)
    content = check(path)
    console.print(show(content, file.size))
    faults = faults_of(content, length_s)
    console.print("\nThe recording is good." if not faults else f"\nThe recording is not good: {'; '.join(faults)}.")
    return 1 if faults else 0


def _record(server: Server, seconds: float, console: Console) -> TaskId:
    with server.client() as client:
        task = client.start_record(ROOM)
        console.print(f"task       {task}, for {seconds:g} s")
        wait_for(lambda: client.describe_record_status(task).files, "the first recorded frame", START_WITHIN_S)
        time.sleep(seconds)
        client.stop_record(task)
    return task


def _delivered(server: Server, task: TaskId) -> tuple[FileStatus, float]:
    """The delivered file, and how long it should be by the task's own instants, in seconds."""
    with server.client() as client:
        wait_for(lambda: client.describe_record_status(task).delivered, "delivery", DELIVER_WITHIN_S)
        status = client.describe_record_status(task)
    if len(status.files) != 1 or status.files[0].state is not FileState.UPLOADED:
        raise DemoError(f"expected one delivered file, but the task has {status.files}")
    return status.files[0], (status.end_ms - status.files[0].begin_ms) / 1000


def _local_path(data: Path, url: str) -> Path:
    return data / unquote(urlsplit(url).path).lstrip("/")
