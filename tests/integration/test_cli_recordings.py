"""The commands about recordings, as a person and as a program run them, against a real server."""

import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from tests.support.server import ReelroomServer, running_server, wait_until

from reelroom.cli import main

UNKNOWN = "aJB-YE-iHBJnAABN"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ReelroomServer]:
    with running_server(tmp_path_factory.mktemp("recordings") / "data") as started:
        yield started


def command(server: ReelroomServer, *arguments: str) -> list[str]:
    return [sys.executable, "-m", "reelroom", *arguments, "--data", str(server.data)]


@dataclass(frozen=True)
class Done:
    """What a command left behind."""

    returncode: int
    stdout: str
    stderr: str


def reelroom(server: ReelroomServer, *arguments: str) -> Done:
    """Run a command by its entry point, in this process: starting Python for each would take longer than all of it."""
    out, errors = io.StringIO(), io.StringIO()
    returncode = 0
    with (
        patch.object(sys, "argv", ["reelroom", *arguments, "--data", str(server.data)]),
        patch.dict(os.environ, {"COLUMNS": "160"}),
        redirect_stdout(out),
        redirect_stderr(errors),
    ):
        try:
            main()
        except SystemExit as end:
            returncode = int(end.code or 0)
    return Done(returncode, out.getvalue(), errors.getvalue())


def told(server: ReelroomServer, *arguments: str) -> Any:
    done = reelroom(server, *arguments, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_tasks_are_listed_by_kind_room_and_page(server: ReelroomServer) -> None:
    tasks = [told(server, "start", "listed")["task"] for _ in range(3)]
    assert told(server, "stop", tasks[0]) == {"task": tasks[0]}
    found = told(server, "tasks", "--room", "listed")
    assert [task["task"] for task in found["tasks"]] == [tasks[2], tasks[1], tasks[0]]
    assert (found["running"], found["ended"], found["page"], found["pages"]) == (2, 1, 1, 1)
    found = told(server, "tasks", "--room", "listed", "--running", "--page", "2", "--page-size", "1")
    assert [task["task"] for task in found["tasks"]] == [tasks[1]]
    assert (found["running"], found["pages"], "ended" in found) == (2, 2, False)
    assert [task["state"] for task in told(server, "tasks", "--room", "listed", "--ended")["tasks"]] == ["ended"]
    assert len(told(server, "tasks", "--room", "listed", "--all")["tasks"]) == 3
    shown = reelroom(server, "tasks", "--room", "listed", "--page-size", "1").stdout
    assert tasks[2] in shown
    assert "2 running · 1 ended · page 1 of 2" in shown
    assert reelroom(server, "tasks", "--room", "nobody's").stdout.startswith("No recordings")
    for task in tasks[1:]:
        told(server, "stop", task)


def test_one_client_task_id_starts_one_task(server: ReelroomServer) -> None:
    first, second = (told(server, "start", "same", "--client-task-id", "mine")["task"] for _ in range(2))
    assert first == second
    told(server, "stop", first)


def test_a_request_file_is_laid_over_the_options(server: ReelroomServer, tmp_path: Path) -> None:
    path = tmp_path / "request.json"
    path.write_text(json.dumps({"RecordInputParams": {"StreamType": 1}}))
    task = told(server, "start", "laid-over", "--request", str(path))["task"]
    assert told(server, "status", task)["tracks"] == "audio"
    told(server, "stop", task)


def test_a_mixed_recording_is_paused_arranged_resumed_and_pictured(server: ReelroomServer, tmp_path: Path) -> None:
    views = tmp_path / "views.json"
    views.write_text(json.dumps([{"Left": 0, "Top": 0, "Right": 640, "Bottom": 360, "Layer": 0}]))
    look = ["--size", "640x360", "--fps", "30", "--background", "#204060", "--always"]
    for mode in (["--mix", "floating", "--big", "a"], ["--views", str(views)]):
        task = told(server, "start", "mixed", *mode, *look)["task"]
        assert told(server, "status", task)["mixed"] is True
        told(server, "pause", task)
        told(server, "resume", task)
        assert reelroom(server, "resume", task).stderr.rstrip().endswith("(code 300001004)")
        for arrangement in (["grid"], ["vertical", "--big", "a"], ["--views", str(views)]):
            assert told(server, "layout", task, *arrangement) == {"task": task}
        told(server, "snapshot", task)
        told(server, "stop", task)


@pytest.mark.parametrize(
    "arguments", [["pause"], ["resume"], ["snapshot"], ["layout", "grid"], ["layout", "floating", "--big", "a"]]
)
def test_orders_to_a_single_stream_recording_are_refused_in_one_line(
    server: ReelroomServer, arguments: list[str]
) -> None:
    task = told(server, "start", "single")["task"]
    done = reelroom(server, arguments[0], task, *arguments[1:])
    assert done.returncode == 1
    assert "mixed-stream" in done.stderr
    assert done.stderr.rstrip().endswith("(code 300000004)")
    told(server, "stop", task)


@pytest.mark.parametrize("arguments", [["stop"], ["pause"], ["resume"], ["snapshot"], ["layout", "grid"], ["status"]])
def test_an_unknown_task_is_a_failure(server: ReelroomServer, arguments: list[str]) -> None:
    done = reelroom(server, arguments[0], UNKNOWN, *arguments[1:])
    assert done.returncode == 1
    assert done.stderr.rstrip().endswith("(code 300001000)")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ["start", "r", "--size", "640x360"],
        ["start", "r", "--mix", "custom"],
        ["start", "r", "--mix", "grid", "--size", "large"],
        ["start", "r", "--mix", "spiral"],
        ["start", "r", "--mix", "grid", "--stream", "a"],
        ["start", "r", "--storage", "absent.json"],
        ["start", "r", "--request", "absent.json"],
        ["layout", UNKNOWN],
        ["layout", UNKNOWN, "grid", "--big", "a"],
        ["tasks", "--page", "0"],
        ["status", "--watch"],
    ],
)
def test_wrong_usage_is_told_before_anything_is_asked(server: ReelroomServer, arguments: list[str]) -> None:
    assert reelroom(server, *arguments).returncode == 2


