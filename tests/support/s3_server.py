"""A real S3 server on loopback for tests: versitygw, built once with Go into a cache folder.

`python -m tests.support.s3_server` builds it beforehand. The cache is `$REELROOM_TEST_CACHE`, else
`~/.cache/reelroom-tests`.
"""

import os
import re
import shutil
import socket
import ssl
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from reelroom.spec import Destination

MODULE = "github.com/versity/versitygw/cmd/versitygw"
VERSION = "v1.8.0"
ACCESS_KEY_ID = "test-key-id"
SECRET = "test-secret-key"
REGION = "eu-test-1"
BUCKET = "recordings"


class MissingServerError(Exception):
    """The server cannot be built or started here; the text says why."""


class S3Server:
    """A running server with one bucket. `folder / "store" / BUCKET / key` is the object of `key`."""

    def __init__(self, binary: Path, folder: Path, certificate: Path | None = None) -> None:
        """certificate: a PEM file with a key and its certificate; the server then speaks TLS alone."""
        self._binary = binary
        self._certificate = certificate
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self.port = _free_port()
        self.objects = folder / "store" / BUCKET
        for inner in (self.objects, folder / "metadata", folder / "accounts"):
            inner.mkdir(parents=True)

    @property
    def endpoint(self) -> str:
        """The service address."""
        return f"{'https' if self._certificate else 'http'}://127.0.0.1:{self.port}"

    def destination(self, **changes) -> Destination:
        """Where to send files to, as a task would say it (vendor 10, path style); its secret is SECRET."""
        values = {
            "vendor": 10,
            "region": REGION,
            "bucket": BUCKET,
            "access_key_id": ACCESS_KEY_ID,
            "endpoint": self.endpoint,
            "path_style": True,
        }
        return Destination(**{**values, **changes})

    def read(self, key: str) -> bytes:
        """The bytes of an object, as they stand on the server's disk."""
        return (self.objects / key).read_bytes()

    def object_keys(self) -> list[str]:
        """Keys of all objects."""
        files = (p for p in self.objects.rglob("*") if p.is_file())
        keys = (str(p.relative_to(self.objects)) for p in files)
        return sorted(k for k in keys if not k.startswith(".sgwtmp"))

    def operations(self) -> list[str]:
        """What clients asked so far, such as "PutObject", in order."""
        log = self._folder / "access.log"
        return re.findall(r" s3_(\w+) ", log.read_text()) if log.exists() else []

    def parts_sent(self, key: str) -> list[int]:
        """Part numbers of every UploadPart of an object so far, in order."""
        log = self._folder / "access.log"
        pattern = re.escape(key) + r"\?\S*?partNumber=(\d+)"
        return [int(n) for n in re.findall(pattern, log.read_text())] if log.exists() else []

    def start(self) -> None:
        """Serve; returns when the server answers."""
        arguments = [self._binary, "--access", ACCESS_KEY_ID, "--secret", SECRET, "--region", REGION]
        arguments += ["--port", f"127.0.0.1:{self.port}", "--health", "/health", "--quiet"]
        arguments += ["--access-log", self._folder / "access.log", "--virtual-domain", f"s3.test:{self.port}"]
        arguments += ["--iam-dir", self._folder / "accounts"]
        arguments += ["--cert", self._certificate, "--key", self._certificate] if self._certificate else []
        arguments += ["posix", "--sidecar", self._folder / "metadata", self._folder / "store"]
        with (self._folder / "server.log").open("ab") as log:
            self._process = subprocess.Popen(list(map(str, arguments)), stdout=log, stderr=log)
        _await_health(f"{self.endpoint}/health", self._process, self._folder / "server.log")

    def add_user(self, access_key_id: str, secret: str) -> None:
        """A user who may do nothing until a bucket's policy says otherwise."""
        arguments = [self._binary, "admin", "--access", ACCESS_KEY_ID, "--secret", SECRET, "--region", REGION]
        arguments += ["--endpoint-url", self.endpoint, "create-user", "--role", "user"]
        arguments += ["--access", access_key_id, "--secret", secret]
        subprocess.run(list(map(str, arguments)), check=True, capture_output=True)

    def stop(self) -> None:
        """Stop serving; objects stay."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


@contextmanager
def running_s3_server(certificate: Path | None = None) -> Iterator[S3Server]:
    """Build (once) and start a server; stop it at the end. Raises MissingServerError where that cannot be done."""
    binary = build_server()
    with tempfile.TemporaryDirectory(prefix="reelroom-s3-") as folder:
        server = S3Server(binary, Path(folder), certificate)
        try:
            server.start()
            yield server
        finally:
            server.stop()


def cache_folder() -> Path:
    """Where what tests and benchmarks build is kept."""
    return Path(os.environ.get("REELROOM_TEST_CACHE") or Path.home() / ".cache" / "reelroom-tests")


def build_server() -> Path:
    """The server's program, built if it is not in the cache. Raises MissingServerError."""
    cache = cache_folder()
    binary = cache / f"versitygw-{VERSION}"
    if binary.exists():
        return binary
    go = shutil.which("go") or shutil.which("go", path="/usr/local/go/bin")
    if go is None:
        raise MissingServerError("Go is not installed, so the S3 server cannot be built")
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache) as bin_folder:
        done = subprocess.run(
            [go, "install", f"{MODULE}@{VERSION}"],
            env={**os.environ, "GOBIN": bin_folder, "GOFLAGS": ""},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise MissingServerError(f"the S3 server could not be built: {done.stderr.strip()[-500:]}")
        (Path(bin_folder) / "versitygw").replace(binary)
    return binary


def _await_health(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    give_up = time.monotonic() + 60
    anyone = ssl._create_unverified_context() if url.startswith("https") else None
    while time.monotonic() < give_up and process.poll() is None:
        with suppress(urllib.error.URLError, ConnectionError), urllib.request.urlopen(url, timeout=5, context=anyone):
            return
        time.sleep(0.05)
    raise MissingServerError(f"the S3 server did not start: {log.read_text()[-500:]}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


if __name__ == "__main__":
    print(build_server())
