"""The desk over a real database, with a clock that can be turned."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from reelroom.api.codes import Code, RefusedError
from reelroom.api.desk import RETENTION_S, TaskDesk, TaskIds
from reelroom.api.validate import read_start
from reelroom.database import Database, SecretKey
from reelroom.nudges import NudgeListener
from reelroom.settings import AppSettings
from reelroom.units import NS, AppId

APP = AppSettings(id=AppId(1), server_secret="s" * 32, callback_secret="c")
OTHER = AppSettings(id=AppId(2), server_secret="t" * 32, callback_secret="c")
REQUEST = read_start({"RoomId": "r", "RecordInputParams": {"RecordMode": 1}})


class Clock:
    def __init__(self) -> None:
        self.now_ns = time.time_ns()

    def __call__(self) -> int:
        return self.now_ns


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def desk(tmp_path: Path, clock: Clock) -> Iterator[TaskDesk]:
    with Database.open(tmp_path / "reelroom.db", SecretKey.load_or_create(tmp_path / "secret.key")) as database:
        database.migrate()
        yield TaskDesk(database, tmp_path, clock)


def test_a_task_is_forgotten_three_days_after_its_beginning(desk: TaskDesk, clock: Clock) -> None:
    task = desk.start(APP, REQUEST)
    clock.now_ns += RETENTION_S * NS
    assert desk.task(APP, task)
    clock.now_ns += 1
    with pytest.raises(RefusedError) as refused:
        desk.task(APP, task)
    assert refused.value.code is Code.TASK_UNKNOWN


def test_tasks_of_other_apps_are_unknown(desk: TaskDesk) -> None:
    task = desk.start(APP, REQUEST)
    with pytest.raises(RefusedError):
        desk.task(OTHER, task)


def test_starting_and_stopping_wake_whom_it_concerns(desk: TaskDesk, tmp_path: Path) -> None:
    with NudgeListener(tmp_path, "gateway") as gateway, NudgeListener(tmp_path, "server") as server:
        task = desk.start(APP, REQUEST)
        assert gateway.drain()
        assert server.drain()
        with NudgeListener(tmp_path, f"task-{task}") as recorder:
            desk.stop(APP, task)
            assert gateway.drain()
            assert recorder.drain()


def test_task_ids_of_one_process_share_all_but_time_and_number() -> None:
    ids = TaskIds()
    first, second = ids.new(1_754_300_000), ids.new(1_754_300_000)
    assert first[:12] == second[:12]
    assert first != second
    assert first.startswith("aJB-YE"[:5])
