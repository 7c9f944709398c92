"""What callers ask of live tasks, on both databases."""

from concurrent.futures import ThreadPoolExecutor
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.integration.state_fixtures import (  # noqa: F401  fixtures
    APP,
    NOW,
    database_fixture,
    new_task,
    place_fixture,
    postgres_fixture,
    recorder,
)

from reelroom.database import NotPausedError, NotRecordingError, UnknownTaskError
from reelroom.errors import TaskStateError
from reelroom.mix import Area, Fit, Layout, LayoutMode, View
from reelroom.task import CommandKind, QuitReason, TaskState
from reelroom.units import StreamId

PAUSE, RESUME, SNAPSHOT, LAYOUT = CommandKind.PAUSE, CommandKind.RESUME, CommandKind.SNAPSHOT, CommandKind.LAYOUT
task_numbers = count()


def recording(database):
    task = f"t{next(task_numbers)}"
    recorder(database, task).started(NOW)
    return task


def state_of(database, task):
    return database.task(task).state


def kinds_of(database, task):
    return [command.kind for command in database.commands(task)]


def test_pause_and_resume_change_the_state_and_stand_in_the_log(database):
    task = recording(database)
    database.order(task, APP, PAUSE, {}, lambda: NOW + 5)
    assert state_of(database, task) is TaskState.PAUSED
    database.order(task, APP, RESUME, {}, lambda: NOW + 9)
    assert state_of(database, task) is TaskState.RECORDING
    assert [(c.kind, c.at_ns) for c in database.commands(task)] == [(PAUSE, NOW + 5), (RESUME, NOW + 9)]


def test_a_second_pause_does_nothing(database):
    task = recording(database)
    for _ in range(3):
        database.order(task, APP, PAUSE, {})
    assert kinds_of(database, task) == [PAUSE]


def test_nothing_is_resumed_that_was_not_paused(database):
    task = recording(database)
    for _ in range(2):
        with pytest.raises(NotPausedError):
            database.order(task, APP, RESUME, {})
        database.order(task, APP, PAUSE, {})
        database.order(task, APP, RESUME, {})


def test_a_pause_before_the_beginning_holds_when_it_begins(database):
    session = recorder(database, "early")
    database.order("early", APP, PAUSE, {})
    assert state_of(database, "early") is TaskState.STARTING
    session.started(NOW)
    assert state_of(database, "early") is TaskState.PAUSED
    session.started(NOW + 1)  # the gateway came back
    assert state_of(database, "early") is TaskState.PAUSED
    database.order("early", APP, RESUME, {})
    assert state_of(database, "early") is TaskState.RECORDING


def test_a_pause_taken_back_before_the_beginning_does_not_hold(database):
    session = recorder(database, "early")
    database.order("early", APP, PAUSE, {})
    database.order("early", APP, RESUME, {})
    session.started(NOW)
    assert state_of(database, "early") is TaskState.RECORDING


def test_a_paused_task_can_be_stopped_and_can_run_out(database):
    stopped, idle = recording(database), recording(database)
    for task in (stopped, idle):
        database.order(task, APP, PAUSE, {})
    database.stop_task(stopped, APP, NOW)
    assert database.session(idle, 1).failed(QuitReason.IDLE, NOW)
    assert (state_of(database, stopped), state_of(database, idle)) == (TaskState.ENDED, TaskState.FAILED)


@pytest.mark.parametrize("kind", [PAUSE, RESUME, SNAPSHOT, LAYOUT, CommandKind.BOARD])
def test_only_live_tasks_of_the_app_take_orders(database, kind):
    task = recording(database)
    for name, app in (("nope", APP), (task, 2)):
        with pytest.raises(UnknownTaskError):
            database.order(name, app, kind, {})
    database.stop_task(task, APP, NOW)
    with pytest.raises(TaskStateError, match="ended already"):
        database.order(task, APP, kind, {})
    assert kinds_of(database, task) == [CommandKind.STOP]


def test_a_snapshot_needs_a_task_that_records(database):
    recorder(database, "early")
    with pytest.raises(NotRecordingError):
        database.order("early", APP, SNAPSHOT, {})
    task = recording(database)
    database.order(task, APP, SNAPSHOT, {})
    database.order(task, APP, PAUSE, {})
    with pytest.raises(NotRecordingError):
        database.order(task, APP, SNAPSHOT, {})
    assert kinds_of(database, task) == [SNAPSHOT, PAUSE]


def test_a_layout_comes_back_as_it_was_asked(database):
    view = View(area=Area(0, 0, 640, 360), layer=3, stream=StreamId("流"), fit=Fit.CONTAIN, image="https://x.org/a.png")
    layout = Layout(mode=LayoutMode.CUSTOM, views=(view,))
    task = recording(database)
    database.order(task, APP, LAYOUT, layout.to_json())
    (command,) = database.commands(task)
    assert Layout.from_json(command.body) == layout


def test_orders_at_the_same_moment_come_one_after_the_other(database):
    task = recording(database)
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda _: database.order(task, APP, PAUSE, {}), range(32)))
    assert kinds_of(database, task) == [PAUSE]
    instants = count(NOW)
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda _: database.order(task, APP, LAYOUT, {}, lambda: next(instants)), range(32)))
    commands = database.commands(task)[1:]
    assert [c.at_ns for c in commands] == sorted(c.at_ns for c in commands)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from([PAUSE, RESUME, "begin"]), max_size=8))
def test_the_state_follows_the_last_of_pause_and_resume(database, steps):
    task = f"t{next(task_numbers)}"
    session = recorder(database, task)
    begun = paused = False
    for step in steps:
        if step == "begin":
            session.started(NOW)
            begun = True
        elif step is RESUME and not paused:
            with pytest.raises(NotPausedError):
                database.order(task, APP, RESUME, {})
        else:
            database.order(task, APP, step, {})
            paused = step is PAUSE
    begun_state = TaskState.PAUSED if paused else TaskState.RECORDING
    assert state_of(database, task) is (begun_state if begun else TaskState.STARTING)
