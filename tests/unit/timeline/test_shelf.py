"""Which files a task makes, as tables: spec and room in, keys and parts out."""

from itertools import chain

import pytest

from reelroom.events import Captured, Event, Joined, Left, Lost, Published, Unpublished
from reelroom.spec import Interruption, RecordSpec, Tracks
from reelroom.timeline.decisions import Decision, FileCloses, FileOpens, PartBegins, PartEnds
from reelroom.timeline.fold import Timeline
from reelroom.units import NS, AppId, CaptureId, MediaKind, PublicationId, RoomId, StreamId, UserId

AUDIO, VIDEO = MediaKind.AUDIO, MediaKind.VIDEO
BOTH = (AUDIO, VIDEO)


def spec(tracks: Tracks = Tracks.TOGETHER, interruption: Interruption = Interruption.SPLIT) -> RecordSpec:
    return RecordSpec(app=AppId(1), room=RoomId("r"), tracks=tracks, interruption=interruption, max_idle_s=3600)


def publish(at_s: float, name: str, kinds: tuple[MediaKind, ...] = BOTH, stream: str = "s") -> list[Event]:
    """A publication and its capture, both called `name`."""
    at, publication = int(at_s * NS), PublicationId(name)
    return [
        Published(at, publication, StreamId(stream), UserId("u"), "User", kinds),
        Captured(at, publication, CaptureId(name), {}),
    ]


def unpublish(at_s: float, name: str) -> list[Event]:
    return [Unpublished(int(at_s * NS), PublicationId(name), "left")]


def run(what: RecordSpec, *events: list[Event], stop_s: float = 100, upto: dict | None = None) -> list[Decision]:
    timeline = Timeline(what, 0)
    decisions = [d for event in [Joined(0, "g"), *chain.from_iterable(events)] for d in timeline.event(event)]
    timeline.stop(int(stop_s * NS))
    return decisions + timeline.event(Left(int((stop_s + 1) * NS), upto or {}))


def drawn(decisions: list[Decision]) -> str:
    """Decisions about files, short: `+1-VA` opens, `1-VA:p@0` part, `1-VA/0` part ends, `-1-VA` closes (`~` filled)."""
    lines = []
    for decision in decisions:
        match decision:
            case FileOpens(key=key, format=form):
                lines.append(f"+{key}.{form}")
            case PartBegins(key=key, capture=capture, part=part, kinds=kinds, joined=joined):
                letters = "".join(kind[0] for kind in kinds)
                lines.append(f"{key}:{capture}@{part}{letters}{'<' if joined else ''}")
            case PartEnds(key=key, part=part):
                lines.append(f"{key}/{part}")
            case FileCloses(key=key, filled=filled):
                lines.append(f"-{key}{'~' if filled else ''}")
    return " ".join(lines)


AV_TWICE = (publish(1, "a"), unpublish(10, "a"), publish(20, "b"))


@pytest.mark.parametrize(
    ("what", "expected"),
    [
        (spec(), "+1-VA.mp4 1-VA:a@0va 1-VA/0 -1-VA +2-VA.mp4 2-VA:b@0va 2-VA/0 -2-VA"),
        (spec(interruption=Interruption.FILL), "+1-VA.mp4 1-VA:a@0va 1-VA/0 1-VA:b@1va 1-VA/1 -1-VA~"),
        (spec(interruption=Interruption.JOIN), "+1-VA.mp4 1-VA:a@0va 1-VA/0 1-VA:b@1va< 1-VA/1 -1-VA"),
        (spec(Tracks.AUDIO), "+1-A.mp4 1-A:a@0a 1-A/0 -1-A +2-A.mp4 2-A:b@0a 2-A/0 -2-A"),
        (spec(Tracks.AUDIO, Interruption.FILL), "+1-A.mp4 1-A:a@0a 1-A/0 1-A:b@1a 1-A/1 -1-A~"),
        (spec(Tracks.VIDEO), "+1-V.mp4 1-V:a@0v 1-V/0 -1-V +2-V.mp4 2-V:b@0v 2-V/0 -2-V"),
        (spec(Tracks.VIDEO, Interruption.FILL), "+1-V.mp4 1-V:a@0v 1-V/0 -1-V +2-V.mp4 2-V:b@0v 2-V/0 -2-V"),
        (spec(Tracks.VIDEO, Interruption.JOIN), "+1-V.mp4 1-V:a@0v 1-V/0 1-V:b@1v< 1-V/1 -1-V"),
        (
            spec(Tracks.SEPARATE),
            (
                "+1-V.mp4 1-V:a@0v +1-A.aac 1-A:a@0a 1-V/0 1-A/0 -1-V -1-A "
                "+2-V.mp4 2-V:b@0v +2-A.aac 2-A:b@0a 2-V/0 -2-V 2-A/0 -2-A"
            ),
        ),
        (
            spec(Tracks.SEPARATE, Interruption.FILL),
            "+1-V.mp4 1-V:a@0v +1-A.aac 1-A:a@0a 1-V/0 1-A/0 1-V:b@1v 1-A:b@1a 1-V/1 -1-V~ 1-A/1 -1-A~",
        ),
    ],
)
def test_interruption_rules_of_a_stream_that_leaves_and_returns(what: RecordSpec, expected: str) -> None:
    assert drawn(run(what, *AV_TWICE)) == expected


