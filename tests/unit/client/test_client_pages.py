"""Walking all pages of a list that changes meanwhile. The list is a plain one that answers as the server does."""

import random

import pytest

from reelroom.client import TaskLine, TaskPage
from reelroom.client.pages import TaskQuery, Walk
from reelroom.task import TaskState
from reelroom.units import TaskId

NOW_MS = 1_754_300_000_000


def line(number: int, begin_ms: int) -> TaskLine:
    return TaskLine(task=TaskId(f"t{number}"), room="r", state=TaskState.RECORDING, begin_ms=begin_ms)


def answer(tasks: list[TaskLine], query: TaskQuery) -> TaskPage:
    assert query.begin_ms is not None
    assert query.end_ms is not None
    assert query.end_ms > query.begin_ms
    matches = [t for t in tasks if query.begin_ms <= t.begin_ms <= query.end_ms]
    matches.sort(key=lambda t: (-t.begin_ms, t.task))
    first = (query.page - 1) * query.page_size
    found = tuple(matches[first : first + query.page_size])
    return TaskPage(tasks=found, total=len(matches), page=query.page, page_size=query.page_size)


def walk_all(tasks: list[TaskLine], page_size: int, meanwhile: object = None) -> list[TaskId]:
    walk, told = Walk(TaskQuery(running=True, page_size=page_size), NOW_MS), []
    for _ in range(1000):
        if walk.query is None:
            return told
        told += [found.task for found in walk.take(answer(tasks, walk.query))]
        if callable(meanwhile):
            meanwhile(tasks, told)
    raise AssertionError("it never ends")


@pytest.mark.parametrize("seed", range(30))
def test_each_task_is_told_once_though_many_began_in_one_millisecond(seed: int) -> None:
    chance = random.Random(seed)
    begins = [NOW_MS - chance.randrange(chance.choice([1, 5, 100_000])) for _ in range(chance.randrange(60))]
    tasks = [line(number, begin_ms) for number, begin_ms in enumerate(begins)]
    told = walk_all(tasks, chance.choice([1, 2, 7, 50]))
    assert len(told) == len(set(told))
    assert set(told) == {t.task for t in tasks}


@pytest.mark.parametrize("seed", range(30))
def test_no_living_task_is_skipped_when_others_end_meanwhile(seed: int) -> None:
    chance = random.Random(seed)
    tasks = [line(number, NOW_MS - number * 10) for number in range(40)]

    def end_one(tasks: list[TaskLine], _told: list[TaskId]) -> None:
        tasks.pop(chance.randrange(len(tasks)))

    told = walk_all(tasks, 5, end_one)
    assert {t.task for t in tasks} <= set(told)
    assert len(told) == len(set(told))


def test_the_window_is_three_days_up_to_now_and_stays_while_pages_are_turned() -> None:
    query = TaskQuery(running=False, room="r", page=2, page_size=10)
    assert query.to_body(NOW_MS) == {
        "Status": 3,
        "RoomId": "r",
        "PageOffset": 2,
        "PageSize": 10,
        "StartTime": NOW_MS + 1000 - 3 * 86_400_000,
        "EndTime": NOW_MS + 1000,
    }
    assert query.fixed(NOW_MS).to_body(NOW_MS + 5000) == query.to_body(NOW_MS)
