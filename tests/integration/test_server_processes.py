"""The engine of a running server: processes die, are killed and left behind, and every task goes on."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path

import httpx
import pytest
from tests.support.server import ReelroomServer, running_server, wait_until

from reelroom.database import Database, NewTask, SecretKey
from reelroom.engine import Loss, Reconciler, restarts
from reelroom.nudges import send_nudge
from reelroom.retry import Policy
from reelroom.spec import RecordSpec
from reelroom.task import QuitReason, TaskState
from reelroom.units import AppId, RoomId, TaskId


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ReelroomServer]:
    with running_server(tmp_path / "data") as started:
        yield started


def start(server: ReelroomServer) -> TaskId:
    with server.client() as client:
        return client.start_record("room")


def recorder(task: TaskId) -> str:
    return f"task-{task}"


def recording(server: ReelroomServer, task: TaskId) -> bool:
    with server.client() as client:
        return client.describe_record_status(task).state is TaskState.RECORDING


def finish(server: ReelroomServer, task: TaskId) -> None:
    """The task still does what it is told, to its very end."""
    with server.client() as client:
        client.stop_record(task)
    server.wait_delivered(task)
    wait_until(lambda: recorder(task) not in server.living(), "the end of the recorder")


def test_a_killed_recorder_is_started_again(server: ReelroomServer) -> None:
    task = start(server)
    first = server.kill9(recorder(task))
    assert server.pid(recorder(task)) != first
    finish(server, task)


def test_a_killed_gateway_is_started_again(server: ReelroomServer) -> None:
    first = server.kill9("gateway")
    assert wait_until(lambda: (pid := server.pid("gateway")) != first and pid, "a new gateway")
    wait_until(lambda: httpx.get(f"{server.url}/healthz").status_code == 200, "health")


def test_a_killed_server_disturbs_nothing_and_the_next_one_finds_everything(server: ReelroomServer) -> None:
    task = start(server)
    before = (server.pid("gateway"), server.pid(recorder(task)))
    wait_until(lambda: recording(server, task), "a recording task")
    server.kill9("server")
    server.start()
    assert (server.pid("gateway"), server.pid(recorder(task))) == before
    assert recording(server, task)
    assert '"action": "recorder_found"' in server.log.read_text()
    finish(server, task)


def test_a_recorder_found_again_is_watched_like_any(server: ReelroomServer) -> None:
    task = start(server)
    server.pid(recorder(task))
    server.kill9("server")
    server.start()
    first = server.kill9(recorder(task))
    assert server.pid(recorder(task)) != first
    finish(server, task)


def test_a_server_that_stops_takes_everything_with_it_and_goes_on_at_its_next_start(server: ReelroomServer) -> None:
    task = start(server)
    wait_until(lambda: recording(server, task), "a recording task")
    server.restart()
    wait_until(lambda: recorder(task) in server.living(), "the recorder")
    assert recording(server, task)
    finish(server, task)


def test_a_finished_task_leaves_nothing_in_the_run_folder(server: ReelroomServer) -> None:
    task = start(server)
    wait_until(lambda: recording(server, task), "a recording task")
    finish(server, task)
    wait_until(lambda: not list(server.run.glob(f"*{task}*")), "a tidy folder")


def test_the_data_folder_and_all_that_its_processes_make_is_private(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    data.chmod(0o755)
    with running_server(data) as server:
        task = start(server)
        wait_until(lambda: recording(server, task), "a recording task")
        assert data.stat().st_mode & 0o777 == 0o700
        made = [path for path in data.rglob("*") if path != server.log]  # the log is the test's own
        names = {path.name for path in made}
        assert {"server.json", "gateway.lock", "gateway.sock", f"task-{task}.lock", f"{task}.jsonl"} <= names
        assert [path for path in made if path.lstat().st_mode & 0o077] == []


def test_after_a_stop_no_process_is_left(server: ReelroomServer) -> None:
    start(server)
    pids = [server.pid(name) for name in ("server", "gateway")]
    os.kill(pids[0], signal.SIGTERM)
    wait_until(lambda: not server.living(), "the end of every process")
    assert not (server.run / "server.json").exists()


def test_both_server_and_recorder_killed(server: ReelroomServer) -> None:
    task = start(server)
    server.pid(recorder(task))
    server.kill9("server")
    server.kill9(recorder(task))
    server.start()
    server.pid(recorder(task))
    finish(server, task)


def test_rooms_and_recorders_are_left_running_when_told_so(tmp_path: Path) -> None:
    with running_server(tmp_path / "data", {"REELROOM_SERVER__ON_EXIT": "leave"}) as server:
        task = start(server)
        before = (server.pid("gateway"), server.pid(recorder(task)))
        server.restart()
        assert (server.pid("gateway"), server.pid(recorder(task))) == before
        finish(server, task)


def test_a_second_server_on_the_same_folder_is_refused(server: ReelroomServer) -> None:
    command = [sys.executable, "-m", "reelroom", "serve", "--port", "0", "--data", str(server.data)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert f"a server is running on {server.data} already (pid {server.pid('server')})" in done.stderr


def test_no_secret_stands_in_an_argument_list(server: ReelroomServer) -> None:
    task = start(server)
    for name in ("gateway", recorder(task)):
        arguments = Path(f"/proc/{server.pid(name)}/cmdline").read_bytes()
        assert server.app.server_secret.encode() not in arguments


def test_recorders_carry_no_web_server(server: ReelroomServer) -> None:
    mapped = Path(f"/proc/{server.pid(recorder(start(server)))}/maps").read_text()
    assert "/av/" in mapped
    assert "httptools" not in mapped
    assert "uvloop" not in mapped


def test_metrics_tell_of_tasks_processes_and_the_gateway(server: ReelroomServer) -> None:
    task = start(server)
    wait_until(lambda: recording(server, task), "a recording task")
    text = httpx.get(f"{server.url}/metrics").text
    for line in (
        'reelroom_tasks{state="recording"} 1.0',
        'reelroom_engine{what="recorders"} 1.0',
        'reelroom_files{state="uploaded"} 0.0',
        'reelroom_outbox{kind="upload",status="pending"} 0.0',
        "reelroom_gateway_up 1.0",
    ):
        assert line in text
    assert "reelroom_gateway_publishers 0.0" in text


def test_health_names_the_part_that_fails(server: ReelroomServer) -> None:
    gateway = server.pid("gateway")
    os.kill(gateway, signal.SIGSTOP)
    try:
        answer = httpx.get(f"{server.url}/healthz", timeout=10)
    finally:
        os.kill(gateway, signal.SIGCONT)
    assert answer.status_code == 503
    assert answer.json() == {"status": "failing", "database": "ok", "gateway": "does not answer", "disk": "ok"}


# --- giving up ------------------------------------------------------------------------------------------------


SPEC = RecordSpec(app=AppId(1), room=RoomId("r"))


class CrashingEngine:
    """Every recorder ends at once. No real one can be made to, but by a fault of ours."""

    def __init__(self) -> None:
        self.running: Collection[TaskId] = ()
        self.starts = 0
        self._tell: Callable[[Loss], None] = lambda _loss: None

    async def start(self, task: TaskId) -> None:
        self.starts += 1
        self._tell(Loss(task, 0.5, -11))

    def send(self, task: TaskId) -> None: ...

    def stop(self, task: TaskId) -> None: ...

    def on_lost(self, call: Callable[[Loss], None]) -> None:
        self._tell = call

    def numbers(self) -> Mapping[str, float]:
        return {}


async def test_a_task_whose_recorder_keeps_crashing_fails_with_a_callback(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(restarts, "POLICY", Policy(first_s=0.0, ceiling_s=0.0))
    task = TaskId("aJB-YE-iHBJnAABN")
    with Database.open(tmp_path / "reelroom.db", SecretKey.load_or_create(tmp_path / "secret.key")) as database:
        database.migrate()
        database.create_task(NewTask(task=task, spec=SPEC), time.time_ns())
        engine = CrashingEngine()
        reconciler = Reconciler(database, engine, tmp_path)
        while engine.starts < 20:
            await reconciler.look()
        found = database.task(task)
        assert found is not None
        assert (found.state, found.quit_reason) == (TaskState.FAILED, QuitReason.UNKNOWN)
        session = database.session(task, database.take_epoch(task))
        row = session.claim("test", time.time_ns(), 60)
        assert row is not None
        assert (row.event_type, row.detail) == (2, {"quit_reason": 1001})


@pytest.mark.parametrize(("grows", "state"), [(True, TaskState.STARTING), (False, TaskState.FAILED)])
async def test_a_recorder_that_writes_more_at_each_start_is_not_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, grows: bool, state: TaskState
) -> None:
    monkeypatch.setattr(restarts, "POLICY", Policy(first_s=0.0, ceiling_s=0.0))
    task = TaskId("aJB-YE-iHBJnAABN")
    work = tmp_path / "work" / task
    work.mkdir(parents=True)
    (tmp_path / "run").mkdir()
    with Database.open(tmp_path / "reelroom.db", SecretKey.load_or_create(tmp_path / "secret.key")) as database:
        database.migrate()
        database.create_task(NewTask(task=task, spec=SPEC), time.time_ns())
        engine = CrashingEngine()
        reconciler = Reconciler(database, engine, tmp_path / "run")
        while engine.starts < 25:
            (work / "1-A.audio.mkv").write_bytes(bytes(engine.starts if grows else engine.starts % 2))
            await reconciler.look()
        found = database.task(task)
        assert found is not None
        assert found.state is state


async def test_the_loop_outlives_a_database_that_is_away(tmp_path: Path) -> None:
    with Database.open(tmp_path / "reelroom.db", SecretKey.load_or_create(tmp_path / "secret.key")) as database:
        engine = CrashingEngine()
        loop = asyncio.create_task(Reconciler(database, engine, tmp_path).run())  # without tables, every query fails
        await asyncio.to_thread(wait_until, (tmp_path / "server.nudge").exists, "the loop")
        database.migrate()
        database.create_task(NewTask(task=TaskId("t" * 16), spec=SPEC), time.time_ns())
        send_nudge(tmp_path, "server")
        await asyncio.to_thread(wait_until, lambda: engine.starts, "a start")
        loop.cancel()
        await asyncio.gather(loop, return_exceptions=True)
