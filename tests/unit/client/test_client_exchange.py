"""The conversation: what is tried again, how long, and what the caller is told. Time and chance are the test's."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from reelroom.client import (
    ApiError,
    InvalidInputError,
    NotPausedError,
    NotTheApiError,
    Policy,
    RateLimitedError,
    ServiceError,
    Surroundings,
    TaskEndedError,
    UnreachableError,
    operations,
)
from reelroom.client.exchange import Answer, Core, Credentials, Failure, Outcome, Send, Wait
from reelroom.client.operations import Operation
from reelroom.mix import Layout
from reelroom.signing import request_signature
from reelroom.units import NS, TaskId

TASK = TaskId("aJB-YE-iHBJnAABN")
SECRET = "00112233445566778899aabbccddeeff"
POLICY = Policy(first_s=1.0, ceiling_s=4.0, give_up_s=10.0)

NEVER_SENT = Failure("ConnectError", arrived=False)
LOST = Failure("ReadTimeout", arrived=True)


def refused(code: int) -> Answer:
    return Answer(200, json.dumps({"Code": code, "Message": "no", "RequestId": "7"}).encode())


def done(**data: Any) -> Answer:
    return Answer(200, json.dumps({"Code": 0, "Message": "succeed", "RequestId": "7", "Data": data}).encode())


LIMITED, BROKEN, ENDED, NOT_PAUSED = map(refused, (300000003, 300010000, 300001001, 300001004))
GATEWAY = Answer(502, b"<html>")
PAGE = Answer(200, b"<html>")
TASK_MADE = done(TaskId=TASK)


@dataclass
class World:
    """A clock that moves only while a conversation waits, and numbers instead of chance."""

    now_ns: int = 1_754_300_000 * NS
    numbers: Iterator[int] = field(default_factory=lambda: iter(range(1000)))
    sent: list[Send] = field(default_factory=list)
    waited_s: list[float] = field(default_factory=list)

    def surroundings(self) -> Surroundings:
        return Surroundings(
            unix_ns=lambda: self.now_ns,
            steady_ns=lambda: self.now_ns - 5 * NS,
            nonce=lambda: f"nonce-{next(self.numbers)}",
            chance=lambda: 0.0,
        )

    def converse(self, operation: Operation[Any], outcomes: list[Outcome], policy: Policy = POLICY) -> Any:
        core = Core("http://127.0.0.1/", Credentials(987654321, SECRET), policy, self.surroundings())
        talk, coming, outcome = core.converse(operation), iter(outcomes), None
        while True:
            try:
                step = talk.send(outcome)
            except StopIteration as end:
                assert list(coming) == []
                return end.value
            outcome = self._do(step, coming)

    def _do(self, step: Send | Wait, coming: Iterator[Outcome]) -> Outcome:
        if isinstance(step, Wait):
            self.waited_s.append(step.seconds)
            self.now_ns += round(step.seconds * NS)
            return None
        self.sent.append(step)
        return next(coming)


@pytest.fixture
def world() -> World:
    return World()


ASKING = {
    "status": operations.call("DescribeRecordStatus", {"TaskId": TASK}),
    "tasks": operations.call("DescribeTasks", {}),
}
STATES = {
    "stop": operations.stop_record(TASK),
    "pause": operations.pause_record(TASK),
    "resume": operations.resume_record(TASK),
    "layout": operations.update_layout(TASK, Layout()),
    "board": operations.update_whiteboard(TASK, "w"),
}
KEYED = {
    "start": operations.start_record("r"),
    "start of a chosen id": operations.start_record("r", client_task_id="mine"),
    "start of a request with an id": operations.start_record(
        "r", request={"RecordInputParams": {"ClientTaskId": "mine"}}
    ),
    "raw start": operations.call("StartRecord", {"RecordInputParams": {"ClientTaskId": "mine"}}),
}
ONCE = {
    "snapshot": operations.take_snapshot(TASK),
    "start without id": operations.start_record("r", client_task_id=""),
    "raw start without id": operations.call("StartRecord", {"RecordInputParams": {}}),
    "malformed raw start": operations.call("StartRecord", {"RecordInputParams": []}),
    "unknown action": operations.call("DeleteEverything", {}),
}
ALL = {**ASKING, **STATES, **KEYED, **ONCE}


@pytest.mark.parametrize("name", [*ASKING, *STATES, *KEYED])
@pytest.mark.parametrize("first", [NEVER_SENT, LOST, LIMITED, BROKEN, GATEWAY])
def test_what_is_harmless_is_repeated_whatever_happened(world: World, name: str, first: Outcome) -> None:
    world.converse(ALL[name], [first, TASK_MADE])
    assert world.waited_s == [1.0]


@pytest.mark.parametrize("name", ONCE)
@pytest.mark.parametrize("first", [NEVER_SENT, LIMITED])
def test_all_else_is_repeated_when_surely_nothing_was_done(world: World, name: str, first: Outcome) -> None:
    world.converse(ONCE[name], [first, TASK_MADE])
    assert len(world.sent) == 2


@pytest.mark.parametrize("name", ONCE)
@pytest.mark.parametrize("first", [LOST, BROKEN, GATEWAY])
def test_all_else_is_never_repeated_once_it_may_have_been_done(world: World, name: str, first: Outcome) -> None:
    with pytest.raises((UnreachableError, ServiceError)):
        world.converse(ONCE[name], [NEVER_SENT, first])
    assert len(world.sent) == 2


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("answer", [refused(300000004), refused(100000005), refused(300000006), refused(5), PAGE])
def test_a_refusal_that_time_does_not_heal_ends_the_call(world: World, name: str, answer: Answer) -> None:
    with pytest.raises((ApiError, NotTheApiError)):
        world.converse(ALL[name], [answer])


def test_a_stop_whose_answer_was_lost_has_succeeded_when_the_task_is_over(world: World) -> None:
    assert world.converse(STATES["stop"], [LOST, ENDED]) is None
    assert world.converse(STATES["stop"], [BROKEN, NEVER_SENT, ENDED]) is None


@pytest.mark.parametrize("before", [[], [NEVER_SENT], [LIMITED]])
def test_a_stop_that_never_arrived_tells_that_the_task_was_over_already(world: World, before: list[Outcome]) -> None:
    with pytest.raises(TaskEndedError):
        world.converse(STATES["stop"], [*before, ENDED])


def test_a_resume_whose_answer_was_lost_has_succeeded_when_the_task_is_not_paused(world: World) -> None:
    assert world.converse(STATES["resume"], [LOST, NOT_PAUSED]) is None
    with pytest.raises(NotPausedError):
        world.converse(STATES["resume"], [NOT_PAUSED])


@pytest.mark.parametrize("name", ["pause", "resume", "layout"])
def test_a_task_that_is_over_is_told_to_all_other_orders(world: World, name: str) -> None:
    with pytest.raises(TaskEndedError):
        world.converse(STATES[name], [LOST, ENDED])


def test_waits_double_and_end_in_time(world: World) -> None:
    with pytest.raises(UnreachableError, match="ConnectError"):
        world.converse(STATES["stop"], [NEVER_SENT] * 6)
    assert world.waited_s == [1.0, 2.0, 4.0, 3.0]
    assert len(world.sent) == 5


def test_the_last_error_is_the_one_that_is_told(world: World) -> None:
    with pytest.raises(RateLimitedError):
        world.converse(STATES["stop"], [NEVER_SENT, LIMITED], Policy(first_s=1.0, ceiling_s=1.0, max_tries=2))


def test_without_retries_the_first_error_ends_the_call(world: World) -> None:
    with pytest.raises(UnreachableError):
        world.converse(ASKING["status"], [NEVER_SENT], Policy(first_s=0.0, ceiling_s=0.0, max_tries=1))


def test_each_try_is_signed_anew_and_says_the_same(world: World) -> None:
    world.converse(KEYED["start"], [LOST, LOST, TASK_MADE])
    queries = [send.query for send in world.sent]
    assert len({query["SignatureNonce"] for query in queries}) == 3
    assert [query["Timestamp"] for query in queries] == ["1754300000", "1754300001", "1754300003"]
    for query in queries:
        nonce, timestamp = query["SignatureNonce"], query["Timestamp"]
        assert query["Signature"] == request_signature(987654321, nonce, SECRET, timestamp)
        assert set(query) == {"Action", "AppId", "SignatureNonce", "Timestamp", "Signature", "SignatureVersion"}
    assert len({send.body for send in world.sent}) == 1


def test_each_start_has_a_random_id_of_its_own(world: World) -> None:
    for _ in range(2):
        world.converse(KEYED["start"], [TASK_MADE])
    ids = [json.loads(send.body)["RecordInputParams"]["ClientTaskId"] for send in world.sent]
    assert len(set(ids)) == 2


@pytest.mark.parametrize("name", ["start of a chosen id", "start of a request with an id"])
def test_a_chosen_id_is_sent_as_it_is(world: World, name: str) -> None:
    world.converse(KEYED[name], [TASK_MADE])
    assert json.loads(world.sent[0].body)["RecordInputParams"]["ClientTaskId"] == "mine"


def test_an_empty_id_is_not_sent(world: World) -> None:
    world.converse(ONCE["start without id"], [TASK_MADE])
    assert "ClientTaskId" not in json.loads(world.sent[0].body)["RecordInputParams"]


@pytest.mark.parametrize("data", [{}, {"TaskId": 7}, {"TaskId": None}])
def test_an_answer_without_what_it_should_hold_is_none_of_the_api(world: World, data: dict[str, Any]) -> None:
    with pytest.raises(NotTheApiError, match="StartRecord"):
        world.converse(KEYED["start"], [done(**data)])


def test_an_error_names_code_words_and_request(world: World) -> None:
    with pytest.raises(InvalidInputError, match=r"no \(code 300000004\)") as found:
        world.converse(STATES["stop"], [refused(300000004)])
    assert (found.value.code, found.value.message, found.value.request_id) == (300000004, "no", "7")
