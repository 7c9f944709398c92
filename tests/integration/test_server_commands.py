"""The commands of `reelroom`, as a person runs them."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import jwt
import pytest
from tests.support.server import ReelroomServer, running_server


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ReelroomServer]:
    with running_server(tmp_path_factory.mktemp("commands") / "data") as started:
        yield started


def reelroom(*arguments: str, data: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "reelroom", *arguments, "--data", str(data)]
    return subprocess.run(
        command, capture_output=True, text=True, timeout=60, check=False, env={**os.environ, **environment}
    )


def test_start_status_stop(server: ReelroomServer) -> None:
    task = reelroom("start", "lobby", "--max-idle", "60", data=server.data).stdout.strip()
    assert len(task) == 16
    shown = reelroom("status", task, data=server.data).stdout
    assert task in shown
    assert "lobby" in shown
    listed = json.loads(reelroom("status", "--json", data=server.data).stdout)
    assert listed[0]["task"] == task
    assert reelroom("stop", task, data=server.data).returncode == 0
    watched = reelroom("status", task, "--watch", "--json", data=server.data)
    assert json.loads(watched.stdout)["state"] == "ended"


def test_start_prints_json_for_programs(server: ReelroomServer) -> None:
    task = json.loads(reelroom("start", "lobby", "--json", data=server.data).stdout)["task"]
    assert reelroom("stop", task, data=server.data).returncode == 0


def test_a_refusal_is_one_line_and_an_exit_code(server: ReelroomServer) -> None:
    done = reelroom("start", "lobby", "--max-idle", "1", data=server.data)
    assert done.returncode == 1
    assert done.stderr.strip() == (
        "reelroom: RecordInputParams.MaxIdleTime: 1 came; allowed: an integer from 5 to 86400 seconds (code 300000004)"
    )


def test_a_token_says_what_was_asked(server: ReelroomServer) -> None:
    arguments = ("token", "--room", "房/1", "--user", "ann", "--name", "Ann", "--no-publish", "--record", "--ttl", "60")
    token = reelroom(*arguments, data=server.data).stdout.strip()
    claims = jwt.decode(token, server.app.server_secret, algorithms=["HS256"])
    del claims["exp"]
    assert claims == {
        "app": server.app.id,
        "room": "房/1",
        "user": "ann",
        "name": "Ann",
        "publish": False,
        "view": True,
        "record": True,
    }


def test_a_server_that_is_not_there(tmp_path: Path, server: ReelroomServer) -> None:
    (tmp_path / "app.toml").write_bytes((server.data / "app.toml").read_bytes())
    done = reelroom("status", data=tmp_path, REELROOM_SERVER__PORT="1")
    assert done.returncode == 1
    assert "http://127.0.0.1:1/ can't be reached" in done.stderr


def test_a_folder_without_an_app_says_what_to_do(tmp_path: Path) -> None:
    done = reelroom("token", "--room", "r", data=tmp_path)
    assert done.returncode == 2
    assert "holds no app yet: start `reelroom serve` once" in done.stderr


@pytest.mark.parametrize("environment", [{"REELROOM_SERVER__PROT": "1"}, {"REELROOM_SERVER__PORT": "many"}])
def test_wrong_settings_stop_the_start(tmp_path: Path, environment: dict[str, str]) -> None:
    done = reelroom("serve", data=tmp_path / "data", **environment)
    assert done.returncode == 2
    assert done.stderr.startswith(f"reelroom: environment variable {next(iter(environment))}: ")
    assert not (tmp_path / "data").exists()


def test_a_port_that_is_taken(tmp_path: Path, server: ReelroomServer) -> None:
    port = server.url.rpartition(":")[2]
    done = reelroom("serve", "--host", "127.0.0.1", "--port", port, data=tmp_path / "data")
    assert done.returncode == 2
    assert f"can't listen on server.host 127.0.0.1, server.port {port}: Address already in use" in done.stderr


def test_the_first_start_tells_where_the_secrets_are_and_not_what_they_are(server: ReelroomServer) -> None:
    printed = server.log.read_text()
    assert (
        f"{server.app.id}   (made now; its ServerSecret and callback secret are in {server.data}/app.toml)" in printed
    )
    assert server.app.server_secret not in printed


def test_the_doctor_says_what_is_lacking(tmp_path: Path, server: ReelroomServer) -> None:
    well = reelroom("doctor", data=server.data)
    assert well.returncode == 0
    assert "a server of this data folder is running" in well.stdout
    ill = reelroom(
        "doctor",
        data=tmp_path / "data",
        REELROOM_SERVER__HOST="127.0.0.1",
        REELROOM_SERVER__PORT=server.url.rpartition(":")[2],
        REELROOM_DATABASE__URL="postgresql+psycopg://me:hush@127.0.0.1:1/x",
    )
    assert ill.returncode == 1
    assert "can't be bound: Address already in use" in ill.stdout
    assert "PostgreSQL can't be reached" in ill.stdout
    assert "hush" not in ill.stdout + ill.stderr
    assert not (tmp_path / "data").exists()
