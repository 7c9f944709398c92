"""The gateway process behind its Unix socket: its numbers and health, and everything of rooms, passed on."""

import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
from starlette.background import BackgroundTask
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from reelroom.api.paths import raw_path

SOCKET = "gateway.sock"
BODY_LIMIT = 1 << 20  # an SDP offer is a few kilobytes
_TIMEOUT = httpx.Timeout(30.0, connect=2.0)
_NUMBERS_TIMEOUT_S = 2.0
# RFC 9110 §7.6.1: these belong to one connection; the length is that of the body we send.
_OF_CONNECTION = frozenset(
    b"connection keep-alive proxy-authenticate proxy-authorization te trailer transfer-encoding upgrade".split()
)
_AWAY = {"error": "the rooms are starting or away; try again"}


class GatewayClient:
    """Talks HTTP to the gateway. A gateway that is away is an answer of its own, never an exception."""

    def __init__(self, run: Path) -> None:
        # Through the folder's descriptor, because a socket's address holds only 108 bytes.
        self._folder = os.open(run, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
        socket = f"/proc/self/fd/{self._folder}/{SOCKET}"
        self._http = httpx.AsyncClient(transport=httpx.AsyncHTTPTransport(uds=socket), timeout=_TIMEOUT)

    async def close(self) -> None:
        """Close all connections."""
        await self._http.aclose()
        os.close(self._folder)

    async def stats(self) -> dict[str, Any] | None:
        """The gateway's numbers; None when it is away."""
        return await self._json("/stats")

    async def healthy(self) -> bool:
        """Whether it answers, and well."""
        return await self._get("/healthz") is not None

    async def forward(self, request: Request) -> Response:
        """Pass a request on as it came, `%2F` and all, and its answer back as it comes."""
        if int(request.headers.get("content-length") or 0) > BODY_LIMIT:
            return JSONResponse({"error": f"a body may have {BODY_LIMIT} bytes"}, status_code=413)
        try:
            answer = await self._http.send(self._translate(request), stream=True)
        except (httpx.TransportError, ClientDisconnect):
            return JSONResponse(_AWAY, status_code=503, headers={"Retry-After": "1"})
        response = StreamingResponse(
            answer.aiter_raw(), status_code=answer.status_code, background=BackgroundTask(answer.aclose)
        )
        response.raw_headers = _of_message(answer.headers.raw)
        return response

    def _translate(self, request: Request) -> httpx.Request:
        query = request.scope.get("query_string", b"")
        target = raw_path(request) + (b"?" + query if query else b"")
        return self._http.build_request(
            request.method,
            httpx.URL(scheme="http", host="gateway", raw_path=target),
            headers=_of_message(request.headers.raw),
            content=_body(request) if _has_body(request) else None,
        )

    async def _json(self, path: str) -> dict[str, Any] | None:
        answer = await self._get(path)
        try:
            body = None if answer is None else answer.json()
        except ValueError:
            return None
        return body if isinstance(body, dict) else None

    async def _get(self, path: str) -> httpx.Response | None:
        try:
            answer = await self._http.get(f"http://gateway{path}", timeout=_NUMBERS_TIMEOUT_S)
        except httpx.TransportError:
            return None
        return answer if answer.is_success else None


def _of_message(headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    return [(name.lower(), value) for name, value in headers if name.lower() not in _OF_CONNECTION]


def _has_body(request: Request) -> bool:
    return "transfer-encoding" in request.headers or request.headers.get("content-length", "0") != "0"


async def _body(request: Request) -> AsyncIterator[bytes]:
    sent = 0
    async for chunk in request.stream():
        sent += len(chunk)
        if sent > BODY_LIMIT:
            raise httpx.WriteError("the body is too long")
        yield chunk
