"""Addresses that a caller has no business with, as CallbackUrl and as EndPoint: refused in words, and never written to.

Where a name is needed, the name server is faked; everything else is real.
"""

import socket
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from tests.support.callback_receiver import CallbackReceiver

from reelroom.callbacks import BadAddressError, Notice, deliver
from reelroom.errors import CallbackError, RequestError, StorageError
from reelroom.settings import BackupSettings, CallbackSettings, Settings, StoreSettings, VendorSettings
from reelroom.spec import Destination
from reelroom.storage import RefusedError, check, open_backup, open_store
from reelroom.units import AppId, RoomId, TaskId

SECRET = "hunter2-hunter2-hunter2"
CLOSED = CallbackSettings(timeout_s=1.0)
NOTICE = Notice(
    app_id=AppId(1), task_id=TaskId("t"), room_id=RoomId("r"), event_type=1, sequence=0, detail={}
)  # fmt: skip

PRIVATE = {
    "loopback": "127.0.0.1",
    "loopback, another": "127.8.8.8",
    "loopback, short": "127.1",
    "loopback, as a number": "2130706433",
    "loopback, hexadecimal": "0x7f000001",
    "loopback, octal": "0177.0.0.1",
    "loopback by name": "localhost",
    "loopback, IPv6": "[::1]",
    "any address": "0.0.0.0",
    "any address, IPv6": "[::]",
    "private, 10": "10.0.0.1",
    "private, 172.16": "172.16.5.4",
    "private, 192.168": "192.168.1.1",
    "private, IPv6": "[fc00::1]",
    "carrier NAT": "100.64.0.1",
    "link-local": "169.254.7.7",
    "link-local, IPv6": "[fe80::1]",
    "metadata": "169.254.169.254",
    "metadata, IPv6": "[fd00:ec2::254]",
    "mapped loopback": "[::ffff:127.0.0.1]",
    "mapped private": "[::ffff:192.168.0.1]",
    "mapped metadata, in hexadecimal": "[::ffff:a9fe:a9fe]",
    "NAT64 loopback": "[64:ff9b::7f00:1]",
    "6to4 private": "[2002:a00:1::]",
    "multicast": "224.0.0.1",
    "broadcast": "255.255.255.255",
}
PORTS = ["", ":22", ":65535"]


def at(endpoint: str, **words) -> Destination:
    return Destination(
        **{"vendor": 10, "region": "r", "bucket": "bucket", "access_key_id": "i", "endpoint": endpoint, **words}
    )


def write_to(destination: Destination, folder: Path, callbacks: CallbackSettings = CLOSED) -> None:
    (folder / "file.mp4").write_bytes(b"x")
    settings = Settings(data=folder, callbacks=callbacks, store=StoreSettings(timeout_s=1.0))
    open_store(destination, SECRET, settings, folder).put(folder / "file.mp4", "k.mp4", {}, lambda _: None)


@pytest.mark.parametrize("port", PORTS)
@pytest.mark.parametrize("host", PRIVATE.values(), ids=PRIVATE)
def test_callbacks_to_private_addresses_are_refused(host, port):
    with pytest.raises(BadAddressError, match=r"private address|not a URL") as refused:
        deliver(NOTICE, f"http://{host}{port}/path?token=hunter2", SECRET, CLOSED)
    assert not refused.value.retryable
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("host", PRIVATE.values(), ids=PRIVATE)
def test_stores_at_private_addresses_are_refused(host, scheme, tmp_path):
    with pytest.raises(RefusedError, match="private address") as refused:
        write_to(at(f"{scheme}://{host}:9000", path_style=True), tmp_path)
    assert SECRET not in f"{refused.value} {refused.value.__cause__}"


def test_the_check_at_start_refuses_them_too(tmp_path):
    settings = Settings(data=tmp_path, store=StoreSettings(timeout_s=1.0))
    with pytest.raises(RefusedError, match="private address"):
        check(at("http://127.0.0.1:9000", path_style=True), SECRET, settings)


@pytest.mark.parametrize(
    "url", ["http://8.8.8.8@127.0.0.1/", "http://user:hunter2@10.0.0.1/", "http://8.8.8.8%2f@[::1]/"]
)
def test_userinfo_hides_no_host(url, tmp_path):
    with pytest.raises(CallbackError) as refused:
        deliver(NOTICE, url, SECRET, CLOSED)
    assert not refused.value.retryable
    assert "hunter2" not in str(refused.value)
    with pytest.raises(RequestError):
        write_to(at(url.rstrip("/")), tmp_path)


