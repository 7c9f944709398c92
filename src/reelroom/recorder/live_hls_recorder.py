"""A publisher as HLS that is stored while it is recorded: each segment as soon as it is whole, then the playlist.

How sound and pictures are in step is decided for each capture after its first seconds, and kept: a file that is being
watched can't be moved. A restart reads everything again, comes to the same cuts, and makes only what is missing.
"""

import json
import math
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from reelroom.database import LIVE_PLAYLIST, SEGMENT
from reelroom.errors import JournalError
from reelroom.journal.matroska import Block, MatroskaTail
from reelroom.mux import Muxed, playlist
from reelroom.mux.hls import RATE
from reelroom.mux.hls_live import Done, LiveSegmenter
from reelroom.recorder.audio_track import AudioTrack
from reelroom.recorder.file_recorder import FileRecorder, Workshop
from reelroom.recorder.part import SETTLED_NS, Part
from reelroom.recorder.sync_clocks import read_alignment
from reelroom.recorder.take import SegmentFile
from reelroom.timeline.decisions import FileOpens
from reelroom.units import AUDIO_RATE, NS, MediaKind, scale

_LATE_NS: Final = 2 * NS  # a frame is on disk this long after it was sampled, or is given up
_AAC_SAMPLES: Final = 1024
_FRAME_TICKS: Final = RATE // 30
_BATCH: Final = 512


@dataclass(slots=True)
class _Unit:
    """A packet and where it lies on the file's line."""

    at_ns: int
    kind: MediaKind
    block: Block
    source: Path


class _Pictures:
    """The H264 of every part, wherever it is, in order."""

    def __init__(self) -> None:
        self.waiting: list[_Unit] = []
        self._at = (0, 0, 0)  # part, span and path being read
        self._tail: MatroskaTail | None = None

    def read(self, parts: Sequence[Part], shifts: Sequence[int | None]) -> None:
        """Whatever is new of the parts that are placed."""
        while not self.waiting:
            number, span_number, path_number = self._at
            if number >= len(shifts):
                return
            part, shift_ns = parts[number], shifts[number]
            spans = part.video.spans
            if span_number < len(spans):
                if shift_ns is None:
                    return
                span = spans[span_number]
                if path_number < len(span.paths) and self._read(part, shift_ns, span.paths[path_number], span.first):
                    continue
                if path_number + 1 < len(span.paths):
                    self._go((number, span_number, path_number + 1))
                    continue
            if span_number + 1 < len(spans):
                self._go((number, span_number + 1, 0))
            elif number + 1 < len(shifts):
                self._go((number + 1, 0, 0))
            else:
                return

    def _read(self, part: Part, shift_ns: int, path: Path, first: int) -> bool:
        """Whether there was anything in the file."""
        self._tail = self._tail or MatroskaTail(path)
        blocks = self._tail.read(_BATCH)
        upto = part.upto(MediaKind.VIDEO)
        self.waiting = [
            _Unit(part.line_ns(block.position) + shift_ns, MediaKind.VIDEO, block, path)
            for block in blocks
            if first <= block.position <= upto
        ]
        return bool(blocks)

    def _go(self, to: tuple[int, int, int]) -> None:
        self.close()
        self._at = to

    def close(self) -> None:
        """Close the file being read."""
        if self._tail is not None:
            self._tail.close()
        self._tail = None


