"""Fields of the actions on existing tasks, one row for each rule."""

from typing import Any

import pytest
from tests.unit.api.start_bodies import VIEW, Body

from reelroom.api.codes import Code, RefusedError
from reelroom.api.task_list import _window_problems
from reelroom.api.task_models import TaskQuery, TaskRef, WhiteboardChange, read_layout
from reelroom.api.validate import read, refuse_any

NOW_MS = 1_754_300_000_000
DAY_MS = 86_400_000
TASK = {"TaskId": "aJB-YE-iHBJnAABN"}


def query(**changes: Any) -> Body:
    return {"Status": 2, "StartTime": NOW_MS - DAY_MS, "EndTime": NOW_MS, **changes}


def ask(body: Body) -> TaskQuery:
    found = read(TaskQuery, body)
    refuse_any(_window_problems(found, NOW_MS))
    return found


@pytest.mark.parametrize("body", [{}, {"TaskId": ""}, {"TaskId": None}, {"TaskId": 7}, {"task_id": "x"}])
def test_a_task_id_is_needed(body: Body) -> None:
    with pytest.raises(RefusedError, match="TaskId: "):
        read(TaskRef, body)


def test_extra_fields_beside_the_task_id_are_ignored() -> None:
    assert read(TaskRef, {**TASK, "RoomId": "r", "Action": "StopRecord"}).TaskId == TASK["TaskId"]


def test_a_whiteboard_id_is_needed() -> None:
    with pytest.raises(RefusedError, match="WhiteboardId: is missing"):
        read(WhiteboardChange, TASK)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"Status": 1}, "Status: 1 came; allowed: 2 or 3"),
        ({"Status": None}, "Status: is missing"),
        ({"StartTime": None}, "StartTime: is missing"),
        ({"EndTime": None}, "EndTime: is missing"),
        ({"StartTime": str(NOW_MS)}, "StartTime: "),
        ({"StartTime": 2**62, "EndTime": 2**62 + 1}, "StartTime: "),
        ({"StartTime": NOW_MS - 4 * DAY_MS}, "three days ago"),
        ({"EndTime": NOW_MS - DAY_MS}, "EndTime: .* allowed: above StartTime"),
        ({"EndTime": NOW_MS + 3 * DAY_MS}, "at most 3 days after StartTime"),
        ({"PageSize": 0}, "PageSize: 0 came; allowed: an integer from 1 to 50"),
        ({"PageSize": 51}, "PageSize: 51 came"),
        ({"PageOffset": -1}, "PageOffset: -1 came"),
        ({"RoomId": 1}, "RoomId: 1 came"),
    ],
)
def test_a_wrong_list_query_is_refused(changes: Body, words: str) -> None:
    with pytest.raises(RefusedError, match=words) as refused:
        ask(query(**changes))
    assert refused.value.code is Code.INVALID_INPUT


def test_a_list_query_has_defaults() -> None:
    assert (ask(query()).PageOffset, ask(query()).PageSize) == (1, 50)


def test_three_days_ago_by_the_callers_clock_is_accepted() -> None:
    assert ask(query(StartTime=NOW_MS - 3 * DAY_MS - 1000, EndTime=NOW_MS - 1000))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"MixMode": 6}, "MixMode: 6 came"),
        ({"MixMode": 1}, "MixInputList: is missing; needed when MixMode is 1"),
        ({"MixMode": 1, "MixInputList": [VIEW] * 26}, "at most 25 elements"),
        ({"MixMode": 1, "MixInputList": [{**VIEW, "ViewType": 2}] * 2}, "allowed: one"),
        ({"MixMode": 1, "MixInputList": [{**VIEW, "Top": 721}]}, r"MixInputList\[0\].Top: 721 came"),
        ({"TaskId": None}, "TaskId: is missing"),
    ],
)
def test_a_wrong_layout_is_refused(changes: Body, words: str) -> None:
    with pytest.raises(RefusedError, match=words):
        read_layout({**TASK, **changes})


def test_a_layout_needs_no_mode() -> None:
    assert read_layout(dict(TASK)).MixMode == 2


def test_views_of_a_preset_layout_are_not_looked_at() -> None:
    assert read_layout({**TASK, "MixMode": 2, "MixInputList": "x"}).MixInputList == ()
