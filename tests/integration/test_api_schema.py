"""A running server holds to its own document: no 5xx, no answer of another shape, nothing changed by a refused call.

Rate limits are off, for a thousand calls in a minute are not what is looked at here.
"""

import json
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

import httpx
import jsonschema_rs
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from tests.support.server import ReelroomServer, running_server, wait_until

from reelroom.signing import request_signature

APP, SECRET, MAX_TASKS = 5, "0123456789abcdef0123456789abcdef", 60
ACTIONS = (
    "StartRecord",
    "StopRecord",
    "PauseRecord",
    "ResumeRecord",
    "UpdateLayout",
    "UpdateWhiteboard",
    "TakeSnapshot",
    "DescribeRecordStatus",
    "DescribeTasks",
)
SUCCEEDING = ("PauseRecord", "ResumeRecord", "UpdateLayout", "TakeSnapshot", "DescribeRecordStatus", "StopRecord")
LIMITS = ("START", "STOP", "PAUSE", "RESUME", "LAYOUT", "WHITEBOARD", "SNAPSHOT", "STATUS", "TASKS")
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
DAY_MS = 86_400_000
NOBODY = "http://127.0.0.1:9/"  # the discard port: no callback of these tasks leaves the machine
START = {"RoomId": "lesson42", "RecordInputParams": {"RecordMode": 1, "MaxIdleTime": 86_400}}
CANVAS = {"Width": 1280, "Height": 720, "Fps": 15, "Bitrate": 1_130_000}
MIX = {"RecordMode": 2, "MaxIdleTime": 86_400, "MixConfig": {"MixOutputStreamId": "m", "MixOutputVideoConfig": CANVAS}}
BOUNDED = settings(
    max_examples=40, deadline=None, suppress_health_check=list(HealthCheck), database=None, derandomize=True
)


@dataclass
class World:
    """A server, its document, and tasks in several states."""

    server: ReelroomServer
    document: dict[str, Any]
    tasks: list[str] = field(default_factory=list)
    able: dict[str, str] = field(default_factory=dict)  # for each action a task that can do it

    def calls(self, action: str, mode: GenerationMode) -> st.SearchStrategy[Case]:
        """Calls made of the document, right ones or wrong ones."""
        schema = schemathesis.openapi.from_dict(self.document)
        schema.config.update(base_url=self.server.url)
        return schema[f"/?Action={action}"]["POST"].as_strategy(generation_mode=mode)

    def ready(self, case: Case) -> Case:
        """The call with a valid signature of this moment, some of them about tasks that exist."""
        case.query = signature()
        case.body = near_now(near_only(self.of_a_task(case.body)))
        return case

    def of_a_task(self, body: Any) -> Any:
        """Every other generated task id becomes one that exists."""
        asked = body.get("TaskId") if isinstance(body, dict) else None
        if not isinstance(asked, str) or len(asked) % 2:
            return body
        return {**body, "TaskId": self.tasks[len(json.dumps(body)) % len(self.tasks)]}

    def with_task(self, action: str, body: Any) -> Any:
        """The body with a task made for the action, which can do what is asked of it."""
        return {**body, "TaskId": self.able[action]} if isinstance(body, dict) and "TaskId" in body else body

    def post(self, action: str, content: bytes) -> dict[str, Any]:
        """The answer to a signed call, which must be as the document says."""
        answer = httpx.post(f"{self.server.url}/?Action={action}", params=query(action), content=content, timeout=20)
        assert answer.status_code == 200
        found: dict[str, Any] = answer.json()
        self.hold(action, found)
        return found

    def hold(self, action: str, answer: Any) -> None:
        """Raise unless the answer is of the shape that the document tells for the action."""
        response = self.document["paths"][f"/?Action={action}"]["post"]["responses"]["200"]
        schema = response["content"]["application/json"]["schema"]
        jsonschema_rs.validate({"components": self.document["components"], **schema}, answer)

    def rows(self) -> list[tuple[Any, ...]]:
        """What callers can change: tasks and commands. States are left out, for recorders move them at any time."""
        path = (self.server.data / "reelroom.db").resolve().as_uri()
        with closing(sqlite3.connect(f"{path}?mode=ro", uri=True)) as database:
            tasks = database.execute(
                "SELECT id, room, client_task_id, spec, destination, secret FROM tasks ORDER BY id"
            )
            commands = database.execute("SELECT number, task, kind, body, at_ns FROM commands ORDER BY number")
            return [*tasks.fetchall(), *commands.fetchall()]


