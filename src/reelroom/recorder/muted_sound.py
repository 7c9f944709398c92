"""Sound without its muted periods, in as many files as long mutes make of it."""

from collections.abc import Container
from dataclasses import dataclass
from pathlib import Path

from reelroom.compose import MP3
from reelroom.journal.matroska import Block
from reelroom.mux import Muxed, Piece
from reelroom.recorder.assembling import mux_file
from reelroom.recorder.audio_track import AudioTrack
from reelroom.recorder.part import Part
from reelroom.recorder.take import SegmentFile
from reelroom.recorder.track_reader import TrackFrames
from reelroom.recorder.work import WorkFolder
from reelroom.rtp.opus_packet import opus_samples
from reelroom.timeline.mutes import Heard, Mutes
from reelroom.units import AUDIO_RATE, NS, scale


@dataclass(slots=True)
class SoundTake:
    """One file between two long mutes. track: None when it was finished before a restart."""

    key: str
    begin_ns: int
    track: AudioTrack | None
    complete: bool = False
    segments: tuple[SegmentFile, ...] = ()
    dropped_ns: int = 0  # of mutes within it

    def write(self, target: Path, name: str) -> Muxed:  # noqa: ARG002
        """Write the finished file."""
        assert self.track is not None  # a finished one is not written again
        return mux_file("mp3", (), self.track, target)


class MutedSound:
    """Same interface as `AudioTrack`, and has the takes of its file.

    split_s: a mute this long begins another take; None: none does. finished: keys that need not be made again.
    """

    def __init__(
        self, work: WorkFolder, key: str, bitrate_bps: int, *, split_s: int | None, finished: Container[str]
    ) -> None:
        self.origin_ns: int | None = None
        self.end_ns: int | None = None
        self.takes: list[SoundTake] = []
        self._work, self._key, self._bitrate_bps = work, key, bitrate_bps
        self._split_ns = None if split_s is None else split_s * NS
        self._finished = finished
        self._mutes: Mutes[tuple[TrackFrames, Block]] = Mutes()
        self._part: Part | None = None
        self._muted_ns = 0  # of a mute that the part before ended with

    def begin_part(self, part: Part, first: int) -> None:
        """The next packets are this part's, whose first one has that journal position."""
        self._leave_part()
        self._part = part
        if self.origin_ns is None:
            self.origin_ns = part.line_ns(first)
        if self.takes:
            self._place(part, first)

    def _leave_part(self) -> None:
        held, muted_ns = self._mutes.leave()
        self._hear(held)
        self._muted_ns += muted_ns
        self._mutes = Mutes()

    def feed(self, frames: TrackFrames) -> None:
        """Transcode what can be heard of a batch. Raises JournalError if it can't be written."""
        part = self._part
        assert part is not None
        for block in frames.blocks:
            line_ns, length_ns = part.line_ns(block.position), scale(opus_samples(block.payload), AUDIO_RATE, NS)
            self._hear(self._mutes.feed((frames, block), line_ns, length_ns, len(block.payload)))
            self.end_ns = line_ns + length_ns

    def _hear(self, packets: list[Heard[tuple[TrackFrames, Block]]]) -> None:
        for heard in packets:
            frames, block = heard.packet
            muted_ns, self._muted_ns = heard.after_mute_ns + self._muted_ns, 0
            if not self.takes or (muted_ns and self._split_ns is not None and muted_ns >= self._split_ns):
                self._begin_take(block)
            elif muted_ns:
                self.takes[-1].dropped_ns += muted_ns
                self._place(self._current_part, block.position)
            track = self.takes[-1].track
            if track is not None:
                track.feed(frames._replace(blocks=[block]))

    @property
    def _current_part(self) -> Part:
        assert self._part is not None
        return self._part

    def _begin_take(self, block: Block) -> None:
        if self.takes:
            self._end_take(None)
        part, key = self._current_part, f"{self._key}-{len(self.takes) + 1}"
        track = None if key in self._finished else AudioTrack(self._work, key, MP3, self._bitrate_bps)
        self.takes.append(SoundTake(key, part.time_ns(block.position), track))
        self._place(part, block.position)

    def _place(self, part: Part, position: int) -> None:
        take = self.takes[-1]
        if take.track is not None:
            take.track.place(position, part.line_ns(position) - take.dropped_ns)

    def _end_take(self, fill_until_ns: int | None) -> None:
        take = self.takes[-1]
        if take.track is not None:
            take.track.finish(None if fill_until_ns is None else fill_until_ns - take.dropped_ns)
        take.complete = True

    def finish(self, fill_until_ns: int | None) -> None:
        """Nothing follows but silence, up to a point of the line. Raises JournalError."""
        self._leave_part()
        if self.takes:
            self.takes[-1].dropped_ns += self._muted_ns
            self._end_take(fill_until_ns)

    def pieces(self, zero_ns: int) -> list[Piece]:  # noqa: ARG002
        """Takes have their own."""
        return []

    def silent_until_ns(self, zero_ns: int) -> int:  # noqa: ARG002
        """Silence is in the work files."""
        return 0

    def close(self) -> None:
        """Close the work file."""
        for take in self.takes:
            if take.track is not None:
                take.track.close()
