"""One JSON line for each request. Never its query, where signatures travel, nor a file's token."""

import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from reelroom.logs import get_logger

_QUIET = frozenset({"/healthz", "/metrics"})  # asked every few seconds by watchers


class AccessLog:
    """ASGI middleware around the whole application."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._log = get_logger()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, then log."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope.setdefault("state", {})
        begun, status = time.perf_counter(), 0

        async def watch(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, watch)
        finally:
            self._write(scope, status, time.perf_counter() - begun)

    def _write(self, scope: Scope, status: int, seconds: float) -> None:
        log = self._log.debug if scope["path"] in _QUIET else self._log.info
        said = {name: scope["state"][name] for name in ("action", "code", "request_id") if name in scope["state"]}
        if "action" in said:
            said["api_action"] = said.pop("action")  # `action` is the log line's own word
        client = scope.get("client")
        log(
            "request",
            method=scope["method"],
            path=_without_token(scope["path"]),
            status=status,
            ms=round(seconds * 1000, 1),
            client=client[0] if client else "",
            **said,
        )


def _without_token(path: str) -> str:
    """Who knows the token of a file may read it, so it is no more for logs than a password."""
    parts = path.split("/", 3)  # `OPTIONS *` has a path without a slash
    if parts[1:2] == ["files"] and parts[2:]:
        parts[2] = "***"
    return "/".join(parts)
