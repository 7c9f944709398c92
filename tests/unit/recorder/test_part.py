"""Where a part lies on its file's line, on real capture folders."""

from pathlib import Path

import pytest

from reelroom.journal.capture import CaptureWriter
from reelroom.recorder.capture_log import CaptureLog
from reelroom.recorder.part import Part
from reelroom.recorder.video_track import VideoTrack
from reelroom.recorder.work import WorkFolder
from reelroom.rtp.frame import Config, Frame
from reelroom.settings import RecorderSettings
from reelroom.timeline.decisions import PartBegins, PartEnds
from reelroom.units import NS, NS_PER_MS, CaptureId, Codec, MediaKind, PublicationId, StreamId, TaskId

AUDIO, VIDEO = MediaKind.AUDIO, MediaKind.VIDEO
T = 1_754_300_000 * NS
CONFIGS = {AUDIO: Config(Codec.OPUS, channels=1), VIDEO: Config(Codec.H264, 64, 48)}


class Place:
    def __init__(self, folder: Path, *, joined: bool = True) -> None:
        self.writer = CaptureWriter(folder / "c", CaptureId("c"), PublicationId("p"), StreamId("s"), T)
        video = VideoTrack(WorkFolder(folder, TaskId("t")), "1-VA", 1, RecorderSettings())
        begins = PartBegins(T, "1-VA", 1, CaptureId("c"), (VIDEO, AUDIO), {}, joined)
        self.part = Part(begins, CaptureLog(folder / "c"), video)

    def frame(self, kind: MediaKind, at_ms: int) -> None:
        self.writer.write(Frame(kind, 0, T + at_ms * NS_PER_MS, True, b"x", CONFIGS[kind]))

    def offset(self, previous_end_ns: int | None, now_ns: int = T) -> int | None:
        self.part.log.read()
        self.part.look()
        self.part.join(previous_end_ns, now_ns)
        return self.part.offset_ns


@pytest.fixture(name="place")
def place_fixture(tmp_path: Path) -> Place:
    return Place(tmp_path)


def test_a_part_that_is_not_joined_keeps_the_wall_clock(tmp_path: Path) -> None:
    place = Place(tmp_path, joined=False)
    place.frame(AUDIO, 100)
    assert place.offset(5) == 0


def test_a_joined_part_waits_until_no_track_can_begin_before_its_first_frame(place: Place) -> None:
    assert place.offset(7 * NS) is None
    place.frame(AUDIO, 500)
    place.writer.mark(T + 3 * NS)
    assert place.offset(7 * NS) is None
    place.writer.mark(T + 4 * NS)
    assert place.offset(7 * NS) == 7 * NS - (T + 500 * NS_PER_MS)


def test_a_joined_part_begins_with_the_earlier_of_its_tracks_on_audios_clock(place: Place) -> None:
    place.writer.report(AUDIO, 0, T, T, "sr")  # before the track is known: not used
    place.frame(AUDIO, 500)
    place.frame(VIDEO, 600)
    place.writer.report(AUDIO, 0, T + 500 * NS_PER_MS, T + NS, "sr")
    place.writer.report(VIDEO, 0, T + 350 * NS_PER_MS, T + NS, "sr")  # sampled 250 ms before it arrived
    place.writer.mark(T + 4 * NS)
    assert place.offset(0) == -(T + 350 * NS_PER_MS)


def test_the_first_part_with_frames_is_where_it_is(place: Place) -> None:
    place.frame(AUDIO, 0)
    assert place.offset(None) == 0


def test_an_ended_part_waits_for_no_mark(place: Place) -> None:
    place.frame(AUDIO, 500)
    place.writer.end(T + NS, "left")
    place.part.end(PartEnds(T + NS, "1-VA", 1, None), T)
    assert place.offset(0) == -(T + 500 * NS_PER_MS)


def test_a_part_is_drained_when_told_or_after_patience(place: Place) -> None:
    assert not place.part.is_drained(T)
    place.part.end(PartEnds(T, "1-VA", 1, None), T)
    assert not place.part.is_drained(T + NS)
    assert place.part.is_drained(T + 3 * NS)
    place.writer.end(T, "left")
    place.part.log.read()
    assert place.part.is_drained(T)


def test_a_cut_part_has_nothing_after_its_end(place: Place) -> None:
    place.frame(AUDIO, 500)
    place.part.log.read()
    place.part.end(PartEnds(T + 400 * NS_PER_MS, "1-VA", 1, None, cut=True), T)
    place.part.look()
    assert place.part.starts == {}
    assert place.part.upto(AUDIO) == 4000


def test_a_kind_the_gateway_does_not_mention_has_no_frames(place: Place) -> None:
    place.part.end(PartEnds(T, "1-VA", 1, {AUDIO: 70}), T)
    assert (place.part.upto(AUDIO), place.part.upto(VIDEO)) == (70, -1)
