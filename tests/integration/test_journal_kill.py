"""A writer killed at any moment: what it said was written is there, for us and for FFmpeg."""

import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import av
import pytest

from reelroom.events import Mark
from reelroom.journal.capture_reader import CaptureReader, TrackBlock
from reelroom.journal.lines import LogWriter
from reelroom.journal.matroska import MatroskaWriter, read_blocks
from reelroom.units import MediaKind

# Journals H264-like and Opus-like frames as fast as it can, and says after each what is written.
WRITER = """
import sys
from pathlib import Path
from reelroom.journal.capture import CaptureWriter
from reelroom.rtp.frame import Config, Frame
from reelroom.units import Codec, MediaKind

folder, start = Path(sys.argv[1]), 1_760_000_000_000_000_000
writer = CaptureWriter(folder, "c1", "p1", "s1", start)
opus = Config(Codec.OPUS, channels=2, private=b"OpusHead" + bytes((1, 2, 0, 0, 0x80, 0xBB, 0, 0, 0, 0, 0)))
vp8 = Config(Codec.VP8, 64, 48)
for number in range(1_000_000):
    now = start + number * 20_000_000
    size = 40_000 if number % 50 == 0 else 1 + number * 7919 % 9000
    payload = number.to_bytes(4) * (size // 4 + 1)
    writer.write(Frame(MediaKind.VIDEO, number * 1800, now, number % 50 == 0, payload, vp8))
    writer.write(Frame(MediaKind.AUDIO, number * 960, now, True, payload[:120], opus))
    writer.mark(now)
    print(number, flush=True)
"""


def start_writer(folder: Path) -> "subprocess.Popen[str]":
    return subprocess.Popen([sys.executable, "-c", WRITER, str(folder)], stdout=subprocess.PIPE, text=True)


def kill_after(process: "subprocess.Popen[str]", frames: int) -> int:
    """Kill the writer once it said so many; returns the last number it said."""
    assert process.stdout is not None
    for _ in range(frames):
        process.stdout.readline()
    os.kill(process.pid, signal.SIGKILL)
    said = [line for line in process.stdout.read().splitlines() if line]
    process.wait()
    process.stdout.close()
    return int(said[-1]) if said else frames - 1


def read_numbers(reader: CaptureReader) -> dict[MediaKind, list[int]]:
    numbers: dict[MediaKind, list[int]] = {kind: [] for kind in MediaKind}
    while items := reader.read(500):
        for item in items:
            if isinstance(item, TrackBlock):
                payload = item.block.payload
                assert payload == payload[:4] * (len(payload) // 4)  # nothing of another frame within
                numbers[item.kind].append(int.from_bytes(payload[:4]))
    return numbers


def demux_numbers(path: Path) -> list[int]:
    with av.open(str(path)) as container:
        return [int.from_bytes(bytes(p)[:4]) for p in container.demux(container.streams[0]) if p.size]


@pytest.mark.parametrize("seed", range(8))
def test_every_frame_written_before_a_kill_is_read_by_us_and_by_ffmpeg(tmp_path, seed):
    folder = tmp_path / "c1"
    said = kill_after(start_writer(folder), random.Random(seed).randint(1, 3_000))
    numbers = read_numbers(CaptureReader(folder))
    for kind in MediaKind:
        assert numbers[kind] == list(range(len(numbers[kind])))
        assert len(numbers[kind]) > said
        assert demux_numbers(folder / f"{kind}-0.mkv") == numbers[kind]


def test_a_reader_beside_the_writer_loses_nothing_up_to_the_kill(tmp_path):
    folder = tmp_path / "c1"
    process, reader, seen = start_writer(folder), CaptureReader(folder), dict.fromkeys(MediaKind, 0)
    assert process.stdout is not None
    for _ in range(300):
        said = int(process.stdout.readline())
        for kind, numbers in read_numbers(reader).items():
            assert numbers == list(range(seen[kind], seen[kind] + len(numbers)))
            seen[kind] += len(numbers)
        assert min(seen.values()) > said
    said = kill_after(process, 1)
    for kind, numbers in read_numbers(reader).items():
        assert seen[kind] + len(numbers) > said


def test_what_a_killed_writer_left_is_written_on(tmp_path):
    folder = tmp_path / "c1"
    kill_after(start_writer(folder), 200)
    path = folder / "video-0.mkv"
    before = list(read_blocks(path))
    writer = MatroskaWriter.reopen(path)
    assert writer.blocks == len(before)
    writer.write(before[-1].position + 500, True, b"\xff\xff\xff\xff")
    writer.close()
    assert list(read_blocks(path))[:-1] == before
    assert demux_numbers(path)[-1] == 0xFFFFFFFF
    log = LogWriter(folder / "log.jsonl")
    log.append(Mark(1))
    log.close()
    assert CaptureReader(folder).damaged == 0
