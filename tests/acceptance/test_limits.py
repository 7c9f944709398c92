"""Limits of the control API on a running server: idempotency, rates, caps, nonces, and what a restart keeps."""

import asyncio
import json
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.acceptance.contract.world import UNLIMITED, signed
from tests.support.server import ReelroomServer, running_server
from tests.unit.api.start_bodies import Body, single

from reelroom.api.codes import Code
from reelroom.settings import AppSettings
from reelroom.units import AppId

SMALL, OTHER = (
    AppSettings(id=AppId(number), server_secret=f"{number}" * 8, callback_secret="c", max_tasks=3)
    for number in (1111, 2222)
)
CONFIG = "\n".join(
    f'[[apps]]\nid = {app.id}\nserver_secret = "{app.server_secret}"\ncallback_secret = "c"\nmax_tasks = 3'
    for app in (SMALL, OTHER)
)
RATE = 50


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ReelroomServer]:
    """One with two apps of three tasks each, and the contract's rates."""
    settings = tmp_path / "reelroom.toml"
    settings.write_text(CONFIG)
    with running_server(tmp_path / "data", {"REELROOM_CONFIG": str(settings)}) as started:
        yield started


async def call(http: httpx.AsyncClient, app: AppSettings, action: str, body: Body) -> dict[str, Any]:
    answer = await http.post("/", params=signed(app, action), content=json.dumps(body))
    found: dict[str, Any] = answer.json()
    return found


def together(server: ReelroomServer, *calls: tuple[AppSettings, str, Body]) -> list[dict[str, Any]]:
    """All at the same time."""

    async def ask() -> list[dict[str, Any]]:
        limits = httpx.Limits(max_connections=len(calls), max_keepalive_connections=len(calls))
        async with httpx.AsyncClient(base_url=server.url, timeout=60, limits=limits) as http:
            return await asyncio.gather(*[call(http, *each) for each in calls])

    return asyncio.run(ask())


def codes(answers: list[dict[str, Any]]) -> Counter[int]:
    return Counter(answer["Code"] for answer in answers)


def start(number: int | str = "", **more: Any) -> Body:
    return single(RoomId=f"room-{number}", StorageParams=None, **more)


def running(server: ReelroomServer, app: AppSettings) -> list[str]:
    now_ms = int(time.time() * 1000)
    window = {"Status": 2, "StartTime": now_ms - 3_600_000, "EndTime": now_ms + 60_000}
    (found,) = together(server, (app, "DescribeTasks", window))
    return [line["TaskId"] for line in found["Data"]["TaskidList"]]


def test_of_many_starts_with_one_client_task_id_there_is_one_task(tmp_path: Path) -> None:
    with running_server(tmp_path / "data", UNLIMITED) as server:
        body = start(RecordInputParams__ClientTaskId="one-and-the-same")
        answers = together(server, *[(server.app, "StartRecord", body)] * 200)
        assert codes(answers) == {Code.OK: 200}
        (task,) = {answer["Data"]["TaskId"] for answer in answers}
        assert running(server, server.app) == [task]


def within_a_second(server: ReelroomServer, *calls: tuple[AppSettings, str, Body]) -> list[dict[str, Any]]:
    """As `together`, tried again while this machine is too slow to send them all within a second."""
    for _ in range(10):
        began_s = time.monotonic()
        answers = together(server, *calls)
        took_s = time.monotonic() - began_s
        if took_s < 1:
            return answers
        time.sleep(1.1)  # until the window is empty again
    pytest.fail(f"this machine takes {took_s:.1f} s for {len(calls)} calls")


def test_a_rate_lets_exactly_the_limit_through_for_each_app(server: ReelroomServer) -> None:
    stop = {"TaskId": "no-such-task-1234"}
    answers = within_a_second(server, *[(SMALL, "StopRecord", stop)] * 60, *[(OTHER, "StopRecord", stop)] * RATE)
    assert codes(answers[:60]) == {Code.TASK_UNKNOWN: RATE, Code.RATE_LIMIT: 10}
    assert codes(answers[60:]) == {Code.TASK_UNKNOWN: RATE}


def test_describing_is_limited_to_ten_a_second(server: ReelroomServer) -> None:
    answers = within_a_second(server, *[(SMALL, "DescribeRecordStatus", {"TaskId": "no-such-task-1234"})] * 20)
    assert codes(answers) == {Code.TASK_UNKNOWN: 10, Code.RATE_LIMIT: 10}
    refused = next(answer for answer in answers if answer["Code"] == Code.RATE_LIMIT)
    assert "10 DescribeRecordStatus a second" in refused["Message"]


def test_a_cap_of_tasks_holds_at_the_same_moment_and_over_a_restart(server: ReelroomServer) -> None:
    answers = together(server, *[(SMALL, "StartRecord", start(number)) for number in range(20)])
    assert codes(answers) == {Code.OK: 3, Code.TOO_MANY_TASKS: 17}
    server.kill9("server")
    server.start()
    assert len(running(server, SMALL)) == 3
    assert codes(together(server, (SMALL, "StartRecord", start()))) == {Code.TOO_MANY_TASKS: 1}
    assert codes(together(server, (OTHER, "StartRecord", start()))) == {Code.OK: 1}
    assert codes(together(server, (SMALL, "StopRecord", {"TaskId": running(server, SMALL)[0]}))) == {Code.OK: 1}
    assert codes(together(server, (SMALL, "StartRecord", start()))) == {Code.OK: 1}


def test_a_nonce_holds_once_where_a_setting_asks_for_it_and_over_a_restart(tmp_path: Path) -> None:
    environment = {**UNLIMITED, "REELROOM_LIMITS__REFUSE_REPEATED_NONCES": "true"}
    with running_server(tmp_path / "data", environment) as server:
        query = signed(server.app, "StartRecord")

        def ask() -> dict[str, Any]:
            found: dict[str, Any] = httpx.post(f"{server.url}/", params=query, content=json.dumps(start())).json()
            return found

        assert ask()["Code"] == Code.OK
        refused = ask()
        assert (refused["Code"], "SignatureNonce was used before" in refused["Message"]) == (
            Code.SIGNATURE_EXPIRED,
            True,
        )
        server.kill9("server")
        server.start()
        assert ask()["Code"] == Code.SIGNATURE_EXPIRED
