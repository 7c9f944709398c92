"""Both clients against a real server, through a proxy that really loses requests and answers."""

import asyncio
import inspect
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from tests.integration.client_proxy import Fault, FlakyProxy, flaky_proxy
from tests.support.server import ReelroomServer, running_server

from reelroom.client import (
    NO_RETRIES,
    AsyncClient,
    Client,
    InvalidInputError,
    NotPausedError,
    Policy,
    RateLimitedError,
    RecordStatus,
    SignatureExpiredError,
    SignatureRefusedError,
    TaskEndedError,
    UnknownTaskError,
    UnreachableError,
)
from reelroom.client.shell import SURROUNDINGS
from reelroom.mix import Area, Canvas, Layout, LayoutMode, MixSpec, View
from reelroom.task import TaskState
from reelroom.units import NS, TaskId

SOON = Policy(first_s=0.02, ceiling_s=0.5, give_up_s=30.0)
UNKNOWN = TaskId("aJB-YE-iHBJnAABN")
Ask = Callable[..., Any]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ReelroomServer]:
    once = {"REELROOM_LIMITS__REFUSE_REPEATED_NONCES": "true"}  # so that every try must be signed anew
    with running_server(tmp_path_factory.mktemp("retries") / "data", once) as started:
        yield started


@pytest.fixture
def proxy(server: ReelroomServer) -> Iterator[FlakyProxy]:
    with flaky_proxy(int(server.url.rpartition(":")[2])) as made:
        yield made


@pytest.fixture(params=[Client, AsyncClient])
def ask(request: pytest.FixtureRequest, server: ReelroomServer, proxy: FlakyProxy) -> Ask:
    """Calls a method of either client by its name, through the proxy."""

    async def call(name: str, *arguments: Any, **named: Any) -> Any:
        made = request.param(
            proxy.url, app_id=server.app.id, server_secret=server.app.server_secret, retries=SOON, timeout_s=20
        )
        found = getattr(made, name)(*arguments, **named)
        if name == "iter_tasks":
            found = [line async for line in found] if request.param is AsyncClient else list(found)
        found = await found if inspect.isawaitable(found) else found
        closed = made.close()
        if closed is not None:
            await closed
        return found

    return lambda name, *arguments, **named: asyncio.run(call(name, *arguments, **named))


def assert_began(proxy: FlakyProxy, *faults: Fault) -> None:
    """The server's own limit may have asked for more tries after these."""
    assert proxy.seen[: len(faults)] == list(faults)


LOSSES = [Fault.REFUSED, Fault.LOST_REQUEST, Fault.LOST_ANSWER, Fault.BAD_GATEWAY, Fault.LIMITED]


@pytest.mark.parametrize("fault", LOSSES)
def test_a_start_that_is_repeated_starts_once(ask: Ask, proxy: FlakyProxy, fault: Fault) -> None:
    room = f"once-{fault.name}-{id(ask)}"
    proxy.plan(fault, fault)
    task = ask("start_record", room)
    assert_began(proxy, fault, fault, Fault.NONE)
    assert [line.task for line in ask("describe_tasks", running=True, room=room)] == [task]
    ask("stop_record", task)


def test_a_start_without_id_is_not_repeated_after_a_lost_answer(ask: Ask, proxy: FlakyProxy) -> None:
    room = f"bare-{id(ask)}"
    proxy.plan(Fault.LOST_ANSWER)
    with pytest.raises(UnreachableError):
        ask("start_record", room, client_task_id="")
    assert proxy.seen == [Fault.LOST_ANSWER]
    (line,) = ask("describe_tasks", running=True, room=room)
    ask("stop_record", line.task)


@pytest.mark.parametrize("fault", LOSSES)
def test_a_stop_that_is_repeated_succeeds(ask: Ask, proxy: FlakyProxy, fault: Fault) -> None:
    task = ask("start_record", "stopped")
    proxy.plan(fault)
    assert ask("stop_record", task) is None
    assert_began(proxy, fault, Fault.NONE)
    assert ask("describe_record_status", task).state is TaskState.ENDED
    with pytest.raises(TaskEndedError):
        ask("stop_record", task)


@pytest.mark.parametrize("fault", [Fault.LOST_REQUEST, Fault.LOST_ANSWER, Fault.BAD_GATEWAY])
def test_a_snapshot_is_never_asked_for_twice(ask: Ask, proxy: FlakyProxy, fault: Fault) -> None:
    proxy.plan(fault)
    with pytest.raises(UnreachableError):
        ask("take_snapshot", UNKNOWN)
    assert proxy.seen == [fault]


def test_a_status_is_asked_for_until_it_comes(ask: Ask, proxy: FlakyProxy) -> None:
    task = ask("start_record", "asked")
    proxy.plan(*LOSSES)
    status = ask("describe_record_status", task)
    assert isinstance(status, RecordStatus)
    assert (status.room, status.running, status.mixed) == ("asked", True, False)
    ask("stop_record", task)


def test_every_task_is_listed_through_losses(ask: Ask, proxy: FlakyProxy) -> None:
    room = f"listed-{id(ask)}"
    tasks = [ask("start_record", room) for _ in range(3)]
    proxy.plan(Fault.LOST_ANSWER, Fault.BAD_GATEWAY)
    assert [line.task for line in ask("iter_tasks", running=True, room=room)] == tasks[::-1]
    page = ask("describe_tasks", running=True, room=room, page=2, page_size=2)
    assert ([line.task for line in page], page.total, page.pages) == ([tasks[0]], 3, 2)
    for task in tasks:
        ask("stop_record", task)
    assert {line.state for line in ask("iter_tasks", running=False, room=room)} == {TaskState.ENDED}


