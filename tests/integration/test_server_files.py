"""Files of the local store: whole, in part, and nothing else of the disk."""

import socket
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from tests.support.server import ReelroomServer, running_server

TOKEN = "0123456789abcdef0123456789abcdef01234567"
NAME = "aJB-YE-iHBJnAABN_房间_u_s_VA_20250804093322418.mp4"
CONTENT = bytes(range(256)) * 40


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ReelroomServer]:
    with running_server(tmp_path_factory.mktemp("files") / "data") as started:
        folder = started.data / "files" / TOKEN
        folder.mkdir(parents=True)
        (folder / NAME).write_bytes(CONTENT)
        (folder / "a%2Fb.aac").write_bytes(CONTENT)
        (folder / ".draft.mp4").write_bytes(CONTENT)
        (folder / "link.mp4").symlink_to(started.data / "app.toml")
        yield started


def get(server: ReelroomServer, name: str, **headers: str) -> httpx.Response:
    return httpx.get(f"{server.url}/files/{TOKEN}/{name}", headers=headers)


def raw(server: ReelroomServer, target: str) -> bytes:
    """The answer to a target as it stands; HTTP clients would tidy it up."""
    port = httpx.URL(server.url).port
    assert port
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(f"GET {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        return b"".join(iter(lambda: connection.recv(65_536), b""))


def test_a_file_is_handed_out_with_its_type(server: ReelroomServer) -> None:
    answer = get(server, NAME)
    assert (answer.status_code, answer.content) == (200, CONTENT)
    assert answer.headers["content-type"] == "video/mp4"
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_name_with_percent_signs_is_found(server: ReelroomServer) -> None:
    answer = get(server, "a%252Fb.aac")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "audio/aac")


@pytest.mark.parametrize(
    ("asked", "part"), [("bytes=0-9", slice(0, 10)), ("bytes=-5", slice(-5, None)), ("bytes=100-", slice(100, None))]
)
def test_players_may_seek(server: ReelroomServer, asked: str, part: slice) -> None:
    answer = get(server, NAME, Range=asked)
    assert (answer.status_code, answer.content) == (206, CONTENT[part])
    assert answer.headers["content-range"].endswith(f"/{len(CONTENT)}")


def test_a_range_beyond_the_end_is_refused(server: ReelroomServer) -> None:
    assert get(server, NAME, Range="bytes=999999-").status_code == 416


def test_a_head_tells_the_size(server: ReelroomServer) -> None:
    answer = httpx.head(f"{server.url}/files/{TOKEN}/{NAME}")
    assert (answer.status_code, answer.headers["content-length"]) == (200, str(len(CONTENT)))


@pytest.mark.parametrize(
    "target",
    [
        "/files/",
        f"/files/{TOKEN}",
        f"/files/{TOKEN}/",
        f"/files/{TOKEN}/none.mp4",
        f"/files/{TOKEN}/.draft.mp4",
        f"/files/{TOKEN}/link.mp4",
        f"/files/{TOKEN}/../../app.toml",
        f"/files/{TOKEN}/..%2F..%2Fapp.toml",
        f"/files/{TOKEN}/%2e%2e/%2e%2e/app.toml",
        "/files/../app.toml",
        "/files/%2e%2e/app.toml",
        "/files/..%2fapp.toml/x",
        f"/files/{TOKEN}//etc/passwd",
        f"/files/{TOKEN}/%2Fetc%2Fpasswd",
        f"/files/{TOKEN}/%00",
        f"/files/{TOKEN}/%FF",
        f"/files/{TOKEN}/" + "x" * 300,
        f"/files/{TOKEN[:8]}/x.mp4",
    ],
)
def test_nothing_else_is_handed_out(server: ReelroomServer, target: str) -> None:
    answer = raw(server, target)
    assert answer.startswith(b"HTTP/1.1 404")
    assert answer.endswith(b"no such file\n")
    assert b"server_secret" not in answer


def test_files_can_not_be_changed(server: ReelroomServer) -> None:
    for method in ("PUT", "POST", "DELETE"):
        assert httpx.request(method, f"{server.url}/files/{TOKEN}/{NAME}").status_code == 405


def test_the_token_of_a_file_is_not_logged(server: ReelroomServer, tmp_path: Path) -> None:
    get(server, NAME)
    assert "/files/***/" in server.log.read_text()
    assert TOKEN not in server.log.read_text()
