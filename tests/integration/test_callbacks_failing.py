"""Callbacks of real recorders to receivers that are away, slow, failing or hostile. Settings shorten the clock."""

import json
import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.integration.delivery_world import DeliveryWorld
from tests.integration.recorder_world import APP, SECRET, wait_for
from tests.support.callback_receiver import CallbackReceiver

from reelroom.cli.callbacks import list_, replay
from reelroom.database import OutboxKind
from reelroom.settings import CallbackSettings
from reelroom.spec import Destination
from reelroom.task import Stage
from reelroom.units import TaskId

LOCAL = Destination()
NOTICES = 8


@pytest.fixture(name="world")
def world_fixture(tmp_path: Path) -> Iterator[DeliveryWorld]:
    with DeliveryWorld(tmp_path / "data") as world:
        yield world


def owe(world: DeliveryWorld, name: str, url: str, notices: int = NOTICES) -> TaskId:
    """A task that owes event 1, number 0, and some notices after it."""
    world.settings = replace(
        world.settings, apps=(replace(world.settings.apps[0], callback_url=url, callback_secret=SECRET),)
    )
    task = world.owe(name, LOCAL, {})
    session = world.database.session(task, world.task(task).epoch)
    for number in range(notices):
        session.notice(5, {"stream_id": f"s{number}", "number": number}, f"notice-{number}")
    return task


def set_callbacks(world: DeliveryWorld, **words) -> None:
    settings = {"allow_private": True, "timeout_s": 0.5, "retry_after_s": 0.05, **words}
    world.settings = replace(world.settings, callbacks=CallbackSettings(**settings))


def test_every_event_arrives_in_order_from_a_receiver_that_is_away_then_slow_then_failing(world):
    """Away for many times the contract's patience, then too slow to count, then answering 500."""
    set_callbacks(world, retries=400, timeout_s=0.3)
    slow = threading.Event()
    with CallbackReceiver(SECRET) as gone:
        url = gone.url
    task = owe(world, "away-slow-500-01", url)
    process = world.launch(task)
    wait_for(lambda: any(row.tries > 5 for row in world.database.owed(OutboxKind.CALLBACK, task)))
    port = int(url.rsplit(":", 1)[1].partition("/")[0])
    with CallbackReceiver(SECRET, [200, 200, 500, 503, 500, 200, 404, 200, 500], port=port) as receiver:
        receiver.before_answer = lambda: None if slow.is_set() else slow.wait(1.0)
        receiver.wait_for(3)
        slow.set()
        process.join(60)
    first: dict[int, dict] = {}
    for received in receiver.received:
        assert received.valid
        same = {k: v for k, v in received.body.items() if k not in ("nonce", "timestamp", "signature")}
        assert first.setdefault(received.body["sequence"], same) == same
    assert list(first) == sorted(first) == list(range(NOTICES + 1))
    nonces = [received.body["nonce"] for received in receiver.received]
    assert len(set(nonces)) > 1
    assert world.database.owed(OutboxKind.CALLBACK, task) == []
    assert world.task(task).stage is Stage.DONE


def test_the_contracts_tries_are_followed_by_others_where_that_is_set(world):
    set_callbacks(world, retries=1, retry_after_s=0.05)
    with CallbackReceiver(SECRET, [500] * 2) as receiver:
        task = owe(world, "contract-only-01", receiver.url, notices=1)
        world.complete(task)
        assert [received.body["sequence"] for received in receiver.received] == [0, 0, 1]
    [row] = world.database.given_up(task)
    assert (row.sequence, row.error) == (0, receiver.url.removesuffix("/callback") + " answered 500")


def test_lost_notices_are_listed_and_replayed_with_their_numbers_and_fresh_signatures(world, capsys):
    set_callbacks(world, retries=0)
    with CallbackReceiver(SECRET, [500, 500]) as receiver:
        task = owe(world, "list-and-replay1", receiver.url, notices=2)
        world.complete(task)
        assert [r.body["sequence"] for r in receiver.received] == [0, 1, 2]
        list_(None, json_=True, data=world.data)
        listed = json.loads(capsys.readouterr().out)
        assert [(row["task"], row["sequence"], row["given_up"]) for row in listed] == [(task, 0, True), (task, 1, True)]
        assert SECRET not in str(listed)
        replay(task, sequence=[1], data=world.data)
        assert "1 to be sent" in capsys.readouterr().out
        world.complete(task)
        again = receiver.received[-1]
        assert again.valid
        assert (again.body["sequence"], again.body["detail"]["number"]) == (1, 0)
        assert again.body["nonce"] != receiver.received[1].body["nonce"]
        replay(task, data=world.data)
        world.complete(task)
        assert receiver.received[-1].body["sequence"] == 0
    capsys.readouterr()
    list_(task, json_=True, data=world.data)
    assert json.loads(capsys.readouterr().out) == []


HOSTILE = {
    "says nothing": b"",
    "is no HTTP": b"\x00\xff" * 500,
    "has an endless header": b"HTTP/1.1 200 OK\r\nX: " + b"x" * 2_000_000,
    "has a false length": b"HTTP/1.1 200 OK\r\nContent-Length: banana\r\n\r\n",
    "has a broken chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    "redirects to us": b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n",
    "answers twice": b"HTTP/1.1 100 Continue\r\n\r\n" * 1000,
}


@pytest.mark.parametrize("answer", HOSTILE.values(), ids=HOSTILE)
def test_hostile_receivers_cost_their_own_notice_and_no_recorder(world, answer):
    set_callbacks(world, retries=0, timeout_s=0.5)
    stop = threading.Event()

    def serve(listener: socket.socket) -> None:
        while not stop.is_set():
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                connection.settimeout(1)
                try:
                    connection.recv(65_536)
                    connection.sendall(answer)
                except OSError:
                    continue

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=serve, args=(listener,), daemon=True).start()
        task = owe(world, "hostile-receiver", f"http://127.0.0.1:{listener.getsockname()[1]}/", notices=1)
        world.complete(task)
        stop.set()
    assert [row.sequence for row in world.database.given_up(task)] == [0, 1]
    assert world.task(task).app == APP
