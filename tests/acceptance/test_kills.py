"""`kill -9` of any process at any moment of a recording: no captured picture is missing from what is delivered."""

import random

import pytest
from tests.support.browser import Browser, Publisher
from tests.support.callback_receiver import CallbackReceiver
from tests.support.server import ReelroomServer, wait_until

from reelroom.client import RecordStatus
from reelroom.events import Captured, Lost
from reelroom.task import TaskState
from reelroom.testing.content import Content, check
from reelroom.units import TaskId

pytestmark = pytest.mark.browser

SECOND = 15  # pictures
MOMENTS = random.Random(20261122)


def begin(server: ReelroomServer, browser: Browser, callbacks: CallbackReceiver) -> tuple[Publisher, TaskId]:
    """Somebody publishes, and is recorded for a random while."""
    publisher = browser.publisher(server, "r", "cam", reconnect=1).wait_connected()
    with server.client() as client:
        task = client.start_record("r", callback_url=callbacks.url)
    server.wait_recording(task)
    publisher.wait_frames(MOMENTS.randint(SECOND, 3 * SECOND))
    return publisher, task


def finish(server: ReelroomServer, publisher: Publisher, task: TaskId) -> RecordStatus:
    """Two more seconds, then stop and deliver."""
    publisher.wait_frames(2 * SECOND)
    with server.client() as client:
        client.stop_record(task)
    return server.wait_delivered(task)


def captured_counters(server: ReelroomServer, task: TaskId) -> list[list[int]]:
    """Counters of the pictures in the journal, capture by capture: what the file is measured against."""
    captures = [event.capture for event in server.room_log(task) if isinstance(event, Captured)]
    found = []
    for capture in captures:
        files = sorted((server.data / "journal" / "captures" / capture).glob("video-*.mkv"))
        found.append([counter for file in files for counter in check(file).counters])
    return found


def assert_whole(content: Content, captured: list[int]) -> None:
    """Every captured picture is there once, in order; only what came after the stop may be left out."""
    assert (content.broken, content.errors, content.backward, content.doubled) == (0, 0, [], [])
    assert content.counters == captured[: len(content.counters)]
    assert len(captured) - len(content.counters) <= SECOND // 2
    assert len(content.counters) >= SECOND
    assert content.longest_audio_gap_s < 0.1


def assert_one_whole_file(
    server: ReelroomServer, task: TaskId, status: RecordStatus, callbacks: CallbackReceiver
) -> None:
    (file,), (captured,) = status.files, captured_counters(server, task)
    assert_whole(check(server.path_of(file.url)), captured)
    assert status.state is TaskState.ENDED
    callbacks.wait_for_event(1)
    assert sorted(callbacks.events()) == [1, 5, 7]  # at least once each; a kill may repeat one, none did here


def restarted(server: ReelroomServer, name: str, old: int) -> None:
    """Wait for the successor of a process."""
    wait_until(lambda: server.pid(name) != old, f"a new {name}")


@pytest.mark.parametrize("time", ["once", "twice"])
def test_a_killed_recorder_goes_on_where_it_was(server, browser, callbacks, time):
    publisher, task = begin(server, browser, callbacks)
    for _ in range({"once": 1, "twice": 2}[time]):
        old = server.kill9(f"task-{task}")
        restarted(server, f"task-{task}", old)
        publisher.wait_frames(MOMENTS.randint(1, SECOND))
    assert_one_whole_file(server, task, finish(server, publisher, task), callbacks)


def test_a_killed_server_disturbs_neither_room_nor_recording(server, browser, callbacks):
    publisher, task = begin(server, browser, callbacks)
    recorder, gateway = server.pid(f"task-{task}"), server.pid("gateway")
    server.kill9("server")
    publisher.wait_frames(SECOND)
    server.restart()
    publisher.wait_frames(SECOND)  # time enough for the new server to see what runs
    assert (server.pid(f"task-{task}"), server.pid("gateway")) == (recorder, gateway)
    assert_one_whole_file(server, task, finish(server, publisher, task), callbacks)


def test_a_server_and_a_recorder_killed_together_find_the_recording_again(server, browser, callbacks):
    publisher, task = begin(server, browser, callbacks)
    server.kill9("server")
    old = server.kill9(f"task-{task}")
    publisher.wait_frames(MOMENTS.randint(1, SECOND))
    server.restart()
    restarted(server, f"task-{task}", old)
    assert_one_whole_file(server, task, finish(server, publisher, task), callbacks)


def test_a_recorder_killed_while_it_finishes_delivers_all_the_same(server, browser, callbacks):
    publisher, task = begin(server, browser, callbacks)
    with server.client() as client:
        client.stop_record(task)
    server.kill9(f"task-{task}")
    assert_one_whole_file(server, task, server.wait_delivered(task), callbacks)
    publisher.close()


def test_a_killed_gateway_loses_nothing_captured_and_the_return_is_recorded(server, browser, callbacks):
    publisher, task = begin(server, browser, callbacks)
    drawn = publisher.frames_drawn
    old = server.kill9("gateway")
    restarted(server, "gateway", old)
    publisher.wait_connections(2)
    status = finish(server, publisher, task)
    first, second = sorted(status.files, key=lambda file: file.begin_ms)
    before, after = captured_counters(server, task)
    assert_whole(check(server.path_of(first.url)), before)
    assert_whole(check(server.path_of(second.url)), after)
    assert max(before) >= drawn - SECOND  # captured until it died, but for what was on its way
    assert min(after) > max(before)
    assert sum(isinstance(event, Lost) for event in server.room_log(task)) == 1
    notice = callbacks.wait_for_event(1)
    assert sorted(callbacks.events()) == [1, 5, 7]
    told = {info["file_id"]: info["duration"] for info in notice.body["detail"]["file_info"]}
    assert told == {file.name: file.duration_ms for file in status.files}
    assert status.state is TaskState.ENDED
