"""Alibaba VOD (vendor 5): ask for an upload, send the file to the bucket it names; VOD notices by itself.

Source: Alibaba Cloud, ApsaraVideo VOD, CreateUploadVideo and RefreshUploadVideo (2017-03-21).
"""

import base64
import json
import logging
import re
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from alibabacloud_tea_openapi.client import Client
from alibabacloud_tea_openapi.exceptions import AlibabaCloudException
from alibabacloud_tea_openapi.utils_models import Config, OpenApiRequest, Params
from darabonba.runtime import RuntimeOptions

from reelroom.errors import RequestError, StorageError
from reelroom.spec import Destination
from reelroom.storage.bandwidth import Bandwidth
from reelroom.storage.multipart import Uploader
from reelroom.storage.oss import OssAddress, OssBucket
from reelroom.storage.store import RefusedError, SaveProgress, Stored
from reelroom.storage.vendors import word

logging.getLogger("darabonba-core").setLevel(logging.WARNING)  # at DEBUG it prints answers, keys included

_VERSION = "2017-03-21"
_LASTS_S = 2_400  # of the 3,000 seconds that a grant is good for
_TITLE_CHARACTERS = 128
_REFUSALS = {
    "InvalidAccessKeyId": "the access key id is not known to Alibaba",
    "SignatureDoesNotMatch": "the secret does not belong to the access key id",
    "IncompleteSignature": "the secret does not belong to the access key id",
    "Forbidden": "the key has no right to upload to Alibaba VOD",
    "NoPermission": "the key has no right to upload to Alibaba VOD",
    "InvalidStorage": "Alibaba VOD has no such StorageLocation",
    "InvalidStorageLocation": "Alibaba VOD has no such StorageLocation",
    "InvalidFileName": "Alibaba VOD takes no file of this kind",
    "ServiceNotOpen": "Alibaba VOD is not activated for this account",
}
_GONE = "InvalidVideo"  # .NotFound: the entry was deleted


@dataclass(frozen=True, slots=True)
class Grant:
    """Leave to upload one video's file, for a while."""

    video_id: str
    file_name: str
    bucket: OssAddress
    until_s: float  # monotonic


