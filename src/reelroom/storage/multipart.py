"""Files into a bucket: small ones in one request, larger ones in parts under an upload id.

Which parts have arrived is saved as they do, so an upload goes on after a crash. The ready-made uploaders of the
vendors' packages keep that in memory, or ask the store, which a write-only key may not.
"""

import math
import time
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from reelroom.errors import StorageError
from reelroom.storage.store import RefusedError, SaveProgress

SINGLE_PUT_BYTES = 16 << 20
_PART_BYTES = 16 << 20
_MAX_PARTS = 9_000  # S3 allows 10,000
_SURELY_KEPT_S = 20 * 3600  # bucket rules clear unfinished uploads away after a day at the earliest


class UnknownUploadError(StorageError):
    """The store knows no upload of that id (any more). `repeated`: the client had sent the request twice."""

    def __init__(self, message: str | None = None, *, repeated: bool = False) -> None:
        super().__init__(message)
        self.repeated = repeated


@dataclass(frozen=True, slots=True)
class Part:
    """A slice of a file, in bytes. `number` counts from 1."""

    path: Path
    number: int
    start: int
    length: int


class Bucket(Protocol):
    """The writing half of one bucket. Every method raises StorageError, RefusedError, UnknownUploadError."""

    def put(self, path: Path, key: str) -> None:
        """The whole file in one request."""

    def begin(self, key: str) -> str:
        """Begin an upload in parts; its id."""

    def send(self, key: str, upload_id: str, part: Part) -> str:
        """One part; its tag. Called in several threads at once."""

    def complete(self, key: str, upload_id: str, tags: Mapping[int, str]) -> None:
        """Make the object of its parts, by their numbers."""

    def abort(self, key: str, upload_id: str) -> None:
        """Throw the parts away."""


@dataclass(slots=True)
class _Upload:
    """An upload in parts under way, as it is saved."""

    upload_id: str
    size: int
    part_bytes: int
    begun_s: int = 0  # Unix seconds
    completing: bool = False  # we asked for the object, and have not heard
    parts: dict[str, str] = field(default_factory=dict)  # part number to tag

    @classmethod
    def resume(cls, progress: Mapping[str, Any], size: int) -> "_Upload | None":
        """What was saved, if it belongs to a file of this size."""
        if not progress.get("upload_id") or progress.get("size") != size:
            return None
        return cls(
            progress["upload_id"],
            size,
            progress["part_bytes"],
            progress.get("begun_s", 0),
            progress.get("completing", False),
            dict(progress["parts"]),
        )

    def to_json(self) -> dict[str, Any]:
        return {
            "upload_id": self.upload_id,
            "size": self.size,
            "part_bytes": self.part_bytes,
            "begun_s": self.begun_s,
            "completing": self.completing,
            "parts": {**self.parts},
        }

    def missing(self, path: Path) -> list[Part]:
        """The parts still to be sent."""
        every = range(1, math.ceil(self.size / self.part_bytes) + 1)
        return [self._part(path, number) for number in every if str(number) not in self.parts]

    def _part(self, path: Path, number: int) -> Part:
        start = (number - 1) * self.part_bytes
        return Part(path, number, start, min(self.part_bytes, self.size - start))

    def was_completed(self, now_s: float) -> bool:
        """Whether a store that forgot the id after we asked made the object of it: nothing else ends it so early."""
        return self.completing and 0 <= now_s - self.begun_s < _SURELY_KEPT_S


class Uploader:
    """Sends files to one bucket. Thread-safe for different keys."""

    def __init__(self, bucket: Bucket, parts_at_once: int) -> None:
        self._bucket = bucket
        self._parts_at_once = parts_at_once

    def put(self, path: Path, key: str, progress: Mapping[str, Any], save: SaveProgress) -> None:
        """Send the file, going on where `progress` says it stood. Raises StorageError, RefusedError."""
        try:
            size = path.stat().st_size
            if size <= SINGLE_PUT_BYTES:
                self._bucket.put(path, key)
            else:
                self._put_in_parts(path, key, size, progress, save)
        except OSError as error:
            raise StorageError(f"the file to be stored cannot be read: {error.strerror}") from error

    def abandon(self, key: str, progress: Mapping[str, Any]) -> None:
        """Throw away the parts of an upload that goes no further, so that they cost nothing. Raises StorageError."""
        if not progress.get("upload_id"):
            return
        try:
            self._bucket.abort(key, progress["upload_id"])
        except UnknownUploadError:
            return

    def _put_in_parts(self, path: Path, key: str, size: int, progress: Mapping[str, Any], save: SaveProgress) -> None:
        upload = _Upload.resume(progress, size)
        if upload is not None:
            try:
                return self._send_and_complete(path, key, upload, save)
            except UnknownUploadError:  # cleared away by the bucket's rules, or by hand
                pass
        fresh = _Upload(self._bucket.begin(key), size, max(_PART_BYTES, math.ceil(size / _MAX_PARTS)))
        fresh.begun_s = int(time.time())
        save(fresh.to_json())
        return self._send_and_complete(path, key, fresh, save)

    def _send_and_complete(self, path: Path, key: str, upload: _Upload, save: SaveProgress) -> None:
        missing = upload.missing(path)
        if missing:
            self._send(missing, key, upload, save)
        asked_before = upload.completing
        if not asked_before:
            upload.completing = True
            save(upload.to_json())
        self._complete(key, upload, save, asked_before=asked_before)

    def _send(self, missing: list[Part], key: str, upload: _Upload, save: SaveProgress) -> None:
        with ThreadPoolExecutor(self._parts_at_once, thread_name_prefix="part") as pool:
            sent = {pool.submit(self._bucket.send, key, upload.upload_id, part): part.number for part in missing}
            try:
                _collect(sent, upload, save)
            finally:
                pool.shutdown(wait=False, cancel_futures=True)

    def _complete(self, key: str, upload: _Upload, save: SaveProgress, *, asked_before: bool) -> None:
        tags = {int(number): tag for number, tag in upload.parts.items()}
        try:
            self._bucket.complete(key, upload.upload_id, dict(sorted(tags.items())))
        except UnknownUploadError as error:
            # It is the object already if we asked before and never heard. A client repeats a broken connection itself.
            if not ((asked_before or error.repeated) and upload.was_completed(time.time())):
                raise
        except RefusedError:
            if not asked_before:
                upload.completing = False
                save(upload.to_json())
            raise


def _collect(sent: Mapping[Future[str], int], upload: _Upload, save: SaveProgress) -> None:
    """Save each part as it arrives. When one fails, those under way are waited for and saved, the rest not begun."""
    failure: BaseException | None = None
    for future in as_completed(sent):
        if future.cancelled():
            continue
        error = future.exception()
        if error is None:
            upload.parts[str(sent[future])] = future.result()
            save(upload.to_json())
        elif failure is None:
            failure = error
            for other in sent:
                other.cancel()
    if failure is not None:
        raise failure
