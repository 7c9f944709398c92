"""What recording one publisher costs: the real recorder beside `ffmpeg -c:v copy -c:a aac`, in the same run.

Both turn the same journal (H264 at 1.5 Mbps, Opus) into a faststart mp4 with AAC at 128 kbps. The recorder is started
as `engine` starts it, from a process that has the libraries loaded; it also keeps its database, delivers the file to
the local store, and dies. Rounds alternate; CPU is user + system of each process, from its own rusage.

Then a publisher sends in real time and the recorder follows it, as it does in life: that is the cost per publisher.

Run: python benchmarks/single.py [--minutes 10] [--rounds 5] [--live 60] [--streams 1]
Targets: ratio <= 1.3, peak memory <= 120 MB. Ends with one line of JSON; exit status 1 if a target is missed.
"""

import argparse
import json
import multiprocessing
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from statistics import median

import av
import numpy as np

from reelroom.compose.opus import opus_head
from reelroom.database import Database, NewTask, SecretKey
from reelroom.nudges import ProcessLock
from reelroom.recorder.main import run
from reelroom.rtp.frame import Config, Frame
from reelroom.settings import AppSettings, LogSettings, RecorderSettings, Settings
from reelroom.spec import RecordSpec
from reelroom.task import Stage
from reelroom.testing.fakes import FakeRoom
from reelroom.testing.programme import Programme, video_frames
from reelroom.units import NS, AppId, Codec, MediaKind, RoomId, Size, TaskId

TARGET_RATIO, TARGET_MB = 1.3, 120
LOOP_S = 20  # of media that is encoded; the rest repeats it
TASK, APP = TaskId("bench"), AppId(1)
FORKING = multiprocessing.get_context("fork")
PROGRAMME = Programme(
    seconds=LOOP_S, sizes=((0.0, Size(1280, 720)),), bitrate_bps=1_500_000, detail=400, keyframe_s=LOOP_S / 2
)


@dataclass(frozen=True)
class Cost:
    cpu_s: float
    wall_s: float
    peak_mb: float


# --- the media ------------------------------------------------------------------------------------------------


