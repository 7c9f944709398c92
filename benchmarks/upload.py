"""One gigabyte to an S3 server on this machine: ours beside `aws s3 cp`, in the same run, taking turns.

Run: PYTHONPATH=. python benchmarks/upload.py [--rounds 3] [--megabytes 1024]
The server is versitygw, built by Go; `aws` is the one on the PATH, else one installed by pip into the tests' cache.
Both are measured as whole processes: seconds, CPU seconds (user and system), largest resident memory. Ours also says
how much its memory grew from a store that had taken one tiny file. Goals: throughput at least equal, CPU at most 0.7
of theirs, at most 64 MiB over idle. Prints a table of medians and a JSON line.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path
from typing import NamedTuple

from tests.support.s3_server import ACCESS_KEY_ID, BUCKET, REGION, SECRET, S3Server, cache_folder, running_s3_server

AWS = "awscli==1.46.3"

OURS = """
import json, resource, sys
from pathlib import Path
from reelroom.settings import CallbackSettings, Settings
from reelroom.spec import Destination
from reelroom.storage import open_store
words, secret, path, data = json.loads(sys.stdin.readline())
data = Path(data)
settings = Settings(data=data, callbacks=CallbackSettings(allow_private=True))
store = open_store(Destination(**words), secret, settings, data)
tiny = data / "tiny"
tiny.write_bytes(b"x")
store.put(tiny, "bench/tiny", {}, lambda _: None)
idle = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
store.put(Path(path), "bench/ours", {}, lambda _: None)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - idle)
"""


class Run(NamedTuple):
    """One upload. Seconds, and KiB of memory."""

    wall_s: float
    cpu_s: float
    peak_kib: int
    grown_kib: int = 0


def find_aws() -> str:
    """The program `aws`, installed into the cache if the machine has none."""
    found = shutil.which("aws")
    if found:
        return found
    folder = cache_folder() / AWS
    if not (folder / "bin" / "aws").exists():
        venv.create(folder, with_pip=True)
        subprocess.run([folder / "bin" / "pip", "install", "--quiet", AWS], check=True)
    return str(folder / "bin" / "aws")


def measure(command: list[str], environment: dict[str, str], text: str = "") -> tuple[Run, str]:
    """Run a command to its end; what it cost, and what it printed."""
    begun = time.monotonic()
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={**os.environ, **environment}
    )
    assert process.stdin
    assert process.stdout
    process.stdin.write(text)
    process.stdin.close()
    printed = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    assert status == 0, printed
    return Run(time.monotonic() - begun, usage.ru_utime + usage.ru_stime, usage.ru_maxrss), printed


def run_ours(server: S3Server, path: Path, data: Path) -> Run:
    asked = json.dumps([server.destination().to_json(), SECRET, str(path), str(data)]) + "\n"
    run, printed = measure([sys.executable, "-c", OURS], {}, asked)
    return run._replace(grown_kib=int(printed))


def run_aws(server: S3Server, path: Path, data: Path, aws: str) -> Run:
    environment = {
        "AWS_ACCESS_KEY_ID": ACCESS_KEY_ID,
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_CONFIG_FILE": str(data / "none"),
        "PYTHONPATH": "",
    }
    command = [aws, "s3", "cp", "--quiet", "--endpoint-url", server.endpoint, str(path), f"s3://{BUCKET}/bench/aws"]
    return measure(command, environment)[0]


def compare(server: S3Server, path: Path, data: Path, rounds: int) -> dict[str, list[Run]]:
    aws = find_aws()
    runs: dict[str, list[Run]] = {"ours": [], "aws s3 cp": []}
    for number in range(rounds):
        for name in sorted(runs, reverse=bool(number % 2)):  # taking turns at being first
            os.sync()  # nobody waits for the disk on another's behalf
            runs[name].append(run_ours(server, path, data) if name == "ours" else run_aws(server, path, data, aws))
            (stored,) = [
                server.objects / "bench" / n for n in ("aws", "ours") if (server.objects / "bench" / n).exists()
            ]
            assert stored.stat().st_size == path.stat().st_size
            stored.unlink()
    return runs


def median(runs: list[Run], field: str) -> float:
    return statistics.median(getattr(run, field) for run in runs)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--megabytes", type=int, default=1024)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, running_s3_server() as server:
        path = Path(folder) / "file.mp4"
        with path.open("wb") as file:
            for _ in range(options.megabytes):
                file.write(os.urandom(1 << 20))
        runs = compare(server, path, Path(folder), options.rounds)
    print(f"{'':10} {'MiB/s':>8} {'CPU s':>8} {'peak MiB':>9}")
    for name, taken in runs.items():
        speed = options.megabytes / median(taken, "wall_s")
        print(f"{name:10} {speed:8.0f} {median(taken, 'cpu_s'):8.2f} {median(taken, 'peak_kib') / 1024:9.0f}")
    ours, theirs = runs["ours"], runs["aws s3 cp"]
    result = {
        "throughput_ratio": round(median(theirs, "wall_s") / median(ours, "wall_s"), 2),
        "cpu_ratio": round(median(ours, "cpu_s") / median(theirs, "cpu_s"), 2),
        "grown_mib": round(median(ours, "grown_kib") / 1024, 1),
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
