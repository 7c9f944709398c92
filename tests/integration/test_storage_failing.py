"""Files on their way to a real S3 server, through a network that fails in every way it can, by real recorders that are
killed in between."""

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.integration.delivery_world import QUICK, DeliveryWorld, digest
from tests.integration.recorder_world import wait_for
from tests.support.bad_network import BadNetwork
from tests.support.s3_server import MissingServerError, S3Server, running_s3_server

from reelroom.cli.deliver import deliver
from reelroom.database import OutboxKind
from reelroom.settings import BackupSettings
from reelroom.task import FileState, Stage

pytestmark = [pytest.mark.go, pytest.mark.timeout(300)]

UPLOADING, UPLOADED, BACKED_UP, LOST = FileState.UPLOADING, FileState.UPLOADED, FileState.BACKED_UP, FileState.LOST


@pytest.fixture(scope="module", name="server")
def server_fixture() -> Iterator[S3Server]:
    try:
        with running_s3_server() as server:
            yield server
    except MissingServerError as error:
        pytest.skip(str(error))


@pytest.fixture(name="network")
def network_fixture(server: S3Server) -> Iterator[BadNetwork]:
    with BadNetwork(server.endpoint) as network:
        yield network


@pytest.fixture(name="world")
def world_fixture(tmp_path: Path) -> Iterator[DeliveryWorld]:
    with DeliveryWorld(tmp_path / "data") as world:
        yield world


def assert_arrived(world: DeliveryWorld, server: S3Server, task: str) -> None:
    """Everything of a task is at the store, unchanged, and nothing of it is left here."""
    for key, expected in world.hashes.items():
        assert digest(server.objects / key) == expected
    assert world.spooled(task) == []
    assert world.task(task).stage is Stage.DONE


@pytest.mark.parametrize("mode", ["refuse", "hang", "cut", 500, 503, 403])
def test_files_arrive_unchanged_after_every_kind_of_failure(world, server, network, mode):
    network.mode = mode
    task = world.owe(f"failing-{mode}-00001"[:16], server.destination(endpoint=network.url), {"a": 20 << 20, "b": 5})
    process = world.launch(task)
    wait_for(lambda: all(row.error for row in world.database.owed(OutboxKind.UPLOAD, task)), 60)
    assert world.states(task) == [UPLOADING, UPLOADING] or mode == "cut"  # small files pass between cuts
    assert world.receiver.events == []
    words = {row.error.partition(":")[0] for row in world.database.owed(OutboxKind.UPLOAD, task)}
    assert words == ({"refused"} if mode == 403 else {"unavailable"})
    assert len(world.spooled(task)) == len(words) + 1 or mode == "cut"
    network.mode = "pass"
    world.wait_for_states(task, UPLOADED, UPLOADED)
    process.join(60)
    assert_arrived(world, server, task)
    (event,) = world.receiver.bodies
    assert (event["event_type"], event["detail"]["upload_status"]) == (1, 1)
    assert [file["status"] for file in event["detail"]["file_info"]] == [3, 3]


def test_a_slow_store_is_waited_for_and_holds_up_no_callback(world, server, network):
    network.mode, network.bytes_per_s = "slow", 400_000
    task = world.owe("slow-store-00001", server.destination(endpoint=network.url), {"a": 2_000_000})
    session = world.database.session(task, world.task(task).epoch)
    session.notice(5, {"stream_id": "s"}, "a-notice-meanwhile")
    world.launch(task)
    wait_for(lambda: world.receiver.events == [5])
    assert world.states(task) == [UPLOADING]
    world.wait_for_states(task, UPLOADED)
    wait_for(lambda: world.receiver.events == [5, 1])
    assert digest(server.objects / "lessons/slow-store-00001_a") == world.hashes["lessons/slow-store-00001_a"]


def test_ten_kills_cost_no_part_that_had_arrived(world, server, network):
    world.settings = replace(world.settings, store=replace(world.settings.store, parts_at_once=2))
    network.mode, network.bytes_per_s = "slow", 40 << 20
    task = world.owe("ten-kills-000001", server.destination(endpoint=network.url), {"a": 400 << 20})
    key = f"lessons/{task}_a"

    def arrived() -> int:
        rows = world.database.owed(OutboxKind.UPLOAD, task)
        return len(rows[0].progress.get("parts", {})) if rows else 25

    for kills in range(10):
        process = world.launch(task)
        wait_for(lambda kills=kills: arrived() > kills, 60)
        world.kill(process)
        assert world.states(task) == [UPLOADING]
    kept = world.database.owed(OutboxKind.UPLOAD, task)[0].progress["parts"]
    assert len(kept) >= 10
    sent_before = {number: server.parts_sent(key).count(int(number)) for number in kept}
    network.mode = "pass"
    world.complete(task)
    assert_arrived(world, server, task)
    assert {number: server.parts_sent(key).count(int(number)) for number in kept} == sent_before
    assert world.receiver.events == [1]


