"""The gateway process behind its Unix socket: its numbers and health, and everything of rooms, passed on."""

import asyncio
import os
from pathlib import Path
from typing import Any

import httpx
from starlette.background import BackgroundTask
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from reelroom.api.paths import raw_path

SOCKET = "gateway.sock"
BODY_LIMIT = 64 << 10  # an SDP offer is a few kilobytes
_BODY_WITHIN_S = 10
_TIMEOUT = httpx.Timeout(30.0, connect=2.0)
_PASSED_ON = httpx.Limits(max_connections=1000, max_keepalive_connections=50)
_NUMBERS_TIMEOUT_S = 2.0
# RFC 9110 §7.6.1: these belong to one connection; a length is told again for what is sent.
_OF_CONNECTION = frozenset(
    b"connection keep-alive proxy-authenticate proxy-authorization te trailer transfer-encoding upgrade".split()
)
# What pages of other origins may read of our own answers; the gateway's own say the same.
_CORS = {"Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": "Retry-After"}


class GatewayClient:
    """Talks HTTP to the gateway. A gateway that is away is an answer of its own, never an exception."""

    def __init__(self, run: Path) -> None:
        # Through the folder's descriptor, because a socket's address holds only 108 bytes.
        self._folder = os.open(run, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
        socket = f"/proc/self/fd/{self._folder}/{SOCKET}"
        self._http = httpx.AsyncClient(
            transport=httpx.AsyncHTTPTransport(uds=socket, limits=_PASSED_ON), timeout=_TIMEOUT
        )
        # Of its own, so that health is told however many strangers are being served.
        self._numbers = httpx.AsyncClient(transport=httpx.AsyncHTTPTransport(uds=socket), timeout=_NUMBERS_TIMEOUT_S)

    async def close(self) -> None:
        """Close all connections."""
        await self._http.aclose()
        await self._numbers.aclose()
        os.close(self._folder)

    async def stats(self) -> dict[str, Any] | None:
        """The gateway's numbers; None when it is away."""
        return await self._json("/stats")

    async def healthy(self) -> bool:
        """Whether it answers, and well."""
        return await self._get("/healthz") is not None

    async def forward(self, request: Request) -> Response:
        """Pass a request on as it came, `%2F` and all, and its answer back as it comes."""
        try:
            async with asyncio.timeout(_BODY_WITHIN_S):  # before a connection is taken: whoever is slow holds none
                body = await _read(request)
        except TimeoutError:
            return _refuse(408, f"the body did not come within {_BODY_WITHIN_S} s", {"Connection": "close"})
        except ClientDisconnect:
            return Response(status_code=400)  # nobody hears it
        if body is None:
            return _refuse(413, f"a body may have {BODY_LIMIT} bytes", {"Connection": "close"})
        return await self._pass_on(self._translate(request, body))

    async def _pass_on(self, request: httpx.Request) -> Response:
        try:
            answer = await self._http.send(request, stream=True)
        except httpx.LocalProtocolError:
            return _refuse(400, "the request has bytes that HTTP does not allow")
        except httpx.TransportError:
            return _refuse(503, "the rooms are starting or away; try again", {"Retry-After": "1"})
        response = StreamingResponse(
            answer.aiter_raw(), status_code=answer.status_code, background=BackgroundTask(answer.aclose)
        )
        response.raw_headers = _of_message(answer.headers.raw)
        return response

    def _translate(self, request: Request, body: bytes) -> httpx.Request:
        query = request.scope.get("query_string", b"")
        return self._http.build_request(
            request.method,
            "http://gateway/",
            headers=[(name, value) for name, value in _of_message(request.headers.raw) if name != b"content-length"],
            content=body or None,
            # httpx would resolve dot segments: /whip/../stats is a path of no room, never the gateway's own /stats.
            extensions={"target": raw_path(request) + (b"?" + query if query else b"")},
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
            answer = await self._numbers.get(f"http://gateway{path}")
        except httpx.TransportError:
            return None
        return answer if answer.is_success else None


def _of_message(headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    return [(name.lower(), value) for name, value in headers if name.lower() not in _OF_CONNECTION]


async def _read(request: Request) -> bytes | None:
    """The whole body; None if it is too long."""
    if int(request.headers.get("content-length") or 0) > BODY_LIMIT:
        return None
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > BODY_LIMIT:
            return None
    return bytes(body)


def _refuse(status: int, words: str, headers: dict[str, str] | None = None) -> Response:
    return JSONResponse({"error": words}, status_code=status, headers={**_CORS, **(headers or {})})
