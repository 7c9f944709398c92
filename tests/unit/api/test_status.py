"""What DescribeRecordStatus and the page's record button tell of a task and its files."""

from dataclasses import replace

import pytest

from reelroom.api.recordings import recording
from reelroom.api.translate import status_data
from reelroom.database import RecordedFile, Task
from reelroom.spec import Destination, RecordSpec, Tracks
from reelroom.task import FileState, QuitReason, Stage, TaskState
from reelroom.units import AppId, RoomId, StreamId, TaskId, UserId

TASK = Task(
    task=TaskId("aJB-YE-iHBJnAABN"),
    spec=RecordSpec(app=AppId(1), room=RoomId("lesson42"), tracks=Tracks.SEPARATE),
    destination=Destination(),
    client_task_id="",
    state=TaskState.RECORDING,
    stage=Stage.RECORDING,
    epoch=1,
    began_ns=1_754_300_000_511_999_999,
    started_ns=None,
    ended_ns=None,
    quit_reason=None,
    stop_at_ns=None,
)
ENDED = replace(TASK, state=TaskState.ENDED, stage=Stage.FINISHING, ended_ns=1_754_300_630_102_000_000)
FAILED = replace(ENDED, state=TaskState.FAILED, quit_reason=QuitReason.IDLE, stage=Stage.DONE)
NAME = "aJB-YE-iHBJnAABN_lesson42_u_s_V_20250804093322418.mp4"
FILE = RecordedFile(
    key="k",
    name=NAME,
    stream=StreamId("s"),
    user=UserId("u"),
    user_name="Ann",
    format="mp4",
    media_track_type=2,
    begin_ms=1_754_300_002_418,
    task=TASK.task,
    state=FileState.RECORDING,
)
STORED = replace(
    FILE, state=FileState.UPLOADED, size=91, duration_ms=627_684, width=1280, height=720, url="https://store.example/f"
)


def test_a_running_task() -> None:
    assert status_data(TASK, []) == {
        "RoomId": "lesson42",
        "RecordMode": 1,
        "StreamType": 4,
        "RecordBeginTimestamp": 1_754_300_000_511,
        "RecordEndTimestamp": 0,
        "Status": 2,
        "RecordFiles": [],
    }


def test_a_file_being_recorded_has_no_address_and_no_size_yet() -> None:
    (file,) = status_data(TASK, [FILE])["RecordFiles"]
    assert file == {
        "UserId": "u",
        "UserName": "Ann",
        "StreamId": "s",
        "FileId": NAME,
        "VideoId": "",
        "OutputFileFormat": "mp4",
        "FileSize": 0,
        "Duration": 0,
        "ResolutionWidth": 0,
        "ResolutionHeight": 0,
        "MediaTrackType": 2,
        "BeginTimestamp": 1_754_300_002_418,
        "Status": 1,
    }


@pytest.mark.parametrize("state", list(FileState))
def test_an_address_is_told_only_of_files_that_are_there(state: FileState) -> None:
    (file,) = status_data(ENDED, [replace(STORED, state=state)])["RecordFiles"]
    assert file["Status"] == state
    assert ("FileUrl" in file) == (state in (FileState.UPLOADED, FileState.BACKED_UP))


def test_a_store_without_addresses_leaves_them_out() -> None:
    (file,) = status_data(ENDED, [replace(STORED, url="")])["RecordFiles"]
    assert "FileUrl" not in file


def test_an_ended_and_a_failed_task() -> None:
    assert (status_data(ENDED, [])["Status"], status_data(FAILED, [])["Status"]) == (3, 4)
    assert status_data(ENDED, [])["RecordEndTimestamp"] == 1_754_300_630_102


@pytest.mark.parametrize(("stage", "listed"), [(s, s in (Stage.RECORDING, Stage.FINISHING)) for s in Stage])
def test_no_list_of_files_once_it_is_certain_that_nobody_published(stage: Stage, listed: bool) -> None:
    assert ("RecordFiles" in status_data(replace(ENDED, stage=stage), [])) is listed


def test_the_page_sees_words_and_addresses() -> None:
    assert recording(replace(ENDED, stage=Stage.DONE), [STORED]) == {
        "task": TASK.task,
        "state": "ended",
        "done": True,
        "files": [{"name": NAME, "url": "https://store.example/f", "status": "uploaded", "duration_ms": 627_684}],
    }


@pytest.mark.parametrize(
    ("task", "file", "done"),
    [
        (TASK, FILE, False),
        (ENDED, STORED, False),  # more files may come
        (replace(ENDED, stage=Stage.DELIVERING), replace(STORED, state=FileState.UPLOADING), False),
        (replace(ENDED, stage=Stage.DELIVERING), STORED, True),
        (FAILED, replace(STORED, state=FileState.LOST), True),
    ],
)
def test_done_means_that_every_file_came_to_its_end(task: Task, file: RecordedFile, done: bool) -> None:
    assert recording(task, [file])["done"] is done
