"""Uploads in parts, into a bucket in memory that fails as told. Real servers: tests/integration/test_state_s3.py."""

import threading
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from reelroom.errors import StorageError
from reelroom.storage.multipart import Part, UnknownUploadError, Uploader
from reelroom.storage.store import RefusedError

SIZE = 40 << 20  # three parts


class MemoryBucket:
    """What an S3 store does; `fail` may raise at each step, before or (complete) after the step is done."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.uploads: dict[str, dict[int, bytes]] = {}
        self.sent: list[int] = []
        self.fail: dict[str, list[Exception | None]] = {}
        self.fail_after: list[Exception] = []
        self._lock = threading.Lock()

    def _step(self, name: str) -> None:
        with self._lock:
            errors = self.fail.get(name)
            error = errors.pop(0) if errors else None
        if error is not None:
            raise error

    def put(self, path: Path, key: str) -> None:
        self._step("put")
        self.objects[key] = path.read_bytes()

    def begin(self, key: str) -> str:
        self._step("begin")
        upload_id = f"{key}-{len(self.uploads)}"
        self.uploads[upload_id] = {}
        return upload_id

    def send(self, key: str, upload_id: str, part: Part) -> str:  # noqa: ARG002
        self._step("send")
        with part.path.open("rb") as file:
            file.seek(part.start)
            self._parts(upload_id)[part.number] = file.read(part.length)
        self.sent.append(part.number)
        return f"tag-{part.number}"

    def complete(self, key: str, upload_id: str, tags: Mapping[int, str]) -> None:
        self._step("complete")
        parts = self._parts(upload_id)
        assert list(tags) == sorted(parts)
        self.objects[key] = b"".join(parts[number] for number in tags)
        del self.uploads[upload_id]
        if self.fail_after:
            raise self.fail_after.pop(0)

    def abort(self, key: str, upload_id: str) -> None:  # noqa: ARG002
        self._parts(upload_id)
        del self.uploads[upload_id]

    def _parts(self, upload_id: str) -> dict[int, bytes]:
        if upload_id not in self.uploads:
            raise UnknownUploadError
        return self.uploads[upload_id]


@pytest.fixture(scope="module", name="path")
def path_fixture(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("multipart") / "file"
    path.write_bytes(b"".join(bytes([n]) * (1 << 20) for n in range(40)))
    return path


@pytest.fixture(name="bucket")
def bucket_fixture() -> MemoryBucket:
    return MemoryBucket()


class Try:
    """Uploads again and again, each time with what was saved."""

    def __init__(self, bucket: MemoryBucket, path: Path) -> None:
        self.bucket, self.path = bucket, path
        self.saved: dict = {}

    def put(self) -> None:
        Uploader(self.bucket, 1).put(self.path, "k", dict(self.saved), self._save)

    def _save(self, progress: dict) -> None:
        self.saved = progress

    def arrived(self) -> bool:
        return self.bucket.objects.get("k") == self.path.read_bytes()


def test_parts_that_arrived_are_not_sent_again(bucket, path):
    one = Try(bucket, path)
    bucket.fail["send"] = [None, StorageError("cut")]
    with pytest.raises(StorageError, match="cut"):
        one.put()
    assert "1" in one.saved["parts"]
    assert "2" not in one.saved["parts"]  # the third may have been under way
    one.put()
    assert one.arrived()
    assert sorted(bucket.sent) == [1, 2, 3]


def test_an_answer_that_was_never_heard_is_known_without_reading(bucket, path):
    one = Try(bucket, path)
    bucket.fail_after = [StorageError("cut")]
    with pytest.raises(StorageError, match="cut"):
        one.put()
    assert one.saved["completing"]
    one.put()
    assert one.arrived()
    assert bucket.sent == [1, 2, 3]


def test_a_request_that_the_client_repeated_itself_is_known_too(bucket, path):
    one = Try(bucket, path)
    bucket.fail_after = [UnknownUploadError(repeated=True)]
    one.put()
    assert one.arrived()


def test_an_upload_forgotten_before_it_was_asked_for_is_sent_again(bucket, path):
    one = Try(bucket, path)
    bucket.fail["complete"] = [StorageError("503")]
    with pytest.raises(StorageError):
        one.put()
    one.saved["completing"] = False
    bucket.uploads.clear()
    one.put()
    assert one.arrived()
    assert bucket.sent == [1, 2, 3, 1, 2, 3]


def test_a_rule_of_the_bucket_may_have_cleared_what_is_a_day_old(bucket, path):
    one = Try(bucket, path)
    bucket.fail["complete"] = [StorageError("503")]
    with pytest.raises(StorageError):
        one.put()
    bucket.uploads.clear()
    one.saved["begun_s"] = int(time.time()) - 86_400
    one.put()
    assert one.arrived()


def test_a_refusal_is_no_answer_that_was_not_heard(bucket, path):
    one = Try(bucket, path)
    bucket.fail["complete"] = [RefusedError("no right")]
    with pytest.raises(RefusedError):
        one.put()
    assert not one.saved["completing"]
    bucket.uploads.clear()
    one.put()
    assert one.arrived()


def test_progress_of_older_versions_goes_on(bucket, path):
    one = Try(bucket, path)
    bucket.uploads["old"] = {1: path.read_bytes()[: 16 << 20]}
    one.saved = {"upload_id": "old", "size": SIZE, "part_bytes": 16 << 20, "parts": {"1": "tag-1"}}
    one.put()
    assert one.arrived()
    assert bucket.sent == [2, 3]


def test_abandoning_what_is_gone_is_fine(bucket, path):
    uploader = Uploader(bucket, 1)
    uploader.abandon("k", {})
    uploader.abandon("k", {"upload_id": "gone"})
    bucket.uploads["there"] = {}
    uploader.abandon("k", {"upload_id": "there"})
    assert bucket.uploads == {}
