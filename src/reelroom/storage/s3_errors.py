"""What an S3 failure means, in words for the person whose bucket it is. No text holds a secret."""

from typing import Any, cast

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    HTTPClientError,
    ReadTimeoutError,
    SSLError,
)
from botocore.exceptions import (
    ConnectionError as NoConnectionError,
)

from reelroom.errors import StorageError
from reelroom.storage.multipart import UnknownUploadError
from reelroom.storage.store import RefusedError
from reelroom.storage.vendors import S3Address

_REFUSALS = {
    "InvalidAccessKeyId": "the access key id is not known to the store",
    "SignatureDoesNotMatch": "the secret does not belong to the access key id",
    "AccessDenied": "the key has no right to write to bucket {bucket}",
    "Forbidden": "the key has no right to write to bucket {bucket}",
    "AccessForbidden": "the key has no right to write to bucket {bucket}",
    "SecondLevelDomainForbidden": "bucket {bucket} must be part of the host name",
    "UserDisable": "the account of the key is disabled or has not been paid",
    "AllAccessDisabled": "access to bucket {bucket} is disabled",
    "AccountProblem": "the account of the key has a problem",
    "NoSuchBucket": "there is no bucket {bucket}",
    "InvalidBucketName": "{bucket} is not the name of a bucket",
    "PermanentRedirect": "bucket {bucket} is not in region {region}",
    "AuthorizationHeaderMalformed": "bucket {bucket} is not in region {region}",
    "EntityTooLarge": "the file is larger than the store allows",
    "KeyTooLongError": "the key of the file is longer than the store allows",
}
_FOR_NOW = {
    "SlowDown": "the store asks to slow down",
    "RequestTimeTooSkewed": "the clock of this machine differs from the store's",
    "QuotaExceeded": "bucket {bucket} is full",
}
_OF_UPLOADS = ("UploadPart", "CompleteMultipartUpload", "AbortMultipartUpload")


def translate(error: Exception, address: S3Address) -> StorageError:
    """The StorageError of a botocore error; RefusedError when trying again will hardly help."""
    if isinstance(error, ClientError):
        return _answered(error, address)
    cause = getattr(error, "kwargs", {}).get("error")
    if isinstance(cause, StorageError):  # of our own guard, wrapped by botocore
        return cause
    return StorageError(f"{_unreachable(error)}: {address.endpoint}")


def _answered(error: ClientError, address: S3Address) -> StorageError:
    code = _code(error)
    metadata = cast("dict[str, Any]", error.response).get("ResponseMetadata", {})
    words = {"bucket": address.bucket, "region": address.region}
    if _is_unknown_upload(error, code):
        return UnknownUploadError(f"the store knows no such upload ({code})", repeated=metadata["RetryAttempts"] > 0)
    if code in _REFUSALS:
        return RefusedError(f"{_REFUSALS[code].format(**words)} ({code})")
    if code in _FOR_NOW:
        return StorageError(f"{_FOR_NOW[code].format(**words)} ({code})")
    status = metadata.get("HTTPStatusCode", 0)
    if status in (401, 403):
        return RefusedError(f"the store refuses the key: {status} {code}")
    return StorageError(f"the store answered {status} {code} to {error.operation_name}")


def _is_unknown_upload(error: ClientError, code: str) -> bool:
    """Ceph says NoSuchKey of a finished upload."""
    return error.operation_name in _OF_UPLOADS and code in ("NoSuchUpload", "NoSuchKey")


def _unreachable(error: Exception) -> str:
    if isinstance(error, SSLError):
        return "the store's certificate is not valid"
    if isinstance(error, (ConnectTimeoutError, ReadTimeoutError)):
        return "the store does not answer in time"
    if isinstance(
        error, (NoConnectionError, HTTPClientError)
    ):  # covers names that don't resolve, refused and broken connections
        return "the store cannot be reached"
    if isinstance(error, BotoCoreError):
        return f"the store cannot be used ({type(error).__name__})"
    return "the store failed"


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))
