"""The control API of a running server, by plain HTTP requests and by its client."""

import json
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.acceptance.contract.world import UNLIMITED
from tests.support.server import ReelroomServer, running_server, wait_until

from reelroom.client import ApiError
from reelroom.signing import request_signature
from reelroom.task import TaskState

ROOM = "lesson42"
START = {"RoomId": ROOM, "RecordInputParams": {"RecordMode": 1, "StreamType": 3}}
PUBLISHED = {  # the shape of the published example requests, with another product's leftovers in it
    "RoomId": ROOM,
    "RecordInputParams": {
        "RecordMode": 1,
        "StreamType": 3,
        "MaxIdleTime": 60,
        "RecordStreamList": [{"StreamId": "stream-1"}],
        "FillBlank": True,
        "MixConfig": {},
    },
    "RecordOutputParams": {"OutputFileFormat": "mp4", "OutputFolder": "record/"},
    "StorageParams": {
        "Vendor": 10,
        "Region": "eu-1",
        "Bucket": "recordings",
        "AccessKeyId": "AKID",
        "AccessKeySecret": "hush-hush",
        "EndPoint": "https://s3.example.org",
        "ACL": "private",
    },
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ReelroomServer]:
    with running_server(tmp_path_factory.mktemp("control") / "data", UNLIMITED) as started:  # asked again and again
        yield started


def signed(server: ReelroomServer, action: str, **changes: str | None) -> dict[str, str]:
    app, timestamp = server.app, int(time.time())
    query: dict[str, str | None] = {
        "Action": action,
        "AppId": str(app.id),
        "SignatureNonce": "20250804093322",
        "Timestamp": str(timestamp),
        "Signature": request_signature(app.id, "20250804093322", app.server_secret, timestamp),
        "SignatureVersion": "2.0",
        **changes,
    }
    return {name: value for name, value in query.items() if value is not None}


def post(server: ReelroomServer, action: str, body: Any, **changes: str | None) -> dict[str, Any]:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    answer = httpx.post(f"{server.url}/", params=signed(server, action, **changes), content=content, timeout=10)
    return envelope(answer)


def envelope(answer: httpx.Response) -> dict[str, Any]:
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    assert len(found["RequestId"]) == 19
    return found


def code(server: ReelroomServer, action: str, body: Any, **changes: str | None) -> int:
    return int(post(server, action, body, **changes)["Code"])


def test_start_describe_list_and_stop(server: ReelroomServer) -> None:
    begun = post(server, "StartRecord", START)
    assert (begun["Code"], begun["Message"]) == (0, "succeed")
    task = {"TaskId": begun["Data"]["TaskId"]}
    assert len(task["TaskId"]) == 16
    status = post(server, "DescribeRecordStatus", task)["Data"]
    assert status["RoomId"] == ROOM
    assert (status["RecordMode"], status["StreamType"]) == (1, 3)
    assert (status["RecordEndTimestamp"], status["RecordFiles"]) == (0, [])
    assert abs(status["RecordBeginTimestamp"] - time.time() * 1000) < 60_000
    stopped = post(server, "StopRecord", {**task, "RoomId": ROOM})
    assert {**stopped, "RequestId": ""} == {"Code": 0, "Message": "succeed", "RequestId": ""}
    ended = post(server, "DescribeRecordStatus", task)["Data"]
    assert ended["Status"] == 3
    assert ended["RecordEndTimestamp"] >= status["RecordBeginTimestamp"]
    wait_until(lambda: "RecordFiles" not in post(server, "DescribeRecordStatus", task)["Data"], "certainty of no file")


def test_a_request_of_the_published_shape_is_accepted(server: ReelroomServer) -> None:
    task = post(server, "StartRecord", PUBLISHED)["Data"]["TaskId"]
    assert code(server, "StopRecord", {"TaskId": task}) == 0


def test_the_recorder_begins_and_the_task_records(server: ReelroomServer) -> None:
    with server.client() as client:
        task = client.start_record(ROOM)
        wait_until(lambda: client.describe_record_status(task).state is TaskState.RECORDING, "a recording task")
        client.stop_record(task)
        assert server.wait_delivered(task).nobody_published


def test_stopping_twice_unknown_and_foreign_tasks(server: ReelroomServer) -> None:
    task = {"TaskId": post(server, "StartRecord", START)["Data"]["TaskId"]}
    assert code(server, "StopRecord", task) == 0
    assert code(server, "StopRecord", task) == 300001001
    for action in ("StopRecord", "DescribeRecordStatus", "PauseRecord", "UpdateLayout"):
        assert code(server, action, {"TaskId": "aJB-YE-iHBJnAABN"}) == 300001000


def test_mixed_stream_actions_are_refused_for_single_stream_tasks(server: ReelroomServer) -> None:
    task = {"TaskId": post(server, "StartRecord", START)["Data"]["TaskId"]}
    for action in ("PauseRecord", "ResumeRecord", "TakeSnapshot", "UpdateLayout"):
        refused = post(server, action, task)
        assert refused["Code"] == 300000004
        assert "only mixed-stream tasks" in refused["Message"]
    assert code(server, "UpdateWhiteboard", {**task, "WhiteboardId": "w"}) == 300000004
    assert code(server, "StopRecord", task) == 0


def test_the_same_client_task_id_finds_the_live_task(server: ReelroomServer) -> None:
    body = {**START, "RecordInputParams": {"RecordMode": 1, "ClientTaskId": "mine"}}
    first = post(server, "StartRecord", body)["Data"]["TaskId"]
    assert post(server, "StartRecord", body)["Data"]["TaskId"] == first
    assert code(server, "StopRecord", {"TaskId": first}) == 0
    again = post(server, "StartRecord", body)["Data"]["TaskId"]
    assert again != first
    assert code(server, "StopRecord", {"TaskId": again}) == 0


