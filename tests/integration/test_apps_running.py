"""Apps that are added, rotated, disabled and damaged while a server runs: nothing is restarted."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from tests.support.callback_receiver import CallbackReceiver
from tests.support.server import ReelroomServer, running_server, wait_until

from reelroom.api.codes import Code
from reelroom.apps import APP_FILE
from reelroom.client import ApiError, Client
from reelroom.rooms.tokens import RoomToken, make_token
from reelroom.units import AppId, RoomId, UserId

ROOM = "lesson42"
ENDED = 5  # callback: the recorder exited normally
LOOK_AGAIN_S = 0.6  # a process that has just looked looks again after half a second


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ReelroomServer]:
    with running_server(tmp_path_factory.mktemp("apps") / "data") as started:
        yield started


def command(server: ReelroomServer, *words: str) -> Any:
    """What `reelroom app … --json` printed."""
    done = subprocess.run(
        [sys.executable, "-m", "reelroom", "app", *words, "--data", str(server.data)],
        capture_output=True, text=True, check=True, cwd=server.data,
    )  # fmt: skip
    return json.loads(done.stdout) if done.stdout else None


@pytest.fixture
def made(server: ReelroomServer) -> dict[str, Any]:
    """A new app, in force."""
    app: dict[str, Any] = command(server, "add", "--json")
    wait_until(lambda: code(server, app) == Code.OK, "the new app to be known", 10, 0.2)
    return app


def code(server: ReelroomServer, app: dict[str, Any], secret: str = "") -> Code:
    """What the control API answers to a call signed for the app."""
    with Client(server.url, app_id=app["id"], server_secret=secret or app["server_secret"]) as client:
        try:
            client.describe_tasks(running=True)
        except ApiError as error:
            return Code(error.code)
    return Code.OK


def room(
    server: ReelroomServer, app: dict[str, Any], secret: str = "", method: str = "GET", rest: str = ""
) -> httpx.Response:
    """What the rooms answer to a token signed for the app."""
    token = RoomToken(app=AppId(app["id"]), room=RoomId(ROOM), user=UserId("u"), view=True, record=True)
    text = make_token(token, secret or app["server_secret"], expires_s=int(time.time()) + 600)
    headers = {"authorization": f"Bearer {text}"}
    return httpx.request(method, f"{server.url}/rooms/{app['id']}/{ROOM}{rest}", headers=headers, timeout=10)


def test_an_app_added_while_the_server_runs_is_used_at_once(server: ReelroomServer, made: dict[str, Any]) -> None:
    with Client(server.url, app_id=made["id"], server_secret=made["server_secret"]) as client:
        task = client.start_record(ROOM)
        assert client.describe_record_status(task).room == ROOM
        client.stop_record(task)
    wait_until(lambda: room(server, made).status_code == 200, "the gateway to know the app", 10, 0.2)
    assert code(server, {"id": made["id"] ^ 1, "server_secret": "s" * 32}) == Code.NO_SERVER_SECRET


def test_the_old_secret_is_accepted_beside_the_new_one_until_its_end(
    server: ReelroomServer, made: dict[str, Any]
) -> None:
    first = made["server_secret"]
    wait_until(lambda: room(server, made).status_code == 200, "the gateway to know the app", 10, 0.2)
    second = command(server, "rotate", str(made["id"]), "--grace", "1h", "--json")["server_secret"]
    wait_until(lambda: code(server, made, second) == Code.OK, "the new secret", 10, 0.2)
    wait_until(lambda: room(server, made, second).status_code == 200, "the new secret in rooms", 10, 0.2)
    assert (code(server, made, first), room(server, made, first).status_code) == (Code.OK, 200)

    rotated = command(server, "rotate", str(made["id"]), "--grace", "3s", "--json")
    wait_until(lambda: code(server, made, second) == Code.SIGNATURE_WRONG, "the end of the grace", 20, 0.2)
    assert time.time() >= rotated["old_secret_until_s"]
    wait_until(lambda: room(server, made, second).status_code == 401, "the end of the grace in rooms", 20, 0.2)
    assert (code(server, made, first), room(server, made, first).status_code) == (Code.SIGNATURE_WRONG, 401)
    third = rotated["server_secret"]
    assert (code(server, made, third), room(server, made, third).status_code) == (Code.OK, 200)


def test_callbacks_of_running_tasks_are_signed_with_the_new_callback_secret(
    server: ReelroomServer, made: dict[str, Any]
) -> None:
    with (
        CallbackReceiver(made["callback_secret"]) as before,
        CallbackReceiver("") as after,
        Client(server.url, app_id=made["id"], server_secret=made["server_secret"]) as client,
    ):
        first, second = (
            client.start_record("a", callback_url=before.url),
            client.start_record("b", callback_url=after.url),
        )
        server.pid(f"task-{second}")
        client.stop_record(first)
        assert before.wait_for_event(ENDED).valid
        after.secret = command(server, "rotate", str(made["id"]), "--callback", "--json")["callback_secret"]
        time.sleep(LOOK_AGAIN_S)  # nothing tells when another process has looked
        client.stop_record(second)
        assert after.wait_for_event(ENDED).valid


def test_a_disabled_app_records_no_more_and_keeps_its_rooms(server: ReelroomServer, made: dict[str, Any]) -> None:
    command(server, "disable", str(made["id"]))
    wait_until(lambda: code(server, made) == Code.RECORDING_NOT_ENABLED, "the app to be disabled", 10, 0.2)
    assert room(server, made, method="POST", rest="/recordings").status_code == 403
    wait_until(lambda: room(server, made).status_code == 200, "the gateway to know the app", 10, 0.2)
    command(server, "enable", str(made["id"]))
    wait_until(lambda: code(server, made) == Code.OK, "the app to be enabled", 10, 0.2)


def test_a_removed_app_is_unknown(server: ReelroomServer, made: dict[str, Any]) -> None:
    command(server, "remove", str(made["id"]), "--yes")
    wait_until(lambda: code(server, made) == Code.NO_SERVER_SECRET, "the app to be forgotten", 10, 0.2)
    wait_until(lambda: room(server, made).status_code == 401, "the app to be forgotten by rooms", 10, 0.2)


def test_a_damaged_file_takes_no_running_process_down(server: ReelroomServer, made: dict[str, Any]) -> None:
    path = server.data / APP_FILE
    good = path.read_text()
    wait_until(lambda: room(server, made).status_code == 200, "the gateway to know the app", 10, 0.2)
    path.write_text("[[apps]]\nid = ")
    wait_until(lambda: code(server, made) == Code.OK and complaints(server, "server"), "a complaint", 10, 0.2)
    assert room(server, made).status_code == 200
    assert len(complaints(server, "server")) == 1
    gateway = server.kill9("gateway")
    wait_until(lambda: server.pid("gateway") != gateway, "a new gateway")
    wait_until(lambda: httpx.get(f"{server.url}/healthz", timeout=5).is_success, "its first answer", 30, 0.2)
    assert room(server, made).status_code == 401  # it never saw the good file
    path.write_text(good)
    wait_until(lambda: room(server, made).status_code == 200, "the mended file", 10, 0.2)


def complaints(server: ReelroomServer, process: str) -> list[str]:
    """Lines in which a process says that it can't read the file."""
    lines = server.log.read_text("utf-8", "replace").splitlines()
    return [line for line in lines if "apps_unreadable" in line and f'"{process}"' in line]


def test_no_log_holds_a_secret(server: ReelroomServer, made: dict[str, Any]) -> None:
    rotated = command(server, "rotate", str(made["id"]), "--json")
    wait_until(lambda: code(server, made, rotated["server_secret"]) == Code.OK, "the new secret", 10, 0.2)
    text = server.log.read_text("utf-8", "replace")
    assert not [s for s in (made["server_secret"], made["callback_secret"], rotated["server_secret"]) if s in text]
