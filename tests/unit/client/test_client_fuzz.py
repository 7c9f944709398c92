"""Whatever answers, a call ends with a result or with an error of ours."""

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.client.test_client_notices import FILE
from tests.unit.client.test_client_results import LINE, PAGE, STATUS

from reelroom.client import ApiError, Policy, Surroundings, UnreachableError, operations, read_callback
from reelroom.client.exchange import Answer, Core, Credentials, Send
from reelroom.client.operations import Operation
from reelroom.errors import AccessError
from reelroom.signing import callback_signature
from reelroom.units import TaskId

SURROUNDINGS = Surroundings(unix_ns=lambda: 0, steady_ns=lambda: 0, nonce=lambda: "n", chance=lambda: 0.0)
CORE = Core("http://h/", Credentials(1, "s"), Policy(first_s=0, ceiling_s=0, max_tries=1), SURROUNDINGS)
TASK = TaskId("t")
OPERATIONS: list[Operation[Any]] = [
    operations.start_record("r"),
    operations.stop_record(TASK),
    operations.describe_record_status(TASK),
    operations.describe_tasks(running=True),
    operations.call("Anything", {}),
]
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)


def answer(operation: Operation[Any], raw: bytes) -> None:
    talk = CORE.converse(operation)
    assert isinstance(next(talk), Send)
    with suppress(StopIteration, ApiError, UnreachableError):
        talk.send(Answer(200, raw))


def damaged(draw: st.DrawFn, whole: Any) -> Any:
    """A copy with one value replaced by anything."""
    if isinstance(whole, dict) and whole and draw(st.booleans()):
        name = draw(st.sampled_from(sorted(whole)))
        return {**whole, name: damaged(draw, whole[name])}
    if isinstance(whole, list) and whole:
        return [damaged(draw, whole[0]), *whole[1:]]
    return draw(VALUES)


@st.composite
def damaged_envelopes(draw: st.DrawFn) -> bytes:
    data = draw(st.sampled_from([STATUS, {**PAGE, "TaskidList": [LINE]}, {"TaskId": "t"}]))
    whole = {"Code": 0, "Message": "succeed", "RequestId": "1", "Data": data}
    return json.dumps(damaged(draw, whole)).encode()


@st.composite
def damaged_callbacks(draw: st.DrawFn) -> bytes:
    detail = draw(
        st.sampled_from([{"upload_status": 1, "file_info": [FILE]}, {"quit_reason": 3}, {"stream_id": "s"}, {}])
    )
    body = {"app_id": 1, "task_id": "t", "room_id": "r", "message": "", "sequence": 2, "detail": detail}
    body = damaged(draw, {**body, "event_type": draw(st.sampled_from([1, 2, 3, 4, 6, 102, 201]))})
    if not isinstance(body, dict):
        return json.dumps(body).encode()
    proof = {"nonce": "1", "timestamp": "2", "signature": callback_signature("s", "2", "1")}
    return json.dumps({**body, **proof}).encode()


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.action)
@given(raw=st.binary(max_size=40) | VALUES.map(lambda value: json.dumps(value).encode()) | damaged_envelopes())
def test_any_answer_is_a_result_or_an_error_of_ours(operation: Operation[Any], raw: bytes) -> None:
    answer(operation, raw)


@given(raw=damaged_callbacks() | st.binary(max_size=40))
def test_any_callback_is_a_notice_or_refused(raw: bytes) -> None:
    with suppress(AccessError):
        read_callback(raw, "s")
