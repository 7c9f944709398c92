"""Renders a mix window by window: sound, pictures, snapshots. What is on disk already is passed over.

A window ends at a fixed grid of frames, where the scene changes, and where recorded time pauses or ends. So the same
logs make the same windows, whenever they are rendered, and all that is decided once for a window is the same too.
"""

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

from reelroom.compose.mixing import add, limit
from reelroom.compose.painter import Content
from reelroom.compose.sound import silence
from reelroom.compose.sound_line import PlacedSound
from reelroom.mix import LevelsBy
from reelroom.recorder.mixed.levels import LevelsFile
from reelroom.recorder.mixed.line import MixLine
from reelroom.recorder.mixed.outputs import SoundOutput, VideoOutput
from reelroom.recorder.mixed.snapshots import Album, Shot
from reelroom.recorder.mixed.source import Source
from reelroom.recorder.mixed.stage import Stage
from reelroom.recorder.stats import Counters
from reelroom.scene import Scene
from reelroom.units import AUDIO_RATE, NS, StreamId, scale

DELAY_NS: Final = 3 * NS  # behind what is known, so that the first sender reports of a track count for its first frame
SOUND_FPS: Final = 25  # of the frames that a mix without pictures is counted in
_LINGER_NS: Final = NS  # what an ended source that nothing shows may still be heard of


@dataclass(frozen=True, slots=True)
class Window:
    """Frames from `first` to before `end`; `at` is the instant of the first."""

    first: int
    end: int
    at: int
    scene: Scene


@dataclass(frozen=True, slots=True)
class Outputs:
    """Where a mix goes to; what is not asked for is None."""

    stage: Stage | None
    video: VideoOutput | None
    sound: SoundOutput | None
    levels: LevelsFile | None
    levels_by: LevelsBy | None
    album: Album
    picture_every: int = 0  # frames between pictures that nobody has to ask for; 0: none


