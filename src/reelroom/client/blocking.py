"""The client that blocks."""

import time
from collections.abc import Callable, Iterator, Mapping
from types import TracebackType
from typing import Concatenate, ParamSpec, Self, TypeVar

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


def _blocking(make: Callable[_P, Operation[_R]]) -> Callable[Concatenate["Client", _P], _R]:
    def method(client: "Client", /, *args: _P.args, **kwargs: _P.kwargs) -> _R:
        return client.carry_out(make(*args, **kwargs))

    dress(method, make)
    return method


class Client(Shell):
    """Speaks to one server for one app; may be shared by threads. Each call raises ApiError, UnreachableError.

    Calls are repeated where that is safe, as `retries` says: no try begins later than `retries.give_up_s` after the
    first, and each may take `timeout_s` to connect and `timeout_s` to be answered.
    """

    def __init__(
        self,
        base_url: str,
        *,
        app_id: int,
        server_secret: str,
        timeout_s: float = 10.0,
        retries: Policy = RETRIES,
        surroundings: Surroundings = SURROUNDINGS,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        super().__init__(base_url, app_id, server_secret, retries, surroundings)
        self._http = httpx.Client(timeout=timeout_s)
        self._sleep = sleep

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Give the connections back. Nothing can be asked afterwards."""
        self._http.close()

    start_record = _blocking(operations.start_record)
    stop_record = _blocking(operations.stop_record)
    pause_record = _blocking(operations.pause_record)
    resume_record = _blocking(operations.resume_record)
    update_layout = _blocking(operations.update_layout)
    update_whiteboard = _blocking(operations.update_whiteboard)
    take_snapshot = _blocking(operations.take_snapshot)
    describe_record_status = _blocking(operations.describe_record_status)
    describe_tasks = _blocking(operations.describe_tasks)
    call = _blocking(operations.call)

    def iter_tasks(self, *, running: bool, room: str | None = None, within_s: int = RETENTION_S) -> Iterator[TaskLine]:
        """Every task of `describe_tasks`, page after page, each once."""
        walk = self._walk(running=running, room=room, within_s=within_s)
        while walk.query is not None:
            yield from walk.take(self.carry_out(operations.page_of(walk.query)))

    def carry_out(self, operation: Operation[_R]) -> _R:
        """Any operation, to its end."""
        talk = self._core.converse(operation)
        outcome: Outcome = None
        while True:
            try:
                step = talk.send(outcome)
            except StopIteration as end:
                result: _R = end.value
                return result
            outcome = self._do(step)

    def _do(self, step: Step) -> Outcome:
        if isinstance(step, Send):
            return self._post(step.query, step.body)
        self._sleep(step.seconds)
        return None

    def _post(self, query: Mapping[str, str], body: bytes) -> Answer | Failure:
        try:
            return read_response(self._http.post(self._core.url, params=query, content=body, headers=HEADERS))
        except FAILURES as error:
            return read_failure(error)
