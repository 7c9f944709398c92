"""Tokens that don't allow it, and ids nobody should choose."""

import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import httpx
import jwt
import pytest
from tests.support.browser import Browser
from tests.support.callback_receiver import CallbackReceiver
from tests.support.server import ReelroomServer, running_server, wait_until

from reelroom.client import ApiError
from reelroom.naming import parse_file_name
from reelroom.task import TaskState
from reelroom.testing.content import check
from reelroom.units import RoomId, StreamId

ROOM = "private"
DOORS = {
    "publish": ("POST", "/whip/{app}/private/cam", {"publish": False}),
    "view": ("POST", "/whep/{app}/private/cam", {"view": False}),
    "look": ("GET", "/rooms/{app}/private", {"view": False}),
    "record": ("POST", "/rooms/{app}/private/recordings", {"record": False}),
}


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ReelroomServer]:
    """One server for all the refusals: none of them may leave anything behind."""
    with running_server(tmp_path_factory.mktemp("access") / "data") as started:
        yield started


def knock(server: ReelroomServer, door: str, token: str | None) -> int:
    """The status a door answers to a token."""
    method, path, _ = DOORS[door]
    headers = {"Content-Type": "application/sdp"} | ({"Authorization": f"Bearer {token}"} if token else {})
    url = server.url + path.format(app=server.app.id)
    return httpx.request(method, url, headers=headers, content=b"v=0\r\n", timeout=10).status_code


def forged(server: ReelroomServer, secret: str, algorithm: str) -> str:
    """A token that grants everything, but isn't signed by the app."""
    claims = {"app": server.app.id, "room": ROOM, "user": "u", "publish": True, "view": True, "record": True}
    return jwt.encode({**claims, "exp": int(time.time()) + 60}, secret, algorithm=algorithm)


@pytest.mark.parametrize("door", DOORS)
def test_nothing_opens_without_a_token_that_is_good(shared: ReelroomServer, door: str):
    good = shared.token(ROOM, record=True)
    head, body, signature = good.split(".")
    for token in (
        None,
        "nonsense",
        shared.token(ROOM, record=True, expires_in_s=-1),
        forged(shared, "0" * 32, "HS256"),
        forged(shared, "", "none"),
        f"{head}.{body}.",
        f"{head}.{body}.{signature[::-1]}",
    ):
        assert knock(shared, door, token) == httpx.codes.UNAUTHORIZED, token
    assert shared.streams(ROOM) == []


@pytest.mark.parametrize("door", DOORS)
def test_a_token_of_another_room_or_without_the_right_is_forbidden(shared: ReelroomServer, door: str):
    withheld = DOORS[door][2]
    assert knock(shared, door, shared.token("elsewhere", record=True)) == httpx.codes.FORBIDDEN
    assert knock(shared, door, shared.token(ROOM, **{"record": True, **withheld})) == httpx.codes.FORBIDDEN
    assert shared.streams(ROOM) == []
    with shared.client() as client:
        assert client.describe_tasks(running=True).tasks == ()


def test_ids_that_are_too_long_are_refused_by_name(shared: ReelroomServer):
    for room, stream in (("r" * 300, "cam"), ("r", "s" * 300)):
        url = f"{shared.url}/whip/{shared.app.id}/{room}/{stream}"
        headers = {"Content-Type": "application/sdp", "Authorization": f"Bearer {shared.token(room)}"}
        answer = httpx.post(url, headers=headers, content=b"v=0\r\n", timeout=10)
        assert answer.status_code == httpx.codes.BAD_REQUEST
    with shared.client() as client, pytest.raises(ApiError, match="RoomId") as refused:
        client.start_record("r" * 300)
    assert refused.value.code == 300000004


@pytest.mark.browser
@pytest.mark.parametrize(
    "names",
    [("../x", "../../etc/cam", "..\\u%2e"), ("教室", "镜头😀", "陈老师"), (".hidden", "a_b_c", "?#&")],
    ids=["paths", "scripts", "marks"],
)
def test_strange_ids_are_recorded_and_no_path_leaves_its_folder(
    server: ReelroomServer, browser: Browser, tmp_path: Path, names: tuple[str, str, str]
):
    room, stream, user = names
    publisher = browser.publisher(server, room, stream, user=user, name="名 / ..").wait_connected()
    with server.client() as client:
        task = client.start_record(room)
        server.wait_recording(task)
        publisher.wait_frames(30)
        client.stop_record(task)
        (file,) = server.wait_delivered(task).files
    assert (file.stream, file.user, file.user_name) == (stream, user, "名 / ..")
    literal = [text.replace("/", "_") for text in (room, user, stream)]
    assert file.name.startswith("_".join([task, *literal, "VA"]))
    assert parse_file_name(file.name, room=RoomId(literal[0]), stream=StreamId(literal[2])) is not None
    assert [path.name for path in tmp_path.iterdir()] == ["data"]
    path = server.path_of(file.url).resolve()
    assert path.is_relative_to(server.data / "files")
    assert httpx.get(file.url, timeout=10).content == path.read_bytes()
    assert check(path).errors == 0
    assert server.streams(room) == [stream]


@pytest.mark.browser
def test_a_file_name_that_would_be_too_long_ends_the_task_and_says_so(
    server: ReelroomServer, browser: Browser, callbacks: CallbackReceiver
):
    publisher = browser.publisher(server, "r", "s" * 250, user="u").wait_connected()
    with server.client() as client:
        task = client.start_record("r", callback_url=callbacks.url)
        wait_until(lambda: client.describe_record_status(task).state is TaskState.FAILED, "the end", every_s=0.2)
    assert callbacks.wait_for_event(2).body["detail"] == {"quit_reason": 1002}
    publisher.close()


def test_files_are_not_guessed(shared: ReelroomServer):
    for path in ("files/", "files/x/app.toml", "files/..%2F/app.toml", f"files/{quote('../app.toml', safe='')}"):
        assert httpx.get(f"{shared.url}/{path}", timeout=10).status_code == httpx.codes.NOT_FOUND
