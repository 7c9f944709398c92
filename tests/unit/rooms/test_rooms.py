"""Rooms in this process, with offers whose senders never come."""

import asyncio
from pathlib import Path

import pytest
from tests.unit.webrtc.offers import CHROMIUM, FFMPEG, viewing

from reelroom.rooms import rooms as rooms_module
from reelroom.rooms.rooms import Rooms, RoomsFullError
from reelroom.rooms.tokens import RoomToken
from reelroom.settings import RoomSettings
from reelroom.units import AppId, RoomId, StreamId, UserId
from reelroom.webrtc import OfferError, UnacceptableOfferError, transport

TOKEN = RoomToken(app=AppId(1), room=RoomId("room"), user=UserId("anna"), publish=True)
STREAM = StreamId("camera")


class Nobody:
    """A listener that must not hear anything."""

    def published(self, *_: object) -> None:
        raise AssertionError("nobody connected")

    def unpublished(self, *_: object) -> None:
        raise AssertionError("nobody connected")


def make_rooms(**words) -> Rooms:
    return Rooms(RoomSettings(bind=("127.0.0.1",), **words), Nobody())


def open_files() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


async def test_sessions_that_do_not_connect_are_dropped_and_leave_nothing(monkeypatch):
    monkeypatch.setattr(transport, "CONNECT_TIMEOUT_S", 0.2)
    rooms = make_rooms()
    before = open_files()
    sessions = [(await rooms.publish(TOKEN, STREAM, text))[0] for text in (CHROMIUM, FFMPEG, CHROMIUM)]
    assert open_files() >= before + 3
    async with asyncio.timeout(5):
        for session in sessions:
            await session.ended.wait()
            await session.end("test")
    assert not any(rooms.session(session.id) for session in sessions)
    assert open_files() == before
    assert rooms.publications(AppId(1), RoomId("room")) == []


async def test_refused_offers_take_no_place():
    rooms = make_rooms(max_publishers=1)
    for text, error in (("v=0", OfferError), (viewing(CHROMIUM), UnacceptableOfferError)):
        with pytest.raises(error):
            await rooms.publish(TOKEN, STREAM, text)
    session, _ = await rooms.publish(TOKEN, STREAM, CHROMIUM)
    with pytest.raises(RoomsFullError):
        await rooms.publish(TOKEN, STREAM, CHROMIUM)
    await session.end("test")
    await rooms.close("test")


async def test_without_a_free_port_nothing_is_kept(monkeypatch):
    rooms = make_rooms(port_min=41_300, port_max=41_300)
    session, _ = await rooms.publish(TOKEN, STREAM, CHROMIUM)
    with pytest.raises(rooms_module.RoomError):
        await rooms.publish(TOKEN, StreamId("other"), CHROMIUM)
    await session.end("test")
    again, _ = await rooms.publish(TOKEN, STREAM, CHROMIUM)
    await again.end("test")


async def test_the_announced_address_stands_in_the_answer():
    rooms = make_rooms(announced_address="203.0.113.5")
    session, answer = await rooms.publish(TOKEN, STREAM, CHROMIUM)
    candidates = {line.split()[4] for line in answer.splitlines() if line.startswith("a=candidate")}
    assert candidates == {"203.0.113.5"}
    await session.end("test")


async def test_closing_ends_every_session():
    rooms = make_rooms()
    before = open_files()
    for number in range(3):
        await rooms.publish(TOKEN, StreamId(str(number)), CHROMIUM)
    await rooms.close("test")
    assert open_files() == before