def test_a_list_can_be_followed_until_interrupted(server: ReelroomServer) -> None:
    watching = subprocess.Popen(
        command(server, "tasks", "--running", "--room", "followed", "--watch", "--json"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert watching.stdout is not None
        assert json.loads(watching.stdout.readline())["tasks"] == []
        task = told(server, "start", "followed")["task"]
        assert [found["task"] for found in json.loads(watching.stdout.readline())["tasks"]] == [task]
        server.restart()  # who watches sees it through
        told(server, "stop", task)
        while json.loads(watching.stdout.readline())["tasks"]:
            pass
        watching.send_signal(signal.SIGINT)
        assert watching.wait(30) == 130
    finally:
        watching.kill()
        watching.communicate()


def test_a_recording_can_be_followed_to_its_end(server: ReelroomServer) -> None:
    task = told(server, "start", "to-the-end")["task"]
    watching = subprocess.Popen(command(server, "status", task, "--watch"), stdout=subprocess.PIPE, text=True)
    told(server, "stop", task)
    output, _ = watching.communicate(timeout=60)
    assert watching.returncode == 0
    assert "nobody published" in output


def test_no_secret_is_in_the_arguments_of_a_running_command(server: ReelroomServer) -> None:
    watching = subprocess.Popen(command(server, "tasks", "--watch", "--json"), stdout=subprocess.PIPE, text=True)
    try:
        assert watching.stdout is not None
        assert watching.stdout.readline()
        arguments = wait_until(lambda: Path(f"/proc/{watching.pid}/cmdline").read_bytes(), "arguments")
        assert server.app.server_secret.encode() not in arguments
    finally:
        watching.kill()
        watching.communicate()