def test_lists_hold_running_and_ended_tasks_newest_first(server: ReelroomServer) -> None:
    with server.client() as client:
        tasks = [client.start_record("listed") for _ in range(3)]
        running = client.describe_tasks(running=True, room="listed")
        assert [line.task for line in running] == tasks[::-1]
        for task in tasks:
            client.stop_record(task)
        assert client.describe_tasks(running=True, room="listed").tasks == ()
        assert {line.task for line in client.describe_tasks(running=False, room="listed")} == set(tasks)
    now_ms = int(time.time() * 1000)
    window = {"Status": 3, "StartTime": now_ms - 60_000, "EndTime": now_ms + 60_000, "RoomId": "listed"}
    page = post(server, "DescribeTasks", {**window, "PageSize": 2, "PageOffset": 2})["Data"]
    assert (page["PageOffset"], page["PageSize"], page["TotalCount"]) == (2, 2, 3)
    assert [line["TaskId"] for line in page["TaskidList"]] == tasks[:1]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"Action": None}, 100000006),
        ({"AppId": "x"}, 100000001),
        ({"Timestamp": None}, 100000002),
        ({"Timestamp": "x"}, 100000003),
        ({"Timestamp": "1"}, 100000004),
        ({"Signature": "0" * 32}, 100000005),
        ({"Action": "DropTables"}, 100000007),
        ({"SignatureNonce": None}, 100000008),
        ({"Signature": None}, 100000009),
        ({"AppId": "1"}, 100000010),
        ({"SignatureVersion": None}, 100000013),
        ({"SignatureVersion": "1.0"}, 100000014),
    ],
)
def test_gateway_codes(server: ReelroomServer, changes: dict[str, str | None], expected: int) -> None:
    assert code(server, "StopRecord", {"TaskId": "x"}, **changes) == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [(b"{", 300000004), (b"[1]", 300000004), (b"", 300000004), (b" " * (1 << 20) + b"{}", 100000012)],
)
def test_bodies_that_are_no_requests(server: ReelroomServer, body: bytes, expected: int) -> None:
    assert code(server, "StartRecord", body) == expected


def test_a_get_is_admitted_and_lacks_its_fields(server: ReelroomServer) -> None:
    answer = envelope(httpx.get(server.url, params=signed(server, "StopRecord")))
    assert (answer["Code"], answer["Message"]) == (300000004, "TaskId: is missing")
    assert envelope(httpx.get(f"{server.url}/"))["Code"] == 100000006


@pytest.mark.parametrize("path", ["", "/", "//"])
def test_base_urls_with_and_without_a_slash(server: ReelroomServer, path: str) -> None:
    answer = httpx.post(server.url + path, params=signed(server, "StopRecord"), json={"TaskId": "x"})
    assert envelope(answer)["Code"] == 300001000


@pytest.mark.parametrize("host", [b"a b", b""])
def test_a_bad_host_header(server: ReelroomServer, host: bytes) -> None:
    """Raw bytes, for HTTP clients send no such header."""
    port = httpx.URL(server.url).port
    assert port
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(b"GET /?Action=x HTTP/1.1\r\nHost: " + host + b"\r\nConnection: close\r\n\r\n")
        answer = b"".join(iter(lambda: connection.recv(65_536), b""))
    assert answer.startswith(b"HTTP/1.1 200")
    assert b'"Code":100000000' in answer


@pytest.mark.parametrize("room", ["../x", "房间/一", "🎥", "a%2Fb", "x" * 128])
def test_strange_rooms_are_recorded_like_any(server: ReelroomServer, room: str) -> None:
    with server.client() as client:
        task = client.start_record(room)
        assert client.describe_record_status(task).room == room
        client.stop_record(task)


@pytest.mark.parametrize("room", ["", "x" * 129, "房" * 43])
def test_rooms_that_can_not_be_are_refused_with_words(server: ReelroomServer, room: str) -> None:
    with server.client() as client, pytest.raises(ApiError, match=r"RoomId: .* 128 bytes") as refused:
        client.start_record(room)
    assert refused.value.code == 300000004


def test_no_secret_reaches_the_log(server: ReelroomServer) -> None:
    post(server, "StartRecord", {**PUBLISHED, "RecordInputParams": 5})
    query = signed(server, "StopRecord")
    post(server, "StopRecord", {"TaskId": "x"})
    log = server.log.read_text()
    assert '"api_action": "StartRecord"' in log
    for secret in (
        server.app.server_secret,
        server.app.callback_secret,
        "hush-hush",
        query["Signature"],
        "SignatureNonce",
    ):
        assert secret not in log


def test_the_cap_on_concurrent_tasks(tmp_path: Path) -> None:
    app = '[{id = 5, server_secret = "0123456789abcdef0123456789abcdef", callback_secret = "c", max_tasks = 2}]'
    with running_server(tmp_path / "data", {"REELROOM_APPS": app}) as server:
        answers = [capped(server) for _ in range(3)]
    assert answers == [0, 0, 300000006]


def capped(server: ReelroomServer) -> int:
    secret, timestamp = "0123456789abcdef0123456789abcdef", int(time.time())
    query = {
        "Action": "StartRecord",
        "AppId": "5",
        "SignatureNonce": "n",
        "Timestamp": str(timestamp),
        "Signature": request_signature(5, "n", secret, timestamp),
        "SignatureVersion": "2.0",
    }
    return int(envelope(httpx.post(server.url, params=query, json=START))["Code"])