class LiveHlsRecorder(FileRecorder):
    """Makes segments as the room goes on. `segments` are to be stored; `spooled` says that they are."""

    def __init__(self, opens: FileOpens, shop: Workshop) -> None:
        super().__init__(opens, shop)
        self.name = ""
        self._folder = shop.work.folder / f"hls-{self.key}"
        self._folder.mkdir(parents=True, exist_ok=True)
        self._state = self._folder / "segments.jsonl"
        known = _read_state(self._state)
        self._stored = len(known)
        self._segmenter = LiveSegmenter(self._folder, shop.spec.format_options.segment_s * RATE, known)
        self._pictures = _Pictures()
        self._shifts: list[int | None] = []  # of each part taken on: ns to add to its pictures, once known
        self._zero_ns: int | None = None
        self._sound: list[_Unit] = []
        self._sound_tail: MatroskaTail | None = None
        self._closed = False

    # --- the recorder -------------------------------------------------------------------------------------------

    def step(self, now_ns: int) -> bool:
        """As every recorder; then make segments of what is certain."""
        busy = super().step(now_ns)
        if not busy and self.name and not self._closed and not self.segments:
            self._place_parts(now_ns)
            self._make()
        return busy or bool(self.segments)

    def _place_parts(self, now_ns: int) -> None:
        """Take on the next parts, once their first seconds are known."""
        while len(self._shifts) < len(self.parts):
            part = self.parts[len(self._shifts)]
            if part.starts and part.offset_ns is None:
                return
            over = self._is_over(part, now_ns)
            first_ns = min((part.time_ns(position) for position in part.starts.values()), default=None)
            if not over and (first_ns is None or part.log.marked_ns < first_ns + SETTLED_NS):
                return
            self._shifts.append(None)
            self._move_pictures(now_ns)
            if part.starts and self._zero_ns is None:
                self._begin(part)
        self._move_pictures(now_ns)

    def _is_over(self, part: Part, now_ns: int) -> bool:
        return part.is_drained(now_ns) and (self._all_read or part not in self.parts[self._current :])

    def _move_pictures(self, now_ns: int) -> None:
        """Decide how far pictures are from sound, by what was told within seconds of the first of them."""
        for number, part in enumerate(self.parts[: len(self._shifts)]):
            if self._shifts[number] is None and part.video.spans:
                first_ns = part.time_ns(part.video.spans[0].first)
                if part.log.marked_ns >= first_ns + SETTLED_NS or self._is_over(part, now_ns):
                    alignment = read_alignment(part.log.folder, first_ns + SETTLED_NS)
                    self._shifts[number] = alignment.shift_ns(first_ns)

    def _begin(self, part: Part) -> None:
        """Time 0 is the earliest frame."""
        starts = [] if self.audio.origin_ns is None else [self.audio.origin_ns]
        if self.audio.origin_ns is not None and isinstance(self.audio, AudioTrack):
            self._segmenter.expect(MediaKind.AUDIO, self.audio.path)
        paths = [path for span in part.video.spans for path in span.paths]
        if paths:
            starts.append(part.line_ns(part.video.spans[0].first) + (self._shifts[-1] or 0))
            self._segmenter.expect(MediaKind.VIDEO, paths[0])
        self._zero_ns = min(starts) if starts else None

    # --- segments -----------------------------------------------------------------------------------------------

    def _make(self) -> None:
        """Push what is certain to be in order, until a segment is whole."""
        if self._zero_ns is None:
            self._closed = self._all_read
            return
        certain_ns = self._certain_ns()
        while (unit := self._next(certain_ns)) is not None:
            at = scale(unit.at_ns - self._zero_ns, NS, RATE)
            length = _FRAME_TICKS if unit.kind is MediaKind.VIDEO else _AAC_SAMPLES * RATE // AUDIO_RATE
            block = unit.block
            if self._segmenter.push(
                unit.kind, at, block.payload, keyframe=block.keyframe, source=unit.source, length=length
            ):
                self._offer()
                return
        if self._all_read and len(self._shifts) == len(self.parts):
            self._closed = True
            before = len(self._segmenter.done)
            self._segmenter.finish()
            if len(self._segmenter.done) > before:
                self._offer()

    def _certain_ns(self) -> int | None:
        """Nothing that lies before this point of the line can come any more; None: nothing at all of what is there."""
        if self._all_read or self._current >= len(self.parts):
            return None
        part = self.parts[self._current]
        return part.log.marked_ns + (part.offset_ns or 0) - _LATE_NS

    def _next(self, certain_ns: int | None) -> _Unit | None:
        if not self._pictures.waiting:
            self._pictures.read(self.parts, self._shifts)
        if not self._sound:
            self._read_sound()
        heads = [queue for queue in (self._sound, self._pictures.waiting) if queue]
        if not heads:
            return None
        queue = min(heads, key=lambda queue: queue[0].at_ns)
        if certain_ns is not None and queue[0].at_ns >= certain_ns:
            return None
        return queue.pop(0)

    def _read_sound(self) -> None:
        """Without the packet that only primes the decoder."""
        audio = self.audio
        if not isinstance(audio, AudioTrack) or audio.origin_ns is None:
            return
        self._sound_tail = self._sound_tail or MatroskaTail(audio.path)
        for block in self._sound_tail.read(_BATCH):
            number = round(block.position * AUDIO_RATE / (10_000 * _AAC_SAMPLES))
            if number > 0:
                at_ns = audio.origin_ns + (number - 1) * _AAC_SAMPLES * NS // AUDIO_RATE
                self._sound.append(_Unit(at_ns, MediaKind.AUDIO, block, audio.path))

    # --- storing ------------------------------------------------------------------------------------------------

    def _offer(self) -> None:
        """The newest segment, and the playlist that lists it."""
        number = len(self._segmenter.done) - 1
        segment = self._segmenter.done[-1].segment
        listing = self._folder / f"{number:05}.m3u8"
        listing.write_text(self._playlist(ended=False))
        begin = sum(done.segment.duration for done in self._segmenter.done[:-1])
        begin_ns = (self.begin_ns or 0) + begin * NS // RATE
        key = f"{self.key}#{number:05}"
        self.segments = (
            SegmentFile(
                key, self._segment_name(number), segment.path, begin_ns, segment.duration * 1000 // RATE, SEGMENT
            ),
            SegmentFile(f"{key}+", self.name, listing, begin_ns, 0, LIVE_PLAYLIST),
        )

    def _segment_name(self, number: int) -> str:
        return f"{self.name.rpartition('.')[0]}_{number:05}.ts"

    def _playlist(self, *, ended: bool) -> str:
        made = [done.segment for done in self._segmenter.done]
        names = [self._shop.segment_prefix + self._segment_name(number) for number in range(len(made))]
        target_s = self._shop.spec.format_options.segment_s + math.ceil(self._shop.keyframe_interval_s)
        return playlist(made, names, ended=ended, live=True, target_s=target_s)

    def spooled(self) -> None:
        """What was offered is stored: remember it. Raises JournalError."""
        self.segments = ()
        try:
            with self._state.open("a") as file:
                for done in self._segmenter.done[self._stored :]:
                    file.write(json.dumps(done.to_json()) + "\n")
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise JournalError(f"can't write {self._state.name}: {error.strerror}") from error
        self._stored = len(self._segmenter.done)

    @property
    def complete(self) -> bool:
        """Every segment is stored: the last playlist may be written."""
        return self._closed and not self.segments

    def write(self, target: Path, name: str) -> Muxed:  # noqa: ARG002
        """The playlist that ends."""
        target.write_text(self._playlist(ended=True))
        made = [done.segment for done in self._segmenter.done]
        sizes = [(span.track.width, span.track.height) for part in self.parts for span in part.video.spans]
        width, height = max(sizes, key=lambda size: size[0] * size[1], default=(0, 0))
        ticks = sum(segment.duration for segment in made)
        return Muxed(sum(segment.size for segment in made), ticks * 1000 // RATE, width, height)

    def close(self) -> None:
        """Close all files; nothing is lost, a new recorder of this file goes on."""
        super().close()
        self._segmenter.close()
        self._pictures.close()
        if self._sound_tail is not None:
            self._sound_tail.close()


def _read_state(path: Path) -> list[Done]:
    """What was stored before a restart; a torn last line was not."""
    done: list[Done] = []
    if path.exists():
        whole = path.read_text().rpartition("\n")[0]
        done = [Done.from_json(json.loads(line)) for line in whole.splitlines()]
        path.write_text("".join(json.dumps(each.to_json()) + "\n" for each in done))
    return done
