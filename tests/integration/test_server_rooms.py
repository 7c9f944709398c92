"""What the server passes on to the gateway, the page's record button, and the page itself."""

import http.client
import json
import os
import select
import signal
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from tests.support.server import ReelroomServer, running_server, wait_until

ROOM = "a/b 房"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ReelroomServer]:
    ice = '[{urls = ["stun:stun.example.org"]}]'
    with running_server(tmp_path_factory.mktemp("rooms") / "data", {"REELROOM_ROOMS__ICE_SERVERS": ice}) as started:
        yield started


def ask(server: ReelroomServer, method: str, path: str, token: str = "", **more: Any) -> httpx.Response:
    headers = {"authorization": f"Bearer {token}"} if token else {}
    return httpx.request(method, server.url + path, headers={**headers, **more.pop("headers", {})}, **more)


def room_path(server: ReelroomServer, *rest: str, room: str = ROOM) -> str:
    return "/".join(["/rooms", str(server.app.id), quote(room, safe=""), *rest])


# --- passed on ------------------------------------------------------------------------------------------------


def test_a_room_whose_id_has_a_slash_is_one_room(server: ReelroomServer) -> None:
    answer = ask(server, "GET", room_path(server), server.token(ROOM))
    assert (answer.status_code, answer.json()["streams"]) == (200, [])


def test_a_token_of_another_room_and_none_are_refused_by_the_gateway(server: ReelroomServer) -> None:
    assert ask(server, "GET", room_path(server), server.token("a")).status_code == 403
    assert ask(server, "GET", room_path(server)).status_code == 401
    assert ask(server, "POST", f"/whip/{server.app.id}/r/s", server.token("r", expires_in_s=-1)).status_code == 401


def test_headers_of_the_gateway_come_through(server: ReelroomServer) -> None:
    answer = ask(server, "OPTIONS", f"/whip/{server.app.id}/r/s")
    assert answer.status_code == 204
    assert answer.headers["accept-post"] == "application/sdp"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert 'rel="ice-server"' in answer.headers["link"]


def test_a_body_is_passed_on_and_judged_by_the_gateway(server: ReelroomServer) -> None:
    headers = {"content-type": "application/sdp"}
    path = f"/whip/{server.app.id}/r/s"
    answer = ask(server, "POST", path, server.token("r"), content=b"this is no offer", headers=headers)
    assert answer.status_code == 400


def test_a_body_too_long_stops_at_the_door(server: ReelroomServer) -> None:
    answer = ask(server, "POST", f"/whip/{server.app.id}/r/s", server.token("r"), content=b"x" * ((64 << 10) + 1))
    assert answer.status_code == 413
    assert answer.headers["access-control-allow-origin"] == "*"


def test_a_body_without_a_length_is_measured_as_it_comes(server: ReelroomServer) -> None:
    def send(chunks: int) -> int:
        parts = (b"x" * 1024 for _ in range(chunks))
        return ask(server, "POST", f"/whip/{server.app.id}/r/s", server.token("r"), content=parts).status_code

    assert (send(65), send(64)) == (413, 415)  # the second is for the gateway to judge


def test_strangers_who_never_send_their_body_take_no_room_away(server: ReelroomServer) -> None:
    url = httpx.URL(server.url)
    with ExitStack() as idle:
        sockets = [idle.enter_context(socket.create_connection((url.host, url.port or 80))) for _ in range(150)]
        for each in sockets:
            each.sendall(b"POST /whip/1/a/b HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n")
        assert ask(server, "GET", room_path(server), server.token(ROOM)).status_code == 200
        assert httpx.get(f"{server.url}/healthz").json()["gateway"] == "ok"
        assert select.select(sockets, [], [], 0)[0] == []
        sockets[0].settimeout(30)
        answer = sockets[0].recv(4096).lower()
        assert answer.startswith(b"http/1.1 408")
        assert b"access-control-allow-origin: *" in answer


@pytest.mark.parametrize("path", ["/whip/../stats", "/whip/%2e%2e/stats", "/rooms/.%2E/healthz", "/whep/./../stats"])
def test_dots_lead_to_nothing_of_the_gateways_own(server: ReelroomServer, path: str) -> None:
    status, body = exactly(server, path)
    assert status in (404, 405)
    assert "error" in json.loads(body) or "detail" in json.loads(body)


@pytest.mark.parametrize("room", ["../x", "a/../b", "."])
def test_dots_of_an_id_are_part_of_it(server: ReelroomServer, room: str) -> None:
    status, body = exactly(server, room_path(server, room=room), server.token(room))
    assert (status, json.loads(body)["streams"]) == (200, [])


