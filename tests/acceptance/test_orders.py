"""Orders are durable before they are answered: the server is killed the moment it has answered."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.acceptance.contract.world import UNLIMITED, Contract
from tests.support.server import running_server

from reelroom.api.codes import Code
from reelroom.database import Database, SecretKey
from reelroom.mix import Layout, LayoutMode
from reelroom.task import CommandKind, TaskState
from reelroom.units import TaskId

ORDERS = [("PauseRecord", {}), ("UpdateLayout", {"MixMode": 4}), ("ResumeRecord", {}), ("TakeSnapshot", {})]
BOARD = {"WhiteboardId": "second"}


@pytest.fixture
def contract(tmp_path: Path) -> Iterator[Contract]:
    with running_server(tmp_path / "data", UNLIMITED) as server:
        made = Contract(server)
        yield made
        made.close()


def kill_and_start(contract: Contract) -> None:
    contract.server.kill9("server")
    contract.server.start()


def test_what_was_answered_is_known_after_a_kill(contract: Contract) -> None:
    task, board = contract.tasks["mixed"], contract.tasks["board"]
    for action, more in ORDERS:
        assert contract.call(action, {"TaskId": task, **more})["Code"] == Code.OK
        kill_and_start(contract)
    assert contract.call("UpdateWhiteboard", {"TaskId": board, **BOARD})["Code"] == Code.OK
    assert contract.call("StopRecord", {"TaskId": task})["Code"] == Code.OK
    kill_and_start(contract)
    status = contract.call("DescribeRecordStatus", {"TaskId": task})["Data"]
    assert (status["RecordMode"], status["Status"]) == (2, TaskState.ENDED)
    assert contract.call("ResumeRecord", {"TaskId": task})["Code"] == Code.TASK_ENDED
    data = contract.server.data
    with Database.open(data / "reelroom.db", SecretKey.load_or_create(data / "secret.key")) as database:
        commands, (shown,) = database.commands(TaskId(task)), database.commands(TaskId(board))
    assert [command.kind for command in commands] == [
        CommandKind.PAUSE,
        CommandKind.LAYOUT,
        CommandKind.RESUME,
        CommandKind.SNAPSHOT,
        CommandKind.STOP,
    ]
    assert Layout.from_json(dict(commands[1].body)).mode is LayoutMode.VERTICAL
    assert (shown.kind, shown.body) == (CommandKind.BOARD, {"id": "second"})
