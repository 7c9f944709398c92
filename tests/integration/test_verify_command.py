"""`reelroom verify` on files that a real recorder delivered."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.integration.recorder_media import scene
from tests.integration.recorder_world import World
from typer.testing import CliRunner, Result

from reelroom.cli import app as reelroom
from reelroom.spec import FormatSpec
from reelroom.units import Codec


@pytest.fixture(name="world")
def world_fixture(tmp_path: Path) -> Iterator[World]:
    with World(tmp_path / "data") as world:
        yield world


def verify(world: World, *words: str) -> Result:
    empty = world.data / "empty.toml"
    empty.write_text("")
    return CliRunner().invoke(reelroom, ["verify", *words, "--data", str(world.data), "--config", str(empty)])


def record(world: World, **words) -> str:
    task = world.start(**words)
    publisher = world.publish(1)
    publisher.send(scene(Codec.H264, 4), at_s=2)
    world.stop(task, 7)
    world.leave(task, 7, publisher)
    world.complete(task)
    return task


@pytest.mark.parametrize("format_", ["mp4", "flv", "hls", "mp3", "aac", "ogg", "jpg"])
def test_what_a_recorder_makes_of_a_task_is_good(world: World, format_: str) -> None:
    task = record(world, format=format_, format_options=FormatSpec(segment_s=2))
    done = verify(world, task, "--still", "2")
    assert done.exit_code == 0, done.output
    assert done.output.startswith("good  ")


def test_a_file_that_was_damaged_since_is_told_and_ends_with_1(world: World) -> None:
    task = record(world)
    [file] = world.database.files(task)
    path = world.path(file)
    path.write_bytes(path.read_bytes()[:-5000])
    for what in (task, str(path)):
        done = verify(world, what)
        assert done.exit_code == 1
        assert "- the file is cut off: 5000 bytes are missing" in done.output
    [report] = json.loads(verify(world, task, "--json").output)
    assert not report["good"]
    assert any("callers were told of" in finding["words"] for finding in report["findings"])


def test_what_is_neither_file_nor_task_is_told(world: World) -> None:
    assert "no file and no task nothing" in str(verify(world, "nothing").exception)


def test_a_task_without_files_is_told(world: World) -> None:
    task = world.start()
    assert "has no files yet" in str(verify(world, task).exception)
