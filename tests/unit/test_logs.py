import json
import logging

import pytest

from reelroom import logs
from reelroom.settings import LogSettings


@pytest.fixture(autouse=True)
def _quiet_again():
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_a_line_has_its_action_fields_and_process(capsys):
    logs.configure(LogSettings(), "recorder")
    logs.get_logger().info("file_finished", task="aJB", size=7)
    (line,) = lines(capsys)
    assert {k: line[k] for k in ("action", "task", "size", "process", "level")} == {
        "action": "file_finished", "task": "aJB", "size": 7, "process": "recorder", "level": "info",
    }  # fmt: skip


def test_lines_below_the_level_are_left_out(capsys):
    logs.configure(LogSettings(level="warning"), "server")
    logs.get_logger().info("quiet")
    logs.get_logger().warning("loud")
    assert [line["action"] for line in lines(capsys)] == ["loud"]


@pytest.mark.parametrize(
    "fields",
    [
        {"access_key_secret": "hunter2"},
        {"AccessKeySecret": "hunter2"},
        {"nested": {"deep": [{"callback_secret": "hunter2"}]}},
        {"headers": {"Authorization": "hunter2"}},
        {"room_token": "hunter2"},
        {"password": b"hunter2"},
        {"url": "https://b.example/k?X-Amz-Signature=hunter2&x=1"},
        {"url": "https://b.example/?AppId=1&Signature=hunter2"},
        {"url": "https://user:hunter2@b.example/"},
        {"text": "sent Authorization: Bearer hunter2.abc"},
        {"path": "GET /files/hunter2/name.mp4"},
    ],
)
def test_secrets_never_reach_a_line(capsys, fields):
    logs.configure(LogSettings(), "server")
    logs.get_logger().info("anything", **fields)
    assert "hunter2" not in capsys.readouterr().err


def test_library_lines_and_exceptions_are_redacted_too(capsys):
    logs.configure(LogSettings(), "server")
    logging.getLogger("some.library").warning("GET %s", "http://h/?Signature=hunter2")
    try:
        int("http://h/?token=hunter2")
    except ValueError:
        logs.get_logger().exception("failed")
    first, second = lines(capsys)
    assert first["action"] == "GET http://h/?Signature=***"
    assert "ValueError" in second["exception"]
    assert "hunter2" not in json.dumps([first, second])


def test_plain_words_stay(capsys):
    logs.configure(LogSettings(), "server")
    logs.get_logger().info("task_started", task="a-_b", key="folder/a.mp4", url="http://127.0.0.1:8080/room?x=1")
    (line,) = lines(capsys)
    assert line["key"] == "folder/a.mp4"
    assert line["url"] == "http://127.0.0.1:8080/room?x=1"


def test_chatty_libraries_are_pinned(capsys):
    logs.configure(LogSettings(level="debug"), "server")
    logging.getLogger("botocore.auth").debug("StringToSign: hunter2")
    assert lines(capsys) == []


def test_console_form_is_for_eyes(capsys):
    logs.configure(LogSettings(format="console"), "server")
    logs.get_logger().info("listening", port=8080)
    assert "listening" in capsys.readouterr().err
