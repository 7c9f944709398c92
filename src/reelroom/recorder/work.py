"""The work folder of one task: transcoded tracks of files being recorded, append-only Matroska like the journal."""

import shutil
from pathlib import Path

from reelroom.compose import AAC, SoundCoding, VideoHeader
from reelroom.errors import JournalError
from reelroom.journal.matroska import MatroskaWriter, TrackHeader
from reelroom.units import AUDIO_RATE, Codec, TaskId


class WorkFolder:
    """Names, resumes and removes work files. `key` is a file's key in its task."""

    def __init__(self, data: Path, task: TaskId) -> None:
        """Raises JournalError (caused by the OSError) if the folder can't be made."""
        self.folder = data / "work" / task
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise JournalError(f"can't make the work folder: {error.strerror}") from error

    def audio_path(self, key: str) -> Path:
        """The transcoded sound of a file."""
        return self.folder / f"{key}.audio.mkv"

    def audio_writer(self, key: str, channels: int, coding: SoundCoding = AAC) -> MatroskaWriter:
        """The writer of a file's transcoded sound, which goes on where it was."""
        header = TrackHeader(
            coding.codec, channels=1 if channels == 1 else 2, rate=AUDIO_RATE, private=coding.header(channels)
        )
        return MatroskaWriter.resume(self.audio_path(key), header)

    def video_writer(self, key: str, name: str, number: int, header: VideoHeader) -> MatroskaWriter:
        """A new H264 track."""
        track = TrackHeader(Codec.H264, header.width, header.height, private=header.private)
        return MatroskaWriter.create(self._video_path(key, name, number), track)

    def resume_video(self, key: str, name: str) -> list[tuple[Path, int]]:
        """What a recorder before us wrote of one transcoded track: files and their last positions, torn tails cut."""
        written: list[tuple[Path, int]] = []
        while (path := self._video_path(key, name, len(written))).exists():
            last = _mend(path)
            if last is None:  # without a whole frame; its number is free
                path.unlink()
                break
            written.append((path, last))
        return written

    def _video_path(self, key: str, name: str, number: int) -> Path:
        return self.folder / f"{key}.video-{name}-{number}.mkv"

    def remove_file(self, key: str) -> None:
        """Remove everything of one file."""
        for path in self.folder.glob(f"{key}.*"):
            path.unlink(missing_ok=True)

    def remove(self) -> None:
        """Remove the folder."""
        shutil.rmtree(self.folder, ignore_errors=True)


def _mend(path: Path) -> int | None:
    try:
        writer = MatroskaWriter.reopen(path)
    except JournalError:
        return None
    writer.close()
    return writer.last_position
