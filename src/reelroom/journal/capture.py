"""Writes one capture: a log, and Matroska files for each track, all relative to one opening instant."""

from dataclasses import dataclass, replace
from pathlib import Path

from reelroom.errors import JournalError
from reelroom.events import CaptureEnded, CaptureOpened, Event, Gap, Mark, Report, TrackOpened
from reelroom.journal.append import sync_file
from reelroom.journal.lines import LogWriter
from reelroom.journal.matroska import MatroskaWriter, TrackHeader
from reelroom.rtp.codecs import CODECS
from reelroom.rtp.frame import Config, Frame
from reelroom.units import NS, NS_PER_JOURNAL_TICK, CaptureId, MediaKind, PublicationId, StreamId

LOG_NAME = "log.jsonl"


def to_position(since_ns: int, ticks: int, rate: int) -> int:
    """The journal position `ticks` of a clock of `rate` Hertz after an instant `since_ns` into the capture.

    Rounded half up, once: the position is within 50 µs of the exact instant.
    """
    unit = rate * NS_PER_JOURNAL_TICK
    return (2 * (since_ns * rate + ticks * NS) + unit) // (2 * unit)


@dataclass(slots=True)
class _Track:
    """A track, its newest file, and where its RTP clock stands on the capture's time line."""

    config: Config
    rate: int
    at_ns: int  # arrival of ticks0
    since_ns: int  # the same, since the capture began
    ticks0: int
    writer: MatroskaWriter
    position: int  # of the last frame

    def place(self, ticks: int) -> int:
        """The journal position of an RTP timestamp; never before the frame before."""
        return max(self.position, to_position(self.since_ns, ticks - self.ticks0, self.rate))


