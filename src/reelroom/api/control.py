"""The control API itself: `POST|GET /?Action=…`."""

import time
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from reelroom.api.actions import ACTIONS
from reelroom.api.admission import Admitted, admit
from reelroom.api.codes import Code, RefusedError, refusal_of
from reelroom.api.desk import TaskDesk
from reelroom.api.envelope import BODY_LIMIT, failure, new_request_id, parse_body, parse_query, success
from reelroom.api.rates import Rates
from reelroom.apps import AppBook
from reelroom.errors import ReelroomError
from reelroom.logs import get_logger
from reelroom.settings import LimitSettings


class ControlDoor:
    """Admits, runs and answers one request after the other; any number at the same time."""

    def __init__(self, apps: AppBook, desk: TaskDesk, limits: LimitSettings) -> None:
        self._apps = apps
        self._desk = desk
        self._rates = Rates(limits)
        self._nonces_hold_once = limits.refuse_repeated_nonces
        self._log = get_logger()

    async def handle(self, request: Request) -> Response:
        """Always 200 with an envelope, whatever happens."""
        request_id = new_request_id()
        try:
            envelope = success(request_id, await self._answer(request))
        except ClientDisconnect:
            return Response(status_code=HTTPStatus.BAD_REQUEST)  # which nobody reads
        except ReelroomError as error:
            envelope = failure(request_id, refusal_of(error) or self._ours(request_id))
        except Exception:  # noqa: BLE001  the caller gets an envelope, the log the rest
            envelope = failure(request_id, self._ours(request_id))
        request.state.code, request.state.request_id = envelope["Code"], request_id
        return JSONResponse(envelope)

    async def _answer(self, request: Request) -> Mapping[str, Any] | None:
        admitted = self._admit(request)
        request.state.action = admitted.action
        self._rates.take(admitted.app.id, admitted.action)
        if self._nonces_hold_once:
            await run_in_threadpool(self._desk.take_nonce, admitted.app, admitted.nonce, admitted.until_s)
        body = parse_body(await _read(request)) if request.method == "POST" else parse_query(request.query_params)
        return await run_in_threadpool(ACTIONS[admitted.action], self._desk, admitted.app, body)

    def _admit(self, request: Request) -> Admitted:
        host = request.headers.get("host", "")
        return admit(request.query_params, host, app_of=self._apps.app, actions=ACTIONS.keys(), now_s=int(time.time()))

    def _ours(self, request_id: str) -> RefusedError:
        """Called while handling what went wrong: the caller learns nothing of our insides."""
        self._log.exception("request_failed", request_id=request_id)
        return RefusedError(Code.SYSTEM_ERROR, "system error")


async def _read(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > BODY_LIMIT:
            raise RefusedError(Code.BODY_UNREADABLE, f"the body is too long; allowed: {BODY_LIMIT} bytes")
    return bytes(body)
