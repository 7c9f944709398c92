"""What answers become."""

from typing import Any

import pytest

from reelroom.client import FileStatus, RecordStatus
from reelroom.client.results import read_page, read_status
from reelroom.spec import Tracks
from reelroom.task import FileState, TaskState

# The published sample of DescribeRecordStatus.
STATUS = {
    "RoomId": "lesson42",
    "RecordMode": 2,
    "StreamType": 3,
    "RecordBeginTimestamp": 1754300000511,
    "RecordEndTimestamp": 1754300630102,
    "Status": 3,
    "RecordFiles": [
        {
            "UserId": "mixout",
            "UserName": "mixout",
            "StreamId": "mixout",
            "FileId": "aJB-YE-iHBJnAABN_lesson42_mixout_VA_20250804093322418.mp4",
            "VideoId": "",
            "FileUrl": "https://example-bucket.s3.eu-central-1.amazonaws.com/record/x.mp4",
            "OutputFileFormat": "mp4",
            "FileSize": 91226604,
            "Duration": 627684,
            "ResolutionWidth": 1280,
            "ResolutionHeight": 720,
            "MediaTrackType": 3,
            "BeginTimestamp": 1754300002418,
            "Status": 3,
            "SomethingNew": [1],
        }
    ],
}
PAGE = {"PageOffset": 1, "PageSize": 50, "TotalCount": 120}
LINE = {"TaskId": "t", "RoomId": "r", "Status": 5, "RecordBeginTimestamp": 7}


def test_the_published_status_is_read() -> None:
    status = read_status(STATUS)
    assert (status.room, status.mixed, status.tracks) == ("lesson42", True, Tracks.TOGETHER)
    assert (status.state, status.end_ms) == (TaskState.ENDED, 1754300630102)
    assert status.delivered
    assert status.files[0].duration_ms == 627684
    assert status.files[0].state is FileState.UPLOADED


def test_a_file_without_an_address_has_an_empty_one() -> None:
    files = [{name: value for name, value in STATUS["RecordFiles"][0].items() if name != "FileUrl"}]  # type: ignore[index]
    assert read_status({**STATUS, "RecordFiles": files}).files[0].url == ""


def test_no_list_of_files_means_that_nobody_published() -> None:
    bare = {name: value for name, value in STATUS.items() if name != "RecordFiles"}
    assert read_status(bare).nobody_published


@pytest.mark.parametrize("name", ["TaskidList", "TaskList"])
def test_both_published_spellings_of_the_list_are_read(name: str) -> None:
    page = read_page({**PAGE, name: [LINE]})
    assert [line.state for line in page] == [TaskState.PAUSED]
    assert (len(page), page.total, page.pages) == (1, 120, 3)


def test_an_empty_list_has_one_page() -> None:
    assert read_page({**PAGE, "TotalCount": 0, "TaskidList": []}).pages == 1


def file(state: FileState) -> FileStatus:
    texts: dict[str, Any] = dict.fromkeys(("name", "stream", "user", "user_name", "url", "format"), "")
    numbers = dict.fromkeys(("size", "duration_ms", "width", "height", "begin_ms", "media_track_type"), 0)
    return FileStatus(**texts, **numbers, state=state)


def status(state: TaskState, *files: FileState, nobody: bool = False) -> RecordStatus:
    made = tuple(map(file, files))
    return RecordStatus(room="r", state=state, begin_ms=1, end_ms=0, files=made, nobody_published=nobody)


@pytest.mark.parametrize(
    ("given", "delivered"),
    [
        (status(TaskState.RECORDING, FileState.RECORDING), False),
        (status(TaskState.PAUSED, FileState.UPLOADED), False),
        (status(TaskState.ENDED), False),
        (status(TaskState.ENDED, nobody=True), True),
        (status(TaskState.ENDED, FileState.UPLOADED, FileState.UPLOADING), False),
        (status(TaskState.FAILED, FileState.UPLOADED, FileState.LOST), True),
    ],
)
def test_delivered_means_over_and_every_file_settled(given: RecordStatus, delivered: bool) -> None:
    assert given.delivered is delivered
