"""A picture of a publisher every so often, each a file of its own that is sent at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from av import VideoFrame

from reelroom.compose.picture_decoder import PictureDecoder
from reelroom.compose.still import encode_still
from reelroom.journal.matroska import Block
from reelroom.mux import Muxed
from reelroom.recorder.file_recorder import FileRecorder, Workshop
from reelroom.recorder.part import Part
from reelroom.recorder.take import SegmentFile, Take
from reelroom.recorder.track_reader import TrackFrames
from reelroom.recorder.video_track import VideoTrack
from reelroom.timeline.decisions import FileOpens, PartBegins
from reelroom.units import NS, MediaKind

_HELD_BYTES: Final = 32 << 20  # of packets not decoded yet; a stream with rarer keyframes is decoded meanwhile


@dataclass(slots=True)
class PictureTake:
    """One picture. jpeg: empty once it is written."""

    key: str
    begin_ns: int
    jpeg: bytes
    width: int
    height: int
    complete: bool = True
    segments: tuple[SegmentFile, ...] = ()

    def write(self, target: Path, name: str) -> Muxed:  # noqa: ARG002
        """Write the file; nothing of it stays in memory."""
        target.write_bytes(self.jpeg)
        return Muxed(len(self.jpeg), 0, self.width, self.height)


class _Unread(VideoTrack):
    """Pictures need every frame of the journal, and nothing of it later."""

    def feed(self, frames: TrackFrames, journal: Path) -> None:
        """Nothing stays."""

    reads_all = True


class PictureRecorder(FileRecorder):
    """Takes the first frame at or after each multiple of the interval, counted from the first frame of all.

    Where no frame comes for longer than that, pictures are left out rather than repeated. Only what a picture needs is
    decoded: from the keyframe before it on.
    """

    def __init__(self, opens: FileOpens, shop: Workshop) -> None:
        super().__init__(opens, shop)
        self._every_ns = shop.spec.format_options.picture_every_s * NS
        self._takes: list[PictureTake] = []
        self._first_ns: int | None = None
        self._due_ns = 0
        self._file: tuple[Part, int] | None = None  # part and number of the journal file that is read
        self._decoder: PictureDecoder | None = None
        self._held: list[Block] = []  # since the last keyframe, or since the decoder was here
        self._held_bytes = 0

    def _make_video(self, begins: PartBegins) -> VideoTrack:
        return _Unread(self._shop.work, self.opens.key, begins.part, self._shop.settings)

    @property
    def takes(self) -> Sequence[Take]:
        """Pictures that are not in the spool yet."""
        self._takes = [take for take in self._takes if take.key not in self._shop.finished]
        return self._takes

    def _take_video(self, part: Part) -> bool:
        frames = part.read(MediaKind.VIDEO)
        if frames is None:
            return False
        if self._file != (part, frames.number):
            self._file, self._decoder = (part, frames.number), None
            self._forget()
        for block in frames.blocks:
            self._see(part, frames, block)
        return True

    def _see(self, part: Part, frames: TrackFrames, block: Block) -> None:
        if block.keyframe:
            self._forget()
        self._held.append(block)
        self._held_bytes += len(block.payload)
        at_ns = part.time_ns(block.position)
        if self._first_ns is None:
            self._first_ns = self._due_ns = at_ns
        if at_ns >= self._due_ns:
            self._take(frames, at_ns)
        elif self._held_bytes > _HELD_BYTES:
            self._decode(frames)

    def _take(self, frames: TrackFrames, at_ns: int) -> None:
        """One picture, unless it was taken before a restart; a frame that can't be decoded leaves it to the next."""
        number = (at_ns - (self._first_ns or 0)) // self._every_ns
        key = f"{self.opens.key}-{number + 1}"
        if key not in self._shop.finished:
            picture = self._decode(frames)
            if picture is None:
                return
            self._takes.append(PictureTake(key, at_ns, encode_still(picture), picture.width, picture.height))
        self._due_ns = (self._first_ns or 0) + (number + 1) * self._every_ns

    def _decode(self, frames: TrackFrames) -> VideoFrame | None:
        """The picture of the last frame held."""
        if self._decoder is None:
            self._decoder = PictureDecoder(frames.header.codec, frames.header.private)
        picture = None
        for block in self._held:
            picture = self._decoder.decode(block.payload)
            self._shop.counters.video_frames += 1
        self._forget()
        return picture

    def _forget(self) -> None:
        self._held.clear()
        self._held_bytes = 0
