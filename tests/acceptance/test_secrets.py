"""After a whole recording, well and badly delivered, no secret stands where none may be.

Every other test that runs a server looks through its data folder too, when it ends: `running_server`.
"""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.acceptance.contract.world import UNLIMITED, signed
from tests.support.callback_receiver import CallbackReceiver
from tests.support.ffmpeg_publisher import publishing
from tests.support.secrets import leaks_in_processes, leaks_on_disk
from tests.support.server import ReelroomServer, running_server, wait_until
from tests.unit.api.start_bodies import change, mixed, single

from reelroom.rooms.paths import stream_path
from reelroom.units import TaskId

STORE_SECRET = "store-secret-f3a91c7e55"
TURN_SECRET = "turn-credential-88c1d2"
ROOM = "confidential"


class EchoingStore(BaseHTTPRequestHandler):
    """A store that refuses everything and repeats all that it was sent: the worst that an error text can quote."""

    def do_PUT(self) -> None:
        self._refuse()

    def do_POST(self) -> None:
        self._refuse()

    def _refuse(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", "0")))
        text = f"<Error><Code>AccessDenied</Code><Message>{self.path} {self.headers} {STORE_SECRET}</Message></Error>"
        self.send_response(403)
        self.send_header("Content-Length", str(len(text.encode())))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_arguments: Any) -> None:
        """Nothing."""


@contextmanager
def echoing_store() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), EchoingStore) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def ask(server: ReelroomServer, action: str, body: Any) -> dict[str, Any]:
    query = signed(server.app, action)
    found: dict[str, Any] = httpx.post(f"{server.url}/", params=query, content=json.dumps(body)).json()
    return found


def start(server: ReelroomServer, store: str, callbacks: str) -> TaskId:
    storage = {
        "Vendor": 10,
        "Region": "eu-1",
        "Bucket": "recordings",
        "AccessKeyId": "AKID",
        "AccessKeySecret": STORE_SECRET,
        "EndPoint": store,
        "S3ForcePathStyle": True,
    }
    body = single(RoomId=ROOM, StorageParams=storage, RecordOutputParams={"CallbackUrl": callbacks})
    answer = ask(server, "StartRecord", body)
    assert answer["Code"] == 0, answer
    return TaskId(answer["Data"]["TaskId"])


def refusals(server: ReelroomServer) -> list[dict[str, Any]]:
    """Wrong in every way in which what came might be quoted."""
    wrong = {"AccessKeySecret": [STORE_SECRET]}
    alibaba = {"AccessKeySecret": {"x": STORE_SECRET}, "AccessKeyId": 5}
    return [
        ask(server, "StartRecord", change(single(), {"StorageParams": {"Vendor": 1, **wrong}})),
        ask(
            server, "StartRecord", change(single(), {"StorageParams": {"Vendor": 5, "AlibabaCloudVodParams": alibaba}})
        ),
        ask(server, "StartRecord", {"RoomId": 1, "StorageParams": STORE_SECRET}),
        ask(server, "StartRecord", mixed(MixMode=99)),
    ]


@pytest.mark.timeout(180)
def test_no_secret_is_left_anywhere(tmp_path: Path) -> None:
    environment = {
        **UNLIMITED,
        "REELROOM_LOG__LEVEL": "debug",
        "REELROOM_ROOMS__ICE_SERVERS": f'[{{ urls = ["turn:127.0.0.1:9"], credential = "{TURN_SECRET}" }}]',
        "REELROOM_STORE__RETRY_FIRST_S": "0.2",
        "REELROOM_CALLBACKS__RETRIES": "1",
    }
    with (
        running_server(tmp_path / "data", environment) as server,
        echoing_store() as store,
        CallbackReceiver(server.app.callback_secret, answers=[500, 302, 200]) as receiver,
    ):
        token = server.token(ROOM)
        secrets = {*server.secrets(), STORE_SECRET, TURN_SECRET, token}
        task = start(server, store, receiver.url)
        answers = refusals(server)
        address = server.url + stream_path("whip", server.app.id, ROOM, "camera")
        with publishing(address, token, 4):
            server.wait_recording(task)
            pids = [server.pid(name) for name in server.living()]
            assert len(pids) >= 3
            assert leaks_in_processes(secrets, pids) == []
        httpx.get(f"{server.url}/rooms/{server.app.id}/{ROOM}", params={"access_token": token})
        answers.append(ask(server, "StopRecord", {"TaskId": task}))
        wait_until(
            lambda: "upload_failed" in server.log.read_text() or "AccessDenied" in server.log.read_text(),
            "a refused upload",
        )
        wait_until(lambda: receiver.received, "a callback")
        answers.append(ask(server, "DescribeRecordStatus", {"TaskId": task}))
        time.sleep(1)  # what fails in the meantime is logged too
        answers.append({"metrics": httpx.get(f"{server.url}/metrics").text})
        assert not [answer for answer in answers if any(secret in str(answer) for secret in secrets)]
        assert not any(secret.encode() in received.raw for secret in secrets for received in receiver.received)
        assert leaks_on_disk(server.data, secrets) == [], "secrets stand where none may be"