class AlibabaVod:
    """One account's videos."""

    def __init__(
        self, destination: Destination, secret: str, bandwidth: Bandwidth, *, parts_at_once: int, endpoint: str
    ) -> None:
        """`endpoint`: of the API, scheme and host; empty: the region's."""
        self._region = word(destination.region, "Alibaba VOD", "StorageParams.AlibabaCloudVodParams.Region")
        if not re.fullmatch(r"[a-z0-9.-]+", destination.storage_location):
            field = "StorageParams.AlibabaCloudVodParams.StorageLocation"
            raise RequestError("the StorageLocation is not the name of a bucket's host", field=field)
        self._title = destination.title[:_TITLE_CHARACTERS]
        self._storage_location = destination.storage_location
        self._bandwidth, self._parts_at_once = bandwidth, parts_at_once
        address = urlsplit(endpoint or f"https://vod.{self._region}.aliyuncs.com")
        self._client = Client(
            Config(
                access_key_id=destination.access_key_id,
                access_key_secret=secret,
                region_id=self._region,
                protocol=address.scheme,
                endpoint=address.netloc,
                connect_timeout=10_000,
                read_timeout=30_000,
            )
        )
        self._grants: dict[str, Grant] = {}  # by video; they hold secrets, so they are never saved
        self._lock = threading.Lock()

    def put(self, path: Path, key: str, progress: Mapping[str, Any], save: SaveProgress) -> Stored:
        """Send the file; its video's id. What was begun goes on with a fresh grant."""
        grant = self._granted(key, path, progress)
        begun = progress.get("upload", {}) if progress.get("file_name") == grant.file_name else {}

        def save_all(upload: Mapping[str, Any]) -> None:
            save({"video_id": grant.video_id, "file_name": grant.file_name, "upload": dict(upload)})

        save_all(begun)
        self._uploader(grant).put(path, grant.file_name, begun, save_all)
        return Stored("", grant.video_id)

    def abandon(self, key: str, progress: Mapping[str, Any]) -> None:  # noqa: ARG002
        """Throw sent parts away. The video's entry stays: a key for uploads may delete nothing."""
        if progress.get("video_id") and progress.get("upload"):
            grant = self._refreshed(str(progress["video_id"]))
            self._uploader(grant).abandon(grant.file_name, progress["upload"])

    def check(self, key: str) -> None:  # noqa: ARG002
        """Have a question signed: a key that is unknown or wrong is refused before anything is looked for."""
        try:
            self._ask("RefreshUploadVideo", {"VideoId": "0" * 32})
        except _GoneError:
            return

    def _uploader(self, grant: Grant) -> Uploader:
        return Uploader(OssBucket(grant.bucket, self._bandwidth), self._parts_at_once)

    def _granted(self, key: str, path: Path, progress: Mapping[str, Any]) -> Grant:
        video_id = str(progress.get("video_id", ""))
        with self._lock:
            grant = self._grants.get(video_id)
        if grant is not None and time.monotonic() < grant.until_s:
            return grant
        if video_id:
            try:
                return self._refreshed(video_id)
            except _GoneError:
                pass
        name = key.rpartition("/")[2]
        asked = {"Title": self._title or name, "FileName": name, "FileSize": str(path.stat().st_size)}
        return self._keep(self._ask("CreateUploadVideo", {**asked, "StorageLocation": self._storage_location}))

    def _refreshed(self, video_id: str) -> Grant:
        return self._keep(self._ask("RefreshUploadVideo", {"VideoId": video_id}), video_id)

    def _keep(self, answer: Mapping[str, Any], video_id: str = "") -> Grant:
        grant = _read_grant(answer, video_id, self._region)
        with self._lock:
            self._grants[grant.video_id] = grant
        return grant

    def _ask(self, action: str, query: dict[str, str]) -> Mapping[str, Any]:
        params = Params(
            action=action, version=_VERSION, protocol="HTTPS", pathname="/", method="POST",
            auth_type="AK", style="RPC", req_body_type="formData", body_type="json",
        )  # fmt: skip
        try:
            answer: dict[str, Any] = self._client.call_api(params, OpenApiRequest(query=query), RuntimeOptions())
        except AlibabaCloudException as error:
            raise _refused(action, str(error.code), int(error.status_code or 0)) from error
        except Exception as error:  # the package raises whatever its parts raise
            raise StorageError(f"Alibaba VOD cannot be reached ({type(error).__name__})") from error
        body: dict[str, Any] = answer["body"]
        return body


class _GoneError(RefusedError):
    """The video's entry is gone."""


def _refused(action: str, code: str, status: int) -> StorageError:
    kind = code.partition(".")[0]
    if kind == _GONE:
        return _GoneError(f"Alibaba VOD has no such video ({code})")
    if kind in _REFUSALS:
        return RefusedError(f"{_REFUSALS[kind]} ({code})")
    text = f"Alibaba VOD answered {status} {code} to {action}"
    later = status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.TOO_MANY_REQUESTS
    return StorageError(text) if later or kind.startswith("Throttling") else RefusedError(text)


def _read_grant(answer: Mapping[str, Any], video_id: str, region: str) -> Grant:
    try:
        address = json.loads(base64.b64decode(answer["UploadAddress"]))
        key = json.loads(base64.b64decode(answer["UploadAuth"]))
        bucket = OssAddress(
            endpoint=str(address["Endpoint"]),
            region=str(key.get("Region") or region),
            bucket=str(address["Bucket"]),
            access_key_id=str(key["AccessKeyId"]),
            secret=str(key["AccessKeySecret"]),
            token=str(key["SecurityToken"]),
        )
        return Grant(video_id or str(answer["VideoId"]), str(address["FileName"]), bucket, time.monotonic() + _LASTS_S)
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise StorageError(f"Alibaba VOD's answer cannot be read ({type(error).__name__})") from None