MIX = MixSpec(name="mix", canvas=Canvas(width=640, height=360, fps=15, bitrate_bps=400_000), always=True)


@pytest.fixture
def mixed(server: ReelroomServer) -> Iterator[TaskId]:
    """A mixed task."""
    with server.client() as client:
        task = client.start_record("mixed", mix=MIX)
        yield task
        client.stop_record(task)


@pytest.mark.parametrize("fault", LOSSES)
def test_a_pause_and_a_resume_that_are_repeated_succeed(
    ask: Ask, proxy: FlakyProxy, mixed: TaskId, fault: Fault
) -> None:
    proxy.plan(fault)
    ask("pause_record", mixed)
    assert_began(proxy, fault, Fault.NONE)
    status = ask("describe_record_status", mixed)
    assert (status.mixed, status.running) == (True, True)
    proxy.plan(fault)
    ask("resume_record", mixed)
    assert_began(proxy, fault, Fault.NONE)
    with pytest.raises(NotPausedError):
        ask("resume_record", mixed)


def test_a_layout_is_changed_through_losses(ask: Ask, proxy: FlakyProxy, mixed: TaskId) -> None:
    view = View(area=Area(0, 0, 640, 360), layer=0)
    for layout in (Layout(), Layout(mode=LayoutMode.CUSTOM, views=(view,)), Layout(mode=LayoutMode.FLOATING)):
        proxy.plan(Fault.LOST_ANSWER, Fault.LIMITED)
        ask("update_layout", mixed, layout)
        assert_began(proxy, Fault.LOST_ANSWER, Fault.LIMITED, Fault.NONE)


def test_a_layout_off_the_canvas_is_refused_by_its_path(ask: Ask, mixed: TaskId) -> None:
    view = View(area=Area(0, 0, 1280, 720), layer=0)
    with pytest.raises(InvalidInputError, match=r"MixInputList\[0\]"):
        ask("update_layout", mixed, Layout(mode=LayoutMode.CUSTOM, views=(view,)))


def test_an_unknown_task_is_told_by_its_class(ask: Ask) -> None:
    for name in ("stop_record", "pause_record", "resume_record", "take_snapshot", "describe_record_status"):
        with pytest.raises(UnknownTaskError):
            ask(name, UNKNOWN)


def test_a_wrong_secret_is_told_by_its_class(server: ReelroomServer) -> None:
    stranger = Client(server.url, app_id=server.app.id, server_secret="x" * 32)
    with stranger, pytest.raises(SignatureRefusedError):
        stranger.stop_record(UNKNOWN)


def test_a_clock_that_is_wrong_is_told_by_its_class(server: ReelroomServer) -> None:
    ahead = replace(SURROUNDINGS, unix_ns=lambda: time.time_ns() + 660 * NS)
    app = server.app
    late = Client(server.url, app_id=app.id, server_secret=app.server_secret, surroundings=ahead)
    with late, pytest.raises(SignatureExpiredError):
        late.stop_record(UNKNOWN)


def test_a_call_outlives_a_restart_of_the_server(server: ReelroomServer) -> None:
    def restart_once(_seconds: float) -> None:
        if "server" not in server.living():
            server.restart()

    patient = Policy(first_s=0.01, ceiling_s=0.01, give_up_s=60.0)
    app = server.app
    with Client(server.url, app_id=app.id, server_secret=app.server_secret, retries=patient, sleep=restart_once) as one:
        task = one.start_record("outlived")
        server.kill9("server")
        assert one.describe_record_status(task).running
        server.kill9("server")
        one.stop_record(task)
        assert not one.describe_record_status(task).running


CROWD = 25  # more than one second's calls of an app


def test_a_crowd_of_threads_shares_one_client_and_all_are_answered_in_the_end(server: ReelroomServer) -> None:
    with server.client() as client, ThreadPoolExecutor(CROWD) as threads:
        calls = [threads.submit(client.describe_tasks, running=True, room="crowd") for _ in range(CROWD)]
        assert [call.result().total for call in calls] == [0] * CROWD


def test_a_crowd_of_coroutines_shares_one_client_and_all_are_answered_in_the_end(server: ReelroomServer) -> None:
    async def crowd() -> list[int]:
        async with AsyncClient(server.url, app_id=server.app.id, server_secret=server.app.server_secret) as client:
            calls = [client.describe_tasks(running=True, room="crowd") for _ in range(CROWD)]
            return [page.total for page in await asyncio.gather(*calls)]

    assert asyncio.run(crowd()) == [0] * CROWD


def test_who_does_not_repeat_is_told_of_the_limit(server: ReelroomServer) -> None:
    with (
        Client(server.url, app_id=server.app.id, server_secret=server.app.server_secret, retries=NO_RETRIES) as client,
        ThreadPoolExecutor(CROWD) as threads,
    ):
        calls = [threads.submit(client.describe_tasks, running=True) for _ in range(100)]
        refusals = {type(error) for call in calls if (error := call.exception()) is not None}
    assert refusals == {RateLimitedError}