def exactly(server: ReelroomServer, path: str, token: str = "") -> tuple[int, bytes]:
    """GET a path as it is written; httpx would resolve its dots."""
    connection = http.client.HTTPConnection(httpx.URL(server.url).netloc.decode(), timeout=30)
    connection.request("GET", path, headers={"authorization": f"Bearer {token}"} if token else {})
    answer = connection.getresponse()
    found = answer.status, answer.read()
    connection.close()
    return found


def test_a_gateway_that_is_away_is_told(server: ReelroomServer) -> None:
    first = server.pid("gateway")
    os.kill(first, signal.SIGKILL)
    wait_until(lambda: ask(server, "GET", room_path(server), server.token(ROOM)).status_code == 503, "a 503")
    wait_until(lambda: ask(server, "GET", room_path(server), server.token(ROOM)).status_code == 200, "a new gateway")


# --- the record button ----------------------------------------------------------------------------------------


def test_the_record_button_starts_looks_and_stops(server: ReelroomServer) -> None:
    token = server.token(ROOM, record=True)
    begun = ask(server, "POST", room_path(server, "recordings"), token).json()
    assert begun["state"] in ("starting", "recording")
    assert (begun["done"], begun["files"]) == (False, [])
    path = room_path(server, "recordings", begun["task"])
    wait_until(lambda: ask(server, "GET", path, token).json()["state"] == "recording", "a recording task")
    assert ask(server, "DELETE", path, token).json()["state"] == "ended"
    assert ask(server, "DELETE", path, token).status_code == 409
    wait_until(lambda: ask(server, "GET", path, token).json()["done"], "the end of it")


def test_a_second_press_joins_the_recording_of_its_room(server: ReelroomServer) -> None:
    first, second, other = (
        ask(server, "POST", room_path(server, "recordings", room=room), server.token(room, record=True)).json()["task"]
        for room in ("joined", "joined", "not joined")
    )
    assert first == second != other
    with server.client() as client:
        client.stop_record(first)
        client.stop_record(other)
    again = ask(server, "POST", room_path(server, "recordings", room="joined"), server.token("joined", record=True))
    assert again.json()["task"] != first


@pytest.mark.parametrize(
    ("grant", "status"),
    [
        ({"room": ROOM}, 403),
        ({"room": "other", "record": True}, 403),
        ({"room": ROOM, "record": True, "expires_in_s": -1}, 401),
    ],
)
def test_a_token_that_does_not_allow_it(server: ReelroomServer, grant: dict[str, Any], status: int) -> None:
    answer = ask(server, "POST", room_path(server, "recordings"), server.token(**grant))
    assert answer.status_code == status
    assert answer.json()["error"]


def test_no_token_a_foreign_app_and_a_broken_one(server: ReelroomServer) -> None:
    assert ask(server, "POST", room_path(server, "recordings")).headers["www-authenticate"] == "Bearer"
    assert ask(server, "POST", room_path(server, "recordings"), "x.y.z").status_code == 401
    assert ask(server, "POST", "/rooms/1/r/recordings", server.token("r", record=True)).status_code == 401
    assert ask(server, "POST", "/rooms/x/r/recordings", server.token("r", record=True)).status_code == 401


def test_recordings_of_other_rooms_are_unknown(server: ReelroomServer) -> None:
    with server.client() as client:
        task = client.start_record("elsewhere")
        path = room_path(server, "recordings", task)
        for method in ("GET", "DELETE"):
            assert ask(server, method, path, server.token(ROOM, record=True)).status_code == 404
        client.stop_record(task)


def test_other_methods_are_refused(server: ReelroomServer) -> None:
    assert ask(server, "PUT", room_path(server, "recordings"), server.token(ROOM, record=True)).status_code == 405


# --- the page -------------------------------------------------------------------------------------------------


def test_the_page_allows_nothing_from_elsewhere(server: ReelroomServer) -> None:
    answer = httpx.get(f"{server.url}/room")
    assert answer.status_code == 200
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    script = answer.text.split('src="')[1].split('"')[0]
    asset = httpx.get(server.url + script)
    assert asset.status_code == 200
    assert "immutable" in asset.headers["cache-control"]


def test_bearer_tokens_are_not_logged(server: ReelroomServer) -> None:
    token = server.token(ROOM, record=True)
    ask(server, "POST", room_path(server, "recordings"), token)
    log = server.log.read_text()
    assert token.split(".")[2] not in log
    lines = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
    assert any(line["action"] == "request" and line["path"].startswith("/rooms/") for line in lines)
