"""What the journal costs: writing a publisher in real time, and reading an hour of one again.

Run: python benchmarks/journal.py [--minutes 60] [--folder DIR]
Prints microseconds of CPU per frame written, the share of a core that is for one 1.5 Mbps publisher, seconds to
read it all back, and how long forcing one second of it to the disk takes.
"""

import argparse
import random
import resource
import shutil
import tempfile
import time
from pathlib import Path

from reelroom.journal.capture import CaptureWriter
from reelroom.journal.capture_reader import CaptureReader, TrackBlock
from reelroom.journal.matroska import MatroskaTail, MatroskaWriter
from reelroom.rtp.frame import Config, Frame
from reelroom.units import NS, Codec, MediaKind

FRAMES_PER_S, PACKETS_PER_S = 30, 50
VIDEO_BPS, AUDIO_BPS = 1_500_000, 48_000
START_NS = 1_760_000_000 * NS


def cpu_s() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def make_frames() -> tuple[list[bytes], bytes]:
    """A second of video payloads of natural sizes, and one audio payload."""
    chance = random.Random(1)
    mean = VIDEO_BPS / 8 / FRAMES_PER_S
    return [chance.randbytes(int(mean * chance.uniform(0.5, 1.5))) for _ in range(FRAMES_PER_S)], chance.randbytes(
        AUDIO_BPS // 8 // PACKETS_PER_S
    )


def write(folder: Path, seconds: int) -> None:
    """Write the whole capture at once, syncing nothing."""
    opus, h264 = Config(Codec.OPUS, channels=2), Config(Codec.H264, 1280, 720)
    videos, audio = make_frames()
    writer = CaptureWriter(folder, "bench", "p", "s", START_NS)
    before = cpu_s()
    for second in range(seconds):
        now_ns = START_NS + second * NS
        for n, payload in enumerate(videos):
            ticks = 90_000 * second + 3_000 * n
            writer.write(Frame(MediaKind.VIDEO, ticks, now_ns, n == 0, payload, h264))
        for n in range(PACKETS_PER_S):
            writer.write(Frame(MediaKind.AUDIO, 48_000 * second + 960 * n, now_ns, True, audio, opus))
        writer.mark(now_ns)
    used = cpu_s() - before
    writer.end(START_NS + seconds * NS, "done")
    frames = seconds * (FRAMES_PER_S + PACKETS_PER_S)
    print(f"write     {1e6 * used / frames:6.1f} us CPU a frame, {100 * used / seconds:.2f} % of a core a publisher")


def read_track(path: Path) -> None:
    before, tail, blocks = time.perf_counter(), MatroskaTail(path), 0
    while batch := tail.read(4096):
        blocks += len(batch)
    took = time.perf_counter() - before
    print(f"read      {took:6.2f} s for {blocks} blocks, {path.stat().st_size >> 20} MB of {path.name}")


def read_capture(folder: Path) -> None:
    before, reader, blocks = time.perf_counter(), CaptureReader(folder), 0
    while items := reader.read(4096):
        blocks += sum(isinstance(item, TrackBlock) for item in items)
    print(f"capture   {time.perf_counter() - before:6.2f} s for {blocks} blocks and the log, in order")


def reopen(path: Path) -> None:
    before = time.perf_counter()
    MatroskaWriter.reopen(path).close()
    print(f"reopen    {time.perf_counter() - before:6.2f} s after a crash, {path.name}")


def sync(folder: Path) -> None:
    """How long `sync` takes when one second of one publisher was written since the last."""
    videos, _ = make_frames()
    writer = CaptureWriter(folder, "bench", "p", "s", START_NS)
    h264, times = Config(Codec.H264, 1280, 720), []
    for second in range(20):
        for n, payload in enumerate(videos):
            writer.write(Frame(MediaKind.VIDEO, 90_000 * second + 3_000 * n, START_NS, n == 0, payload, h264))
        before = time.perf_counter()
        writer.sync()
        times.append(time.perf_counter() - before)
    writer.close()
    times.sort()
    print(f"sync      {1e3 * times[10]:6.1f} ms median, {1e3 * times[-1]:.1f} ms at most, one second of one publisher")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=int, default=60)
    parser.add_argument("--folder", type=Path, default=None, help="where to write; the disk that matters")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="journal-", dir=options.folder))
    try:
        write(folder / "hour", options.minutes * 60)
        for name in ("video-0.mkv", "audio-0.mkv"):
            read_track(folder / "hour" / name)
        read_capture(folder / "hour")
        reopen(folder / "hour" / "video-0.mkv")
        sync(folder / "sync")
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
