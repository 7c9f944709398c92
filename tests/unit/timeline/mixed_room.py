"""A room in virtual time, recorded as a mix. Instants are seconds; streams have one-letter names."""

from typing import Any, TypeVar

from reelroom.events import Captured, Event, Joined, Left, Lost, Published, Unpublished
from reelroom.mix import NO_STREAM, Area, Canvas, Layout, LayoutMode, MixSpec, View
from reelroom.scene import Scene, Shows
from reelroom.spec import RecordSpec
from reelroom.task import CommandKind
from reelroom.timeline.decisions import Announces, Decision, EndDue
from reelroom.timeline.mix import MixTimeline
from reelroom.timeline.mix_decisions import SceneChanges
from reelroom.units import NS, AppId, CaptureId, MediaKind, PublicationId, RoomId, StreamId, UserId

BOTH = (MediaKind.AUDIO, MediaKind.VIDEO)
AUDIO, VIDEO = BOTH[:1], BOTH[1:]
CANVAS = Canvas(width=1280, height=720, fps=15, bitrate_bps=1_000_000)
GRID = Layout()

_Kind = TypeVar("_Kind", bound=Decision)


def ns(at_s: float) -> int:
    return round(at_s * NS)


def mixed(**mix: Any) -> MixSpec:
    return MixSpec(**{"name": "mix", "canvas": CANVAS, **mix})


def task(mix: MixSpec, **spec: Any) -> RecordSpec:
    return RecordSpec(app=AppId(1), room=RoomId("r"), mix=mix, **spec)


def view(number: int, stream: str = "", **more: Any) -> View:
    """The custom view number 0, 1, … from the left, 100 pixels wide."""
    return View(area=Area(100 * number, 0, 100 * number + 100, 100), layer=0, stream=StreamId(stream), **more)


def custom(*views: View) -> Layout:
    return Layout(mode=LayoutMode.CUSTOM, views=views)


def big(mode: LayoutMode, stream: str = "") -> Layout:
    return Layout(mode=mode, big=StreamId(stream))


class MixedRoom:
    """Feeds a timeline line by line and remembers what it decided. The task begins at 0, when the gateway joins."""

    def __init__(self, mix: MixSpec | None = None, *, joined: bool = True, **spec: Any) -> None:
        self.timeline = MixTimeline(task(mix or mixed(), **spec), 0)
        self.decisions: list[Decision] = []
        self.publications: dict[str, PublicationId] = {}
        self._numbers = 0
        if joined:
            self.event(Joined(0, "g"))

    def event(self, event: Event) -> None:
        self.decisions += self.timeline.event(event)

    def tick(self, at_s: float) -> None:
        self.decisions += self.timeline.tick(ns(at_s))

    def publish(self, at_s: float, *streams: str, kinds: tuple[MediaKind, ...] = BOTH) -> None:
        """Publish streams; captures are named after their publications: c1, c2, … of p1, p2, …"""
        for stream in streams:
            self._numbers += 1
            publication = self.publications[stream] = PublicationId(f"p{self._numbers}")
            who = (StreamId(stream), UserId(f"u-{stream}"), f"User {stream}")
            self.event(Published(ns(at_s), publication, *who, kinds))
            self.event(Captured(ns(at_s), publication, CaptureId(f"c{self._numbers}"), {}))

    def leave(self, at_s: float, *streams: str, reason: str = "left") -> None:
        for stream in streams:
            self.event(Unpublished(ns(at_s), self.publications[stream], reason))

    def crash(self, at_s: float, back_s: float) -> None:
        """The gateway dies, and another one joins."""
        self.event(Lost(ns(at_s)))
        self.event(Joined(ns(back_s), "g2"))

    def command(self, at_s: float, kind: CommandKind, layout: Layout | None = None) -> None:
        self._numbers += 1
        self.decisions += self.timeline.command(kind, self._numbers, ns(at_s), layout)

    def layout(self, at_s: float, layout: Layout) -> None:
        self.command(at_s, CommandKind.LAYOUT, layout)

    def end(self, at_s: float, upto: dict[str, dict[MediaKind, int]] | None = None) -> list[Decision]:
        """A caller stops the task and the gateway leaves at once; everything that was decided."""
        self.timeline.stop(ns(at_s))
        self.event(Left(ns(at_s), {CaptureId(capture): positions for capture, positions in (upto or {}).items()}))
        return self.decisions

    def scene(self, at_s: float) -> Scene:
        """What is shown and heard at an instant."""
        self.tick(at_s)
        return [change.scene for change in self.of(SceneChanges) if change.at <= ns(at_s)][-1]

    def shown(self, at_s: float) -> list[str]:
        """What each tile shows: "a" a live stream, "a!" its last picture, else the image's address."""
        return [shown(tile.shows, tile.stream, tile.image) for tile in self.scene(at_s).tiles]

    def columns(self, at_s: float) -> dict[int, str]:
        """The same by the number of the view from the left, of a layout of `view`s."""
        tiles = self.scene(at_s).tiles
        return {tile.area.left // 100: shown(tile.shows, tile.stream, tile.image) for tile in tiles}

    def heard(self, at_s: float) -> str:
        return "".join(sorted(self.scene(at_s).heard))

    def of(self, kind: type[_Kind]) -> list[_Kind]:
        return [decision for decision in self.decisions if isinstance(decision, kind)]


def shown(shows: Shows, stream: StreamId, image: str) -> str:
    """A tile in short."""
    if shows is Shows.IMAGE:
        assert stream == NO_STREAM
        return image
    return stream + ("!" if shows is Shows.LAST else "")


def of_picture(decisions: list[Decision]) -> list[Decision]:
    """Without notices and limits, which follow the clock at once."""
    return [d for d in decisions if not isinstance(d, EndDue) and not (isinstance(d, Announces) and d.event_type < 200)]
