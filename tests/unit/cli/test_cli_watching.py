"""Tables, JSON and live progress, from answers that are the test's."""

import io
import json

import pytest
from rich.console import Console

from reelroom.cli.listing import Listing
from reelroom.cli.show import line_json, status_json, status_picture, task_table
from reelroom.cli.watching import follow_list, follow_task
from reelroom.client import FileStatus, RecordStatus, TaskLine
from reelroom.task import FileState, TaskState
from reelroom.units import TaskId

TASK = TaskId("aJB-YE-iHBJnAABN")
BEGIN_MS = 1_754_300_000_511


def file(state: FileState, size: int = 0) -> FileStatus:
    return FileStatus(
        name="x.mp4",
        stream="s[red]",
        user="ann",
        user_name="Ann",
        state=state,
        url="",
        format="mp4",
        size=size,
        duration_ms=627_684,
        width=1280,
        height=720,
        begin_ms=BEGIN_MS,
        media_track_type=3,
    )


def status(state: TaskState, *files: FileStatus, nobody: bool = False) -> RecordStatus:
    return RecordStatus(room="lesson42", state=state, begin_ms=BEGIN_MS, end_ms=0, files=files, nobody_published=nobody)


def line(task: str, state: TaskState) -> TaskLine:
    return TaskLine(task=TaskId(task), room="lesson42", state=state, begin_ms=BEGIN_MS)


def shown(table: object) -> str:
    console = Console(file=io.StringIO(), width=160)
    console.print(table)
    return console.file.getvalue()  # type: ignore[attr-defined]


def test_a_status_is_a_table_with_what_was_done_so_far() -> None:
    text = shown(
        status_picture(
            TASK,
            status(TaskState.ENDED, file(FileState.UPLOADED, 91_226_604), file(FileState.UPLOADING, 1000)),
        )
    )
    for words in (TASK, "lesson42", "ended", "s[red]", "10:27.7", "91.2 MB", "1280x720", "x.mp4"):
        assert words in text
    assert "1 of 2 files delivered · 10:27.7 · 91.2 MB" in text


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (status(TaskState.RECORDING), "no files yet"),
        (status(TaskState.ENDED, nobody=True), "nobody published"),
    ],
)
def test_a_status_without_files_says_why(given: RecordStatus, words: str) -> None:
    assert words in shown(status_picture(TASK, given))


def test_a_list_is_a_table_with_its_totals() -> None:
    text = shown(task_table([line("a", TaskState.PAUSED)], "1 running"))
    for words in ("a", "lesson42", "paused", "2025-08-04 09:33:20Z", "1 running"):
        assert words in text


def test_json_has_words_for_states() -> None:
    found = json.loads(json.dumps(status_json(TASK, status(TaskState.ENDED, file(FileState.BACKED_UP)))))
    assert (found["task"], found["state"], found["tracks"]) == (TASK, "ended", "together")
    assert found["files"][0]["state"] == "backed_up"
    assert line_json(line("a", TaskState.FAILED))["state"] == "failed"


def test_a_task_is_followed_until_every_file_is_delivered(capsys: pytest.CaptureFixture[str]) -> None:
    answers = [
        status(TaskState.RECORDING, file(FileState.RECORDING)),
        status(TaskState.ENDED, file(FileState.UPLOADING)),
        status(TaskState.ENDED, file(FileState.UPLOADED)),
    ]
    waits: list[float] = []
    coming = iter(answers)
    assert follow_task(lambda: next(coming), TASK, waits.append, as_json=True) is answers[-1]
    assert waits == [1.0, 1.0]
    printed = capsys.readouterr()
    assert json.loads(printed.out)["files"][0]["state"] == "uploaded"
    assert "uploaded" in printed.err


def listing(*lines: TaskLine) -> Listing:
    return Listing(tasks=lines, running=len(lines), ended=None, page=1, pages=1)


def test_a_list_is_followed_until_interrupted_one_line_for_each_change(capsys: pytest.CaptureFixture[str]) -> None:
    one, two = line("a", TaskState.STARTING), line("a", TaskState.RECORDING)
    coming = iter([listing(one), listing(one), listing(two), listing()])
    left = iter([False, False, False, True])

    def sleep(_seconds: float) -> None:
        if next(left):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        follow_list(lambda: next(coming), sleep, as_json=True)
    lines = [json.loads(text) for text in capsys.readouterr().out.splitlines()]
    assert [[task["state"] for task in found["tasks"]] for found in lines] == [["starting"], ["recording"], []]
    assert lines[0]["running"] == 1


@pytest.mark.parametrize(
    ("given", "caption"),
    [
        (
            Listing(tasks=(), running=3, ended=120, page=1, pages=3),
            "3 running · 120 ended · page 1 of 3 · --page or --all for more",
        ),
        (Listing(tasks=(), running=3, ended=None, page=1, pages=1), "3 running"),
        (Listing(tasks=(), running=None, ended=0, page=2, pages=1), "0 ended · page 2 of 1"),
    ],
)
def test_totals_are_told(given: Listing, caption: str) -> None:
    assert given.caption == caption
