"""One file being recorded: takes what the journal has of it, batch by batch, until nothing is missing."""

from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass
from pathlib import Path

from reelroom.compose import AAC, MP3
from reelroom.mux import Muxed
from reelroom.recorder.assembling import mux_file
from reelroom.recorder.audio_track import AudioTrack
from reelroom.recorder.capture_log import CaptureLog
from reelroom.recorder.copied_audio import CopiedAudio
from reelroom.recorder.part import Part
from reelroom.recorder.sound_track import SoundTrack
from reelroom.recorder.stats import Counters
from reelroom.recorder.take import SegmentFile, Take
from reelroom.recorder.video_track import VideoTrack, is_copied
from reelroom.recorder.work import WorkFolder
from reelroom.settings import RecorderSettings
from reelroom.spec import Interruption, RecordSpec
from reelroom.timeline.decisions import FileCloses, FileOpens, PartBegins, PartEnds
from reelroom.units import CaptureId, MediaKind


@dataclass(frozen=True, slots=True)
class Workshop:
    """What every file of a task is made with.

    finished: keys of takes that were written before. segment_prefix: what stands before the names of segments in a
    playlist. keyframe_interval_s: how often publishers are asked for a keyframe.
    """

    work: WorkFolder
    open_log: Callable[[CaptureId], CaptureLog]
    settings: RecorderSettings
    spec: RecordSpec
    counters: Counters
    finished: Container[str]
    segment_prefix: str = ""
    keyframe_interval_s: float = 10.0

    @property
    def joins(self) -> bool:
        """Whether parts may follow that leave the gap before them out."""
        return self.spec.interruption is Interruption.JOIN


class FileRecorder:
    """Steps through the parts of a file in order. Everything it knows it finds again after a crash.

    begin_ns: capture time of the first frame seen; None while there is none.
    """

    def __init__(self, opens: FileOpens, shop: Workshop) -> None:
        self.opens = opens
        self._shop = shop
        self.audio = self._make_sound()
        self.segments: Sequence[SegmentFile] = ()
        self.parts: list[Part] = []
        self.begin_ns: int | None = None
        self.name = ""  # of the file that callers know of
        self._all_read = False
        self._closes: FileCloses | None = None
        self._current = 0  # part being read
        self._end_ns: int | None = None  # where the parts before the current one end on the line

    def _make_sound(self) -> SoundTrack:
        """What becomes of the sound: ogg holds Opus as it comes, everything else has it transcoded."""
        if self.opens.format == "ogg":
            return CopiedAudio()
        coding = MP3 if self.opens.format == "mp3" else AAC
        return AudioTrack(self._shop.work, self.opens.key, coding, self._shop.settings.audio_bitrate_bps)

    @property
    def key(self) -> str:
        """As a take: the only one."""
        return self.opens.key

    @property
    def complete(self) -> bool:
        """Nothing more can come: it may be finished."""
        return self._all_read

    def spooled(self) -> None:
        """What `segments` said is stored."""
        self.segments = ()

    @property
    def takes(self) -> Sequence[Take]:
        """What callers get, as far as it is known."""
        return (self,)

    def write(self, target: Path, name: str) -> Muxed:  # noqa: ARG002
        """Write the finished file. Raises JournalError, MediaError, OSError."""
        return mux_file(self.opens.format, self.parts, self.audio, target)

    def begin_part(self, begins: PartBegins) -> None:
        """Frames of another capture follow."""
        self.parts.append(Part(begins, self._shop.open_log(begins.capture), self._make_video(begins)))

    def _make_video(self, begins: PartBegins) -> VideoTrack:
        """What becomes of a part's video."""
        return VideoTrack(self._shop.work, self.opens.key, begins.part, self._shop.settings)

    def end_part(self, ends: PartEnds, now_ns: int) -> None:
        """A part is bounded now."""
        part = self.parts[ends.part]
        part.log.read()
        part.end(ends, now_ns)

    def close_file(self, closes: FileCloses) -> None:
        """No part follows."""
        self._closes = closes

    def step(self, now_ns: int) -> bool:
        """Take one batch of each kind; whether there may be more at once. Raises JournalError, MediaError."""
        if self._all_read:
            return False
        if self._current == len(self.parts):
            self._complete()
            return False
        part = self.parts[self._current]
        part.log.read()
        if part.offset_ns is None and not self._place(part, now_ns):
            return self._leave(part, now_ns)
        audio, video = self._take_audio(part), self._take_video(part)
        return audio or video or self._leave(part, now_ns)

    def _place(self, part: Part, now_ns: int) -> bool:
        """Find where the part lies, from its first frames."""
        part.look()
        if not part.starts:
            return False
        if self.begin_ns is None:
            self.begin_ns = min(part.time_ns(position) for position in part.starts.values())
        part.join(self._end_ns, now_ns)
        return part.offset_ns is not None

    def _take_audio(self, part: Part) -> bool:
        frames = part.read(MediaKind.AUDIO)
        if frames is None:
            return False
        first = frames.blocks[0].position
        if part.starts.setdefault(MediaKind.AUDIO, first) == first:
            self.audio.begin_part(part, first)
        self.audio.feed(frames)
        self._shop.counters.audio_packets += len(frames.blocks)
        return True

    def _take_video(self, part: Part) -> bool:
        frames = part.read(MediaKind.VIDEO)
        if frames is None:
            return False
        part.video.feed(frames, part.log.folder)
        if not is_copied(frames.track):
            self._shop.counters.video_frames += len(frames.blocks)
        return True

    def _leave(self, part: Part, now_ns: int) -> bool:
        """Go on to the next part, when this one has nothing more to give."""
        if (part.offset_ns is None and part.starts) or not part.is_drained(now_ns):
            return False
        if part.starts and self._shop.joins:
            ends = (self.audio.end_ns, part.video_end_ns(), self._end_ns)
            self._end_ns = max((end for end in ends if end is not None), default=None)
        part.close()
        self._current += 1
        return True

    def _complete(self) -> None:
        """All parts are read: if no other may come, write the rest."""
        if self._closes is not None:
            self.audio.finish(self._closes.at if self._closes.filled else None)
            self._all_read = True

    def close(self) -> None:
        """Close all files; nothing is lost, a new recorder of this file goes on."""
        self.audio.close()
        for part in self.parts:
            part.close()
