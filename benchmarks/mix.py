"""What a mixed recording costs: the real recorder beside `ffmpeg -filter_complex` and bare decoding and encoding.

Each of 1, 4, 9 and 16 streams is 1280x720 at 30 frames a second (H264 at 1.5 Mbps, Opus); the mix is a grid of
1280x720 at 30 or 15, H264 at 1.5 Mbps (x264 veryfast, no B-frames, VBV of 2 s) and AAC. ffmpeg reads the same journal
files, crops, scales (bicubic, its default), stacks and mixes them, with the same words to x264, but as many threads as
it likes; the recorder gives x264 one, which costs less and is repeatable. Bare is what nobody can do without: decoding
all streams, encoding pictures that are there already, and AAC. CPU is user + system of each process, from its own
rusage; the recorder also keeps its database, mixes sound with its limiter and delivers the file.

PSNR and SSIM are of luma, against the sources' own pictures before any encoding, scaled by Lanczos and put together.
GStreamer's compositor is compared too where `gst-launch-1.0` is installed.

Run: python benchmarks/mix.py [--seconds 20] [--streams 1 4 9 16] [--fps 30 15] [--rounds 1] [--preset veryfast]
Targets for 4 streams and more: CPU <= 0.85 of ffmpeg at equal or better quality, <= 1.25 of bare. Ends with a line of
JSON; exit status 1 if a target is missed.
"""

import argparse
import json
import math
import os
import pickle
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from fractions import Fraction
from pathlib import Path
from statistics import mean, median

import av
import numpy as np
from benchmarks.single import Cost, in_child, speech_frames, wait

from reelroom.compose import scaler
from reelroom.compose.canvas import Canvas, planes_of, put
from reelroom.compose.colour import Planes
from reelroom.compose.h264 import decoder_configuration, join_units, split_units
from reelroom.compose.picture_decoder import PictureDecoder
from reelroom.compose.picture_encoder import PictureEncoder
from reelroom.compose.scaler import cover
from reelroom.compose.sound import silence
from reelroom.compose.sound_encoder import SoundEncoder
from reelroom.database import Database, NewTask, SecretKey
from reelroom.journal.matroska import MatroskaTail
from reelroom.mix import Area, Fit, MixSpec
from reelroom.mix import Canvas as CanvasSpec
from reelroom.recorder.main import run
from reelroom.rtp.frame import Config, Frame
from reelroom.settings import AppSettings, LogSettings, RecorderSettings, Settings
from reelroom.spec import RecordSpec
from reelroom.task import Stage
from reelroom.testing.fakes import FakeRoom
from reelroom.testing.programme import Programme
from reelroom.units import NS, AppId, Codec, MediaKind, RoomId, Size, TaskId

MAX_OF_FFMPEG, MAX_OF_BARE = 0.85, 1.25
SIZE, FPS, LOOP_S = Size(1280, 720), 30, 10
BITRATE = 1_500_000
TASK, APP = TaskId("bench-mix-000001"), AppId(1)


# --- the media ------------------------------------------------------------------------------------------------


def draw(number: int) -> np.ndarray:
    """Luma of something like a talking head: a textured wall, a head that sways, eyes, a little noise of a sensor."""
    height, width = SIZE.height, SIZE.width
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    turn = 2 * math.pi * number / (LOOP_S * FPS)
    head = ((x - 640 - 90 * math.sin(2 * turn)) / 210) ** 2 + ((y - 400 - 25 * math.sin(6 * turn)) / 280) ** 2
    luma = np.where(head < 1, 150 - 40 * head + 14 * np.sin((x + 3 * number) / 9) * np.sin(y / 13), WALL)
    mouth = ((x - 640 - 90 * math.sin(2 * turn)) / 60) ** 2 + ((y - 500) / (6 + 18 * abs(math.sin(24 * turn)))) ** 2
    luma = np.where(mouth < 1, 60, luma)
    return np.clip(luma + np.random.default_rng(number).normal(0, 1.0, luma.shape), 16, 235).astype(np.uint8)


