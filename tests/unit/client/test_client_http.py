"""Both clients on a real connection, against things that are and that are not the control API."""

import json
import logging
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from reelroom.client import (
    NO_RETRIES,
    ApiError,
    AsyncClient,
    Client,
    NotTheApiError,
    Policy,
    UnknownTaskError,
    UnreachableError,
)
from reelroom.units import TaskId

SECRET = "s" * 32


class Answers(BaseHTTPRequestHandler):
    """Gives the one answer its server has, and keeps what it was asked."""

    server: Any

    def do_POST(self) -> None:
        self.server.asked.append((self.path, json.loads(self.rfile.read(int(self.headers["content-length"])))))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(self.server.answer)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def web() -> Iterator[Any]:
    with HTTPServer(("127.0.0.1", 0), Answers) as server:
        server.asked = []  # type: ignore[attr-defined]
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def client(port: int) -> Client:
    return Client(f"http://127.0.0.1:{port}/", app_id=1, server_secret=SECRET, timeout_s=5, retries=NO_RETRIES)


def answering(web: Any, answer: Any) -> Client:
    web.answer = json.dumps(answer).encode()
    return client(web.server_port)


def test_a_refusal_has_code_words_and_request_id(web: Any) -> None:
    with answering(web, {"Code": 300001000, "Message": "task does not exist", "RequestId": "7"}) as asking:
        with pytest.raises(UnknownTaskError, match=r"task does not exist \(code 300001000\)") as refused:
            asking.stop_record(TaskId("t"))
        assert isinstance(refused.value, ApiError)
        assert refused.value.message == "task does not exist"
        assert (refused.value.code, refused.value.request_id) == (300001000, "7")


@pytest.mark.parametrize(
    "answer",
    [[], "x", {}, {"Code": "x", "Message": ""}, {"Code": 0, "Message": "succeed", "Data": "no object"}],
)
def test_what_does_not_speak_the_api_is_named(web: Any, answer: Any) -> None:
    with answering(web, answer) as asking, pytest.raises(NotTheApiError, match="does not speak the control API"):
        asking.stop_record(TaskId("t"))


def test_a_page_is_no_answer(web: Any) -> None:
    web.answer = b"<!doctype html>"
    with client(web.server_port) as asking, pytest.raises(UnreachableError):
        asking.stop_record(TaskId("t"))


def test_an_unreachable_server_is_told_without_the_signed_address() -> None:
    with client(1) as asking, pytest.raises(UnreachableError) as refused:
        asking.stop_record(TaskId("t"))
    assert "Signature" not in str(refused.value)
    assert SECRET not in str(refused.value)
    assert refused.value.__cause__ is None
    assert refused.value.__context__ is None


def test_only_what_was_given_is_sent(web: Any) -> None:
    with answering(web, {"Code": 0, "Message": "succeed", "RequestId": "1", "Data": {"TaskId": "t"}}) as asking:
        assert asking.start_record("r", streams=["a"], max_idle_s=60) == "t"
    path, body = web.asked[0]
    assert path.startswith("/?Action=StartRecord&AppId=1&")
    assert "StorageParams" not in body
    assert "MaxRecordTime" not in body["RecordInputParams"]
    assert body["RecordInputParams"]["RecordStreamList"] == [{"StreamId": "a"}]


@pytest.mark.parametrize("url", ["127.0.0.1:1", "ftp://127.0.0.1", "http://[::1", "http://\x00"])
def test_an_address_that_can_never_work_is_told_at_once(url: str) -> None:
    never = Policy(first_s=3600.0, ceiling_s=3600.0)
    with pytest.raises(NotTheApiError), Client(url, app_id=1, server_secret=SECRET, retries=never) as asking:
        asking.stop_record(TaskId("t"))


def test_a_password_in_the_address_is_not_told() -> None:
    with Client("http://me:hush@127.0.0.1:1", app_id=1, server_secret=SECRET, retries=NO_RETRIES) as asking:
        assert "hush" not in repr(asking)
        with pytest.raises(UnreachableError) as refused:
            asking.stop_record(TaskId("t"))
    assert "hush" not in str(refused.value)


def test_the_log_of_requests_holds_no_signature(web: Any, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with answering(web, {"Code": 0, "Message": "succeed", "RequestId": "1"}) as asking:
        asking.stop_record(TaskId("t"))
    assert "Signature=" in web.asked[0][0]
    assert f"http://127.0.0.1:{web.server_port}/" in caplog.text
    assert "Signature" not in caplog.text


async def test_the_awaited_client_asks_and_hears_the_same(web: Any) -> None:
    web.answer = json.dumps({"Code": 0, "Message": "succeed", "RequestId": "1", "Data": {"TaskId": "t"}}).encode()
    url = f"http://127.0.0.1:{web.server_port}"
    async with AsyncClient(url, app_id=1, server_secret=SECRET, retries=NO_RETRIES) as asking:
        assert await asking.start_record("r", streams=["a"], client_task_id="mine") == "t"
        assert asking.call("StopRecord", {}).close() is None
    with client(web.server_port) as blocking:
        blocking.start_record("r", streams=["a"], client_task_id="mine")
    assert web.asked[0][1] == web.asked[1][1]