class Renderer:
    """Draws and mixes. snapshots: pictures that were asked for, and not taken yet."""

    def __init__(self, fps: int, outputs: Outputs, counters: Counters, threads: int) -> None:
        self.line = MixLine(fps)
        self.closed = False  # recorded time has ended
        self.sources: list[Source] = []
        self.snapshots: list[Shot] = []
        self._fps, self._grid = fps, max(1, fps // 2)
        self._outputs, self._counters = outputs, counters
        self._scenes: list[tuple[int, Scene]] = []  # by the instant each begins at
        self._next = 0
        self._drawn = -1  # the frame on the canvas
        self._pool = ThreadPoolExecutor(threads or os.cpu_count() or 1, thread_name_prefix="mix")

    # --- what was decided ---------------------------------------------------------------------------------------

    def show(self, scene: Scene, at: int) -> None:
        """The picture is this from an instant on."""
        self._scenes.append((at, scene))

    def ask(self, shot: Shot) -> None:
        """Take a picture of an instant, unless it was taken."""
        if not self._outputs.album.has(shot):
            self.snapshots.append(shot)

    @property
    def is_over(self) -> bool:
        """Whether everything there will be is rendered."""
        return self.closed and self._next >= self.line.frames_until(0) and not self.snapshots

    # --- windows ------------------------------------------------------------------------------------------------

    def step(self, known_ns: int, now_ns: int) -> bool:
        """Render the next window if all of it is known; whether it was.

        known_ns: up to where everything is decided. Raises JournalError, MediaError, NameTooLongError, OSError.
        """
        window = self._next_window(known_ns, now_ns)
        if window is None:
            return self._take_late_snapshots(known_ns)
        self._render(window)
        self._next = window.end
        self._counters.render_lag_s = round((now_ns - window.at) / NS, 3)
        self._forget(window)
        return True

    def _next_window(self, known_ns: int, now_ns: int) -> Window | None:
        first, line = self._next, self.line
        if line.opened_ns is None or not self._scenes:
            return None
        horizon_ns = self._horizon_ns(known_ns, now_ns)
        end = (first // self._grid + 1) * self._grid
        if not line.is_running:
            end = min(end, line.frames_until(0))
        span_end = line.span_end(first)
        end = end if span_end is None else min(end, span_end)
        if end <= first or line.frames_until(horizon_ns) < first or line.wall_ns(end - 1) >= horizon_ns:
            return None
        at = line.wall_ns(first)
        while len(self._scenes) > 1 and line.frame_from(self._scenes[1][0]) <= first:
            del self._scenes[0]
        if len(self._scenes) > 1:
            end = min(end, line.frame_from(self._scenes[1][0]))
        return Window(first, end, at, self._scenes[0][1])

    def _horizon_ns(self, known_ns: int, now_ns: int) -> int:
        """Up to where everything is known that can have a say."""
        until = [known for source in self.sources if (known := source.known_ns(now_ns)) is not None]
        return min([known_ns, *until]) - DELAY_NS

    def _render(self, window: Window) -> None:
        outputs = self._outputs
        audible = outputs.sound is not None and self._sample(window.end) > self._sound_from()
        video_from = outputs.video.next if outputs.video is not None else window.end
        shots = {self.line.frame_seen(shot.at) for shot in self.snapshots}
        frames = [
            frame
            for frame in range(window.first, window.end)
            if frame >= video_from or frame in shots or self._is_pictured(frame)
        ]
        if not audible and not frames:
            return
        for source in self.sources:
            source.look(window.at, DELAY_NS)
        if audible:
            self._mix(window)
        if frames and outputs.stage is not None:
            self._draw(window, frames, outputs.stage)

    # --- sound --------------------------------------------------------------------------------------------------

    def _sample(self, frame: int) -> int:
        """The sample of recorded time that a frame begins at."""
        return frame * AUDIO_RATE // self._fps

    def _sound_from(self) -> int:
        outputs = self._outputs
        nexts = [outputs.sound.next] if outputs.sound else []
        if outputs.levels is not None:
            nexts.append(outputs.levels.from_sample)
        return min(nexts)

    def _mix(self, window: Window) -> None:
        first, end = max(self._sample(window.first), self._sound_from()), self._sample(window.end)
        offset = self._offset(window.first)
        heard = [source for source in self.sources if source.begins.stream in window.scene.heard and source.sound]
        jobs = [self._pool.submit(self._hear, source, first + offset, end + offset) for source in heard]
        total = silence(end - first)
        names: dict[str, list[PlacedSound]] = {self._name(stream, window.at): [] for stream in window.scene.heard}
        for source, job in zip(heard, jobs, strict=True):
            for placed in job.result():
                add(total, placed.start - offset - first, placed.samples)
                names.setdefault(self._name_of(source), []).append(placed._replace(start=placed.start - offset))
        limit(total)
        if self._outputs.sound is not None:
            self._outputs.sound.write(total, first)
        if self._outputs.levels is not None:
            self._outputs.levels.hear(first, end, names)

    def _hear(self, source: Source, first: int, end: int) -> list[PlacedSound]:
        assert source.sound is not None
        packets = source.sound.packets
        sound = source.sound.take(source.place(self.line.opened_ns or 0), first, end)
        self._counters.audio_packets += source.sound.packets - packets
        return sound

    def _offset(self, frame: int) -> int:
        """What is to be added to a sample of recorded time to have it on the wall clock since the mix opened."""
        span = self.line.span_of(frame)
        return scale(span.wall_ns - (self.line.opened_ns or 0), NS, AUDIO_RATE) - scale(
            span.recorded_ns, NS, AUDIO_RATE
        )

    def _name(self, stream: StreamId, at: int) -> str:
        source = self._seen_at(stream, at)
        return stream if source is None else self._name_of(source)

    def _name_of(self, source: Source) -> str:
        return source.begins.stream if self._outputs.levels_by is LevelsBy.STREAM else source.begins.user

    # --- pictures -----------------------------------------------------------------------------------------------

    def _draw(self, window: Window, frames: list[int], stage: Stage) -> None:
        stage.arrange(window.scene)
        instants = [self.line.wall_ns(frame) for frame in frames]
        shown = stage.streams()
        jobs = [
            self._pool.submit(stage.look, numbers, [self._seen_at(stream, at) for at in instants], instants)
            for stream, numbers in shown.items()
        ]
        seen = [job.result() for job in jobs]
        for index, (frame, at) in enumerate(zip(frames, instants, strict=True)):
            contents: dict[int, Content] = {}
            for numbers, looks in zip(shown.values(), seen, strict=True):
                contents.update(zip(numbers, looks[index], strict=True))
            stage.draw(contents, at)
            self._drawn = frame
            if self._outputs.video is not None:
                self._outputs.video.write(stage.canvas, frame)
            self._counters.video_frames += 1
            self._snap(frame, stage)

    def _seen_at(self, stream: StreamId, at: int) -> Source | None:
        """The newest source of a stream that has begun by then: what comes later may be known already."""
        begun = (source for source in reversed(self.sources) if source.begins.at <= at)
        return next((source for source in begun if source.begins.stream == stream), None)

    def _snap(self, frame: int, stage: Stage) -> None:
        for shot in [shot for shot in self.snapshots if self.line.frame_seen(shot.at) == frame]:
            self._outputs.album.take(shot, stage.canvas)
            self.snapshots.remove(shot)
        if self._is_pictured(frame):
            self._outputs.album.take(self._picture(frame), stage.canvas)

    def _is_pictured(self, frame: int) -> bool:
        """Whether a picture is to be taken of a frame though nobody asked."""
        every = self._outputs.picture_every
        return every > 0 and frame % every == 0 and not self._outputs.album.has(self._picture(frame))

    def _picture(self, frame: int) -> Shot:
        return Shot(self.line.wall_ns(frame), f"picture-{frame // self._outputs.picture_every + 1}")

    def _take_late_snapshots(self, known_ns: int) -> bool:
        """Those of a frame that was drawn before they were asked for: in a pause, and at the end."""
        ready = [
            shot for shot in self.snapshots if shot.at <= known_ns and self.line.frame_seen(shot.at) <= self._drawn
        ]
        if self.closed and self._next >= self.line.frames_until(0):
            ready = list(self.snapshots)
        for shot in ready:
            if self._drawn >= 0 and self._outputs.stage is not None:
                self._outputs.album.take(shot, self._outputs.stage.canvas)
            self.snapshots.remove(shot)
        return bool(ready)

    # --- the end ------------------------------------------------------------------------------------------------

    def _forget(self, window: Window) -> None:
        """Let sources go that have ended, once nothing shows them or another took their place."""
        shown = {tile.stream for tile in window.scene.tiles}
        for source in list(self.sources):
            replaced = self._seen_at(source.begins.stream, window.at) is not source
            unseen = replaced or source.begins.stream not in shown
            if source.ends is not None and source.ends.at + _LINGER_NS < window.at and unseen:
                source.close()
                self.sources.remove(source)

    def finish(self) -> None:
        """Write what encoders hold back. Raises JournalError, MediaError."""
        for output in (self._outputs.video, self._outputs.sound):
            if output is not None:
                output.finish()

    def close(self) -> None:
        """Close all files."""
        self._pool.shutdown(cancel_futures=True)
        for source in self.sources:
            source.close()
        for output in (self._outputs.video, self._outputs.sound, self._outputs.levels):
            if output is not None:
                output.close()
