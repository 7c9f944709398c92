"""Alibaba OSS in its own dialect, for the buckets that Alibaba VOD assigns. Loads the vendor's package."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path

import alibabacloud_oss_v2 as oss
from alibabacloud_oss_v2.exceptions import BaseError, OperationError, ServiceError

from reelroom.errors import StorageError
from reelroom.storage.bandwidth import Bandwidth, FileSlice
from reelroom.storage.content_types import content_type
from reelroom.storage.multipart import Part, UnknownUploadError
from reelroom.storage.store import RefusedError


@dataclass(frozen=True, slots=True)
class OssAddress:
    """A bucket and a temporary key to it. `repr` shows no secret."""

    endpoint: str  # scheme and host
    region: str
    bucket: str
    access_key_id: str
    secret: str = field(repr=False)
    token: str = field(repr=False)


class OssBucket:
    """The writing half of one bucket."""

    def __init__(self, address: OssAddress, bandwidth: Bandwidth) -> None:
        self._bucket = address.bucket
        self._bandwidth = bandwidth
        self._client = oss.Client(
            oss.config.Config(
                region=address.region,
                endpoint=address.endpoint,
                credentials_provider=oss.credentials.StaticCredentialsProvider(
                    address.access_key_id, address.secret, address.token
                ),
                retry_max_attempts=2,
                connect_timeout=10,
                readwrite_timeout=60,
            )
        )

    def put(self, path: Path, key: str) -> None:
        """The whole file in one request."""
        with _words(), self._slice(path, 0, path.stat().st_size) as body:
            self._client.put_object(
                oss.PutObjectRequest(bucket=self._bucket, key=key, body=body, content_type=content_type(key))
            )

    def begin(self, key: str) -> str:
        """Begin an upload in parts."""
        with _words():
            begun = self._client.initiate_multipart_upload(
                oss.InitiateMultipartUploadRequest(bucket=self._bucket, key=key, content_type=content_type(key))
            )
        return str(begun.upload_id)

    def send(self, key: str, upload_id: str, part: Part) -> str:
        """One part; its ETag."""
        with _words(), self._slice(part.path, part.start, part.length) as body:
            answer = self._client.upload_part(
                oss.UploadPartRequest(
                    bucket=self._bucket, key=key, part_number=part.number, upload_id=upload_id, body=body
                )
            )
        return str(answer.etag)

    def complete(self, key: str, upload_id: str, tags: Mapping[int, str]) -> None:
        """Make the object of its parts."""
        parts = [oss.UploadPart(part_number=number, etag=tag) for number, tag in tags.items()]
        with _words():
            self._client.complete_multipart_upload(
                oss.CompleteMultipartUploadRequest(
                    bucket=self._bucket,
                    key=key,
                    upload_id=upload_id,
                    complete_multipart_upload=oss.CompleteMultipartUpload(parts=parts),
                )
            )

    def abort(self, key: str, upload_id: str) -> None:
        """Throw the parts away."""
        with _words():
            self._client.abort_multipart_upload(
                oss.AbortMultipartUploadRequest(bucket=self._bucket, key=key, upload_id=upload_id)
            )

    def _slice(self, path: Path, start: int, length: int) -> FileSlice:
        body = FileSlice(path, start, length, self._bandwidth)
        body.sending = True  # this client signs without reading the body
        return body


@contextmanager
def _words() -> Iterator[None]:
    try:
        yield
    except BaseError as error:
        raise _translate(error) from error


def _translate(error: BaseError) -> StorageError:
    inner = error.unwrap() if isinstance(error, OperationError) else error
    if not isinstance(inner, ServiceError):
        return StorageError(f"the bucket of the video platform cannot be reached ({type(inner).__name__})")
    if inner.code == "NoSuchUpload":
        return UnknownUploadError("the bucket of the video platform knows no such upload")
    text = f"the bucket of the video platform answered {inner.status_code} {inner.code}"
    refused = inner.status_code == HTTPStatus.FORBIDDEN and inner.code != "RequestTimeTooSkewed"
    return RefusedError(text) if refused else StorageError(text)
