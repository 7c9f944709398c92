"""Files of the local store at `/files/{token}/{name}`. Who knows the token may read; there is no listing."""

import re
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response

from reelroom.api.paths import segments
from reelroom.storage.content_types import content_type

_TOKEN = re.compile(r"[A-Za-z0-9_-]{16,128}", re.ASCII)
# A recording is shown, not run: nosniff keeps its type what we say it is.
_HEADERS = {"X-Content-Type-Options": "nosniff", "Cache-Control": "private, max-age=3600", "Accept-Ranges": "bytes"}


class FileDoor:
    """Hands out files below one folder, with ranges, so that players can seek."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def get(self, request: Request) -> Response:
        """One file, or 404 whatever is wrong: the difference would tell tokens apart."""
        path = self._find(segments(request))
        if path is None:
            return PlainTextResponse("no such file\n", status_code=404)
        return FileResponse(path, headers=_HEADERS, media_type=content_type(path.name))

    def _find(self, parts: list[str] | None) -> Path | None:
        if parts is None or len(parts) != 3:  # noqa: PLR2004  files, token, name
            return None
        _, token, name = parts
        if not _TOKEN.fullmatch(token) or name.startswith(".") or "/" in name or "\0" in name:
            return None
        path = self._folder / token / name
        try:
            return path if path.is_file() and not path.is_symlink() else None
        except OSError:  # a name longer than names may be
            return None
