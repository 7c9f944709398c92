"""Tencent VOD (vendor 6): apply for an upload, send the file to the COS bucket it names, commit.

Source: Tencent Cloud, VOD, ApplyUpload and CommitUpload (2018-07-17).
"""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tencentcloud.common.common_client import CommonClient
from tencentcloud.common.credential import Credential
from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile

from reelroom.errors import StorageError
from reelroom.spec import Destination
from reelroom.storage.s3 import S3Store
from reelroom.storage.s3_client import Credentials
from reelroom.storage.store import RefusedError, SaveProgress, Stored
from reelroom.storage.vendors import word

logging.getLogger("tencentcloud_sdk_common").setLevel(logging.WARNING)  # at DEBUG it logs answers, keys included

_VERSION = "2018-07-17"
_HOST = "https://vod.tencentcloudapi.com"
_SPARE_S = 300  # a grant that ends sooner is not begun with
_REFUSALS = {
    "AuthFailure": "Tencent does not know the SecretId, or the SecretKey does not belong to it",
    "UnauthorizedOperation": "the key has no right to upload to Tencent VOD",
    "InvalidParameterValue.SubAppId": "Tencent VOD has no such SubAppId",
    "InvalidParameterValue.MediaType": "Tencent VOD takes no file of this kind",
    "InvalidParameterValue.StorageRegion": "Tencent VOD stores nothing in this region",
    "FailedOperation.InvalidVodUser": "Tencent VOD is not activated for this account",
    "FailedOperation.InvalidAccount": "Tencent VOD is not activated for this account",
    "FailedOperation.MediaType": "Tencent VOD takes no file of this kind",
}
_LATER = ("RequestLimitExceeded", "InternalError", "ClientNetworkError", "ServerNetworkError", "ResourceInsufficient")
_NO_SESSION = "InvalidParameterValue.VodSessionKey"
_CLOCK = "AuthFailure.SignatureExpire"


@dataclass(frozen=True, slots=True)
class Bucket:
    """Where an upload goes."""

    region: str
    name: str


OpenBucket = Callable[[Bucket, Credentials], S3Store]


@dataclass(frozen=True, slots=True)
class Grant:
    """Leave to upload one file, for a while."""

    session: str
    key: str
    store: S3Store
    until_s: float  # Unix seconds


class TencentVod:
    """One account's videos."""

    def __init__(self, destination: Destination, secret: str, open_bucket: OpenBucket, *, endpoint: str) -> None:
        """`endpoint`: of the API, scheme and host; empty: Tencent's. `open_bucket`: makes the store of a COS bucket."""
        self._region = word(destination.region, "Tencent VOD", "StorageParams.TencentCloudVodParams.Region")
        self._app = {} if destination.sub_app_id is None else {"SubAppId": destination.sub_app_id}
        self._open_bucket = open_bucket
        address = urlsplit(endpoint or _HOST)
        http = HttpProfile(protocol=address.scheme, endpoint=address.netloc, reqTimeout=30)
        who = Credential(destination.access_key_id, secret)
        self._client = CommonClient("vod", _VERSION, who, self._region, profile=ClientProfile(httpProfile=http))
        self._grants: dict[str, Grant] = {}  # by session; they hold secrets, so they are never saved
        self._lock = threading.Lock()

    def put(self, path: Path, key: str, progress: Mapping[str, Any], save: SaveProgress) -> Stored:
        """Send the file, commit it; its address and its file's id.

        The keys of a grant are not saved: another process applies anew, and sends the whole file unless all of it
        had arrived, which leaves only the commit.
        """
        session = str(progress.get("session", ""))
        if not progress.get("sent"):
            session = self._send(path, key, progress, save)
        try:
            answer = self._ask("CommitUpload", {"VodSessionKey": session})
        except _NoSessionError:
            save({})  # it ended before we committed: the next try begins again
            raise
        return Stored(str(answer.get("MediaUrl") or ""), str(answer["FileId"]))

    def abandon(self, key: str, progress: Mapping[str, Any]) -> None:  # noqa: ARG002
        """Throw sent parts away, if we still may. VOD itself clears away what is never committed."""
        with self._lock:
            grant = self._grants.get(str(progress.get("session", "")))
        if grant is not None and progress.get("upload"):
            grant.store.abandon(grant.key, progress["upload"])

    def check(self, key: str) -> None:  # noqa: ARG002
        """Apply for an upload that is never made; VOD forgets it."""
        self._ask("ApplyUpload", {"MediaType": "mp4", "StorageRegion": self._region})

    def _send(self, path: Path, key: str, progress: Mapping[str, Any], save: SaveProgress) -> str:
        grant = self._granted(key, str(progress.get("session", "")))
        begun = progress.get("upload", {}) if progress.get("session") == grant.session else {}

        def save_all(upload: Mapping[str, Any]) -> None:
            save({"session": grant.session, "upload": dict(upload), "sent": False})

        grant.store.put(path, grant.key, begun, save_all)
        save({"session": grant.session, "sent": True})
        return grant.session

    def _granted(self, key: str, session: str) -> Grant:
        with self._lock:
            grant = self._grants.get(session)
        if grant is not None and time.time() < grant.until_s:
            return grant
        name, _, extension = key.rpartition("/")[2].rpartition(".")
        asked = {"MediaType": extension.lower(), "MediaName": name, "StorageRegion": self._region}
        grant = self._read_grant(self._ask("ApplyUpload", asked))
        with self._lock:
            self._grants[grant.session] = grant
        return grant

    def _read_grant(self, answer: Mapping[str, Any]) -> Grant:
        try:
            keys = answer["TempCertificate"]
            who = Credentials(str(keys["SecretId"]), str(keys["SecretKey"]), str(keys["Token"]))
            bucket = Bucket(str(answer["StorageRegion"]), str(answer["StorageBucket"]))
            session, path = str(answer["VodSessionKey"]), str(answer["MediaStoragePath"])
            until_s = int(keys["ExpiredTime"]) - _SPARE_S
        except (KeyError, ValueError, TypeError) as error:
            raise StorageError(f"Tencent VOD's answer cannot be read ({type(error).__name__})") from None
        return Grant(session, path.lstrip("/"), self._open_bucket(bucket, who), until_s)

    def _ask(self, action: str, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        try:
            answer: dict[str, Any] = self._client.call_json(action, {**asked, **self._app})["Response"]
        except TencentCloudSDKException as error:
            raise _refused(action, str(error.code)) from error
        except (OSError, ValueError, KeyError) as error:
            raise StorageError(f"Tencent VOD cannot be reached ({type(error).__name__})") from error
        return answer


class _NoSessionError(StorageError):
    """The session of an upload has ended."""


def _refused(action: str, code: str) -> StorageError:
    if code == _NO_SESSION:
        return _NoSessionError(f"Tencent VOD has ended the upload's session ({code})")
    if code == _CLOCK:
        return StorageError(f"the clock of this machine differs from Tencent's ({code})")
    words = _REFUSALS.get(code) or _REFUSALS.get(code.partition(".")[0])
    if words:
        return RefusedError(f"{words} ({code})")
    text = f"Tencent VOD answered {code} to {action}"
    return StorageError(text) if code.startswith(_LATER) else RefusedError(text)
