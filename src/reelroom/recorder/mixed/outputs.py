"""What of a mixed recording is on disk, and the encoders that go on from there."""

from pathlib import Path

import av

from reelroom.compose.canvas import Canvas
from reelroom.compose.picture_encoder import EncodedPicture, PictureEncoder
from reelroom.compose.sound import CHANNELS, Sound
from reelroom.compose.sound_coding import SoundCoding
from reelroom.compose.sound_encoder import SoundEncoder
from reelroom.compose.writer import VideoHeader
from reelroom.errors import MediaError
from reelroom.journal.matroska import MatroskaWriter
from reelroom.logs import get_logger
from reelroom.mix import Canvas as CanvasSpec
from reelroom.recorder.work import WorkFolder
from reelroom.settings import RecorderSettings
from reelroom.units import JOURNAL_RATE, scale

_NAME = "mix"  # of the video track in the work folder


class VideoOutput:
    """The picture of a mix, one work file for each start of a recorder. `next`: the first frame not on disk."""

    def __init__(self, work: WorkFolder, key: str, spec: CanvasSpec, settings: RecorderSettings) -> None:
        self._work, self._key, self._spec, self._settings = work, key, spec, settings
        written = work.resume_video(key, _NAME)
        self.paths = [path for path, _ in written]
        self.next = scale(written[-1][1], JOURNAL_RATE, spec.fps) + 1 if written else 0
        self._encoder: PictureEncoder | None = None
        self._writer: MatroskaWriter | None = None

    def write(self, canvas: Canvas, frame: int) -> None:
        """Encode the frame `next`, and keep what is ready. Raises JournalError, MediaError."""
        if frame < self.next:
            return
        encoder = self._encoder or self._open(frame)
        try:
            self._keep(encoder.encode(canvas, frame))
        except av.error.FFmpegError as error:
            raise MediaError(f"the mixed picture can't be encoded: {error}") from error
        self.next = frame + 1

    def _open(self, frame: int) -> PictureEncoder:
        kind, preset = self._settings.mix_encoder, self._settings.mix_preset
        try:
            self._encoder = PictureEncoder(self._spec, kind=kind, preset=preset, first=frame)
        except MediaError as error:
            if kind == "x264":
                raise
            get_logger().warning("encoder_missing", encoder=kind, used="x264", error=str(error))
            self._encoder = PictureEncoder(self._spec, kind="x264", preset="veryfast", first=frame)
        return self._encoder

    def _keep(self, pictures: list[EncodedPicture]) -> None:
        for picture in pictures:
            if self._writer is None:
                header = VideoHeader(self._spec.width, self._spec.height, picture.configuration)
                self._writer = self._work.video_writer(self._key, _NAME, len(self.paths), header)
                self.paths.append(self._writer.path)
            self._writer.write(scale(picture.number, self._spec.fps, JOURNAL_RATE), picture.keyframe, picture.payload)

    def finish(self) -> None:
        """Write what the encoder holds back. Raises JournalError, MediaError."""
        try:
            if self._encoder is not None:
                self._keep(self._encoder.flush())
        except av.error.FFmpegError as error:
            raise MediaError(f"the mixed picture can't be encoded: {error}") from error
        self._encoder = None
        self.close()

    def close(self) -> None:
        """Close the work file; what the encoder holds back is encoded again by the next recorder."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None


class SoundOutput:
    """The sound of a mix. `next`: the sample to be fed next; what was on disk before is fed again for a while."""

    def __init__(self, work: WorkFolder, key: str, bitrate_bps: int, coding: SoundCoding) -> None:
        self.path: Path = work.audio_path(key)
        self._writer = work.audio_writer(key, CHANNELS, coding)
        self._track = SoundEncoder(
            self._writer, bitrate_bps=bitrate_bps, resume_packets=self._writer.blocks, coding=coding
        )
        self.next = self._track.begins_at

    def write(self, sound: Sound, first: int) -> None:
        """Sound whose first sample is `first`, without a gap behind what came before. Raises JournalError."""
        late = self.next - first
        if late < sound.shape[1]:
            self._track.feed(sound[:, late:] if late else sound)
            self.next = first + sound.shape[1]

    def finish(self) -> None:
        """Complete the last packet. Raises JournalError."""
        self._track.finish()
        self.close()

    def close(self) -> None:
        """Close the work file."""
        self._writer.close()
