"""The control API: requests a second and p99 of its common actions, with many past tasks in the database.

Run: PYTHONPATH=. python benchmarks/api.py [--tasks 100000] [--seconds 5] [--clients 8]
A real server is asked over kept-alive connections by a client that costs little; beside it, in the same run and on the
same stack (uvicorn, Starlette), a bare handler that answers a constant. DescribeTasks is asked with an empty database,
with all past tasks older than its window, and with all of them within the window. Prints a table and a JSON line.
"""

import argparse
import asyncio
import contextlib
import json
import multiprocessing
import socket
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from tests.acceptance.contract.world import UNLIMITED, signed
from tests.support.server import ReelroomServer, running_server

from reelroom.settings import AppSettings

DAY_MS = 86_400_000
NS_PER_MS = 1_000_000
NEW_TASKS = 40
Body = dict[str, Any]


# --- the bare handler ---------------------------------------------------------------------------------------------


def serve_bare(listener: socket.socket) -> None:
    async def answer(request: Request) -> JSONResponse:
        await request.body()
        return JSONResponse({"Code": 0, "Message": "succeed", "RequestId": "1234567890123456789"})

    app = Starlette(routes=[Route("/", answer, methods=["POST"])])
    server = uvicorn.Server(uvicorn.Config(app, log_config=None))
    asyncio.run(server.serve(sockets=[listener]))


@contextmanager
def bare() -> Iterator[int]:
    """Its port."""
    with socket.socket(proto=socket.IPPROTO_TCP) as listener:  # named, or asyncio sets no TCP_NODELAY
        listener.bind(("127.0.0.1", 0))
        process = multiprocessing.get_context("fork").Process(target=serve_bare, args=(listener,))
        process.start()
        try:
            yield listener.getsockname()[1]
        finally:
            process.kill()
            process.join()


# --- asking -------------------------------------------------------------------------------------------------------


