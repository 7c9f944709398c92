"""What callers ask of a mix: layouts, pauses, snapshots."""

import pytest
from tests.unit.timeline.mixed_room import GRID, MixedRoom, big, custom, mixed, ns, view

from reelroom.mix import Fit, Layout, LayoutMode
from reelroom.spec import Tracks
from reelroom.task import CommandKind
from reelroom.timeline.decisions import PAUSED, RESUMED, Announces
from reelroom.timeline.mix_decisions import MixOpens, MixPauses, MixResumes, SceneChanges, SnapshotDue

PAUSE, RESUME, SNAPSHOT = CommandKind.PAUSE, CommandKind.RESUME, CommandKind.SNAPSHOT


def changes(room: MixedRoom) -> list[int]:
    return [change.at for change in room.of(SceneChanges)]


def test_a_layout_takes_effect_at_its_instant_any_number_of_times() -> None:
    room = MixedRoom()
    room.publish(1, "a", "b")
    room.layout(5, custom(view(0, "b")))
    room.layout(6, GRID)
    room.layout(7, custom(view(0, "a"), view(1, "b")))
    assert [room.shown(at) for at in (4, 5, 6, 7)] == [["a", "b"], ["b"], ["a", "b"], ["a", "b"]]
    assert changes(room)[-3:] == [ns(5), ns(6), ns(7)]


def test_a_layout_may_name_streams_that_are_not_there_yet() -> None:
    room = MixedRoom()
    room.publish(1, "a")
    room.layout(5, custom(view(0, "z"), view(1)))
    room.publish(6, "z")
    assert room.columns(5) == {1: "a"}
    assert room.columns(6) == {0: "z", 1: "a"}


def test_a_layout_asked_for_before_the_beginning_is_the_first_one() -> None:
    room = MixedRoom()
    room.layout(0.5, custom(view(3)))
    room.publish(1, "a")
    assert room.columns(1) == {3: "a"}
    assert len(changes(room)) == 1


def test_a_layout_that_changes_nothing_is_no_change() -> None:
    room = MixedRoom()
    room.publish(1, "a")
    room.layout(5, big(LayoutMode.GRID, "a"))
    room.tick(6)
    assert changes(room) == [ns(1)]


def test_the_fit_asked_for_at_the_start_stays_with_later_presets() -> None:
    room = MixedRoom(mixed(layout=Layout(fit=Fit.CONTAIN)))
    room.publish(1, "a", "b")
    room.layout(5, big(LayoutMode.FLOATING))
    assert {tile.fit for tile in room.scene(5).tiles} == {Fit.CONTAIN}


def test_pauses_and_resumes_count_once_per_change_and_are_announced() -> None:
    room = MixedRoom()
    room.publish(1, "a")
    for at_s, kind in ((3, RESUME), (4, PAUSE), (5, PAUSE), (6, RESUME), (7, RESUME), (8, PAUSE)):
        room.command(at_s, kind)
    room.tick(9)
    assert [(d.at, d.number) for d in room.of(MixPauses)] == [(ns(4), 3), (ns(8), 7)]
    assert [(d.at, d.number) for d in room.of(MixResumes)] == [(ns(6), 5)]
    assert room.of(Announces) == [
        Announces(ns(4), PAUSED, {}, "paused-3"),
        Announces(ns(6), RESUMED, {}, "resumed-5"),
        Announces(ns(8), PAUSED, {}, "paused-7"),
    ]


def test_a_pause_before_the_beginning_is_kept_for_it() -> None:
    room = MixedRoom()
    room.command(0.5, PAUSE)
    room.tick(0.9)
    assert room.decisions == []
    room.publish(1, "a")
    room.tick(2)
    assert [type(d) for d in room.decisions[:4]] == [MixOpens, SceneChanges, MixPauses, Announces]
    assert {d.at for d in room.decisions} == {ns(1)}
    room.command(3, RESUME)
    room.tick(4)
    assert [d.at for d in room.of(MixResumes)] == [ns(3)]


def test_a_pause_that_ended_before_the_beginning_is_announced_all_the_same() -> None:
    room = MixedRoom()
    room.command(0.4, PAUSE)
    room.command(0.5, RESUME)
    room.publish(1, "a")
    room.tick(2)
    assert [(n.at, n.event_type) for n in room.of(Announces)] == [(ns(1), PAUSED), (ns(1), RESUMED)]


def test_a_pause_that_was_never_reached_is_not_announced() -> None:
    room = MixedRoom()
    room.command(1, PAUSE)
    assert room.end(9) == []


def test_the_picture_goes_on_changing_during_a_pause() -> None:
    room = MixedRoom()
    room.publish(1, "a")
    room.command(2, PAUSE)
    room.publish(3, "b")
    room.layout(4, custom(view(0, "b")))
    assert room.shown(3) == ["a", "b"]
    assert room.shown(4) == ["b"]


def test_snapshots_are_due_at_their_instants_paused_or_not() -> None:
    room = MixedRoom()
    room.command(0.5, SNAPSHOT)
    room.publish(1, "a")
    room.command(2, SNAPSHOT)
    room.command(3, PAUSE)
    room.command(4, SNAPSHOT)
    room.tick(5)
    assert [(d.at, d.number) for d in room.of(SnapshotDue)] == [(ns(1), 1), (ns(2), 3), (ns(4), 5)]


def test_there_is_no_snapshot_of_sound() -> None:
    room = MixedRoom(mixed(canvas=None), tracks=Tracks.AUDIO)
    room.publish(1, "a")
    room.command(2, SNAPSHOT)
    room.tick(3)
    assert room.of(SnapshotDue) == []


@pytest.mark.parametrize("kind", [CommandKind.STOP, CommandKind.BOARD])
def test_other_commands_change_nothing_here(kind) -> None:
    room = MixedRoom()
    room.publish(1, "a")
    room.tick(2)
    decided = len(room.decisions)
    room.command(3, kind)
    room.tick(4)
    assert len(room.decisions) == decided


def test_a_command_read_after_later_events_still_counts_at_its_instant() -> None:
    room = MixedRoom()
    room.publish(1, "a")
    room.publish(6, "b")
    room.layout(5, custom(view(0, "a")))
    room.tick(7)
    assert changes(room) == [ns(1), ns(5)]
