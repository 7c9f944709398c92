"""Journal events and their JSON lines."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelroom import events
from reelroom.errors import JournalError
from reelroom.events import Captured, Event, Gap, Joined, Left, Lost, Published, Report, TrackOpened, from_line, to_line
from reelroom.units import CaptureId, Codec, MediaKind, PublicationId, StreamId, UserId

KINDS = [cls for cls in vars(events).values() if isinstance(cls, type) and issubclass(cls, Event) and cls is not Event]
POSITIONS = st.dictionaries(st.sampled_from(MediaKind), st.integers(0, 2**63))
VALUES = {
    int: st.integers(-(2**62), 2**62),
    str: st.text(max_size=20),
    MediaKind: st.sampled_from(MediaKind),
    Codec: st.sampled_from(Codec),
}


def strategy(cls: type[Event]) -> st.SearchStrategy:
    special = {
        "after": POSITIONS,
        "upto": st.dictionaries(st.text(min_size=1, max_size=8), POSITIONS, max_size=3),
        "kinds": st.lists(st.sampled_from(MediaKind), max_size=2).map(tuple),
    }
    values = {name: special[name] if name in special else VALUES[_plain(kind)] for name, kind in _fields(cls).items()}
    return st.builds(cls, **values)


def _fields(cls: type[Event]) -> dict[str, type]:
    return {name: field.type for name, field in cls.__dataclass_fields__.items()}


def _plain(kind: type) -> type:
    return getattr(kind, "__supertype__", kind)


@given(st.one_of([strategy(cls) for cls in KINDS]))
def test_every_event_survives_its_line(event):
    line = json.loads(json.dumps(to_line(event)))
    assert line["event"] == type(event).__name__.lower()
    assert from_line(line) == event


def test_what_comes_back_has_its_types():
    line = json.loads(json.dumps(to_line(TrackOpened(1, MediaKind.VIDEO, "video-0.mkv", Codec.VP8, 90_000, 5))))
    event = from_line(line)
    assert isinstance(event, TrackOpened)
    assert isinstance(event.kind, MediaKind)
    assert isinstance(event.codec, Codec)
    published = Published(1, PublicationId("p"), StreamId("s"), UserId("u"), "n", (MediaKind.AUDIO, MediaKind.VIDEO))
    assert from_line(json.loads(json.dumps(to_line(published)))) == published


def test_positions_of_captures_keep_their_kinds():
    left = Left(5, {CaptureId("c"): {MediaKind.AUDIO: 7}})
    assert from_line(json.loads(json.dumps(to_line(left)))) == left


def test_a_line_of_a_newer_version_is_skipped():
    assert from_line({"event": "teleported", "at": 1}) is None
    assert from_line({}) is None


def test_fields_of_a_newer_version_are_ignored_and_absent_ones_have_their_default():
    assert from_line({"event": "joined", "at": 1, "gateway": "g", "mood": "good"}) == Joined(1, "g")
    assert from_line({"event": "captured", "at": 1, "publication": "p", "capture": "c"}) == Captured(
        1, PublicationId("p"), CaptureId("c")
    )


@pytest.mark.parametrize(
    "line",
    [
        pytest.param({"event": "joined", "at": 1}, id="a field missing"),
        pytest.param({"event": "gap", "at": 1, "kind": "smell", "start": 1, "end": 2, "packets": 3}, id="unknown kind"),
        pytest.param({"event": "captured", "at": 1, "publication": "p", "capture": "c", "after": 5}, id="no mapping"),
        pytest.param({"event": "left", "at": 1, "upto": {"c": {"audio": "x"}}}, id="no number"),
        pytest.param({"event": "left", "at": 1, "upto": {"c": 5}}, id="no mapping inside"),
        pytest.param({"event": "published", "at": 1, "kinds": 5}, id="no list"),
    ],
)
def test_malformed_lines_are_journal_errors(line):
    with pytest.raises(JournalError):
        from_line(line)


def test_events_are_frozen():
    for event in (Lost(1), Gap(1, MediaKind.AUDIO, 1, 2, 3), Report(1, MediaKind.AUDIO, 1, 2, "sr")):
        with pytest.raises(AttributeError):
            event.at = 2  # type: ignore[misc]
