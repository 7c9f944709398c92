"""Any rhythm of reading, and a restart at any instant, gives the same mix."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from tests.unit.timeline.mixed_room import CANVAS, mixed, of_picture, task

from reelroom.events import Captured, Event, Joined, Left, Lost, Published, Unpublished
from reelroom.mix import NO_STREAM, Area, Fit, Layout, LayoutMode, StreamUse, View
from reelroom.scene import Scene, Shows
from reelroom.spec import RecordSpec, Tracks
from reelroom.task import CommandKind
from reelroom.timeline.decisions import Decision, EndDue
from reelroom.timeline.mix import MixTimeline
from reelroom.timeline.mix_decisions import (
    MixCloses,
    MixOpens,
    MixPauses,
    MixResumes,
    SceneChanges,
    SnapshotDue,
    SourceBegins,
    SourceEnds,
)
from reelroom.timeline.mixing import Command
from reelroom.units import NS, CaptureId, MediaKind, PublicationId, StreamId, UserId

STREAMS = st.sampled_from([StreamId(name) for name in "abcd"])
KINDS = st.sampled_from([(MediaKind.AUDIO,), (MediaKind.VIDEO,), (MediaKind.AUDIO, MediaKind.VIDEO)])
AREAS = st.builds(Area, st.integers(0, 600), st.integers(0, 300), st.integers(600, 1920), st.integers(300, 1920))
VIEWS = st.builds(
    View,
    area=AREAS,
    layer=st.integers(0, 3),
    stream=st.one_of(st.just(NO_STREAM), STREAMS),
    whiteboard=st.booleans(),
    fit=st.sampled_from(Fit),
    image=st.sampled_from(["", "https://images.example/own.png"]),
)
LAYOUTS = st.builds(
    Layout,
    mode=st.sampled_from(LayoutMode),
    views=st.lists(VIEWS, max_size=5).map(tuple),
    big=st.one_of(st.just(NO_STREAM), STREAMS),
    fit=st.sampled_from([None, *Fit]),
)
MIXES = st.builds(
    mixed,
    layout=LAYOUTS,
    view_image=st.sampled_from(["", "https://images.example/all.png"]),
    always=st.booleans(),
    hold_views=st.booleans(),
    wait_ms=st.sampled_from([0, 3000]),
    uses=st.lists(st.tuples(STREAMS, st.sampled_from(StreamUse)), max_size=2).map(tuple),
)
SPECS = st.builds(task, MIXES, tracks=st.sampled_from(Tracks), max_idle_s=st.sampled_from([5, 300]))
STOP_NS = 400 * NS  # the caller's, after every line


@st.composite
def rooms(draw: st.DrawFn) -> list[Event]:
    """A well-formed room log: gateways that die and return, streams that come, go, return and are taken over."""
    now, events, live = 0, [Joined(0, "g")], []
    for number in range(draw(st.integers(0, 12))):
        now += draw(st.integers(0, 8 * NS))
        act = draw(st.sampled_from(["publish", "publish", "publish", "unpublish", "capture", "die"]))
        publication = PublicationId(f"p{number}")
        if act == "publish":
            events.append(Published(now, publication, draw(STREAMS), UserId("u"), "n", draw(KINDS)))
            events.append(Captured(now, publication, CaptureId(f"c{number}"), {}))
            live.append(publication)
        elif act == "unpublish" and live:
            gone = live.pop(draw(st.integers(0, len(live) - 1)))
            events.append(Unpublished(now, gone, draw(st.sampled_from(["left", "replaced"]))))
        elif act == "capture" and live:
            events.append(Captured(now, live[-1], CaptureId(f"c{number}"), {}))
        elif act == "die":
            events.append(Lost(now))
            now += draw(st.integers(0, 20 * NS))
            events.append(Joined(now, "g"))
            live.clear()
    return events


@st.composite
def commands(draw: st.DrawFn) -> list[Command]:
    """A command log."""
    kinds = [CommandKind.PAUSE, CommandKind.RESUME, CommandKind.LAYOUT, CommandKind.SNAPSHOT]
    instants = sorted(draw(st.lists(st.integers(0, 90 * NS), max_size=8)))
    asked = [(at, draw(st.sampled_from(kinds))) for at in instants]
    return [
        Command(at, kind, number, draw(LAYOUTS) if kind is CommandKind.LAYOUT else None)
        for number, (at, kind) in enumerate(asked, 1)
    ]


def play(
    what: RecordSpec, events: list[Event], asked: list[Command], ticks: list[int], ahead: int = 0
) -> list[Decision]:
    """Feed both logs as they become known, with ticks in between, `ahead` lines earlier than need be; then end."""
    timeline, decisions = MixTimeline(what, 0), []
    lines, orders = list(events), list(asked)
    for tick in [*ticks, max(line.at for line in [*events, *asked])]:
        for count, order in enumerate(list(orders)):
            if order.at <= tick or count < ahead:
                orders.remove(order)
                decisions += timeline.command(order.kind, order.number, order.at, order.layout)
        while lines and lines[0].at <= tick:
            decisions += timeline.event(lines.pop(0))
        decisions += timeline.tick(tick)
    decisions += timeline.tick(STOP_NS)
    timeline.stop(end_of(decisions))
    return decisions + timeline.event(Left(STOP_NS + NS, {}))


def end_of(decisions: list[Decision]) -> int:
    """The database agrees with what a limit asked for; else the caller stops the task."""
    return next((d.at for d in decisions if isinstance(d, EndDue)), STOP_NS)


@given(SPECS, rooms(), commands(), st.lists(st.integers(0, 400 * NS)), st.integers(0, 3))
def test_neither_ticks_nor_who_is_read_first_change_a_decision(what, events, asked, ticks, ahead) -> None:
    at_once, bit_by_bit = play(what, events, asked, []), play(what, events, asked, sorted(ticks), ahead)
    assert of_picture(bit_by_bit) == of_picture(at_once)
    assert [d for d in bit_by_bit if isinstance(d, EndDue)] == [d for d in at_once if isinstance(d, EndDue)]


@given(SPECS, rooms(), commands(), st.integers(0, 100 * NS))
def test_a_restart_repeats_what_was_decided_and_goes_on_the_same(what, events, asked, killed_ns) -> None:
    whole = of_picture(play(what, events, asked, []))
    head, before = MixTimeline(what, 0), []
    for line in (line for line in events if line.at <= killed_ns):
        before += head.event(line)
    for order in (order for order in asked if order.at <= killed_ns):
        before += head.command(order.kind, order.number, order.at, order.layout)
    before = of_picture(before + head.tick(killed_ns))
    assert whole[: len(before)] == before


@given(SPECS, rooms(), commands())
def test_knowing_the_end_from_the_start_changes_nothing(what, events, asked) -> None:
    first = play(what, events, asked, [])
    again, decisions = MixTimeline(what, 0), []
    again.stop(end_of(first))
    for order in asked:
        decisions += again.command(order.kind, order.number, order.at, order.layout)
    for line in events:
        decisions += again.event(line)
    assert of_picture(decisions + again.event(Left(STOP_NS + NS, {}))) == of_picture(first)


@given(SPECS, rooms(), commands())
def test_scenes_are_well_formed(what, events, asked) -> None:
    scenes = [d.scene for d in play(what, events, asked, []) if isinstance(d, SceneChanges)]
    assert all(one != other for one, other in pairwise(scenes))
    for scene in scenes:
        check_scene(scene)
        assert what.has_video or not scene.tiles
        assert what.tracks.wants(MediaKind.AUDIO) or not scene.heard


def check_scene(scene: Scene) -> None:
    """No stream twice, every area on the canvas and even, every tile shows something."""
    streams = [tile.stream for tile in scene.tiles if tile.shows is not Shows.IMAGE]
    assert all(streams)
    assert len(streams) == len(set(streams))
    for tile in scene.tiles:
        area = tile.area
        assert 0 <= area.left < area.right <= CANVAS.width
        assert 0 <= area.top < area.bottom <= CANVAS.height
        assert not any(edge % 2 for edge in (area.left, area.top, area.right, area.bottom))
        assert (tile.shows is Shows.IMAGE) == (not tile.stream)
        assert tile.image or tile.shows is not Shows.IMAGE
    assert not scene.heard & {tile.stream for tile in scene.tiles if tile.shows is Shows.LAST}


@given(SPECS, rooms(), commands())
def test_decisions_come_in_the_order_of_time_and_pair_up(what, events, asked) -> None:
    decisions = of_picture(play(what, events, asked, []))
    assert [d.at for d in decisions] == sorted(d.at for d in decisions)
    live: dict[PublicationId, StreamId] = {}
    opened = closed = paused = False
    for decision in decisions:
        assert not closed
        match decision:
            case MixOpens():
                assert not opened
                opened = True
            case MixCloses():
                assert opened
                assert not live
                closed = True
            case SourceBegins(publication=publication, stream=stream):
                assert publication not in live
                assert stream not in live.values()
                live[publication] = stream
            case SourceEnds(publication=publication):
                del live[publication]
            case MixPauses():
                assert opened
                assert not paused
                paused = True
            case MixResumes():
                assert paused
                paused = False
            case SceneChanges() | SnapshotDue():
                assert opened
    assert closed == opened
    assert not live


@given(SPECS, rooms(), commands())
def test_a_scene_is_heard_and_seen_live_by_sources_of_present_streams_alone(what, events, asked) -> None:
    """Whoever is heard or live is published, as the room log has it up to that instant."""
    for change in (d for d in play(what, events, asked, []) if isinstance(d, SceneChanges)):
        live = {tile.stream for tile in change.scene.tiles if tile.shows is Shows.LIVE}
        assert live | change.scene.heard <= ever_present(events, change.at)


def ever_present(events: list[Event], at: int) -> set[StreamId]:
    """The streams that were published at some time of an instant, which may hold several lines."""
    present: dict[PublicationId, StreamId] = {}
    leaving: set[StreamId] = set()
    for event in (event for event in events if event.at <= at):
        gone = []
        match event:
            case Published(publication=publication, stream=stream):
                present[publication] = stream
            case Unpublished(publication=publication):
                gone = [publication]
            case Lost():
                gone = list(present)
        for publication in gone:
            stream = present.pop(publication)
            if event.at == at:
                leaving.add(stream)
    return set(present.values()) | leaving
