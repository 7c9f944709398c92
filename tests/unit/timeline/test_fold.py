"""A restart at any instant, and any rhythm of ticks, gives the same decisions."""

from hypothesis import given
from hypothesis import strategies as st

from reelroom.events import Captured, Event, Joined, Left, Lost, Published, Unpublished
from reelroom.spec import Interruption, RecordSpec, Tracks
from reelroom.timeline.decisions import Decision, EndDue, FileCloses, FileOpens, PartBegins, PartEnds
from reelroom.timeline.fold import Timeline
from reelroom.units import NS, AppId, CaptureId, MediaKind, PublicationId, RoomId, StreamId, UserId

KINDS = st.sampled_from([(MediaKind.AUDIO,), (MediaKind.VIDEO,), (MediaKind.AUDIO, MediaKind.VIDEO)])
SPECS = st.builds(
    RecordSpec,
    app=st.just(AppId(1)),
    room=st.just(RoomId("r")),
    tracks=st.sampled_from(Tracks),
    streams=st.sampled_from([(), (StreamId("s0"), StreamId("s9"))]),
    interruption=st.sampled_from(Interruption),
    max_idle_s=st.sampled_from([5, 30]),
    max_record_s=st.just(300),
)


@st.composite
def rooms(draw: st.DrawFn) -> list[Event]:
    """A well-formed room log: gateways that die and return, streams that come, go and are taken over."""
    now, events, live = 0, [Joined(0, "g")], {}
    for number in range(draw(st.integers(0, 12))):
        now += draw(st.integers(0, 20 * NS))
        act = draw(st.sampled_from(["publish", "publish", "unpublish", "die"]))
        if act == "publish":
            publication, stream = PublicationId(f"p{number}"), StreamId(f"s{draw(st.integers(0, 2))}")
            events.append(Published(now, publication, stream, UserId("u"), "n", draw(KINDS)))
            if draw(st.booleans()):
                events.append(Captured(now, publication, CaptureId(f"c{number}"), {}))
            live[publication] = stream
        elif act == "unpublish" and live:
            publication = draw(st.sampled_from(sorted(live)))
            del live[publication]
            events.append(Unpublished(now, publication, "left"))
        elif act == "die":
            events.append(Lost(now))
            now += draw(st.integers(0, 60 * NS))
            events.append(Joined(now, "g"))
            live.clear()
    return events


def play(what: RecordSpec, events: list[Event], ticks: list[int], stop_ns: int | None = None) -> list[Decision]:
    """Feed a log with ticks strewn in; the database agrees with every proposed end and the room is left."""
    timeline, decisions = Timeline(what, 0), []
    if stop_ns is not None:
        timeline.stop(stop_ns)
    for event in events:
        for tick in (t for t in ticks if t <= event.at):
            decisions += timeline.tick(tick)
        decisions += timeline.event(event)
    end = next((d.at for d in decisions if isinstance(d, EndDue)), events[-1].at + NS)
    timeline.stop(end if stop_ns is None else stop_ns)
    return decisions + timeline.event(Left(max(end, events[-1].at) + NS, {}))


@given(SPECS, rooms(), st.lists(st.integers(0, 300 * NS)))
def test_ticks_change_nothing_but_when_decisions_are_known(what, events, ticks) -> None:
    assert play(what, events, sorted(ticks)) == play(what, events, [])


@given(SPECS, rooms(), st.integers(0, 40))
def test_a_restart_repeats_what_was_decided_and_goes_on_the_same(what, events, cut) -> None:
    whole = play(what, events, [])
    head = Timeline(what, 0)
    before = [d for event in events[:cut] for d in head.event(event)]
    assert whole[: len(before)] == before


@given(SPECS, rooms())
def test_knowing_the_end_from_the_start_changes_nothing(what, events) -> None:
    first = play(what, events, [])
    end = next((d.at for d in first if isinstance(d, EndDue)), events[-1].at + NS)
    assert play(what, events, [], stop_ns=end) == first


@given(SPECS, rooms())
def test_files_and_parts_are_well_formed(what, events) -> None:
    opened, live, closed = {}, {}, set()
    for decision in play(what, events, []):
        match decision:
            case FileOpens(key=key):
                assert key not in opened
                opened[key] = decision
                live[key] = None
            case PartBegins(key=key, part=part):
                assert live[key] is None
                assert key not in closed
                live[key] = part
            case PartEnds(key=key, part=part):
                assert live[key] == part
                live[key] = None
            case FileCloses(key=key):
                assert live[key] is None
                closed.add(key)
    assert closed == set(opened)


def recorded(*, stop_s: int, left_s: int, came_s: int = 1, **limits: int) -> list[Decision]:
    """One publisher from `came_s`, a caller's or a limit's end in the database, and a gateway that left at `left_s`."""
    what = RecordSpec(app=AppId(1), room=RoomId("r"), **limits)
    timeline, capture = Timeline(what, 0), CaptureId("c")
    timeline.stop(stop_s * NS)
    published = Published(came_s * NS, PublicationId("p"), StreamId("s"), UserId("u"), "U", (MediaKind.AUDIO,))
    events = [
        Joined(0, "g"),
        published,
        Captured(came_s * NS, PublicationId("p"), capture, {}),
        Left(left_s * NS, {capture: {MediaKind.AUDIO: 7}}),
    ]
    return [d for event in events for d in timeline.event(event)]


def test_a_limit_is_kept_to_the_instant_however_late_the_gateway_left() -> None:
    (part,) = (d for d in recorded(stop_s=300, left_s=600, max_record_s=300) if isinstance(d, PartEnds))
    assert (part.at, part.upto, part.cut) == (300 * NS, None, True)


def test_a_stop_takes_what_arrived_until_the_gateway_heard_of_it() -> None:
    (part,) = (d for d in recorded(stop_s=10, left_s=11) if isinstance(d, PartEnds))
    assert (part.upto, part.cut) == ({MediaKind.AUDIO: 7}, False)


def test_a_limit_that_a_callers_stop_overruled_loses_no_publisher() -> None:
    decisions = recorded(came_s=20, stop_s=60, left_s=61, max_idle_s=5)
    assert [type(d) for d in decisions if isinstance(d, (FileOpens, PartEnds))] == [FileOpens, PartEnds]
