"""One capture's share of a file: what is read of it, and where it lies on the file's line."""

from reelroom.recorder.capture_log import CaptureLog
from reelroom.recorder.sync_clocks import read_alignment
from reelroom.recorder.track_reader import TrackFrames, TrackReader, last_position
from reelroom.recorder.video_track import VideoTrack, is_copied
from reelroom.timeline.decisions import PartBegins, PartEnds
from reelroom.timeline.line import capture_time_ns, joined_offset_ns
from reelroom.units import NS, NS_PER_JOURNAL_TICK, MediaKind

SETTLED_NS = 3 * NS  # a track that begins later than this after the first doesn't begin before it, whatever its reports
FRAME_NS = NS // 30  # how long a part's last picture stays
_PATIENCE_NS = 2 * NS  # for the last lines of a capture whose publication has ended


class Part:
    """A part of a file being recorded. `log` is read by whoever steps the file.

    starts: journal position of the first frame of each kind. offset_ns: what puts capture times on the file's line;
    None while unknown, which only a joined part is.
    """

    def __init__(self, begins: PartBegins, log: CaptureLog, video: VideoTrack) -> None:
        self.begins = begins
        self.log = log
        self.video = video
        self.offset_ns: int | None = None
        self.starts: dict[MediaKind, int] = {}
        self.ends: PartEnds | None = None
        self._ended_ns = 0
        self._readers = {kind: self._reader(kind) for kind in begins.kinds}
        self._waiting: dict[MediaKind, TrackFrames] = {}

    def _reader(self, kind: MediaKind) -> TrackReader:
        return TrackReader(self.log, kind, self.begins.after.get(kind, -1), self.video.skips)

    def end(self, ends: PartEnds, now_ns: int) -> None:
        """No more frames than the decision says."""
        self.ends, self._ended_ns = ends, now_ns
        for kind, reader in self._readers.items():
            if ends.upto is not None:
                reader.upto = ends.upto.get(kind, -1)
            elif ends.cut:
                reader.upto = (ends.at - (self.log.opened_at_ns or 0)) // NS_PER_JOURNAL_TICK

    def look(self) -> None:
        """Find the first frames of each kind, without losing them."""
        for kind in self._readers:
            if kind not in self.starts:
                self._look_at(kind)

    def _look_at(self, kind: MediaKind) -> None:
        frames = self._readers[kind].read()
        if frames is not None:
            self._waiting[kind] = frames
            self.starts[kind] = frames.blocks[0].position

    def read(self, kind: MediaKind) -> TrackFrames | None:
        """The next frames of a kind; None if there are none at present."""
        if kind not in self._readers:
            return None
        return self._waiting.pop(kind, None) or self._readers[kind].read()

    def upto(self, kind: MediaKind) -> int:
        """The journal position of the last frame of a kind that may be the file's."""
        return self._readers[kind].upto

    def is_drained(self, now_ns: int) -> bool:
        """Whether nothing can come any more, once nothing is there to read."""
        if self.ends is None:
            return False
        told = self.log.ended or self.ends.upto is not None or self.ends.cut
        return told or now_ns - self._ended_ns > _PATIENCE_NS

    def time_ns(self, position: int) -> int:
        """The capture time of a journal position."""
        return capture_time_ns(self.log.opened_at_ns or 0, position)

    def line_ns(self, position: int) -> int:
        """Where a journal position lies on the file's line, by the capture clock."""
        return self.time_ns(position) + (self.offset_ns or 0)

    def join(self, previous_end_ns: int | None, now_ns: int) -> None:
        """Find `offset_ns`, if enough of the part is known: it begins where the parts before ended, if they had frames.

        Only marks decide, and only reports before the mark count, so a restart finds the same.
        """
        if not self.begins.joined or previous_end_ns is None:
            self.offset_ns = 0
        elif self.starts:
            settled_ns = min(self.time_ns(position) for position in self.starts.values()) + SETTLED_NS
            if self.log.marked_ns >= settled_ns or self.is_drained(now_ns):
                self.offset_ns = joined_offset_ns(previous_end_ns, self._shifted_starts(settled_ns))

    def _shifted_starts(self, until_ns: int) -> dict[MediaKind, int]:
        starts = {kind: self.time_ns(position) for kind, position in self.starts.items()}
        if MediaKind.VIDEO in starts:
            alignment = read_alignment(self.log.folder, until_ns)
            starts[MediaKind.VIDEO] += alignment.shift_ns(starts[MediaKind.VIDEO])
        return starts

    def video_end_ns(self) -> int | None:
        """Where the video of an ended part ends on the file's line; reads a copied track through."""
        if not self.video.spans:
            return None
        last, span = self.video.last, self.video.spans[-1]
        if is_copied(span.track):
            last = last_position(self.log, span.track, self.upto(MediaKind.VIDEO)) or last
        shift_ns = read_alignment(self.log.folder).shift_ns(self.time_ns(last))
        return self.line_ns(last) + shift_ns + FRAME_NS

    def close(self) -> None:
        """Close all files."""
        self.video.close()
        self.log.close()
        for reader in self._readers.values():
            reader.close()
