import pytest

from reelroom.errors import RequestError
from reelroom.rooms.paths import RoomPath, SessionPath, StreamPath, UnknownPathError, parse_path, stream_path


@pytest.mark.parametrize(
    ("room", "stream"),
    [
        ("r", "s"),
        ("a/b", "c/d"),
        ("../x", ".."),
        ("房间", "🎥"),
        ("100%", "a b?c#d"),
        ("session", "x"),
        ("r", "s" * 256),
    ],
)
def test_ids_come_back_as_they_were(room, stream):
    path = stream_path("whip", 42, room, stream)
    assert parse_path(path.encode()) == StreamPath("whip", 42, room, stream)


def test_addresses_of_sessions_and_rooms():
    assert parse_path(b"/whep/session/" + b"0" * 32) == SessionPath("whep", "0" * 32)
    assert parse_path(b"/rooms/1/a%2Fb") == RoomPath(1, "a/b")
    assert str(SessionPath("whip", "f" * 32)) == "/whip/session/" + "f" * 32


@pytest.mark.parametrize(
    "raw",
    [b"/", b"/whip", b"/whip/1/r", b"/whip/1/r/s/t", b"/whip/app/r/s", b"/whip/-1/r/s", b"/whip/session/../../etc",
     b"/whip/session/ABC", b"/other/1/r/s", b"/rooms/1/r/s", b"/whip/" + b"9" * 30 + b"/r/s", b"\xff"],
)  # fmt: skip
def test_other_addresses_are_unknown(raw):
    with pytest.raises(UnknownPathError):
        parse_path(raw)


@pytest.mark.parametrize(
    "raw",
    [b"/whip/1//s", b"/whip/1/r/", b"/whip/1/" + b"r" * 129 + b"/s", b"/whip/1/" + "房".encode() * 43 + b"/s",
     b"/whip/1/r/" + b"s" * 257, b"/whip/1/%ff/s", b"/whip/1/r%00/s"],
)  # fmt: skip
def test_ids_outside_the_limits_are_refused(raw):
    with pytest.raises(RequestError) as caught:
        parse_path(raw)
    assert not isinstance(caught.value, UnknownPathError)
