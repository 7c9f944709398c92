"""The envelope of every answer, and bodies that are none."""

import re

import pytest

from reelroom.api.codes import Code, RefusedError, refusal_of
from reelroom.api.envelope import failure, new_request_id, parse_body, success
from reelroom.database import TooManyTasksError, UnknownTaskError
from reelroom.errors import RequestError, SettingsError, TaskStateError


def test_success_says_succeed_and_has_data_only_where_defined() -> None:
    assert success("1", {"TaskId": "t"}) == {"Code": 0, "Message": "succeed", "RequestId": "1", "Data": {"TaskId": "t"}}
    assert success("1", None) == {"Code": 0, "Message": "succeed", "RequestId": "1"}


def test_a_failure_has_code_and_words() -> None:
    refused = RefusedError(Code.RATE_LIMIT, "slow down")
    assert failure("1", refused) == {"Code": 300000003, "Message": "slow down", "RequestId": "1"}


def test_request_ids_have_19_digits_and_differ() -> None:
    ids = {new_request_id() for _ in range(1000)}
    assert len(ids) == 1000
    assert all(re.fullmatch(r"[1-9][0-9]{18}", id_) for id_ in ids)


@pytest.mark.parametrize("raw", [b"", b"  \n", b"{}", b'\xef\xbb\xbf{"a": 1}', '{"a": "房"}'.encode()])
def test_bodies_that_are_objects(raw: bytes) -> None:
    assert isinstance(parse_body(raw), dict)


@pytest.mark.parametrize(
    "raw",
    [
        b"{",
        b"[]",
        b'"{}"',
        b"null",
        b"1",
        b"\xff\xfe\xfa",
        b'{"a": NaN}',
        b'{"a": Infinity}',
        b"[" * 200_000,
        b'{"a": ' + b"9" * 10_000 + b"}",
        b"RoomId=1&x=2",
    ],
)
def test_bodies_that_are_not_are_refused_with_words(raw: bytes) -> None:
    with pytest.raises(RefusedError, match=r"body: .*allowed: a JSON object") as refused:
        parse_body(raw)
    assert refused.value.code is Code.INVALID_INPUT


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (UnknownTaskError(), Code.TASK_UNKNOWN),
        (TaskStateError(), Code.TASK_ENDED),
        (TooManyTasksError(), Code.TOO_MANY_TASKS),
        (RequestError("wrong"), Code.INVALID_INPUT),
    ],
)
def test_errors_of_other_rooms_have_codes(error: Exception, code: Code) -> None:
    refused = refusal_of(error)  # type: ignore[arg-type]
    assert refused is not None
    assert refused.code is code
    assert refused.message


def test_what_is_our_fault_has_no_refusal() -> None:
    assert refusal_of(SettingsError()) is None
