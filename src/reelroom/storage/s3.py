"""S3 and its dialects, by boto3's client. Only write operations are used."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, cast

from botocore.exceptions import BotoCoreError, ClientError

from reelroom.storage.bandwidth import Bandwidth, FileSlice
from reelroom.storage.content_types import content_type
from reelroom.storage.multipart import Part, Uploader
from reelroom.storage.s3_client import Credentials, Reach, make_client
from reelroom.storage.s3_errors import translate
from reelroom.storage.store import SaveProgress, Stored
from reelroom.storage.vendors import S3Address

if TYPE_CHECKING:
    from collections.abc import Iterator

    from types_boto3_s3 import S3Client  # only development has it


class S3Bucket:
    """The writing half of one bucket."""

    def __init__(self, client: S3Client, address: S3Address, bandwidth: Bandwidth) -> None:
        self._client = client
        self._address = address
        self._bandwidth = bandwidth

    def put(self, path: Path, key: str) -> None:
        """The whole file in one request."""
        with self._words(), FileSlice(path, 0, path.stat().st_size, self._bandwidth) as body:
            self._client.put_object(
                Bucket=self._address.bucket, Key=key, Body=cast("IO[bytes]", body), ContentType=content_type(key)
            )

    def put_bytes(self, content: bytes, key: str) -> None:
        """A few bytes as an object."""
        with self._words():
            self._client.put_object(Bucket=self._address.bucket, Key=key, Body=content, ContentType=content_type(key))

    def begin(self, key: str) -> str:
        """Begin an upload in parts."""
        with self._words():
            begun = self._client.create_multipart_upload(
                Bucket=self._address.bucket, Key=key, ContentType=content_type(key)
            )
        return begun["UploadId"]

    def send(self, key: str, upload_id: str, part: Part) -> str:
        """One part; its ETag."""
        with self._words(), FileSlice(part.path, part.start, part.length, self._bandwidth) as body:
            answer = self._client.upload_part(
                Bucket=self._address.bucket,
                Key=key,
                UploadId=upload_id,
                PartNumber=part.number,
                Body=cast("IO[bytes]", body),
            )
        return answer["ETag"]

    def complete(self, key: str, upload_id: str, tags: Mapping[int, str]) -> None:
        """Make the object of its parts."""
        parts: list[Any] = [{"PartNumber": number, "ETag": tag} for number, tag in tags.items()]
        with self._words():
            self._client.complete_multipart_upload(
                Bucket=self._address.bucket, Key=key, UploadId=upload_id, MultipartUpload={"Parts": parts}
            )

    def abort(self, key: str, upload_id: str) -> None:
        """Throw the parts away."""
        with self._words():
            self._client.abort_multipart_upload(Bucket=self._address.bucket, Key=key, UploadId=upload_id)

    @contextmanager
    def _words(self) -> Iterator[None]:
        try:
            yield
        except (ClientError, BotoCoreError) as error:
            raise translate(error, self._address) from error


class S3Store:
    """One bucket, and the addresses of its objects."""

    def __init__(self, bucket: S3Bucket, url: Callable[[str], str], parts_at_once: int) -> None:
        self._uploader = Uploader(bucket, parts_at_once)
        self._bucket = bucket
        self._url = url

    def put(self, path: Path, key: str, progress: Mapping[str, Any], save: SaveProgress) -> Stored:
        """Send the file, going on where `progress` says it stood."""
        self._uploader.put(path, key, progress, save)
        return Stored(self._url(key))

    def abandon(self, key: str, progress: Mapping[str, Any]) -> None:
        """Abort the multipart upload, so that its parts cost nothing."""
        self._uploader.abandon(key, progress)

    def check(self, key: str) -> None:
        """Write a tiny object."""
        self._bucket.put_bytes(b"", key)


def open_s3(
    address: S3Address, who: Credentials, bandwidth: Bandwidth, reach: Reach, *, parts_at_once: int, files_at_once: int
) -> S3Store:
    """The store of one bucket; connects to nothing yet. Raises OSError for a bad `reach.ca_file`."""
    client = make_client(address, who, connections=parts_at_once * files_at_once, reach=reach)
    return S3Store(S3Bucket(client, address, bandwidth), address.url, parts_at_once)