@pytest.mark.parametrize("url", ["ftp://8.8.8.8/", "file:///etc/passwd", "gopher://8.8.8.8/", "http://", "//8.8.8.8/"])
def test_addresses_that_are_no_web_address_are_refused(url, tmp_path):
    with pytest.raises(BadAddressError):
        deliver(NOTICE, url, SECRET, CLOSED)
    with pytest.raises(RequestError):
        write_to(at(url), tmp_path)


class Names:
    """A name server that gives each answer once, and the last ever after."""

    def __init__(self, *answers: str) -> None:
        self._answers = list(answers)
        self._real: Callable = socket.getaddrinfo

    def __call__(self, host, port, *others, **more):
        if not str(host).endswith(".test"):
            return self._real(host, port, *others, **more)
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        return self._real(answer, port, *others, **more)


class Target:
    """A server that private addresses lead to: it must see no request."""

    def __enter__(self):
        self.requests: list[bytes] = []
        target = self

        class Handler(BaseHTTPRequestHandler):
            def handle_one_request(self) -> None:
                if line := self.rfile.readline():  # nothing, if the connection was closed at once
                    target.requests.append(line)

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        self.port = self._server.server_port
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_name_server_that_changes_its_mind_gains_no_write(monkeypatch, tmp_path, scheme):
    """The name is public when it is judged, and loopback when the connection is made."""
    with Target() as target:
        monkeypatch.setattr(socket, "getaddrinfo", Names("8.8.8.8", "127.0.0.1"))
        with pytest.raises(RefusedError, match="private address"):
            write_to(at(f"{scheme}://rebind.test:{target.port}"), tmp_path)
    assert target.requests == []


def test_names_of_private_addresses_are_refused(monkeypatch, tmp_path):
    monkeypatch.setattr(socket, "getaddrinfo", Names("192.168.0.7"))
    with pytest.raises(BadAddressError, match=r"intern\.test is at a private address"):
        deliver(NOTICE, "http://intern.test/", SECRET, CLOSED)
    with pytest.raises(RefusedError, match=r"bucket\.intern\.test is at a private address"):
        write_to(at("http://intern.test"), tmp_path)


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_stores_that_redirect_are_not_followed(tmp_path, status):
    class Redirects(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_PUT(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(status)
            self.send_header("Location", other.url)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Redirects)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        with CallbackReceiver(SECRET) as other, pytest.raises(StorageError):
            write_to(
                at(f"http://127.0.0.1:{server.server_port}", path_style=True),
                tmp_path,
                CallbackSettings(allow_private=True),
            )
        assert other.received == []
    finally:
        server.shutdown()
        server.server_close()


def test_what_the_operator_allows_is_called(tmp_path):
    allowed = CallbackSettings(allow_private=True)
    with CallbackReceiver(SECRET) as receiver:
        deliver(NOTICE, receiver.url, SECRET, allowed)
        assert len(receiver.received) == 1


@pytest.fixture(name="closed_port")
def closed_port_fixture() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def test_addresses_that_the_operator_put_in_place_of_a_vendors_may_be_private(tmp_path, closed_port):
    (tmp_path / "file.mp4").write_bytes(b"x")
    inner = VendorSettings(vendor=7, region="cn-north-4", endpoint=f"http://127.0.0.1:{closed_port}")
    settings = Settings(data=tmp_path, callbacks=CLOSED, store=StoreSettings(timeout_s=1.0, vendors=(inner,)))
    destination = Destination(vendor=7, region="cn-north-4", bucket="bucket", access_key_id="i")
    with pytest.raises(StorageError, match="cannot be reached") as tried:
        open_store(destination, SECRET, settings, tmp_path).put(tmp_path / "file.mp4", "k", {}, lambda _: None)
    assert tried.value.retryable


def test_the_operators_backup_store_may_be_private(tmp_path, closed_port):
    (tmp_path / "file.mp4").write_bytes(b"x")
    backup = BackupSettings(
        vendor=10, region="r", bucket="b", access_key_id="i", secret="s", endpoint=f"http://127.0.0.1:{closed_port}"
    )
    settings = Settings(data=tmp_path, callbacks=CLOSED, store=StoreSettings(timeout_s=1.0, backup=(backup,)))
    opened = open_backup(settings, tmp_path)
    assert opened is not None
    with pytest.raises(StorageError, match="cannot be reached"):
        opened.store.put(tmp_path / "file.mp4", "k", {}, lambda _: None)