def signature() -> dict[str, str]:
    timestamp = int(time.time())
    return {
        "AppId": str(APP),
        "SignatureNonce": "20250804093322",
        "Timestamp": str(timestamp),
        "Signature": request_signature(APP, "20250804093322", SECRET, timestamp),
        "SignatureVersion": "2.0",
    }


def query(action: str) -> dict[str, str]:
    return {"Action": action, **signature()}


def near_only(body: Any) -> Any:
    """Callbacks go nowhere but to this machine."""
    output = body.get("RecordOutputParams") if isinstance(body, dict) else None
    if not isinstance(output, dict) or "://" not in str(output.get("CallbackUrl")):
        return body
    return {**body, "RecordOutputParams": {**output, "CallbackUrl": NOBODY}}


def near_now(body: Any) -> Any:
    """Most windows begin within the last two days: those of all time are seldom allowed."""
    times = [body.get(name) for name in ("StartTime", "EndTime")] if isinstance(body, dict) else []
    if not times or not all(type(each) is int for each in times) or len(json.dumps(body)) % 4 == 0:
        return body
    start, end = times
    begun = int(time.time() * 1000) - 1 - start % (2 * DAY_MS)
    return {**body, "StartTime": begun, "EndTime": begun + end % (2 * DAY_MS)}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    app = f'[{{id = {APP}, server_secret = "{SECRET}", callback_secret = "c", max_tasks = {MAX_TASKS}}}]'
    environment = {"REELROOM_APPS": app, **{f"REELROOM_LIMITS__{name}": "0" for name in LIMITS}}
    with running_server(tmp_path_factory.mktemp("schema") / "data", environment) as server:
        made = World(server, httpx.get(f"{server.url}/openapi.json").json())
        made.tasks = [begin(made, START), begin(made, START), begin(made, START), *begin_mixed(made)]
        made.able = {action: begin_mixed(made)[0] for action in SUCCEEDING}
        for task in made.able.values():
            wait_until(lambda task=task: state_of(made, task) == 2, "a recording task", every_s=0.2)  # type: ignore[misc]
        assert made.post("PauseRecord", body_of({"TaskId": made.able["ResumeRecord"]}))["Code"] == 0
        before = made.rows()
        assert made.post("StopRecord", body_of({"TaskId": made.tasks[0]}))["Code"] == 0
        assert len(made.rows()) == len(before) + 1  # a change is seen
        yield made


def begin(world: World, body: dict[str, Any]) -> str:
    return str(world.post("StartRecord", body_of(body))["Data"]["TaskId"])


def begin_mixed(world: World) -> list[str]:
    """Mixed tasks, which some actions need, where the server can make them."""
    answer = world.post("StartRecord", body_of({"RoomId": "lesson42", "RecordInputParams": MIX}))
    return [answer["Data"]["TaskId"]] if answer["Code"] == 0 else []


def state_of(world: World, task: str) -> int:
    return int(world.post("DescribeRecordStatus", body_of({"TaskId": task}))["Data"]["Status"])


def body_of(body: Any) -> bytes:
    return json.dumps(body).encode()


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("mode", GenerationMode)
def test_generated_calls(world: World, action: str, mode: GenerationMode) -> None:
    """Right and wrong bodies by the document itself, with valid signatures."""

    @BOUNDED
    @given(world.calls(action, mode))
    def ask(case: Case) -> None:
        before = world.rows()
        answer = world.ready(case).call_and_validate(checks=CHECKS)
        if answer.json()["Code"] != 0:
            assert world.rows() == before

    ask()


