"""The video of one part: H264 stays in the journal, everything else becomes H264 in work files."""

from dataclasses import dataclass, field
from pathlib import Path

from reelroom.compose import VideoHeader, VideoTranscoder
from reelroom.events import TrackOpened
from reelroom.journal.matroska import MatroskaWriter
from reelroom.recorder.track_reader import TrackFrames
from reelroom.recorder.work import WorkFolder
from reelroom.settings import RecorderSettings
from reelroom.units import Codec


def is_copied(track: TrackOpened) -> bool:
    """Whether a journal file's video goes into finished files as it is."""
    return track.codec is Codec.H264


@dataclass(slots=True)
class VideoSpan:
    """The frames of one journal file, from `first` on. paths: where their H264 is."""

    track: TrackOpened
    first: int  # journal position
    paths: list[Path] = field(default_factory=list)


class VideoTrack:
    """Follows the video of one part. Work files keep journal positions, so both kinds of span are placed alike."""

    reads_all = False  # frames that stay in the journal needn't be read

    def __init__(self, work: WorkFolder, key: str, part: int, settings: RecorderSettings) -> None:
        self.spans: list[VideoSpan] = []
        self.last = -1  # journal position of the last frame seen; of a copied span only of its beginning
        self._work, self._key, self._part, self._settings = work, key, part, settings
        self._number = -1
        self._transcoder: VideoTranscoder | None = None
        self._writer: MatroskaWriter | None = None

    def skips(self, track: TrackOpened) -> bool:
        """Whether it's enough to know where a journal file's frames begin."""
        return is_copied(track) and not self.reads_all

    def feed(self, frames: TrackFrames, journal: Path) -> None:
        """Take a batch of frames of one journal file in the folder `journal`. Raises JournalError, MediaError."""
        if frames.number != self._number:
            self._begin_span(frames, journal)
        self.last = frames.blocks[-1].position
        if self._transcoder is None:
            return
        for block in frames.blocks:
            self._transcoder.feed(block.position, block.keyframe, block.payload)

    def _begin_span(self, frames: TrackFrames, journal: Path) -> None:
        self.close()
        self._number = frames.number
        span = VideoSpan(frames.track, frames.blocks[0].position)
        self.spans.append(span)
        if is_copied(frames.track):
            span.paths.append(journal / frames.track.path)
        else:
            self._open(span)

    def _open(self, span: VideoSpan) -> None:
        name = f"{self._part}-{self._number}"
        written = self._work.resume_video(self._key, name)
        span.paths.extend(path for path, _ in written)
        self._transcoder = VideoTranscoder(
            lambda header: self._open_writer(span, name, header),
            codec=span.track.codec,
            preset=self._settings.video_preset,
            crf=self._settings.video_crf,
            resume_after=written[-1][1] if written else None,
        )

    def _open_writer(self, span: VideoSpan, name: str, header: VideoHeader) -> MatroskaWriter:
        if self._writer is not None:
            self._writer.close()
        self._writer = self._work.video_writer(self._key, name, len(span.paths), header)
        span.paths.append(self._writer.path)
        return self._writer

    def close(self) -> None:
        """Write the rest and close the work file."""
        if self._transcoder is not None:
            self._transcoder.finish()
        if self._writer is not None:
            self._writer.close()
        self._transcoder = self._writer = None
