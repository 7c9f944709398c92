"""WHIP (RFC 9725), WHEP (draft-ietf-wish-whep) and the list of a room's streams, as one ASGI application."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from reelroom.errors import AccessError, ReelroomError
from reelroom.rooms.paths import RoomPath, SessionPath, StreamPath, parse_path
from reelroom.rooms.problems import HttpError, problem
from reelroom.rooms.publication import Publication
from reelroom.rooms.rooms import Rooms
from reelroom.rooms.session import Session
from reelroom.rooms.tokens import InvalidTokenError, RoomToken, check_token
from reelroom.settings import IceServer
from reelroom.units import NS_PER_MS, AppId, RoomId
from reelroom.webrtc import parse_fragment
from reelroom.webrtc.offer import MAX_SDP_BYTES

SDP = "application/sdp"
FRAGMENT = "application/trickle-ice-sdpfrag"
_GRACE_S = 0.1  # what was sent before a DELETE may arrive after it
_CORS = {
    "Access-Control-Allow-Origin": "*",  # tokens are in a header, never in a cookie
    "Access-Control-Expose-Headers": "Location, ETag, Link, Accept-Post, Accept-Patch, Retry-After, WWW-Authenticate",
}
_PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, POST, PATCH, DELETE, OPTIONS",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, If-Match",
    "Access-Control-Max-Age": "86400",
}
Handler = Callable[[Request], Awaitable[Response]]


class RoomsHttp:
    """An ASGI application. The raw path must arrive as the client sent it; a proxy may not decode it."""

    def __init__(
        self, rooms: Rooms, secrets_of: Callable[[int], Sequence[str]], ice_servers: tuple[IceServer, ...]
    ) -> None:
        """`secrets_of`: the ServerSecrets of an app, none if there is no such app."""
        self._rooms = rooms
        self._secrets_of = secrets_of
        self._link = ", ".join(f'<{url}>; rel="ice-server"' for s in ice_servers if not s.credential for url in s.urls)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = Request(scope, receive)
        try:
            response = await self._answer(request, parse_path(scope.get("raw_path") or scope["path"].encode()))
        except ReelroomError as error:
            response = problem(error)
        response.headers.update(_CORS)
        await response(scope, receive, send)

    async def _answer(self, request: Request, path: StreamPath | SessionPath | RoomPath) -> Response:
        match path, request.method:
            case _, "OPTIONS":
                return self._options(path)
            case StreamPath(), "POST":
                return await self._post(request, path)
            case SessionPath(), "PATCH":
                return await self._patch(request, path)
            case SessionPath(), "DELETE":
                return await self._delete(request, path)
            case RoomPath(), "GET":
                return self._list(request, path)
        raise HttpError(HTTPStatus.METHOD_NOT_ALLOWED, "this method is not allowed here", {"Allow": _allowed(path)})

    def _options(self, path: StreamPath | SessionPath | RoomPath) -> Response:
        headers = {"Allow": _allowed(path), **_PREFLIGHT}
        if isinstance(path, StreamPath):
            headers |= {"Accept-Post": SDP, **self._links()}
        elif isinstance(path, SessionPath):
            headers["Accept-Patch"] = FRAGMENT
        return Response(status_code=HTTPStatus.NO_CONTENT, headers=headers)

    async def _post(self, request: Request, path: StreamPath) -> Response:
        token = self._authorise(request, path.app, path.room)
        if not (token.publish if path.protocol == "whip" else token.view):
            raise AccessError(f"the token does not allow to {'publish' if path.protocol == 'whip' else 'view'}")
        offer = await _read(request, SDP)
        begin = self._rooms.publish if path.protocol == "whip" else self._rooms.view
        session, answer = await begin(token, path.stream, offer)
        headers = {
            "Location": str(SessionPath(path.protocol, session.id)),
            "ETag": session.etag,
            "Accept-Patch": FRAGMENT,
            **self._links(),
        }
        return Response(answer, HTTPStatus.CREATED, headers, media_type=SDP)

    async def _patch(self, request: Request, path: SessionPath) -> Response:
        session = self._own_session(request, path)
        fragment = parse_fragment(await _read(request, FRAGMENT))
        expected = request.headers.get("if-match")
        if expected is None:  # RFC 9725 §4.3.1
            raise HttpError(HTTPStatus.PRECONDITION_REQUIRED, "an If-Match header is needed")
        if expected != "*" and session.etag not in [tag.strip() for tag in expected.split(",")]:
            raise HttpError(HTTPStatus.PRECONDITION_FAILED, "the ICE session is not the one that If-Match names")
        answer = await self._rooms.change(session, fragment)
        if answer is None:
            return Response(status_code=HTTPStatus.NO_CONTENT)
        return Response(answer, HTTPStatus.OK, {"ETag": session.etag}, media_type=FRAGMENT)

    async def _delete(self, request: Request, path: SessionPath) -> Response:
        ended = self._rooms.ended(path.session)
        if ended is not None and ended[0] == path.protocol:  # a browser's DTLS goodbye overtakes its DELETE
            self._check_owner(request, ended[1])
        else:
            session = self._own_session(request, path)
            await asyncio.sleep(_GRACE_S)
            await session.end("deleted")
        return Response(status_code=HTTPStatus.OK)

    def _list(self, request: Request, path: RoomPath) -> Response:
        if not self._authorise(request, path.app, path.room).view:
            raise AccessError("the token does not allow to view")
        streams = [_describe(p) for p in self._rooms.publications(path.app, path.room)]
        return JSONResponse({"streams": streams}, headers={"Cache-Control": "no-store"})

    def _authorise(self, request: Request, app: AppId, room: RoomId, *, expired_ok: bool = False) -> RoomToken:
        scheme, _, text = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            raise InvalidTokenError("a bearer token is needed")
        token = check_token(text.strip(), self._secrets_of, now_s=time.time(), expired_ok=expired_ok)
        if token.app != app or token.room != room:
            raise AccessError("the token is for another room")
        return token

    def _own_session(self, request: Request, path: SessionPath) -> Session:
        session = self._rooms.session(path.session)
        if session is None or session.protocol != path.protocol:
            raise HttpError(HTTPStatus.NOT_FOUND, "there is no such session, or it has ended")
        self._check_owner(request, session.token)
        return session

    def _check_owner(self, request: Request, owner: RoomToken) -> None:
        """A session's owner may still change and end it when the token has expired."""
        if self._authorise(request, owner.app, owner.room, expired_ok=True).user != owner.user:
            raise AccessError("the session is another user's")

    def _links(self) -> dict[str, str]:
        return {"Link": self._link} if self._link else {}


async def _read(request: Request, media_type: str) -> str:
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != media_type:
        raise HttpError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"the body must be {media_type}")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_SDP_BYTES:
            raise HttpError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"the body is longer than {MAX_SDP_BYTES} bytes")
    try:
        return body.decode()
    except UnicodeDecodeError as error:
        raise HttpError(HTTPStatus.BAD_REQUEST, "the body is not UTF-8") from error


def _allowed(path: StreamPath | SessionPath | RoomPath) -> str:
    if isinstance(path, StreamPath):
        return "POST, OPTIONS"
    return "PATCH, DELETE, OPTIONS" if isinstance(path, SessionPath) else "GET, OPTIONS"


def _describe(publication: Publication) -> dict[str, object]:
    return {
        "stream": publication.stream,
        "user": publication.token.user,
        "name": publication.token.name,
        "kinds": [kind.value for kind in publication.kinds],
        "since_ms": publication.since_ns // NS_PER_MS,
        "bitrate_bps": publication.bitrate_bps,
        "viewers": len(publication.viewers),
    }