@pytest.mark.parametrize("action", SUCCEEDING)
def test_what_succeeds_is_of_the_shape_the_document_tells(world: World, action: str) -> None:
    """Right bodies about tasks that can do what is asked; StopRecord and ResumeRecord succeed once."""
    codes = []

    @BOUNDED
    @given(world.calls(action, GenerationMode.POSITIVE))
    def ask(case: Case) -> None:
        made = world.ready(case)
        made.body = world.with_task(action, made.body)
        codes.append(made.call_and_validate(checks=CHECKS).json()["Code"])

    ask()
    assert 0 in codes


@pytest.mark.parametrize("action", ACTIONS)
def test_every_example_of_the_document(world: World, action: str) -> None:
    content = world.document["paths"][f"/?Action={action}"]["post"]["requestBody"]["content"]["application/json"]
    for example in content["examples"].values():
        before = world.rows()
        if world.post(action, body_of(near_only(example["value"])))["Code"] != 0:
            assert world.rows() == before


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
NAMES = st.sampled_from(("TaskId", "RoomId", "RecordInputParams", "StorageParams", "WhiteboardId", "Status", "MixMode"))
STRANGE = st.sampled_from(
    (
        b"",
        b"\0",
        b"\xef\xbb\xbf{}",
        b'{"TaskId": "\\ud800"}',
        b'{"TaskId": "a\\u0000b"}',
        b'{"TaskId": "\xff"}',
        b'{"Status": 1e999, "StartTime": -1e999}',
        b'{"Status": 2, "StartTime": 0, "EndTime": 9007199254740993.0}',
        b'{"Status": ' + b"9" * 5000 + b"}",
        b'{"TaskId": NaN}',
        b'{"TaskId": "a", "TaskId": 5}',
        b"[" * 100_000,
        b'{"RecordInputParams":' * 20_000,
        '{"TaskId": "房"}'.encode("utf-16"),
        b'"' + b"x" * 2_000_000 + b'"',
    )
)
WRONG = STRANGE | st.binary(max_size=40) | st.dictionaries(NAMES, JSON, max_size=4).map(body_of) | JSON.map(body_of)


@pytest.mark.parametrize("action", ACTIONS)
def test_bodies_that_are_no_requests(world: World, action: str) -> None:
    """Bytes, broken JSON, values at the edges of JSON, objects of any content."""

    @BOUNDED
    @given(WRONG)
    def ask(content: bytes) -> None:
        before = world.rows()
        if world.post(action, content)["Code"] != 0:
            assert world.rows() == before

    ask()


QUERY = st.fixed_dictionaries(
    {},
    optional={
        "AppId": st.sampled_from((str(APP), "0", "5.0", "٥", "4294967296", "x")) | st.text(max_size=5),
        "SignatureNonce": st.text(max_size=5),
        "Timestamp": st.sampled_from(("0", "-1", "9" * 30, "1e9")) | st.integers().map(str),
        "Signature": st.text(max_size=40),
        "SignatureVersion": st.sampled_from(("2.0", "1.0", "２.0")),
    },
)


@pytest.mark.parametrize("action", ["StartRecord", "StopRecord"])
def test_calls_whose_signature_is_wrong(world: World, action: str) -> None:
    """Any query but a signed one: refused in the envelope, and nothing is changed by a body that would be right."""
    content = body_of(START if action == "StartRecord" else {"TaskId": world.tasks[1]})

    @BOUNDED
    @given(QUERY)
    def ask(asked: dict[str, str]) -> None:
        before = world.rows()
        url = f"{world.server.url}/"
        answer = httpx.post(url, params={"Action": action, **asked}, content=content, timeout=20)
        assert answer.status_code == 200
        world.hold(action, answer.json())
        assert answer.json()["Code"] != 0
        assert world.rows() == before

    ask()


def test_the_page_for_people_and_the_document_for_programs_are_served(world: World) -> None:
    page = httpx.get(f"{world.server.url}/docs")
    assert page.status_code == 200
    assert "StartRecord" in page.text
    assert world.document["openapi"] == "3.1.0"
