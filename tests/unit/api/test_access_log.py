import asyncio

import pytest
from starlette.applications import Starlette
from starlette.types import Message
from structlog.testing import capture_logs

from reelroom.api.access_log import AccessLog


@pytest.mark.parametrize(
    ("path", "logged"),
    [
        ("*", "*"),
        ("", ""),
        ("/", "/"),
        ("/files", "/files"),
        ("/files/secret", "/files/***"),
        ("/files/secret/a/b.mp4", "/files/***/a/b.mp4"),
        ("/rooms/1/r", "/rooms/1/r"),
    ],
)
def test_every_path_is_logged_without_its_secret(path: str, logged: str) -> None:
    """`*` is what `OPTIONS *` asks for (RFC 9112 §3.2.4): a path without a slash."""

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(_message: Message) -> None:
        pass

    scope = {"type": "http", "method": "OPTIONS", "path": path, "headers": [], "query_string": b""}
    with capture_logs() as lines:
        asyncio.run(AccessLog(Starlette())(scope, receive, send))
    assert [line["path"] for line in lines if line["event"] == "request"] == [logged]
