from pathlib import Path

from reelroom.events import Captured, Joined, Left, Published, Unpublished
from reelroom.journal.capture_reader import CaptureReader
from reelroom.journal.folders import JournalFolder
from reelroom.journal.lines import LogTail
from reelroom.journal.matroska import read_blocks
from reelroom.testing.fakes import FakeClock, FakeRoom
from reelroom.testing.programme import Programme
from reelroom.units import MediaKind, Size, TaskId

PROGRAMME = Programme(seconds=3, sizes=((0.0, Size(160, 90)),))
TASK = TaskId("task")


def test_time_passes_when_told() -> None:
    clock = FakeClock(1_000)
    assert clock() == 1_000
    assert clock.advance(1.5) == 1_500_001_000 == clock()


def test_a_room_leaves_the_journal_of_a_gateway(tmp_path: Path) -> None:
    room = FakeRoom(tmp_path, TASK, PROGRAMME.start_ns)
    first = room.publish("camera", PROGRAMME)
    room.play(first)
    room.unpublish(first)
    room.leave()
    events = LogTail(JournalFolder(tmp_path).room_log(TASK)).read()
    assert [type(event) for event in events] == [Joined, Published, Captured, Unpublished, Left]
    folder = JournalFolder(tmp_path).capture(first.capture)
    assert len(list(read_blocks(folder / "video-0.mkv"))) == 90
    assert len(list(read_blocks(folder / "audio-0.mkv"))) == 150
    reader = CaptureReader(folder)
    while reader.read():
        pass
    assert reader.ended


def test_frames_come_as_time_is_played(tmp_path: Path) -> None:
    room = FakeRoom(tmp_path, TASK, PROGRAMME.start_ns)
    publication = room.publish("camera", PROGRAMME, skew_ms=50)
    room.play(publication, 1.0)
    folder = JournalFolder(tmp_path).capture(publication.capture)
    assert len(list(read_blocks(folder / "video-0.mkv"))) == 30
    room.play(publication, 1.0)
    assert len(list(read_blocks(folder / "video-0.mkv"))) == 60
    assert publication.writer.positions[MediaKind.VIDEO] == 20_167  # 59 frames and 50 ms
    room.leave()
    left = LogTail(JournalFolder(tmp_path).room_log(TASK)).read()[-1]
    assert isinstance(left, Left)
    assert left.upto[publication.capture][MediaKind.VIDEO] == 20_167
