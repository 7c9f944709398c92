"""The audio of one file: the packets of every part on one time line, as AAC in a work file."""

from reelroom.compose import AudioTranscoder
from reelroom.journal.matroska import Block, MatroskaWriter
from reelroom.recorder.track_reader import TrackFrames
from reelroom.recorder.work import WorkFolder
from reelroom.timeline.line import AudioPlace
from reelroom.units import AUDIO_RATE, NS, scale


class AudioTrack:
    """Transcodes live, in batches. After a crash everything is fed again, and what is written is skipped.

    origin_ns: where the first sample lies on the file's line; None while there is none.
    """

    def __init__(self, work: WorkFolder, key: str, bitrate_bps: int) -> None:
        self.origin_ns: int | None = None
        self._work, self._key, self._bitrate_bps = work, key, bitrate_bps
        self._writer: MatroskaWriter | None = None
        self._transcoder: AudioTranscoder | None = None
        self._place = AudioPlace(0, 0)

    def begin_part(self, position: int, line_ns: int) -> None:
        """The next packets are of a part whose first one has that journal position and lies there on the line."""
        if self.origin_ns is None:
            self.origin_ns = line_ns
        self._place = AudioPlace.of(origin_ns=self.origin_ns, line_ns=line_ns, first=position)

    def feed(self, frames: TrackFrames) -> None:
        """Transcode a batch. Raises JournalError if it can't be written."""
        transcoder = self._transcoder or self._open(frames)
        for block in frames.blocks:
            transcoder.feed(self._sample(block), block.payload)

    def _sample(self, block: Block) -> int:
        return max(0, self._place.sample(block.position))

    def _open(self, frames: TrackFrames) -> AudioTranscoder:
        header = frames.header
        self._writer = self._work.audio_writer(self._key, header.channels)
        self._transcoder = AudioTranscoder(
            self._writer,
            private=header.private,
            channels=self._writer.header.channels,
            bitrate_bps=self._bitrate_bps,
            resume_packets=self._writer.blocks,
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

    def close(self) -> None:
        """Close the work file."""
        if self._writer is not None:
            self._writer.close()
        self._writer = self._transcoder = None
