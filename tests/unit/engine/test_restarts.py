"""When a recorder that ended is started again, in virtual time."""

import pytest

from reelroom.engine.interface import Loss
from reelroom.engine.restarts import TOO_MANY, Restarts
from reelroom.units import TaskId

TASK = TaskId("a" * 16)
OTHER = TaskId("b" * 16)


def crash(task: TaskId = TASK, lived_s: float = 5.0) -> Loss:
    return Loss(task, lived_s, -9)


def ended(task: TaskId = TASK, lived_s: float = 5.0) -> Loss:
    return Loss(task, lived_s, 0)


def test_a_task_never_seen_may_start() -> None:
    assert Restarts().may_start(TASK, 0.0)


def test_waits_double_from_a_tenth_of_a_second_to_half_a_minute() -> None:
    restarts, waits, now_s = Restarts(), [], 0.0
    for _ in range(11):
        restarts.ended(crash(), "same", now_s)
        waits.append(
            next(
                w for w in (0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 25.6, 30.0) if restarts.may_start(TASK, now_s + w)
            )
        )
        assert not restarts.may_start(TASK, now_s + waits[-1] - 0.01)
        now_s += 100
    assert waits == [0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 25.6, 30.0, 30.0]


def test_too_many_crashes_without_progress_are_told_once() -> None:
    restarts = Restarts()
    told = [restarts.ended(crash(), "same", 0.0) for _ in range(TOO_MANY + 5)]
    assert told.index(True) == TOO_MANY - 1
    assert told.count(True) == 1


def test_progress_begins_the_count_anew() -> None:
    restarts = Restarts()
    told = [restarts.ended(crash(), f"step {number // 3}", 0.0) for number in range(40)]
    assert not any(told)


def test_an_end_of_its_own_with_work_left_starts_again_at_once() -> None:
    restarts = Restarts()
    restarts.ended(crash(), "same", 0.0)
    restarts.ended(ended(), "same", 10.0)
    assert restarts.may_start(TASK, 10.0)


def test_ends_of_its_own_in_quick_succession_are_held_back() -> None:
    restarts = Restarts()
    restarts.ended(ended(lived_s=0.2), "same", 10.0)
    assert not restarts.may_start(TASK, 10.05)


def test_one_that_was_found_running_is_no_crash_after_a_while() -> None:
    restarts = Restarts()
    restarts.ended(Loss(TASK, 60.0, None), "same", 10.0)
    assert restarts.may_start(TASK, 10.0)


def test_tasks_do_not_wait_for_each_other() -> None:
    restarts = Restarts()
    restarts.ended(crash(), "same", 0.0)
    assert restarts.may_start(OTHER, 0.0)


def test_a_task_with_nothing_left_to_do_is_forgotten() -> None:
    restarts = Restarts()
    restarts.ended(crash(), "same", 0.0)
    restarts.keep_only(frozenset({OTHER}))
    assert restarts.may_start(TASK, 0.0)


def test_the_loop_rests_until_the_next_wait_is_over() -> None:
    restarts = Restarts()
    assert restarts.rest_s(0.0, 1.0) == 1.0
    restarts.ended(crash(), "same", 10.0)
    assert restarts.rest_s(10.04, 1.0) == pytest.approx(0.06)
    assert restarts.rest_s(10.2, 1.0) == 1.0
