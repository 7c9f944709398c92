"""What a real recorder process tells callers: states, limits, callbacks; and how it delivers."""

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.integration.recorder_media import scene, watch
from tests.integration.recorder_world import APP, SECRET, World, wait_for

from reelroom.database import NewTask
from reelroom.settings import StoreSettings
from reelroom.signing import callback_signature
from reelroom.spec import Destination, RecordSpec
from reelroom.task import FileState, QuitReason, Stage, TaskState
from reelroom.units import NS, Codec, RoomId, StreamId, TaskId


@pytest.fixture(name="world")
def world_fixture(tmp_path: Path) -> Iterator[World]:
    with World(tmp_path / "data") as world:
        yield world


def record(world: World, **words) -> TaskId:
    """A task that recorded 2 s and was stopped."""
    task = world.start(**words)
    publish_and_stop(world, task)
    return task


def publish_and_stop(world: World, task: TaskId) -> None:
    publisher = world.publish(1)
    publisher.send(scene(Codec.H264, 2), at_s=2)
    world.stop(task, 5)
    world.leave(task, 5, publisher)


def test_a_stopped_task_reports_its_end_its_uploading_and_its_files(world: World) -> None:
    task = record(world)
    [file] = world.complete(task)
    assert world.receiver.events == [5, 7, 1]
    assert [body["sequence"] for body in world.receiver.bodies] == [0, 1, 2]
    for body in world.receiver.bodies:
        assert body["signature"] == callback_signature(SECRET, body["timestamp"], body["nonce"])
        assert (body["app_id"], body["task_id"], body["room_id"]) == (APP, task, "lesson42")
    detail = world.receiver.bodies[-1]["detail"]
    assert detail["upload_status"] == 1
    [info] = detail["file_info"]
    assert (info["file_id"], info["file_url"], info["status"]) == (file.name, file.url, 3)
    assert (info["user_id"], info["user_name"], info["stream_id"]) == ("u1", "Ann", "cam")
    assert (info["duration"], info["resolution_width"]) == (file.duration_ms, 256)


def test_a_task_that_nobody_published_to_reports_no_files(world: World) -> None:
    task = world.start()
    world.stop(task, 5)
    world.leave(task, 5)
    assert world.complete(task) == []
    assert world.receiver.events == [5, 7, 1]
    assert world.receiver.bodies[-1]["detail"] == {"upload_status": 1, "file_info": []}


def test_an_empty_room_ends_the_task_as_idle(world: World) -> None:
    task = world.start(max_idle_s=30)
    publisher = world.publish(1)
    publisher.send(scene(Codec.H264, 2), at_s=2)
    publisher.leave(5)
    world.gateway.release()
    [file] = world.complete(task)
    assert watch(world.path(file)).counters == list(range(60))
    ended = world.task(task)
    assert (ended.state, ended.quit_reason, ended.ended_ns) == (TaskState.FAILED, QuitReason.IDLE, world.at(35))
    assert world.receiver.events == [2, 7, 1]
    assert world.receiver.bodies[0]["detail"] == {"quit_reason": 3}


def test_an_old_task_ends_by_its_age(world: World) -> None:
    task = world.start(max_record_s=300)
    publisher = world.publish(1)
    publisher.send(scene(Codec.H264, 2), at_s=2)
    world.gateway.release()
    world.complete(task)
    assert world.task(task).quit_reason is QuitReason.MAX_TIME
    assert world.receiver.bodies[0]["detail"] == {"quit_reason": 4}


def test_an_empty_room_is_announced_while_it_is_empty(tmp_path: Path) -> None:
    with World(tmp_path / "data", began_ns=time.time_ns() - 14 * NS) as world:
        task = world.start()
        world.launch(task)
        wait_for(lambda: world.receiver.events == [4])
        assert world.receiver.bodies[0]["detail"] == {}


def test_an_old_announcement_is_not_made_up_for(world: World) -> None:
    task = world.start()
    publisher = world.publish(1000)
    publisher.leave(1001)
    world.stop(task, 1002)
    world.leave(task, 1002)
    world.complete(task)
    assert world.receiver.events == [5, 7, 1]