def test_a_store_that_stays_away_is_stood_in_for_and_served_once_it_is_back(world, server, network):
    world.settings = replace(world.settings, store=replace(QUICK, backup_after_s=0.5))
    network.mode = "refuse"
    task = world.owe("stand-in-0000001", server.destination(endpoint=network.url), {"a": 1000})
    world.launch(task)
    [file] = world.wait_for_states(task, BACKED_UP)
    assert digest(world.path(file)) == world.hashes[file.object_key]
    wait_for(lambda: world.receiver.events == [1])
    (event,) = world.receiver.bodies
    assert event["detail"]["upload_status"] == 2
    assert event["detail"]["file_info"][0]["status"] == 4
    assert event["detail"]["file_info"][0]["file_url"] == file.url
    assert world.spooled(task) == ["a"]
    network.mode = "pass"
    [file] = world.wait_for_states(task, UPLOADED)
    assert file.url == f"{network.url}/recordings/lessons/{task}_a"
    wait_for(lambda: world.task(task).stage is Stage.DONE)
    assert_arrived(world, server, task)
    assert world.receiver.events == [1]


def test_any_store_may_be_the_backup(world, server, network):
    there = server.destination()
    backup = BackupSettings(
        vendor=10, region=there.region, bucket=there.bucket, access_key_id=there.access_key_id,
        secret="test-secret-key", endpoint=there.endpoint, path_style=True, folder="backup",
    )  # fmt: skip
    world.settings = replace(world.settings, store=replace(QUICK, backup_after_s=0.2, backup=(backup,)))
    network.mode = "refuse"
    task = world.owe("other-backup-001", server.destination(endpoint=network.url), {"a": 20 << 20})
    world.launch(task)
    [file] = world.wait_for_states(task, BACKED_UP)
    assert file.url == f"{server.endpoint}/recordings/backup/{file.object_key}"
    assert digest(server.objects / "backup" / file.object_key) == world.hashes[file.object_key]


def test_a_wrong_key_is_told_in_words_and_the_backup_has_the_file_soon(world, server):
    task = world.owe("wrong-key-000001", server.destination(), {"a": 10}, secret="hunter2-is-wrong")
    world.launch(task)
    world.wait_for_states(task, BACKED_UP)
    (row,) = world.database.owed(OutboxKind.UPLOAD, task)
    assert row.error.startswith("refused: the secret does not belong to the access key id")
    assert "hunter2" not in row.error
    assert world.database.counts().refused == 1


def test_what_no_store_took_is_kept_and_can_be_sent_by_hand(world, server, network, capsys):
    world.settings = replace(
        world.settings, store=replace(QUICK, backup=(), give_up_s=0.5, backup_after_s=0.1, lost_after_s=0.2)
    )
    network.mode = "refuse"
    task = world.owe("by-hand-00000001", server.destination(endpoint=network.url), {"a": 20 << 20, "b": 3})
    files = world.complete(task)
    assert [file.state for file in files] == [LOST, LOST]
    assert [f["status"] for f in world.receiver.bodies[-1]["detail"]["file_info"]] == [5, 5]
    assert world.spooled(task) == ["a", "b"]
    assert world.database.unfinished_tasks() == []
    network.mode = "pass"
    deliver(task, data=world.data)
    assert "2 files" in capsys.readouterr().out
    assert world.database.unfinished_tasks() == [task]
    world.complete(task)
    assert world.states(task) == [UPLOADED, UPLOADED]
    assert_arrived(world, server, task)
    assert world.receiver.events == [1]


def test_lost_files_are_tried_on(world, server, network):
    world.settings = replace(world.settings, store=replace(QUICK, backup=(), lost_after_s=0.3))
    network.mode = "refuse"
    task = world.owe("tried-on-0000001", server.destination(endpoint=network.url), {"a": 3})
    world.launch(task)
    world.wait_for_states(task, LOST)
    wait_for(lambda: world.receiver.events == [1])
    network.mode = "pass"
    world.wait_for_states(task, UPLOADED)
    wait_for(lambda: world.spooled(task) == [])


def test_the_servers_own_death_costs_nothing(world, server):
    task = world.owe("dead-server-0001", server.destination(), {"a": 60 << 20})
    server.stop()
    try:
        world.launch(task)
        wait_for(lambda: all(row.error for row in world.database.owed(OutboxKind.UPLOAD, task)))
        assert world.states(task) == [UPLOADING]
    finally:
        server.start()
    world.wait_for_states(task, UPLOADED)
    wait_for(lambda: world.task(task).stage is Stage.DONE)
    assert_arrived(world, server, task)


def test_several_files_travel_at_once_and_keep_to_the_bandwidth(world, server):
    world.settings = replace(
        world.settings, store=replace(QUICK, files_at_once=3, max_bytes_per_s=20 << 20, timeout_s=30)
    )
    task = world.owe("bandwidth-000001", server.destination(), dict.fromkeys("abc", 20 << 20))
    begun = time.monotonic()
    world.complete(task)
    assert time.monotonic() - begun > 2.5  # 60 MiB at 20 MiB/s, the first bytes free
    assert_arrived(world, server, task)
