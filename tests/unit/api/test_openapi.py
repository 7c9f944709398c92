"""The control API's document says what its models check, and what its answers hold."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from schemathesis import GenerationMode
from tests.unit.api.test_status import ENDED, FAILED, FILE, STORED, TASK

from reelroom.api import mix_models, start_models
from reelroom.api.actions import ACTIONS
from reelroom.api.answers import RecordStatus, TaskLine
from reelroom.api.codes import Code
from reelroom.api.effect import prune
from reelroom.api.fields import Fields
from reelroom.api.notice_models import Notice
from reelroom.api.openapi import document
from reelroom.api.openapi_codes import GIVEN_WHEN, refusals
from reelroom.api.openapi_examples import NOTICES, STORES
from reelroom.api.openapi_operations import OPERATIONS
from reelroom.api.start_models import StartRecord
from reelroom.api.start_rules import problems
from reelroom.api.task_models import LayoutChange, read_layout
from reelroom.api.translate import status_data, task_line
from reelroom.api.validate import read
from reelroom.callbacks import notice
from reelroom.client import verify_callback
from reelroom.database import RecordedFile, Task, completion
from reelroom.signing import request_signature
from reelroom.task import FileState, Stage, TaskState

ERRORS = Path(__file__).parents[3] / "docs" / "reference" / "errors.md"
SCHEMAS: dict[str, Any] = document()["components"]["schemas"]
APPROXIMATE = ("bytes of UTF-8", "http:// or https://")  # JSON schema counts characters and knows few URLs


def validator(schema: Any) -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator({"components": document()["components"], **schema})


def operation(action: str) -> Any:
    return document()["paths"][f"/?Action={action}"]["post"]


# --- the document itself ----------------------------------------------------------------------------------------


def test_the_document_is_openapi_3_1() -> None:
    schemathesis.openapi.from_dict(document()).validate()
    for schema in SCHEMAS.values():
        jsonschema_rs.meta.validate({"$schema": "https://json-schema.org/draft/2020-12/schema", **schema})


def test_there_is_one_operation_for_each_action() -> None:
    assert sorted(document()["paths"]) == sorted(f"/?Action={action}" for action in ACTIONS)
    assert {operation(action)["operationId"] for action in ACTIONS} == set(ACTIONS)


def test_the_signature_told_as_an_example_is_right() -> None:
    words = re.search(
        r"AppId (\d+), nonce (\w+), secret (\w+) and time (\d+) give\s(\w+)", document()["info"]["description"]
    )
    assert words
    app, nonce, secret, timestamp, signature = words.groups()
    assert request_signature(int(app), nonce, secret, int(timestamp)) == signature
    told = {name: parameter["example"] for name, parameter in document()["components"]["parameters"].items()}
    assert told["Signature"] == signature
    assert (told["AppId"], told["SignatureNonce"], told["Timestamp"]) == (int(app), nonce, int(timestamp))


def test_every_field_is_described() -> None:
    bare = [
        f"{name}.{field}"
        for name, schema in SCHEMAS.items()
        for field, content in schema["properties"].items()
        if not content.get("description") and not SCHEMAS[content["$ref"].rsplit("/", 1)[-1]].get("description")
    ]
    assert bare == []


def test_every_reference_leads_somewhere() -> None:
    names = set(re.findall(r'"#/components/schemas/(\w+)"', json.dumps(document())))
    assert names == set(SCHEMAS)


def test_secrets_are_written_and_never_read() -> None:
    secret = [
        (name, field)
        for name, schema in SCHEMAS.items()
        for field in schema["properties"]
        if "Secret" in field or "Key" in field
    ]
    for name, field in secret:
        assert SCHEMAS[name]["properties"][field].get("writeOnly", False) == (field not in ("AccessKeyId", "SecretId"))


# --- codes --------------------------------------------------------------------------------------------------------


def test_the_codes_told_are_those_that_the_reference_says_are_given() -> None:
    given_table = ERRORS.read_text().split("Documented codes that are never given")[0]
    given_codes = {int(number) for number in re.findall(r"^\| (\d+) \|", given_table, re.MULTILINE)}
    assert {int(code) for code in GIVEN_WHEN} == given_codes


def test_an_action_tells_the_codes_of_every_action_and_its_own() -> None:
    assert Code.TASK_NOT_PAUSED in refusals(Code.TASK_NOT_PAUSED)
    assert Code.TASK_NOT_PAUSED not in refusals()
    assert Code.OK not in refusals()
    told = {code for action in ACTIONS for code in refusals(*OPERATIONS[action].codes)}
    assert told == set(GIVEN_WHEN) - {Code.OK}


# --- examples -----------------------------------------------------------------------------------------------------

REQUESTS = [(action, name) for action, known in OPERATIONS.items() for name in known.examples]


@pytest.mark.parametrize(("action", "name"), REQUESTS)
def test_an_example_request_is_right(action: str, name: str) -> None:
    body = dict(OPERATIONS[action].examples[name])
    assert validator(operation(action)["requestBody"]["content"]["application/json"]["schema"]).is_valid(body)
    if OPERATIONS[action].request is StartRecord:
        assert list(problems(read(StartRecord, prune(body)))) == []
    elif OPERATIONS[action].request is LayoutChange:
        read_layout(body)
    else:
        read(OPERATIONS[action].request, body)


@pytest.mark.parametrize("action", ACTIONS)
def test_the_example_answers_are_right(action: str) -> None:
    content = operation(action)["responses"]["200"]["content"]["application/json"]
    for example in content["examples"].values():
        assert validator(content["schema"]).is_valid(example["value"])


def test_every_vendor_has_an_example() -> None:
    assert sorted(store["Vendor"] for store in STORES.values()) == list(range(1, 11))


# --- requests: the schema agrees with the checks ------------------------------------------------------------------


def bodies(action: str) -> st.SearchStrategy[Any]:
    """Right bodies, and right ones made wrong somewhere."""
    known = schemathesis.openapi.from_dict(document())[f"/?Action={action}"]["POST"]
    modes = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
    cases = st.one_of(*(known.as_strategy(generation_mode=mode) for mode in modes))
    return cases.map(lambda case: case.body).filter(is_json)


def is_json(body: Any) -> bool:
    """Not what schemathesis makes of an absent body."""
    try:
        json.dumps(body)
    except (TypeError, ValueError):
        return False
    return True


def without_nulls(value: Any) -> Any:
    """Null stands for absent, as the document says in words."""
    if isinstance(value, dict):
        return {name: without_nulls(inner) for name, inner in value.items() if inner is not None}
    return [without_nulls(inner) for inner in value] if isinstance(value, list) else value


@pytest.mark.parametrize("action", ["StartRecord", "UpdateLayout", "UpdateWhiteboard", "DescribeTasks", "StopRecord"])
def test_the_schema_agrees_with_the_checks(action: str) -> None:
    model = OPERATIONS[action].request
    right = validator({"$ref": f"#/components/schemas/{model.__name__}"})

    @settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck), database=None, derandomize=True)
    @given(bodies(action))
    def agree(body: Any) -> None:
        try:
            model.model_validate(body)
        except ValidationError as error:
            words = [problem["msg"] for problem in error.errors()]
            only_approximate = all(any(part in word for part in APPROXIMATE) for word in words)
            assert only_approximate or not right.is_valid(without_nulls(body)), words
        else:
            assert right.is_valid(without_nulls(body))

    agree()


MODELS = {
    name: model for name, model in vars(start_models).items() if isinstance(model, type) and issubclass(model, Fields)
}
MODELS |= {
    name: model for name, model in vars(mix_models).items() if isinstance(model, type) and issubclass(model, Fields)
}
MODELS |= {known.request.__name__: known.request for known in OPERATIONS.values()}
MODELS.pop("Fields")
FIELDS = [(name, field) for name, model in sorted(MODELS.items()) for field in model.model_fields]


def edges(schema: dict[str, Any]) -> list[Any]:
    """Values of every type, and on both sides of every bound."""
    bounds = [schema[key] for key in ("minimum", "maximum") if key in schema] + schema.get("enum", [])
    numbers = [number + step for number in bounds if isinstance(number, int) for step in (-1, 0, 1)]
    longest = schema.get("maxLength", 300)
    texts = [
        "",
        "a",
        "x" * longest,
        "x" * (longest + 1),
        "a\0",
        "http://example.org/a",
        "HTTPS://h",
        "http://h /",
        " ",
    ]
    texts += [choice for choice in schema.get("enum", []) if isinstance(choice, str)]
    texts += ["ftp://h"] * ("://" in schema.get("pattern", ""))  # EndPoint may be no URL: words alone tell that bound
    lists: list[Any] = [[], [{}] * schema.get("maxItems", 1), [{}] * (schema.get("maxItems", 1) + 1)]
    return [
        *numbers,
        *(float(number) for number in numbers if abs(number) < 2**53),
        0.5,
        -1,
        1e300,
        True,
        False,
        {},
        "1",
        *texts,
        *lists,
    ]


@pytest.mark.parametrize(("name", "field"), FIELDS)
def test_a_field_takes_just_what_its_schema_says(name: str, field: str) -> None:
    schema = SCHEMAS[name]["properties"][field]
    right = validator(schema)
    for value in edges(schema):
        taken = field_taken(MODELS[name], field, value)
        assert taken == right.is_valid(value), (value, taken)


def field_taken(model: type[Fields], field: str, value: Any) -> bool:
    try:
        model.model_validate({field: value})
    except ValidationError as error:
        return all(problem["loc"][0] != field for problem in error.errors())
    return True


# --- answers: the schema agrees with what is answered -------------------------------------------------------------


@pytest.mark.parametrize("task", [TASK, ENDED, FAILED, *(replace(ENDED, stage=stage) for stage in Stage)])
@pytest.mark.parametrize(
    "files", [[], [FILE], [replace(FILE, media_track_type=1, format="aac"), STORED], [replace(STORED, url="")]]
)
def test_a_status_is_what_the_document_says(task: Task, files: list[RecordedFile]) -> None:
    for state in FileState:
        data = status_data(task, [replace(file, state=state) for file in files])
        RecordStatus.model_validate(data)
        assert validator({"$ref": "#/components/schemas/RecordStatus"}).is_valid(data)


@pytest.mark.parametrize("state", TaskState)
def test_a_line_of_a_list_is_what_the_document_says(state: TaskState) -> None:
    TaskLine.model_validate(task_line(replace(TASK, state=state)))


# --- callbacks ------------------------------------------------------------------------------------------------------


def told(event_type: int, detail: dict[str, Any]) -> dict[str, Any]:
    sent = notice.Notice(
        app_id=TASK.spec.app,
        task_id=TASK.task,
        room_id=TASK.spec.room,
        event_type=event_type,
        sequence=0,
        detail=detail,
    )
    return notice.envelope(sent, "secret", nonce="123456", timestamp="1754300123")


@pytest.mark.parametrize("state", [FileState.UPLOADED, FileState.BACKED_UP, FileState.LOST])
@pytest.mark.parametrize("has_url", [True, False])
def test_a_callback_about_files_is_what_the_document_says(state: FileState, has_url: bool) -> None:
    file = completion._file_info(replace(STORED, state=state), has_url)
    for info in ([], [file]):
        body = told(1, {"upload_status": 2, "file_info": info})
        Notice.model_validate(body)
        assert validator({"$ref": "#/components/schemas/Notice"}).is_valid(body)


@pytest.mark.parametrize(
    ("event_type", "detail"), [(2, {"quit_reason": 3}), (4, {}), (5, {}), (6, {"stream_id": "s"}), (7, {}), (201, {})]
)
def test_a_callback_about_a_task_is_what_the_document_says(event_type: int, detail: dict[str, Any]) -> None:
    Notice.model_validate(told(event_type, detail))


def test_the_example_callbacks_are_right_and_signed() -> None:
    for example in NOTICES.values():
        Notice.model_validate(example)
        assert verify_callback(json.dumps(example), "7b0a5c1de2f34489")