def speech_frames() -> Iterator[Frame]:
    """Opus of something like speech: a gliding voice in syllables, and breath. Silence would flatter everyone."""
    at = np.arange(LOOP_S * 48_000) / 48_000
    pitch = np.cumsum(140 + 40 * np.sin(2 * np.pi * 0.6 * at)) / 48_000
    voice = sum(np.sin(2 * np.pi * n * pitch) / n for n in range(1, 12))
    syllables = np.clip(np.sin(2 * np.pi * 2.5 * at) + 0.3, 0, 1)
    sound = 0.15 * voice * syllables + 0.01 * np.random.default_rng(1).standard_normal(len(at))
    encoder = av.CodecContext.create("libopus", "w")
    encoder.sample_rate, encoder.format, encoder.layout, encoder.bit_rate = 48_000, "flt", "stereo", 48_000
    config = Config(Codec.OPUS, channels=2, private=opus_head(b"", 2))
    for number in range(LOOP_S * 50):
        samples = sound[number * 960 : (number + 1) * 960].astype(np.float32)
        frame = av.AudioFrame.from_ndarray(np.repeat(samples, 2).reshape(1, -1), "flt", "stereo")
        frame.sample_rate, frame.pts, frame.time_base = 48_000, number * 960, Fraction(1, 48_000)
        for packet in encoder.encode(frame):
            yield Frame(MediaKind.AUDIO, number * 960, number * NS // 50, True, bytes(packet), config)


def repeated(loop: list[Frame], seconds: float, start_ns: int) -> Iterator[Frame]:
    """The loop again and again; arrivals are relative to the start."""
    rates = {MediaKind.AUDIO: 48_000, MediaKind.VIDEO: 90_000}
    for turn in range(10**6):
        for frame in loop:
            since_ns = frame.arrival_ns + turn * LOOP_S * NS
            if since_ns >= seconds * NS:
                return
            yield replace(frame, ticks=frame.ticks + turn * LOOP_S * rates[frame.kind], arrival_ns=start_ns + since_ns)


def make_loop() -> list[Frame]:
    pictures = list(video_frames(replace(PROGRAMME, start_ns=0)))
    bits = sum(len(frame.payload) for frame in pictures) * 8 / LOOP_S
    print(f"video     {bits / 1e6:.2f} Mbps, 1280x720, {PROGRAMME.fps} frames a second")
    return sorted([*pictures, *speech_frames()], key=lambda frame: frame.arrival_ns)


# --- recording ------------------------------------------------------------------------------------------------


def settings_of(data: Path) -> Settings:
    app = AppSettings(id=APP, server_secret="s" * 32, callback_secret="c" * 32)
    return Settings(data=data, apps=(app,), log=LogSettings(level="warning"), recorder=RecorderSettings())


def make_task(data: Path, began_ns: int) -> None:
    with Database.open(data / "reelroom.db", SecretKey.load_or_create(data / "secret.key")) as database:
        database.migrate()
        spec = RecordSpec(app=APP, room=RoomId("bench"), max_idle_s=86_400)
        database.create_task(NewTask(task=TASK, spec=spec), began_ns)


def stop_task(data: Path, ended_ns: int) -> None:
    with Database.open(data / "reelroom.db", SecretKey.load_or_create(data / "secret.key")) as database:
        database.stop_task(TASK, APP, ended_ns)


def make_journal(data: Path, loop: list[Frame], seconds: float) -> None:
    """A task whose publisher has come and gone."""
    start_ns = time.time_ns() - round(seconds + 60) * NS
    data.mkdir(parents=True)
    make_task(data, start_ns)
    room = FakeRoom(data, TASK, start_ns)
    programme = replace(PROGRAMME, seconds=seconds, start_ns=start_ns)
    publication = room.publish("camera", programme, frames=repeated(loop, seconds, start_ns))
    room.play(publication)
    room.unpublish(publication)
    stop_task(data, publication.marked_ns)
    room.leave()


def publish_live(data: Path, loop: list[Frame], seconds: float, streams: int) -> None:
    """Publishers that send in real time, then leave; then the task is stopped."""
    lock = ProcessLock(data / "run", "gateway")
    lock.acquire()
    start_ns = time.time_ns()
    room = FakeRoom(data, TASK, start_ns)
    programme = replace(PROGRAMME, seconds=seconds, start_ns=start_ns)
    publications = [
        room.publish(f"camera{n}", programme, frames=repeated(loop, seconds, start_ns)) for n in range(streams)
    ]
    while (since_ns := time.time_ns() - start_ns) < seconds * NS:
        for publication in publications:
            room.play(publication, (start_ns + since_ns - publication.marked_ns) / NS)
        time.sleep(0.04)
    for publication in publications:
        room.play(publication)
        room.unpublish(publication)
    stop_task(data, publications[0].marked_ns)
    room.leave()


def check_done(data: Path, streams: int) -> None:
    with Database.open(data / "reelroom.db", SecretKey.load_or_create(data / "secret.key")) as database:
        task = database.task(TASK)
        files = database.files(TASK)
    assert task is not None
    assert task.stage is Stage.DONE
    assert len(files) == streams
    assert all(file.size > 0 for file in files)


# --- measuring ------------------------------------------------------------------------------------------------


def in_child(act: Callable[..., None], *arguments: object) -> None:
    """Do something in a process of its own, so that this one stays small for those forked from it."""
    process = FORKING.Process(target=act, args=arguments)
    process.start()
    process.join()
    assert process.exitcode == 0, act.__name__


def fork_recorder(data: Path) -> int:
    process = os.fork()
    if process == 0:
        status = 1
        try:
            run(settings_of(data), TASK)
            status = 0
        finally:
            os._exit(status)
    return process


def wait(process: int) -> Cost:
    began = time.monotonic()
    _, status, usage = os.wait4(process, 0)
    assert status == 0
    return Cost(usage.ru_utime + usage.ru_stime, time.monotonic() - began, usage.ru_maxrss / 1024)


def run_ffmpeg(journal: Path, target: Path) -> Cost:
    command = ["ffmpeg", "-v", "error", "-nostdin", "-y", "-i", journal / "video-0.mkv", "-i", journal / "audio-0.mkv"]
    command += ["-c:v", "copy", "-c:a", "aac", "-b:a", "128k", "-movflags", "+faststart", target]
    cost = wait(subprocess.Popen(command).pid)
    target.unlink()
    return cost


def compare(folder: Path, loop: list[Frame], seconds: float, rounds: int) -> tuple[list[Cost], list[Cost]]:
    """The same journal through both, in turns."""
    made = folder / "made"
    in_child(make_journal, made, loop, seconds)
    journal = next((made / "journal" / "captures").iterdir())
    ours: list[Cost] = []
    theirs: list[Cost] = []
    for number in range(rounds):
        data = folder / f"round-{number}"
        shutil.copytree(made, data)
        ours.append(wait(fork_recorder(data)))
        in_child(check_done, data, 1)
        shutil.rmtree(data)
        theirs.append(run_ffmpeg(journal, folder / "ffmpeg.mp4"))
        print(f"round {number + 1}   recorder {show(ours[-1], seconds)}   ffmpeg {show(theirs[-1], seconds)}")
    return ours, theirs


def follow(folder: Path, loop: list[Frame], seconds: float, streams: int) -> Cost:
    """The recorder beside publishers in real time."""
    data = folder / "live"
    data.mkdir()
    in_child(make_task, data, time.time_ns())
    publisher = FORKING.Process(target=publish_live, args=(data, loop, seconds, streams))
    publisher.start()
    recorder = fork_recorder(data)
    publisher.join()
    cost = wait(recorder)
    in_child(check_done, data, streams)
    return cost


def show(cost: Cost, seconds: float) -> str:
    return f"{cost.cpu_s:5.2f} s CPU = {100 * cost.cpu_s / seconds:.2f} % of a core, {cost.peak_mb:.0f} MB"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--live", type=float, default=60, help="seconds in real time; 0: none")
    parser.add_argument("--streams", type=int, default=1, help="publishers at the same time in real time")
    words = parser.parse_args()
    seconds = words.minutes * 60
    folder = Path(tempfile.mkdtemp(prefix="reelroom-single-"))
    try:
        base_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        loop = make_loop()
        ours, theirs = compare(folder, loop, seconds, words.rounds)
        live = follow(folder, loop, words.live, words.streams) if words.live else None
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    ours_s, theirs_s = median(c.cpu_s for c in ours), median(c.cpu_s for c in theirs)
    told = {
        "benchmark": "single",
        "media_s": seconds,
        "recorder_cpu_s": round(ours_s, 3),
        "ffmpeg_cpu_s": round(theirs_s, 3),
        "ratio": round(ours_s / theirs_s, 3),
        "recorder_core_percent": round(100 * ours_s / seconds, 3),
        "recorder_peak_mb": round(max(c.peak_mb for c in ours), 1),
        "before_fork_mb": round(base_mb, 1),
    }
    if live:
        told |= {
            "live_s": words.live,
            "live_streams": words.streams,
            "live_core_percent_per_publisher": round(100 * live.cpu_s / words.live / words.streams, 3),
            "live_ratio": round(live.cpu_s / words.live / words.streams / (theirs_s / seconds), 3),
            "live_peak_mb": round(live.peak_mb, 1),
        }
    print(f"ratio     {told['ratio']} (target <= {TARGET_RATIO}), peak {told['recorder_peak_mb']} MB")
    print(json.dumps(told))
    return 0 if ours_s / theirs_s <= TARGET_RATIO and max(c.peak_mb for c in ours) <= TARGET_MB else 1


if __name__ == "__main__":
    sys.exit(main())
