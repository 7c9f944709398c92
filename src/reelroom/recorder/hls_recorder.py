"""A publisher as HLS: a playlist for callers, and the segments beside it."""

import shutil
from pathlib import Path
from typing import Final

from reelroom.mux import Muxed, Segment, playlist, write_segments
from reelroom.recorder.assembling import lay_out
from reelroom.recorder.file_recorder import FileRecorder
from reelroom.recorder.take import SegmentFile
from reelroom.units import NS

_RATE: Final = 90_000  # ticks a second of a segment's duration


class HlsRecorder(FileRecorder):
    """Makes all segments at the end, when it is known how sound and pictures are in step."""

    def write(self, target: Path, name: str) -> Muxed:
        """Write segments into the work folder, and the playlist. Raises JournalError, MediaError, OSError."""
        folder = self._shop.work.folder / f"hls-{self.key}"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        laid = lay_out(self.parts, self.audio)
        made = write_segments(
            folder,
            video=laid.video,
            audio=laid.audio,
            segment_s=self._shop.spec.format_options.segment_s,
            end_ns=laid.end_ns,
        )
        self.segments = self._name(made.segments, name.rpartition(".")[0])
        target.write_text(playlist(made.segments, [segment.name for segment in self.segments]))
        return made.muxed

    def _name(self, segments: list[Segment], base: str) -> list[SegmentFile]:
        named, begin = [], 0
        for number, segment in enumerate(segments):
            begin_ns = (self.begin_ns or 0) + begin * NS // _RATE
            duration_ms = segment.duration * 1000 // _RATE
            named.append(
                SegmentFile(f"{self.key}#{number:05}", f"{base}_{number:05}.ts", segment.path, begin_ns, duration_ms)
            )
            begin += segment.duration
        return named
