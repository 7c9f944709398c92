"""The client against things that are not the control API, and callbacks against their signature."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from reelroom.client import ApiError, Client, RecordStatus, UnreachableError, verify_callback
from reelroom.errors import AccessError
from reelroom.task import FileState, TaskState
from reelroom.units import TaskId

CALLBACK = {"event_type": 5, "nonce": "518203", "timestamp": "1754300123"}
SIGNATURES = {
    "7b0a5c1de2f34489": "baa952e444e223e6d0e168f426bab9c1d2e6bfed",
    "0a9b8c7d6e5f4321": "f2a9c74c33e9730bbacc74e65282067594b59161",
}


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
    return Client(f"http://127.0.0.1:{port}/", app_id=1, server_secret="s" * 32, timeout_s=5)


def answering(web: Any, answer: Any) -> Client:
    web.answer = json.dumps(answer).encode()
    return client(web.server_port)


def test_a_refusal_has_code_words_and_request_id(web: Any) -> None:
    with answering(web, {"Code": 300001000, "Message": "task does not exist", "RequestId": "7"}) as asking:
        with pytest.raises(ApiError, match=r"task does not exist \(code 300001000\)") as refused:
            asking.stop_record(TaskId("t"))
        assert (refused.value.code, refused.value.request_id) == (300001000, "7")


@pytest.mark.parametrize("answer", [[], "x", {}, {"Code": "x", "Message": ""}])
def test_what_does_not_speak_the_api_is_named(web: Any, answer: Any) -> None:
    with answering(web, answer) as asking, pytest.raises(UnreachableError, match="does not speak the control API"):
        asking.stop_record(TaskId("t"))


def test_a_page_is_no_answer(web: Any) -> None:
    web.answer = b"<!doctype html>"
    with client(web.server_port) as asking, pytest.raises(UnreachableError):
        asking.stop_record(TaskId("t"))


def test_an_unreachable_server_is_told_without_the_signed_address() -> None:
    with client(1) as asking, pytest.raises(UnreachableError) as refused:
        asking.stop_record(TaskId("t"))
    assert "Signature" not in str(refused.value)
    assert refused.value.__cause__ is None


def test_only_what_was_given_is_sent(web: Any) -> None:
    with answering(web, {"Code": 0, "Message": "succeed", "RequestId": "1", "Data": {"TaskId": "t"}}) as asking:
        assert asking.start_record("r", streams=["a"], max_idle_s=60) == "t"
    path, body = web.asked[0]
    assert path.startswith("/?Action=StartRecord&AppId=1&")
    assert "StorageParams" not in body
    assert "MaxRecordTime" not in body["RecordInputParams"]
    assert body["RecordInputParams"]["RecordStreamList"] == [{"StreamId": "a"}]


def status(state: TaskState, *files: FileState, nobody: bool = False) -> RecordStatus:
    made: list[Any] = [type("File", (), {"state": file})() for file in files]
    return RecordStatus(room="r", state=state, begin_ms=1, end_ms=0, files=tuple(made), nobody_published=nobody)


@pytest.mark.parametrize(
    ("given", "delivered"),
    [
        (status(TaskState.RECORDING, FileState.RECORDING), False),
        (status(TaskState.ENDED), False),
        (status(TaskState.ENDED, nobody=True), True),
        (status(TaskState.ENDED, FileState.UPLOADED, FileState.UPLOADING), False),
        (status(TaskState.FAILED, FileState.UPLOADED, FileState.LOST), True),
    ],
)
def test_delivered_means_over_and_every_file_settled(given: RecordStatus, delivered: bool) -> None:
    assert given.delivered is delivered


@pytest.mark.parametrize("secret", SIGNATURES)
def test_the_contracts_callback_signatures_are_proven(secret: str) -> None:
    body = json.dumps({**CALLBACK, "signature": SIGNATURES[secret]})
    assert verify_callback(body.encode(), secret)["event_type"] == 5


@pytest.mark.parametrize("signature", ["", "0" * 40, SIGNATURES["0a9b8c7d6e5f4321"], 7])
def test_a_foreign_callback_is_refused(signature: object) -> None:
    with pytest.raises(AccessError):
        verify_callback(json.dumps({**CALLBACK, "signature": signature}), "7b0a5c1de2f34489")


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b"\xff", b'"x"'])
def test_what_is_no_callback_is_refused(body: bytes) -> None:
    with pytest.raises(AccessError, match="no callback"):
        verify_callback(body, "7b0a5c1de2f34489")