class CaptureWriter:
    """Journals the frames and reports of one publication. Not thread-safe, but `sync` may run in a thread.

    positions: journal position of the last frame written, by kind.
    """

    def __init__(
        self, folder: Path, capture: CaptureId, publication: PublicationId, stream: StreamId, now_ns: int
    ) -> None:
        """Begin a capture in a new folder; `now_ns` becomes its position 0. Raises JournalError."""
        try:
            folder.mkdir(parents=True)
        except OSError as error:
            raise JournalError(f"can't make the folder of capture {capture}: {error.strerror}") from error
        self.folder = folder
        self.at_ns = now_ns
        self.positions: dict[MediaKind, int] = {}
        self._tracks: dict[MediaKind, _Track] = {}
        self._failed: dict[MediaKind, bool] = {}  # kinds whose last write failed; whether the clock began anew in it
        self._files = dict.fromkeys(MediaKind, 0)
        self._log = LogWriter(folder / LOG_NAME)
        self._grown: dict[Path, LogWriter | MatroskaWriter] = {self._log.path: self._log}
        self._synced: dict[Path, int] = {}
        self._append(CaptureOpened(now_ns, capture, publication, stream))

    def write(self, frame: Frame) -> int:
        """Journal one frame and return its position. A new configuration or a restart begins a new file.

        Raises JournalError if it could not be written. After that a video track takes nothing until a keyframe,
        for a picture that refers to a lost one would be broken.
        """
        if frame.kind in self._failed:
            self._check_restart(frame)
        try:
            track = self._track(frame)
            position = track.place(frame.ticks)
            track.writer.write(position, frame.keyframe, frame.payload)
        except JournalError:
            self._failed[frame.kind] = frame.restart or self._failed.get(frame.kind, False)
            raise
        track.position = self.positions[frame.kind] = position
        return position

    def report(self, kind: MediaKind, ticks: int, ntp_ns: int, now_ns: int, source: str) -> None:
        """Note which NTP instant of the sender belongs to an RTP timestamp. Raises JournalError."""
        self._append(Report(now_ns, kind, ticks, ntp_ns, source))

    def gap(self, kind: MediaKind, start_ticks: int, end_ticks: int, packets: int, now_ns: int) -> None:
        """Note that frames between two RTP timestamps were given up. Raises JournalError.

        Before the track's first frame there is nothing that could have a gap.
        """
        track = self._tracks.get(kind)
        if track is not None:
            start, end = track.place(start_ticks), track.place(end_ticks)
            self._append(Gap(now_ns, kind, start, max(start, end), packets))

    def mark(self, now_ns: int) -> None:
        """Note that everything that arrived before and could be completed is in the files. Raises JournalError."""
        self._append(Mark(now_ns))

    def end(self, now_ns: int, reason: str) -> None:
        """Write the last line and close. Raises JournalError. A `sync` afterwards still reaches the disk."""
        try:
            self._append(CaptureEnded(now_ns, reason))
        finally:
            self.close()

    def close(self) -> None:
        """Close all files without a last line, as a crash would."""
        self._log.close()
        for track in self._tracks.values():
            track.writer.close()

    def sync(self) -> None:
        """Force to the disk what was written since the last call; blocks, so call it in a thread.

        One call at a time. Raises JournalError.
        """
        for path, writer in list(self._grown.items()):
            size = writer.size
            if self._synced.get(path) != size:
                sync_file(path)
                if path not in self._synced:
                    sync_file(self.folder)
                    sync_file(self.folder.parent)
                self._synced[path] = size

    def _append(self, event: Event) -> None:
        self._log.append(event)

    def _check_restart(self, frame: Frame) -> None:
        """After a failed write, let a track go on only with a frame that needs none before it."""
        if frame.kind is MediaKind.VIDEO and not frame.keyframe:
            raise JournalError("after a failed write the journal waits for a keyframe")

    def _track(self, frame: Frame) -> _Track:
        """The track that a frame belongs to, with its file ready."""
        track = self._tracks.get(frame.kind)
        anew = frame.restart or self._failed.get(frame.kind, False)
        if track is None or anew or (frame.config is not track.config and frame.config != track.config):
            track = self._open_file(frame, None if anew else track)
        if frame.kind in self._failed:
            self._append(Gap(frame.arrival_ns, frame.kind, track.position, track.place(frame.ticks), 0))
            del self._failed[frame.kind]
        return track

    def _open_file(self, frame: Frame, old: _Track | None) -> _Track:
        """Begin a file; with the clock of `old`, or with a new one."""
        writer = self._create(frame)
        track = replace(old, config=frame.config, writer=writer) if old else self._anchor(frame, writer)
        config = frame.config
        opened = TrackOpened(
            track.at_ns, frame.kind, writer.path.name, config.codec, track.rate, track.ticks0,
            width=config.width, height=config.height, channels=config.channels,
        )  # fmt: skip
        try:
            self._append(opened)
        except JournalError:
            writer.close()
            raise
        if frame.kind in self._tracks:
            self._tracks[frame.kind].writer.close()
        self._tracks[frame.kind] = track
        self._grown[writer.path] = writer
        return track

    def _anchor(self, frame: Frame, writer: MatroskaWriter) -> _Track:
        """A track whose clock begins with this frame.

        Arrival jitters: the clock may not begin before the last frame of the one before, nor before the capture.
        """
        position = self.positions.get(frame.kind, -1)
        at_ns = max(frame.arrival_ns, self.at_ns + (position + 1) * NS_PER_JOURNAL_TICK)
        since_ns = at_ns - self.at_ns
        return _Track(frame.config, _rate(frame.config), at_ns, since_ns, frame.ticks, writer, max(0, position))

    def _create(self, frame: Frame) -> MatroskaWriter:
        config = frame.config
        rate = _rate(config) if frame.kind is MediaKind.AUDIO else 0
        header = TrackHeader(config.codec, config.width, config.height, config.channels, rate, config.private)
        writer = MatroskaWriter.create(self.folder / f"{frame.kind}-{self._files[frame.kind]}.mkv", header)
        self._files[frame.kind] += 1
        return writer


def _rate(config: Config) -> int:
    """Hertz of the codec's RTP clock; for Opus, its sample rate too (RFC 7587 section 4.1)."""
    return CODECS[config.codec].clock_rate
