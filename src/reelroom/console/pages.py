"""Hands out the pages: `/room`, the built files beside it below `/static/`, and `/docs`."""

import base64
import hashlib
from importlib.resources import files
from pathlib import Path

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, PlainTextResponse, Response
from starlette.staticfiles import StaticFiles

from reelroom.api.openapi import document
from reelroom.console.docs_page import STYLE, page

STATIC = Path(str(files("reelroom.console"))) / "static"
# The page holds a room token: nothing from elsewhere may run in it, nor may it be framed.
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; style-src 'self' 'unsafe-inline'; "
        "object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Permissions-Policy": "camera=(self), microphone=(self), display-capture=(self)",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-cache",
}
_STYLE_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
# No script and nothing from elsewhere: the page reads well where there is no internet.
_DOCS_HEADERS = {
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-cache",
}


def add_pages(app: FastAPI, static: Path = STATIC) -> None:
    """Add the pages to the server's application."""

    async def room(_request: Request) -> Response:
        built = static / "index.html"
        if not built.is_file():
            return PlainTextResponse("The page is not built here: run `make setup`.\n", status_code=503)
        return FileResponse(built, headers=_HEADERS)

    written = page(document())

    async def docs(_request: Request) -> Response:
        return HTMLResponse(written, headers=_DOCS_HEADERS)

    app.router.add_route("/room", room, methods=["GET"])
    app.router.add_route("/docs", docs, methods=["GET"])
    app.mount("/static", _Static(directory=static, check_dir=False), name="static")


class _Static(StaticFiles):
    """Built files have a hash of their content in their names, so they may be kept for ever."""

    def file_response(self, *args: object, **kwargs: object) -> Response:
        response = super().file_response(*args, **kwargs)  # type: ignore[arg-type]
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response