def test_filling_a_video_only_publisher_splits() -> None:
    events = [publish(1, "a", (VIDEO,)), unpublish(2, "a"), publish(3, "b")]
    assert drawn(run(spec(interruption=Interruption.FILL), *events)) == (
        "+1-V.mp4 1-V:a@0v 1-V/0 -1-V +2-VA.mp4 2-VA:b@0va 2-VA/0 -2-VA~"
    )


def test_joining_keeps_one_file_even_if_tracks_differ() -> None:
    events = [publish(1, "a", (AUDIO,)), unpublish(2, "a"), publish(3, "b")]
    assert drawn(run(spec(interruption=Interruption.JOIN), *events)) == (
        "+1-A.mp4 1-A:a@0a 1-A/0 1-A:b@1va< 1-A/1 -1-A"
    )


def test_separate_files_join_each_with_its_own_kind() -> None:
    events = [publish(1, "a", (AUDIO,)), unpublish(2, "a"), publish(3, "b")]
    assert drawn(run(spec(Tracks.SEPARATE, Interruption.JOIN), *events)) == (
        "+1-A.aac 1-A:a@0a 1-A/0 +2-V.mp4 2-V:b@0v 1-A:b@1a< 1-A/1 -1-A 2-V/0 -2-V"
    )


def test_a_publisher_without_wanted_tracks_makes_no_file() -> None:
    assert drawn(run(spec(Tracks.AUDIO), publish(1, "a", (VIDEO,)))) == ""


def test_a_publication_that_is_not_captured_makes_no_file() -> None:
    assert drawn(run(spec(), publish(1, "a")[:1])) == ""


def test_streams_have_files_of_their_own_numbered_by_arrival() -> None:
    events = [publish(1, "a", stream="x"), publish(2, "b", (AUDIO,), stream="y"), unpublish(3, "a")]
    assert drawn(run(spec(), *events)) == ("+1-VA.mp4 1-VA:a@0va +2-A.mp4 2-A:b@0a 1-VA/0 -1-VA 2-A/0 -2-A")


def test_a_stream_taken_over_by_a_new_publication_is_an_interruption() -> None:
    events = [publish(1, "a"), publish(2, "b"), unpublish(3, "a")]
    assert drawn(run(spec(interruption=Interruption.JOIN), *events)) == (
        "+1-VA.mp4 1-VA:a@0va 1-VA/0 1-VA:b@1va< 1-VA/1 -1-VA"
    )


def test_lost_ends_every_publication_at_its_instant() -> None:
    decisions = run(spec(), publish(1, "a"), publish(1, "b", stream="t"), [Lost(7 * NS), Joined(9 * NS, "g2")])
    ends = [d for d in decisions if isinstance(d, PartEnds)]
    assert [(d.key, d.at, d.upto) for d in ends] == [("1-VA", 7 * NS, None), ("2-VA", 7 * NS, None)]


def test_what_left_says_bounds_the_last_parts() -> None:
    upto = {CaptureId("a"): {AUDIO: 500, VIDEO: 490}}
    decisions = run(spec(), publish(1, "a"), publish(2, "b", stream="t"), upto=upto)
    ends = {d.key: d for d in decisions if isinstance(d, PartEnds)}
    assert (ends["1-VA"].upto, ends["1-VA"].cut) == (upto[CaptureId("a")], False)
    assert (ends["2-VA"].upto, ends["2-VA"].cut, ends["2-VA"].at) == (None, True, 100 * NS)


def test_without_a_gateway_files_are_cut_at_the_end_of_the_task() -> None:
    timeline = Timeline(spec(interruption=Interruption.FILL), 0)
    for event in publish(1, "a"):
        timeline.event(event)
    timeline.stop(50 * NS)
    decisions = timeline.abandon()
    assert decisions == [PartEnds(50 * NS, "1-VA", 0, None, cut=True), FileCloses(50 * NS, "1-VA", filled=True)]
    assert timeline.abandon() == timeline.event(Left(60 * NS, {})) == []


def test_a_shared_capture_starts_after_the_positions_of_earlier_tasks() -> None:
    after = {AUDIO: 70, VIDEO: 68}
    events: list[Event] = [publish(1, "a")[0], Captured(NS, PublicationId("a"), CaptureId("a"), after)]
    begins = [d for d in run(spec(Tracks.AUDIO), events) if isinstance(d, PartBegins)]
    assert [d.after for d in begins] == [{AUDIO: 70}]
