"""The audio of one file, transcoded: the packets of every part on one time line, in a work file."""

from pathlib import Path

from reelroom.compose import AudioTranscoder, SoundCoding
from reelroom.journal.matroska import Block, MatroskaWriter
from reelroom.mux import Piece
from reelroom.recorder.part import Part
from reelroom.recorder.track_reader import MAX_POSITION, TrackFrames
from reelroom.recorder.work import WorkFolder
from reelroom.timeline.line import AudioPlace
from reelroom.units import AUDIO_RATE, NS, NS_PER_JOURNAL_TICK, MediaKind, scale


class AudioTrack:
    """Transcodes live, in batches. After a crash everything is fed again, and what is written is skipped.

    origin_ns: where the first sample lies on the file's line; None while there is none.
    """

    def __init__(self, work: WorkFolder, key: str, coding: SoundCoding, bitrate_bps: int) -> None:
        self.origin_ns: int | None = None
        self._work, self._key, self._coding, self._bitrate_bps = work, key, coding, bitrate_bps
        self._writer: MatroskaWriter | None = None
        self._transcoder: AudioTranscoder | None = None
        self._place = AudioPlace(0, 0)

    @property
    def path(self) -> Path:
        """The work file."""
        return self._work.audio_path(self._key)

    def begin_part(self, part: Part, first: int) -> None:
        """The next packets are this part's, whose first one has that journal position."""
        self.place(first, part.line_ns(first))

    def place(self, first: int, line_ns: int) -> None:
        """From the journal position `first` on packets lie at `line_ns` and behind."""
        if self.origin_ns is None:
            self.origin_ns = line_ns
        self._place = AudioPlace.of(origin_ns=self.origin_ns, line_ns=line_ns, first=first)

    def feed(self, frames: TrackFrames) -> None:
        """Transcode a batch. Raises JournalError if it can't be written."""
        transcoder = self._transcoder or self._open(frames)
        for block in frames.blocks:
            transcoder.feed(self._sample(block), block.payload)

    def _sample(self, block: Block) -> int:
        return max(0, self._place.sample(block.position))

    def _open(self, frames: TrackFrames) -> AudioTranscoder:
        header = frames.header
        self._writer = self._work.audio_writer(self._key, header.channels, self._coding)
        self._transcoder = AudioTranscoder(
            self._writer,
            private=header.private,
            channels=self._writer.header.channels,
            bitrate_bps=self._bitrate_bps,
            resume_packets=self._writer.blocks,
            coding=self._coding,
        )
        return self._transcoder

    @property
    def end_ns(self) -> int | None:
        """Where the audio placed so far ends on the line."""
        if self.origin_ns is None or self._transcoder is None:
            return None
        return self.origin_ns + scale(self._transcoder.position, AUDIO_RATE, NS)

    def finish(self, fill_until_ns: int | None) -> None:
        """Write the rest, with silence up to a point of the line. Raises JournalError if it can't be written."""
        if self._transcoder is not None and self.origin_ns is not None:
            if fill_until_ns is not None:
                self._transcoder.fill(scale(fill_until_ns - self.origin_ns, NS, AUDIO_RATE))
            self._transcoder.finish()
        self.close()

    def pieces(self, zero_ns: int) -> list[Piece]:
        """The work file, the file's time 0 being that point of the line."""
        if self.origin_ns is None:
            return []
        begin_ns = self.origin_ns - zero_ns
        path = self.path
        return [Piece(path, MediaKind.AUDIO, 0, MAX_POSITION, lambda at: begin_ns + at * NS_PER_JOURNAL_TICK)]

    def silent_until_ns(self, zero_ns: int) -> int:  # noqa: ARG002
        """Silence is in the work file."""
        return 0

    def close(self) -> None:
        """Close the work file."""
        if self._writer is not None:
            self._writer.close()
        self._writer = self._transcoder = None
