"""What a mixed picture shows and whether it is recorded, decided line by line in the order of time."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from reelroom.events import Captured, Event, Joined, Lost, Published, Unpublished
from reelroom.mix import Layout, MixSpec
from reelroom.scene import Scene
from reelroom.spec import RecordSpec
from reelroom.task import CommandKind
from reelroom.timeline.decisions import PAUSED, RESUMED, Announces, Decision
from reelroom.timeline.mix_decisions import MixCloses, MixOpens, MixPauses, MixResumes, SceneChanges, SnapshotDue
from reelroom.timeline.mix_scene import compose, wants
from reelroom.timeline.mix_sources import Sources
from reelroom.timeline.roster import Roster
from reelroom.timeline.seats import Seat, assign
from reelroom.units import NS, NS_PER_MS, CaptureId, MediaKind, PublicationId, StreamId


@dataclass(frozen=True, slots=True)
class Command:
    """What a caller asked. `number` is unique in the task and grows."""

    at: int  # ns since the Unix epoch
    kind: CommandKind
    number: int
    layout: Layout | None = None  # of LAYOUT


class Mixing:
    """The state of a mixed recording. Give it lines in the order of their instants; every call says its own."""

    def __init__(self, spec: RecordSpec, mix: MixSpec, began_ns: int) -> None:
        self._spec, self._mix = spec, mix
        self._layout = mix.layout
        self._publications: dict[PublicationId, Published] = {}
        self._roster = Roster(spec.max_idle_s * NS)
        self._sources = Sources()
        self._scene: Scene | None = None  # None: recorded time has not begun
        self._paused = False
        self._waiting: list[Command] = []  # asked before recorded time began
        self.opens_ns: int | None = began_ns if mix.always else None  # when it shall begin

    def open(self, at: int) -> Iterator[Decision]:
        """Recorded time begins, and what was asked before is done."""
        self.opens_ns = None
        yield MixOpens(at)
        yield from self._rearrange(at)
        for command in self._waiting:
            yield from self._act(command, at)
        self._waiting.clear()

    def event(self, event: Event, at: int) -> Iterator[Decision]:
        """A line of the room log."""
        match event:
            case Joined():
                self._roster.joined(at)
            case Published() if any(self._spec.tracks.wants(kind) for kind in event.kinds):
                yield from self._published(event, at)
            case Captured() if event.publication in self._publications:
                yield from self._captured(event, at)
            case Unpublished():
                self._roster.unpublished(event.publication, event.reason, self._held(), at)
                self._publications.pop(event.publication, None)
                yield from self._sources.unpublished(event.publication, at)
            case Lost():
                self._roster.lost(self._held(), at)
                self._publications.clear()
                yield from self._sources.lost(at)
        yield from self._changed(at)

    def command(self, command: Command, at: int) -> Iterator[Decision]:
        """What a caller asked. A layout counts at once, the rest once recorded time has begun."""
        if command.kind is CommandKind.LAYOUT and command.layout is not None:
            # UpdateLayout knows no FillMode for presets: what StartRecord said of it stands.
            self._layout = replace(command.layout, fit=command.layout.fit or self._mix.layout.fit)
            yield from self._changed(at)
        elif self._scene is None:
            self._waiting.append(command)
        else:
            yield from self._act(command, at)

    def end(self, at: int, upto: Mapping[CaptureId, Mapping[MediaKind, int]] | None) -> Iterator[Decision]:
        """The task ended at `at`. `upto`: as in `Left`; None when no gateway told."""
        yield from self._sources.end(at, upto)
        if self._scene is not None:
            yield MixCloses(at)

    def _published(self, event: Published, at: int) -> Iterator[Decision]:
        yield from self._sources.replaced(event.stream, at)  # taken over without an `Unpublished`
        for publication in [p for p, known in self._publications.items() if known.stream == event.stream]:
            del self._publications[publication]
        self._publications[event.publication] = event
        self._roster.published(event.publication, event.stream, at)
        if self._scene is None and self.opens_ns is None:
            self.opens_ns = at + self._mix.wait_ms * NS_PER_MS

    def _captured(self, event: Captured, at: int) -> Iterator[Decision]:
        published = self._publications[event.publication]
        kinds = tuple(kind for kind in published.kinds if wants(self._spec, self._mix, published.stream, kind))
        if kinds:
            yield from self._sources.captured(event, published, kinds, at)

    def _act(self, command: Command, at: int) -> Iterator[Decision]:
        match command.kind:
            case CommandKind.PAUSE if not self._paused:
                self._paused = True
                yield MixPauses(at, command.number)
                yield Announces(at, PAUSED, {}, f"paused-{command.number}")
            case CommandKind.RESUME if self._paused:
                self._paused = False
                yield MixResumes(at, command.number)
                yield Announces(at, RESUMED, {}, f"resumed-{command.number}")
            case CommandKind.SNAPSHOT if self._spec.has_video:
                yield SnapshotDue(at, command.number)

    def _held(self) -> set[StreamId]:
        """Whose views are kept if they leave now: a stream that was never seen leaves nothing."""
        if self._scene is None or not self._mix.hold_views:
            return set()
        return {seat.stream for seat in self._seats() if seat.member}

    def _seats(self) -> list[Seat]:
        return assign(self._layout, self._roster.visible(), has_board=self._spec.board is not None)

    def _changed(self, at: int) -> Iterator[Decision]:
        if self._scene is not None:
            yield from self._rearrange(at)

    def _rearrange(self, at: int) -> Iterator[Decision]:
        scene = compose(self._spec, self._mix, self._layout, self._seats())
        if scene != self._scene:
            self._scene = scene
            yield SceneChanges(at, scene)
