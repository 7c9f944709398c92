"""S3 and its dialects, by boto3's client.

Small files go in one request. Larger ones go in parts under an upload id; which parts have arrived is saved as they
do, so an upload goes on after a crash. `upload_file` of boto3 cannot do that.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Literal, cast

import boto3
from botocore.client import Config
from botocore.exceptions import BotoCoreError, ClientError
from s3transfer.utils import ReadFileChunk

from reelroom.errors import StorageError
from reelroom.storage.content_types import content_type
from reelroom.storage.guard import refuse_private_addresses
from reelroom.storage.s3_errors import is_unknown_upload, translate
from reelroom.storage.store import SaveProgress, Stored
from reelroom.storage.vendors import S3Address

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client  # only development has it

SINGLE_PUT_BYTES = 16 << 20
_PART_BYTES = 16 << 20
_MAX_PARTS = 9_000  # S3 allows 10,000
_PARTS_AT_ONCE = 4


@dataclass(slots=True)
class _Upload:
    """A multipart upload under way, as it is saved."""

    upload_id: str
    size: int
    part_bytes: int
    parts: dict[str, str] = field(default_factory=dict)  # part number to ETag

    @classmethod
    def resume(cls, progress: Mapping[str, Any], size: int) -> _Upload | None:
        """What was saved, if it belongs to a file of this size."""
        if not progress.get("upload_id") or progress.get("size") != size:
            return None
        return cls(progress["upload_id"], size, progress["part_bytes"], dict(progress["parts"]))

    def to_json(self) -> dict[str, Any]:
        return {"upload_id": self.upload_id, "size": self.size, "part_bytes": self.part_bytes, "parts": {**self.parts}}

    def missing(self) -> list[int]:
        """Numbers of the parts still to be sent, from 1."""
        return [n for n in range(1, math.ceil(self.size / self.part_bytes) + 1) if str(n) not in self.parts]


class S3Store:
    """One bucket."""

    def __init__(self, address: S3Address, access_key_id: str, secret: str, *, allow_private: bool) -> None:
        self._address = address
        self._client = _client(address, access_key_id, secret)
        if not allow_private:
            refuse_private_addresses(self._client)

    def put(self, path: Path, key: str, progress: Mapping[str, Any], save: SaveProgress) -> Stored:
        """Send the file, going on where `progress` says it stood."""
        try:
            size = path.stat().st_size
            if size <= SINGLE_PUT_BYTES:
                self._put_whole(path, key)
            else:
                self._put_in_parts(path, key, size, progress, save)
        except (ClientError, BotoCoreError) as error:
            raise translate(error, self._address) from error
        except OSError as error:
            raise StorageError(f"the file to be stored cannot be read: {error.strerror}") from error
        return Stored(self._address.url(key))

    def abandon(self, key: str, progress: Mapping[str, Any]) -> None:
        """Abort the multipart upload, so that its parts cost nothing."""
        upload_id = progress.get("upload_id")
        if not upload_id:
            return
        try:
            self._client.abort_multipart_upload(Bucket=self._address.bucket, Key=key, UploadId=upload_id)
        except (ClientError, BotoCoreError) as error:
            if not is_unknown_upload(error):
                raise translate(error, self._address) from error

    def _put_whole(self, path: Path, key: str) -> None:
        with path.open("rb") as body:
            self._client.put_object(Bucket=self._address.bucket, Key=key, Body=body, ContentType=content_type(key))

    def _put_in_parts(self, path: Path, key: str, size: int, progress: Mapping[str, Any], save: SaveProgress) -> None:
        upload = _Upload.resume(progress, size)
        if upload is not None:
            try:
                self._send_and_complete(path, key, upload, save)
            except ClientError as error:
                # Completed before a crash, or cleared away by the bucket's rules. A write-only key cannot find out
                # which, and sending the same file again is right in both cases.
                if not is_unknown_upload(error):
                    raise
            else:
                return
        self._send_and_complete(path, key, self._begin(key, size, save), save)

    def _begin(self, key: str, size: int, save: SaveProgress) -> _Upload:
        begun = self._client.create_multipart_upload(
            Bucket=self._address.bucket, Key=key, ContentType=content_type(key)
        )
        upload = _Upload(begun["UploadId"], size, max(_PART_BYTES, math.ceil(size / _MAX_PARTS)))
        save(upload.to_json())
        return upload

    def _send_and_complete(self, path: Path, key: str, upload: _Upload, save: SaveProgress) -> None:
        pool = ThreadPoolExecutor(_PARTS_AT_ONCE, thread_name_prefix="upload")
        try:
            sent = {pool.submit(self._send_part, path, key, upload, n): n for n in upload.missing()}
            _collect(sent, upload, save)
        finally:
            pool.shutdown(cancel_futures=True)
        parts = [
            {"PartNumber": int(n), "ETag": tag} for n, tag in sorted(upload.parts.items(), key=lambda p: int(p[0]))
        ]
        self._client.complete_multipart_upload(
            Bucket=self._address.bucket,
            Key=key,
            UploadId=upload.upload_id,
            MultipartUpload={"Parts": parts},  # type: ignore[typeddict-item]
        )

    def _send_part(self, path: Path, key: str, upload: _Upload, number: int) -> str:
        start = (number - 1) * upload.part_bytes
        with ReadFileChunk.from_filename(str(path), start, upload.part_bytes) as body:
            answer = self._client.upload_part(
                Bucket=self._address.bucket,
                Key=key,
                UploadId=upload.upload_id,
                PartNumber=number,
                Body=cast("IO[bytes]", body),
            )
        return answer["ETag"]


def _collect(sent: Mapping[Future[str], int], upload: _Upload, save: SaveProgress) -> None:
    for future in as_completed(sent):
        upload.parts[str(sent[future])] = future.result()
        save(upload.to_json())


def _client(address: S3Address, access_key_id: str, secret: str) -> S3Client:
    checksums: Literal["when_supported", "when_required"] = (
        "when_supported" if address.checksum_trailers else "when_required"
    )
    config = Config(
        signature_version="s3v4",
        s3={"addressing_style": "path" if address.path_style else "virtual"},
        request_checksum_calculation=checksums,
        response_checksum_validation=checksums,
        connect_timeout=10,
        read_timeout=60,
        retries={"mode": "standard", "total_max_attempts": 2},  # within one try; the outbox tries again for days
        max_pool_connections=_PARTS_AT_ONCE,
        tcp_keepalive=True,
        proxies={},  # one of the environment would resolve names for us, unchecked
    )
    client = boto3.session.Session().client(
        "s3",
        endpoint_url=address.endpoint,
        region_name=address.region,
        aws_access_key_id=access_key_id,
        aws_secret_access_key=secret,
        config=config,
    )
    return cast("S3Client", client)