def _wall() -> np.ndarray:
    """Books on shelves, as far as a codec can tell."""
    random = np.random.default_rng(7)
    shelf = np.repeat(random.integers(50, 200, (6, 80)), 16, 1)[:, : SIZE.width]
    wall = np.repeat(shelf, SIZE.height // 6, 0).astype(np.float32)
    grain = random.normal(0, 9, (SIZE.height, SIZE.width)).astype(np.float32)
    smooth = sum(np.roll(grain, shift, axis) for axis in (0, 1) for shift in (-1, 0, 1)) / 3
    return wall + smooth


WALL = _wall()


def frame_of(luma: np.ndarray) -> av.VideoFrame:
    grey = np.full((luma.shape[0] // 2, luma.shape[1]), 128, np.uint8)
    grey[:, ::7] = 110
    return av.VideoFrame.from_ndarray(np.concatenate((luma, grey)), "yuv420p")


def make_loop(pictures: list[np.ndarray]) -> list[Frame]:
    """As a browser sends it: constrained, no B-frames, one keyframe a loop."""
    encoder = av.CodecContext.create("libx264", "w")
    encoder.width, encoder.height, encoder.pix_fmt = SIZE.width, SIZE.height, "yuv420p"
    encoder.time_base, encoder.framerate, encoder.bit_rate = Fraction(1, FPS), Fraction(FPS), BITRATE
    encoder.options = {"preset": "veryfast", "tune": "zerolatency", "profile": "high", "g": "100000"}
    config = Config(Codec.H264, *SIZE)
    frames = []
    for number, luma in enumerate(pictures):
        frame = frame_of(luma)
        frame.pts, frame.time_base = number, Fraction(1, FPS)
        for packet in encoder.encode(frame):
            units = split_units(bytes(packet))
            config = replace(config, private=config.private or decoder_configuration(units))
            ticks, at_ns = number * 90_000 // FPS, number * NS // FPS
            frames.append(Frame(MediaKind.VIDEO, ticks, at_ns, packet.is_keyframe, join_units(units), config))
    bits = sum(len(frame.payload) for frame in frames) * 8 / LOOP_S
    print(f"each stream {bits / 1e6:.2f} Mbps")
    sounds = [frame for frame in speech_frames() if frame.arrival_ns < LOOP_S * NS]
    return sorted([*frames, *sounds], key=lambda frame: frame.arrival_ns)


def repeated(loop: list[Frame], seconds: float, start_ns: int) -> Iterator[Frame]:
    rates = {MediaKind.AUDIO: 48_000, MediaKind.VIDEO: 90_000}
    for turn in range(10**6):
        for frame in loop:
            since_ns = frame.arrival_ns + turn * LOOP_S * NS
            if since_ns >= seconds * NS:
                return
            yield replace(frame, ticks=frame.ticks + turn * LOOP_S * rates[frame.kind], arrival_ns=start_ns + since_ns)


# --- the recorder ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Case:
    streams: int
    fps: int
    seconds: float
    preset: str

    @property
    def canvas(self) -> CanvasSpec:
        return CanvasSpec(width=SIZE.width, height=SIZE.height, fps=self.fps, bitrate_bps=BITRATE)

    @property
    def columns(self) -> int:
        return math.isqrt(self.streams)

    def areas(self) -> list[Area]:
        """The grid that the recorder makes: even edges, the last one the canvas'."""

        def edges(length: int) -> list[int]:
            return [2 * (i * length // (2 * self.columns)) for i in range(self.columns)] + [length]

        across, down = edges(SIZE.width), edges(SIZE.height)
        return [
            Area(
                across[n % self.columns],
                down[n // self.columns],
                across[n % self.columns + 1],
                down[n // self.columns + 1],
            )
            for n in range(self.streams)
        ]


def settings_of(data: Path, case: Case) -> Settings:
    app = AppSettings(id=APP, server_secret="s" * 32, callback_secret="c" * 32)
    recorder = RecorderSettings(mix_preset=case.preset)
    return Settings(data=data, apps=(app,), log=LogSettings(level="warning"), recorder=recorder)


def open_database(data: Path) -> Database:
    return Database.open(data / "reelroom.db", SecretKey.load_or_create(data / "secret.key"))


def make_journal(data: Path, media: Path, case: Case) -> None:
    loop = pickle.loads(media.read_bytes())
    start_ns = time.time_ns() - round(case.seconds + 60) * NS
    data.mkdir(parents=True)
    mix = MixSpec(name="mix", canvas=case.canvas)
    with open_database(data) as database:
        database.migrate()
        spec = RecordSpec(app=APP, room=RoomId("bench"), max_idle_s=86_400, mix=mix)
        database.create_task(NewTask(task=TASK, spec=spec), start_ns)
        database.stop_task(TASK, APP, start_ns + round(case.seconds * NS))
    room = FakeRoom(data, TASK, start_ns)
    programme = Programme(seconds=case.seconds, start_ns=start_ns)
    made = [
        room.publish(f"camera{n:02}", programme, frames=repeated(loop, case.seconds, start_ns))
        for n in range(case.streams)
    ]
    for publication in made:
        room.play(publication)
    room.leave(start_ns + round(case.seconds * NS))
    for publication in made:
        publication.writer.end(publication.marked_ns, "left")


def fork_recorder(data: Path, case: Case) -> int:
    process = os.fork()
    if process == 0:
        status = 1
        try:
            run(settings_of(data, case), TASK)
            status = 0
        finally:
            os._exit(status)
    return process


def run_recorder(data: Path, case: Case) -> tuple[Cost, Path]:
    cost = wait(fork_recorder(data, case))
    with open_database(data) as database:
        task = database.task(TASK)
        assert task is not None
        assert task.stage is Stage.DONE
    return cost, next((data / "files").rglob("*.mp4"))


# --- the others -----------------------------------------------------------------------------------------------


def captures(data: Path) -> list[Path]:
    return sorted((data / "journal" / "captures").iterdir())


def run_ffmpeg(data: Path, target: Path, case: Case) -> Cost:
    """The words to x264 are those of `compose.picture_encoder`."""
    command: list[str | Path] = ["ffmpeg", "-v", "error", "-nostdin", "-y"]
    for capture in captures(data):
        command += ["-i", capture / "video-0.mkv", "-i", capture / "audio-0.mkv"]
    scaled, places = [], []
    for n, area in enumerate(case.areas()):
        crop = cover(*SIZE, area)
        cut = f"crop={crop.width}:{crop.height}," if crop != Area(0, 0, *SIZE) else ""
        thin = f"framestep={FPS // case.fps}," if case.fps < FPS else ""
        scaled.append(f"[{2 * n}:v]{thin}{cut}scale={area.width}:{area.height}[v{n}]")
        places.append(f"{area.left}_{area.top}")
    views = "".join(f"[v{n}]" for n in range(case.streams))
    sounds = "".join(f"[{2 * n + 1}:a]" for n in range(case.streams))
    stack = f"{views}xstack=inputs={case.streams}:layout={'|'.join(places)}" if case.streams > 1 else f"{views}null"
    graph = ";".join([*scaled, f"{stack}[v]", f"{sounds}amix=inputs={case.streams}:normalize=0[a]"])
    command += ["-filter_complex", graph, "-map", "[v]", "-map", "[a]", "-t", str(case.seconds)]
    command += ["-c:v", "libx264", "-preset", case.preset, "-b:v", str(BITRATE), "-maxrate", str(BITRATE)]
    command += ["-bufsize", str(2 * BITRATE), "-bf", "0", "-g", str(2 * case.fps), "-sc_threshold", "0"]
    command += ["-c:a", "aac", "-b:a", "48k", "-movflags", "+faststart", target]
    return wait(subprocess.Popen(command).pid)


def run_gstreamer(data: Path, target: Path, case: Case) -> Cost | None:
    """Pictures alone: sound costs it little."""
    if shutil.which("gst-launch-1.0") is None:
        return None
    pads, inputs = [], []
    for n, (area, capture) in enumerate(zip(case.areas(), captures(data), strict=True)):
        place = {"xpos": area.left, "ypos": area.top, "width": area.width, "height": area.height}
        pads += [f"c.sink_{n}::{key}={value}" for key, value in place.items()]
        source = f"filesrc location={capture / 'video-0.mkv'} ! matroskademux ! h264parse ! avdec_h264"
        inputs += f"{source} ! queue ! c.sink_{n}".split()
    form = f"video/x-raw,width={SIZE.width},height={SIZE.height},framerate={case.fps}/1"
    encoder = f"x264enc speed-preset={case.preset} bitrate={BITRATE // 1000} bframes=0 key-int-max={2 * case.fps}"
    tail = f"! {form} ! {encoder} ! mp4mux ! filesink location={target}".split()
    return wait(subprocess.Popen(["gst-launch-1.0", "-q", "compositor", "name=c", *pads, *tail, *inputs]).pid)


class NoWriter:
    def write(self, position: int, keyframe: bool, payload: bytes) -> None:
        pass


def run_bare(data: Path, folder: Path, case: Case) -> Cost:
    process = os.fork()
    if process:
        return wait(process)
    status = 1
    try:
        for capture in captures(data):
            tail = MatroskaTail(capture / "video-0.mkv")
            blocks = tail.read()
            assert tail.header
            decoder = PictureDecoder(Codec.H264, tail.header.private)
            for block in blocks:
                decoder.decode(block.payload)
        ideals, canvas = Ideals(folder), Canvas(*SIZE)
        encoder = PictureEncoder(case.canvas, kind="x264", preset=case.preset)
        for number in range(round(case.seconds * case.fps)):
            put(canvas.planes, ideals.planes(number * (FPS // case.fps)))
            encoder.encode(canvas, number)
        encoder.flush()
        track = SoundEncoder(NoWriter(), bitrate_bps=48_000)
        for _ in range(round(case.seconds)):
            track.feed(silence(48_000))
        status = 0
    finally:
        os._exit(status)


# --- quality --------------------------------------------------------------------------------------------------


class Ideals:
    """The pictures of the loop, put together as well as can be; on disk, so that no process inherits their memory."""

    def __init__(self, folder: Path) -> None:
        self._planes = [np.load(folder / f"ideal-{n}.npy", mmap_mode="r") for n in range(3)]

    def planes(self, number: int) -> Planes:
        return Planes(*(plane[number % len(plane)] for plane in self._planes))


def make_ideals(folder: Path, case: Case) -> None:
    """The same picture in every tile, scaled by Lanczos."""
    pictures = np.load(folder / "pictures.npy", mmap_mode="r")
    scaler._METHOD = "lanczos+accurate_rnd"
    made = [scaler.TileScaler(area, Fit.CROP) for area in case.areas()]
    canvas = Canvas(*SIZE)
    shapes = [(len(pictures), *plane.shape) for plane in canvas.planes]
    kept = [
        np.lib.format.open_memmap(folder / f"ideal-{n}.npy", "w+", np.uint8, shape) for n, shape in enumerate(shapes)
    ]
    for number, luma in enumerate(pictures):
        frame = frame_of(luma)
        for each in made:
            picture = each.scale(frame)
            put(canvas.views(picture.area), picture.planes)
        for all_, plane in zip(kept, canvas.planes, strict=True):
            all_[number] = plane


def luma_of(frame: av.VideoFrame) -> np.ndarray:
    return planes_of(frame).y.astype(np.float32)


def ssim(one: np.ndarray, other: np.ndarray) -> float:
    """Over blocks of 8x8 every 8 pixels; Wang et al. 2004 with a flat window."""

    def blocks(plane: np.ndarray) -> np.ndarray:
        height, width = plane.shape
        cut = plane[: height // 8 * 8, : width // 8 * 8]
        return cut.reshape(height // 8, 8, width // 8, 8).mean(axis=(1, 3))

    a, b = blocks(one), blocks(other)
    va, vb = blocks(one * one) - a * a, blocks(other * other) - b * b
    cov = blocks(one * other) - a * b
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    return float(np.mean((2 * a * b + c1) * (2 * cov + c2) / ((a * a + b * b + c1) * (va + vb + c2))))


@dataclass(frozen=True)
class Quality:
    psnr: float
    ssim: float
    kbps: float


def judge(path: Path, folder: Path, case: Case) -> None:
    """Leaves a Quality as JSON beside the file."""
    psnrs, ssims, size, ideals = [], [], 0, Ideals(folder)
    with av.open(str(path)) as container:
        for packet in container.demux(container.streams.video[0]):
            size += packet.size
            for frame in packet.decode():
                number = round(float(frame.time) * case.fps)
                if number % (case.fps // 3) == 2:
                    ideal = ideals.planes(number * (FPS // case.fps)).y.astype(np.float32)
                    got = luma_of(frame)
                    psnrs.append(10 * math.log10(255**2 / max(1e-9, float(np.mean((ideal - got) ** 2)))))
                    ssims.append(ssim(ideal, got))
    quality = Quality(round(mean(psnrs), 2), round(mean(ssims), 4), round(size * 8 / case.seconds / 1000))
    path.with_suffix(".json").write_text(json.dumps(asdict(quality)))


def quality_of(path: Path, folder: Path, case: Case) -> Quality:
    in_child(judge, path, folder, case)
    return Quality(**json.loads(path.with_suffix(".json").read_text()))


# --- the comparison -------------------------------------------------------------------------------------------


def make_media(folder: Path) -> None:
    pictures = [draw(number) for number in range(LOOP_S * FPS)]
    np.save(folder / "pictures.npy", np.stack(pictures))
    (folder / "loop").write_bytes(pickle.dumps(make_loop(pictures)))


def compare(folder: Path, case: Case, rounds: int) -> dict[str, object]:
    made = folder / "made"
    in_child(make_journal, made, folder / "loop", case)
    in_child(make_ideals, folder, case)
    costs: dict[str, list[Cost]] = {"recorder": [], "ffmpeg": [], "bare": [], "gstreamer": []}
    quality: dict[str, Quality] = {}
    for number in range(rounds):
        data = folder / f"round-{number}"
        shutil.copytree(made, data)
        cost, file = run_recorder(data, case)
        costs["recorder"].append(cost)
        costs["ffmpeg"].append(run_ffmpeg(made, folder / "ffmpeg.mp4", case))
        costs["bare"].append(run_bare(made, folder, case))
        if (gstreamer := run_gstreamer(made, folder / "gstreamer.mp4", case)) is not None:
            costs["gstreamer"].append(gstreamer)
        if number == 0:
            quality["recorder"] = quality_of(file, folder, case)
            quality["ffmpeg"] = quality_of(folder / "ffmpeg.mp4", folder, case)
        shutil.rmtree(data)
    shutil.rmtree(made)
    cpu = {name: median(c.cpu_s for c in some) for name, some in costs.items() if some}
    for name, cpu_s in cpu.items():
        seen = quality.get(name)
        told = f"  PSNR {seen.psnr:.2f} dB  SSIM {seen.ssim:.4f}  {seen.kbps:.0f} kbps" if seen else ""
        peak = max(c.peak_mb for c in costs[name])
        what = f"{case.streams:2} x 720p30 -> 720p{case.fps}  {name:9}"
        print(f"{what} {100 * cpu_s / case.seconds:6.1f} % of a core  {peak:4.0f} MB{told}", flush=True)
    return {
        "streams": case.streams,
        "fps": case.fps,
        **{f"{name}_core_percent": round(100 * cpu_s / case.seconds, 1) for name, cpu_s in cpu.items()},
        "of_ffmpeg": round(cpu["recorder"] / cpu["ffmpeg"], 3),
        "of_bare": round(cpu["recorder"] / cpu["bare"], 3),
        "peak_mb": round(max(c.peak_mb for c in costs["recorder"])),
        **{f"{name}_{key}": getattr(seen, key) for name, seen in quality.items() for key in ("psnr", "ssim", "kbps")},
    }


def is_met(result: dict) -> bool:
    good = (
        result["recorder_psnr"] >= result["ffmpeg_psnr"] - 0.05
        and result["recorder_ssim"] >= result["ffmpeg_ssim"] - 0.0005
    )
    cheap = result["of_ffmpeg"] <= MAX_OF_FFMPEG and result["of_bare"] <= MAX_OF_BARE
    return result["streams"] < 4 or (good and cheap)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--streams", type=int, nargs="+", default=[1, 4, 9, 16], help="square numbers")
    parser.add_argument("--fps", type=int, nargs="+", default=[30, 15])
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--preset", default="veryfast")
    words = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="reelroom-mix-"))
    results = []
    try:
        in_child(make_media, folder)
        for streams in words.streams:
            for fps in words.fps:
                case = Case(streams, fps, words.seconds, words.preset)
                results.append(compare(folder, case, words.rounds))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    met = all(map(is_met, results))
    print(json.dumps({"benchmark": "mix", "preset": words.preset, "results": results, "met": met}))
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