def test_a_file_whose_journal_is_gone_is_reported_lost(world: World) -> None:
    task = world.start()
    publisher = world.publish(1)
    publisher.send(scene(Codec.H264, 2), at_s=2)
    process = world.launch(task)
    wait_for(lambda: world.database.files(task) != [])
    process.kill()
    process.join()
    world.journal.delete_room_log(task)
    world.stop(task, 5)
    world.gateway.release()
    [file] = world.complete(task)
    assert file.state is FileState.LOST
    assert world.receiver.bodies[-1]["detail"]["upload_status"] == 2


def test_a_listed_stream_that_does_not_come_is_reported(world: World) -> None:
    task = world.start(streams=(StreamId("cam"), StreamId("ghost")))
    publisher = world.publish(1)
    publisher.send(scene(Codec.H264, 2), at_s=2)
    publisher.leave(12)
    world.stop(task, 13)
    world.leave(task, 13)
    world.complete(task)
    assert world.receiver.events == [6, 5, 7, 1]
    assert world.receiver.bodies[0]["detail"] == {"stream_id": "ghost"}


def test_a_name_too_long_ends_the_task_and_keeps_the_other_files(world: World) -> None:
    task = world.start()
    fine, long = world.publish(1), world.publish(2, stream="s" * 240)
    for publisher in (fine, long):
        publisher.send(scene(Codec.H264, 2), at_s=3)
    world.gateway.release()
    [file] = world.complete(task)
    assert file.stream == "cam"
    assert world.task(task).quit_reason is QuitReason.NAME_TOO_LONG
    assert world.receiver.events == [2, 7, 1]


def test_refused_callbacks_are_tried_three_times_and_then_lost(world: World) -> None:
    world.receiver.answers = [503, 500, 500, 503]
    task = record(world)
    world.complete(task)
    assert world.receiver.events == [7, 1]
    assert [body["sequence"] for body in world.receiver.bodies] == [1, 2]
    assert [row.event_type for row in world.database.given_up(task)] == [5]


def test_a_store_that_is_away_for_good_loses_the_file_and_says_so(world: World) -> None:
    world.settings = replace(world.settings, store=StoreSettings(retry_first_s=0.1, give_up_s=0.5, backup=()))
    task = record_for_a_dead_store(world)
    [file] = world.complete(task)
    assert file.state is FileState.LOST
    detail = world.receiver.bodies[-1]["detail"]
    assert (detail["upload_status"], detail["file_info"][0]["status"]) == (2, 5)
    assert list((world.data / "spool" / task).iterdir())  # the operator still has it


def test_a_delivery_due_much_later_ends_the_process(world: World) -> None:
    world.settings = replace(world.settings, store=StoreSettings(retry_first_s=600))
    task = record_for_a_dead_store(world)
    process = world.launch(task)
    process.join(60)
    assert process.exitcode == 0
    assert world.task(task).stage is Stage.DELIVERING
    assert world.database.unfinished_tasks() == []


def record_for_a_dead_store(world: World) -> TaskId:
    destination = Destination(
        vendor=10, region="r", bucket="b", access_key_id="AK", endpoint="http://127.0.0.1:1", path_style=True
    )
    spec = RecordSpec(app=APP, room=RoomId("lesson42"), max_idle_s=86_400)
    new = NewTask(task=TaskId("dead-store-task1"), spec=spec, destination=destination, secret="hush")
    task = world.database.create_task(new, world.at(0))
    world.join(task)
    publish_and_stop(world, task)
    return task


def test_numbers_are_left_for_metrics(world: World) -> None:
    task = record(world)
    world.complete(task)
    numbers = json.loads((world.data / "run" / f"task-{task}.stats.json").read_text())
    assert numbers["files"] == 1
    assert numbers["audio_packets"] == 100
    assert numbers["rss_bytes"] < 120 << 20
