"""Which frames of a capture are a part's, on real capture folders."""

from pathlib import Path

import pytest

from reelroom.events import TrackOpened
from reelroom.journal.capture import CaptureWriter
from reelroom.recorder.capture_log import CaptureLog
from reelroom.recorder.track_reader import TrackReader, last_position
from reelroom.rtp.frame import Config, Frame
from reelroom.units import NS, CaptureId, Codec, MediaKind, PublicationId, StreamId

VIDEO = MediaKind.VIDEO
STEP = 3000  # RTP ticks between frames; 333 or 334 in the journal


class Capture:
    """A capture that is written frame by frame. A keyframe each `gop` frames; `width` is its configuration."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "c"
        self.writer = CaptureWriter(self.folder, CaptureId("c"), PublicationId("p"), StreamId("s"), 10 * NS)
        self.log = CaptureLog(self.folder)
        self.written = 0

    def write(self, frames: int, gop: int = 5, width: int = 64) -> list[int]:
        positions = []
        for _ in range(frames):
            key, number = self.written % gop == 0, self.written
            arrival = 10 * NS + number * NS // 30
            payload = number.to_bytes(4)
            config = Config(Codec.VP8, width, 48)
            positions.append(self.writer.write(Frame(VIDEO, number * STEP, arrival, key, payload, config)))
            self.written += 1
        self.log.read()
        return positions

    def reader(self, after: int = -1, *, skips: bool = False) -> TrackReader:
        return TrackReader(self.log, VIDEO, after, lambda _track: skips)


def numbers(reader: TrackReader) -> list[int]:
    found = []
    while frames := reader.read():
        found += [int.from_bytes(block.payload) for block in frames.blocks]
    return found


@pytest.fixture(name="capture")
def capture_fixture(tmp_path: Path) -> Capture:
    return Capture(tmp_path)


def test_everything_is_read_as_it_comes(capture: Capture) -> None:
    reader = capture.reader()
    assert numbers(reader) == []
    capture.write(7)
    assert numbers(reader) == list(range(7))
    capture.write(600)
    assert numbers(reader) == list(range(7, 607))


def test_a_later_part_begins_at_the_next_keyframe(capture: Capture) -> None:
    positions = capture.write(12)
    assert numbers(capture.reader(after=positions[5])) == [10, 11]


def test_a_keyframe_that_was_the_last_of_others_is_not_ours(capture: Capture) -> None:
    positions = capture.write(12)
    assert numbers(capture.reader(after=positions[10])) == []
    capture.write(5)
    assert numbers(capture.reader(after=positions[10])) == [15, 16]


def test_nothing_after_the_bound_is_ours(capture: Capture) -> None:
    positions = capture.write(12)
    reader = capture.reader()
    reader.upto = positions[8]
    assert numbers(reader) == list(range(9))
    capture.write(5)
    assert numbers(reader) == []


def test_a_new_configuration_goes_on_in_the_next_file(capture: Capture) -> None:
    reader = capture.reader()
    capture.write(5)
    capture.write(5, width=32)
    assert numbers(reader) == list(range(10))


def test_of_a_copied_file_only_the_first_frame_is_looked_for(capture: Capture) -> None:
    reader = capture.reader(skips=True)
    capture.write(5)
    first = reader.read()
    assert first is not None
    assert (first.number, first.blocks[0].position) == (0, 0)
    capture.write(400)
    assert reader.read() is None
    capture.write(5, width=32)
    second = reader.read()
    assert second is not None
    assert (second.number, second.header.width) == (1, 32)


def test_a_file_that_cannot_be_read_costs_only_itself(capture: Capture) -> None:
    capture.write(5)
    capture.write(5, width=32)
    (capture.folder / "video-0.mkv").write_bytes(b"not Matroska at all" * 9)
    assert numbers(capture.reader()) == [5, 6, 7, 8, 9]


def test_the_last_position_of_a_file_is_bounded(capture: Capture) -> None:
    positions = capture.write(12)
    track = capture.log.tracks[VIDEO][0]
    assert last_position(capture.log, track, 1 << 60) == positions[-1]
    assert last_position(capture.log, track, positions[4] + 1) == positions[4]
    assert last_position(capture.log, track, -1) is None


def test_a_damaged_log_cannot_name_a_file_elsewhere(capture: Capture) -> None:
    capture.log.take(TrackOpened(0, VIDEO, "../../secret.key", Codec.VP8, 90_000, 0))
    assert capture.log.tracks[VIDEO] == []