async def ask_until(port: int, requests: Callable[[], bytes], stop_s: float, took_s: list[float]) -> None:
    """One connection: a request, its answer, the next."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    while time.monotonic() < stop_s:
        request = requests()
        begun_s = time.perf_counter()
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        body = await reader.readexactly(length)
        took_s.append(time.perf_counter() - begun_s)
        if b'"Code":0' not in body.replace(b" ", b""):
            raise RuntimeError(body)
    writer.close()


def measure(port: int, requests: Callable[[], bytes], seconds: float, clients: int) -> dict[str, float]:
    async def all_clients(until_s: float) -> list[float]:
        took_s: list[float] = []
        await asyncio.gather(*[ask_until(port, requests, until_s, took_s) for _ in range(clients)])
        return took_s

    asyncio.run(all_clients(time.monotonic() + 0.5))  # warm
    took_s = asyncio.run(all_clients(time.monotonic() + seconds))
    return {
        "per_s": len(took_s) / seconds,
        "p50_ms": 1000 * statistics.median(took_s),
        "p99_ms": 1000 * statistics.quantiles(took_s, n=100)[98],
    }


def post(app: AppSettings, action: str, body: Body) -> bytes:
    content = json.dumps(body).encode()
    head = (
        f"POST /?{urlencode(signed(app, action))} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(content)}\r\n\r\n"
    )
    return head.encode() + content


# --- the past -----------------------------------------------------------------------------------------------------


def fill(server: ReelroomServer, number: int, oldest_ms: int, newest_ms: int) -> None:
    """Past tasks, evenly begun within a span of time."""
    database = sqlite3.connect(server.data / "reelroom.db", timeout=60)
    template = database.execute("SELECT * FROM tasks LIMIT 1")
    names = [column[0] for column in template.description]
    row = dict(zip(names, template.fetchone(), strict=True))
    step_ms = (newest_ms - oldest_ms) / max(1, number)
    past = [
        tuple(
            {
                **row,
                "id": f"{oldest_ms % 1000:03d}{index:013d}",
                "room": f"room-{index % 1000}",
                "state": 3,
                "stage": "done",
                "began_ns": (began_ns := int(oldest_ms + index * step_ms) * NS_PER_MS),
                "ended_ns": began_ns + 1,
                "released_ns": began_ns + 1,
            }.values()
        )
        for index in range(number)
    ]
    marks = ",".join("?" * len(names))
    with database:
        database.execute("DELETE FROM tasks WHERE stage = 'done' AND id NOT IN (SELECT task FROM commands)")
        database.executemany(f"INSERT INTO tasks ({','.join(names)}) VALUES ({marks})", past)
    hours = "began_ns / 3600000000000"
    with database:
        database.execute("DELETE FROM task_hours")
        database.execute(f"INSERT INTO task_hours SELECT app, {hours}, count(*) FROM tasks GROUP BY app, {hours}")
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()


def lists(app: AppSettings, status: int) -> bytes:
    now_ms = int(time.time() * 1000)
    return post(
        app, "DescribeTasks", {"Status": status, "StartTime": now_ms - 3 * DAY_MS + 5000, "EndTime": now_ms + 1000}
    )


def new_tasks(port: int, app: AppSettings, start: Body) -> dict[str, float]:
    """Each starts a recorder process, so there are few, and one after the other."""
    took_s: list[float] = []

    async def ask() -> None:
        for number in range(NEW_TASKS):
            asked = {**start, "RecordInputParams": {"RecordMode": 1, "ClientTaskId": f"new-{number}"}}
            requests = iter([post(app, "StartRecord", asked)])
            with contextlib.suppress(RuntimeError):  # what StopIteration becomes in a coroutine
                await ask_until(port, lambda: next(requests), float("inf"), took_s)  # noqa: B023

    asyncio.run(ask())
    return {"tasks": NEW_TASKS, "p50_ms": 1000 * statistics.median(took_s), "worst_ms": 1000 * max(took_s)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tasks", type=int, default=100_000)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--clients", type=int, default=8)
    arguments = parser.parse_args()
    found: dict[str, dict[str, float]] = {}

    def run(name: str, port: int, requests: Callable[[], bytes]) -> None:
        found[name] = measure(port, requests, arguments.seconds, arguments.clients)
        told = found[name]
        ratio = told["per_s"] / found["bare handler"]["per_s"]
        print(f"{name:44} {told['per_s']:8.0f} {told['p50_ms']:8.2f} {told['p99_ms']:8.2f} {ratio:8.2f}")

    print(f"{'':44} {'per s':>8} {'p50 ms':>8} {'p99 ms':>8} {'of bare':>8}")
    with (
        tempfile.TemporaryDirectory() as folder,
        running_server(Path(folder) / "data", {**UNLIMITED, "REELROOM_LOG__LEVEL": "warning"}) as server,
        bare() as bare_port,
    ):
        app, port = server.app, int(server.url.rpartition(":")[2])
        with server.client() as client:
            task = client.start_record("bench", client_task_id="bench")
        asked: Body = {"RecordMode": 1, "ClientTaskId": "bench"}
        start = {"RoomId": "bench", "RecordInputParams": asked}
        now_ms = int(time.time() * 1000)
        run("bare handler", bare_port, lambda: post(app, "StartRecord", start))
        run("DescribeTasks 2, no past tasks", port, lambda: lists(app, 2))
        run("DescribeTasks 3, no past tasks", port, lambda: lists(app, 3))
        fill(server, arguments.tasks, now_ms - 100 * DAY_MS, now_ms - 4 * DAY_MS)
        run(f"DescribeTasks 2, {arguments.tasks} before the window", port, lambda: lists(app, 2))
        run(f"DescribeTasks 3, {arguments.tasks} before the window", port, lambda: lists(app, 3))
        fill(server, arguments.tasks, now_ms - 2 * DAY_MS, now_ms - 60_000)
        run(f"DescribeTasks 2, {arguments.tasks} in the window", port, lambda: lists(app, 2))
        run(f"DescribeTasks 3, {arguments.tasks} in the window", port, lambda: lists(app, 3))
        run("DescribeRecordStatus", port, lambda: post(app, "DescribeRecordStatus", {"TaskId": task}))
        run("StartRecord of a live ClientTaskId", port, lambda: post(app, "StartRecord", start))
        found["StartRecord of new tasks"] = new_tasks(port, app, start)
        print(f"{'StartRecord of new tasks':44} {found['StartRecord of new tasks']}")
        run("bare handler again", bare_port, lambda: post(app, "StartRecord", start))
    print(json.dumps({"benchmark": "api", "tasks": arguments.tasks, "results": found}))


if __name__ == "__main__":
    main()
