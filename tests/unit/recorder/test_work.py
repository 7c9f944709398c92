from pathlib import Path

import pytest

from reelroom.compose import VideoHeader
from reelroom.recorder.work import WorkFolder
from reelroom.units import TaskId

HEADER = VideoHeader(64, 48, b"\1avcC")


@pytest.fixture(name="work")
def work_fixture(tmp_path: Path) -> WorkFolder:
    return WorkFolder(tmp_path, TaskId("t"))


def test_a_track_goes_on_behind_what_is_whole(work: WorkFolder) -> None:
    writer = work.video_writer("1-V", "0-0", 0, HEADER)
    writer.write(0, True, b"one")
    writer.write(400, False, b"two")
    writer.close()
    with writer.path.open("ab") as file:
        file.write(b"\xa3torn")
    assert work.resume_video("1-V", "0-0") == [(writer.path, 400)]


def test_a_file_without_a_whole_frame_is_begun_again(work: WorkFolder) -> None:
    work.video_writer("1-V", "0-0", 0, HEADER).close()
    assert work.resume_video("1-V", "0-0") == []
    work.video_writer("1-V", "0-0", 0, HEADER).close()


def test_audio_goes_on_in_the_same_file(work: WorkFolder) -> None:
    writer = work.audio_writer("1-A", 1)
    writer.write(0, True, b"one")
    writer.close()
    again = work.audio_writer("1-A", 1)
    assert (again.blocks, again.header.channels) == (1, 1)
    again.close()


def test_removing_a_file_leaves_the_others(work: WorkFolder) -> None:
    work.audio_writer("1-A", 1).close()
    work.audio_writer("11-A", 1).close()
    work.video_writer("1-A", "0-0", 0, HEADER).close()
    work.remove_file("1-A")
    assert [path.name for path in work.folder.iterdir()] == ["11-A.audio.mkv"]
