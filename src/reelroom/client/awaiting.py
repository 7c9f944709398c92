"""The client for asyncio."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping
from types import TracebackType
from typing import Any, Concatenate, ParamSpec, Self, TypeVar

import httpx

from reelroom.client import operations
from reelroom.client.exchange import RETRIES, Answer, Failure, Outcome, Send, Step, Surroundings
from reelroom.client.operations import Operation
from reelroom.client.pages import RETENTION_S
from reelroom.client.results import TaskLine
from reelroom.client.shell import FAILURES, HEADERS, SURROUNDINGS, Shell, dress, read_failure, read_response
from reelroom.retry import Policy

_P = ParamSpec("_P")
_R = TypeVar("_R")


def _awaiting(make: Callable[_P, Operation[_R]]) -> Callable[Concatenate["AsyncClient", _P], Coroutine[Any, Any, _R]]:
    async def method(client: "AsyncClient", /, *args: _P.args, **kwargs: _P.kwargs) -> _R:
        return await client.carry_out(make(*args, **kwargs))

    dress(method, make)
    return method


class AsyncClient(Shell):
    """`Client` with every call awaited; may be shared by the tasks of one event loop."""

    def __init__(
        self,
        base_url: str,
        *,
        app_id: int,
        server_secret: str,
        timeout_s: float = 10.0,
        retries: Policy = RETRIES,
        surroundings: Surroundings = SURROUNDINGS,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        super().__init__(base_url, app_id, server_secret, retries, surroundings)
        self._http = httpx.AsyncClient(timeout=timeout_s)
        self._sleep = sleep

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Give the connections back. Nothing can be asked afterwards."""
        await self._http.aclose()

    start_record = _awaiting(operations.start_record)
    stop_record = _awaiting(operations.stop_record)
    pause_record = _awaiting(operations.pause_record)
    resume_record = _awaiting(operations.resume_record)
    update_layout = _awaiting(operations.update_layout)
    update_whiteboard = _awaiting(operations.update_whiteboard)
    take_snapshot = _awaiting(operations.take_snapshot)
    describe_record_status = _awaiting(operations.describe_record_status)
    describe_tasks = _awaiting(operations.describe_tasks)
    call = _awaiting(operations.call)

    async def iter_tasks(
        self, *, running: bool, room: str | None = None, within_s: int = RETENTION_S
    ) -> AsyncIterator[TaskLine]:
        """Every task of `describe_tasks`, page after page, each once."""
        walk = self._walk(running=running, room=room, within_s=within_s)
        while walk.query is not None:
            for line in walk.take(await self.carry_out(operations.page_of(walk.query))):
                yield line

    async def carry_out(self, operation: Operation[_R]) -> _R:
        """Any operation, to its end."""
        talk = self._core.converse(operation)
        outcome: Outcome = None
        while True:
            try:
                step = talk.send(outcome)
            except StopIteration as end:
                result: _R = end.value
                return result
            outcome = await self._do(step)

    async def _do(self, step: Step) -> Outcome:
        if isinstance(step, Send):
            return await self._post(step.query, step.body)
        await self._sleep(step.seconds)
        return None

    async def _post(self, query: Mapping[str, str], body: bytes) -> Answer | Failure:
        try:
            return read_response(await self._http.post(self._core.url, params=query, content=body, headers=HEADERS))
        except FAILURES as error:
            return read_failure(error)
