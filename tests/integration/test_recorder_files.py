"""A real recorder process makes files of hand-written rooms; they are decoded again."""

from collections.abc import Iterator
from pathlib import Path
from statistics import median

import pytest
from tests.integration.recorder_media import FPS, scene, watch
from tests.integration.recorder_world import APP, SECRET, World

from reelroom.naming import utc_digits
from reelroom.signing import callback_signature
from reelroom.spec import Interruption, Tracks
from reelroom.task import FileState, TaskState
from reelroom.units import NS_PER_MS, Codec, MediaKind

AUDIO, VIDEO = MediaKind.AUDIO, MediaKind.VIDEO


@pytest.fixture(name="world")
def world_fixture(tmp_path: Path) -> Iterator[World]:
    with World(tmp_path / "data") as world:
        yield world


@pytest.mark.parametrize("codec", [Codec.H264, Codec.VP8])
def test_a_publisher_becomes_one_whole_file_in_step(world: World, codec: Codec) -> None:
    task = world.start()
    publisher = world.publish(1, late={VIDEO: 0.12, AUDIO: 0.0})
    publisher.send(scene(codec, 6), at_s=2)
    world.stop(task, 9)
    world.leave(task, 9.1, publisher)
    [file] = world.complete(task)
    seen = watch(world.path(file))
    assert seen.counters == list(range(6 * FPS))
    assert abs(file.duration_ms - 6000) < 60
    assert seen.codecs == {"video": "h264", "audio": "aac"}
    assert (file.width, file.height) == (256, 32)
    assert len(seen.flashes) == len(seen.beeps) == 6
    assert abs(median(seen.offsets_ms)) < 15
