"""`/openapi.json`: the control API's description for programs."""

import json

from starlette.requests import Request
from starlette.responses import Response

from reelroom.api.openapi import document

_HEADERS = {"Cache-Control": "no-cache", "X-Content-Type-Options": "nosniff"}


class OpenApiDoor:
    """Hands out the document, written once."""

    def __init__(self) -> None:
        self._content = json.dumps(document(), ensure_ascii=False).encode()

    async def get(self, _request: Request) -> Response:
        """The whole document."""
        return Response(self._content, media_type="application/json", headers=_HEADERS)
