"""Every example of docs/how-to/client.md, run in its order against a real server; its tables against the code."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.support.callback_receiver import CallbackReceiver
from tests.support.server import ReelroomServer, running_server

from reelroom import client as package
from reelroom.client import ApiError, Client, Notice, UnreachableError, notices
from reelroom.client.errors import ERROR_OF_CODE

GUIDE = Path(__file__).parents[2] / "docs" / "how-to" / "client.md"
SECTIONS = {part.partition("\n")[0]: part for part in re.split(r"^## ", GUIDE.read_text("utf-8"), flags=re.MULTILINE)}
CALLBACK_SECRET = "7b0a5c1de2f34489"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ReelroomServer]:
    with running_server(tmp_path_factory.mktemp("guide") / "data") as started:
        yield started


def examples(section: str, server: ReelroomServer) -> str:
    """The Python of a section, with this server's address and secrets for the guide's."""
    code = "\n".join(re.findall(r"^```python\n(.*?)^```", SECTIONS[section], re.MULTILINE | re.DOTALL))
    for shown, meant in {
        "http://127.0.0.1:8080": server.url,
        "1234567890": str(server.app.id),
        "0f1e2d3c4b5a69788796a5b4c3d2e1f0": server.app.server_secret,
        CALLBACK_SECRET: server.app.callback_secret,
    }.items():
        code = code.replace(shown, meant)
    return code


def test_every_example_runs(server: ReelroomServer, capsys: pytest.CaptureFixture[str]) -> None:
    world: dict[str, Any] = {"__name__": "guide"}
    for section in SECTIONS:
        exec(compile(examples(section, server), f"{GUIDE.name}: {section}", "exec"), world)
    world["client"].close()
    printed = capsys.readouterr().out
    assert "it was over already" in printed
    assert "lobby" in printed or "ENDED" in printed
    assert_the_guides_receiver_reads_real_notices(server, world["receive"])


def assert_the_guides_receiver_reads_real_notices(server: ReelroomServer, receive: Any) -> None:
    with CallbackReceiver(server.app.callback_secret) as receiver, server.client() as client:
        task = client.start_record("heard", callback_url=receiver.url)
        client.stop_record(task)
        receiver.wait_for_event(1)
        found = [receive(one.raw) for one in receiver.received]
    assert {type(notice) for notice in found} >= {notices.RecorderLeft, notices.FilesUploaded}
    assert {notice.task for notice in found} == {task}


def rows(section: str) -> list[list[str]]:
    """The cells of the section's tables, heads apart."""
    lines = re.findall(r"^\| (.*) \|$", SECTIONS[section], re.MULTILINE)
    return [line.split(" | ") for line in lines if not line.startswith("---")][1:]


def test_every_method_is_in_its_table() -> None:
    named = {name for cells in rows("What it can do") for name in re.findall(r"`(\w+)`", cells[0])}
    methods = {name for name in vars(Client) if not name.startswith("_")}
    assert named == methods - {"close", "carry_out"}


def test_every_error_and_code_is_in_its_table() -> None:
    table = rows("Errors")
    named = {re.findall(r"`(\w+)`", cells[0])[0] for cells in table}
    errors = {
        name
        for name in package.__all__
        if isinstance(kind := getattr(package, name), type) and issubclass(kind, (ApiError, UnreachableError))
    }
    assert named == errors
    codes = {int(code): cells[0] for cells in table for code in re.findall(r"\d{9}", cells[1])}
    wrong = {code: name for code, name in codes.items() if f"`{ERROR_OF_CODE[code].__name__}`" not in name}
    assert wrong == {}
    assert set(ERROR_OF_CODE) - set(codes) <= set(range(100000001, 100000014))


def test_every_notice_is_in_its_table() -> None:
    named = {cells[0]: cells[1].strip("`") for cells in rows("Hear of it")}
    kinds = {str(number): kind.__name__ for number, (kind, _) in notices._KINDS.items()}
    assert named == {**kinds, "any other": Notice.__name__}
