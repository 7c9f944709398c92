"""From a destination to its store."""

from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from reelroom.errors import SettingsError
from reelroom.naming import normalise_folder
from reelroom.settings import Settings
from reelroom.spec import Destination
from reelroom.storage.bandwidth import Bandwidth
from reelroom.storage.local import LocalStore
from reelroom.storage.store import Store
from reelroom.storage.vendors import ALIBABA_VOD, COS, LOCAL, TENCENT_VOD, own_endpoint, s3_address

if TYPE_CHECKING:
    from reelroom.storage.s3 import S3Store
    from reelroom.storage.s3_client import Credentials
    from reelroom.storage.tencent_vod import Bucket

# What a store needs is imported when one is opened: boto3 is 30 MB that local tasks need not carry, and the packages
# of the two video platforms are for those alone.


def open_store(destination: Destination, secret: str, settings: Settings, data: Path) -> Store:
    """The store of a destination; connects to nothing yet. `secret`: its secret key; `data`: the data folder.

    All stores of a process share its bandwidth. Raises RequestError for values that cannot be, SettingsError.
    """
    if destination.vendor == LOCAL:
        return LocalStore(data, settings.server)
    if destination.vendor == ALIBABA_VOD:
        return _open_alibaba_vod(destination, secret, settings)
    if destination.vendor == TENCENT_VOD:
        return _open_tencent_vod(destination, secret, settings)
    from reelroom.storage.s3_client import Credentials  # noqa: PLC0415

    return _open_s3(destination, Credentials(destination.access_key_id, secret), settings)


@dataclass(frozen=True, slots=True)
class Backup:
    """The operator's own store, for files that their customers' do not take."""

    store: Store
    folder: str

    def key(self, key: str) -> str:
        """Where a file stands in it."""
        return self.folder + key


def open_backup(settings: Settings, data: Path) -> Backup | None:
    """The backup store; None if none is set. Raises as `open_store` does."""
    if not settings.store.backup:
        return None
    backup = settings.store.backup[0]
    folder = normalise_folder(backup.folder)
    if backup.vendor == LOCAL:
        return Backup(LocalStore(data, settings.server, as_backup=True), folder)
    destination = Destination(
        vendor=backup.vendor,
        region=backup.region,
        bucket=backup.bucket,
        access_key_id=backup.access_key_id,
        endpoint=backup.endpoint,
        path_style=backup.path_style,
    )
    trusting = replace(settings, callbacks=replace(settings.callbacks, allow_private=True))  # the operator's own word
    return Backup(open_store(destination, backup.secret, trusting, data), folder)


def check(destination: Destination, secret: str, settings: Settings) -> None:
    """Find out whether a destination takes files with this key, by writing an empty object or a signed question.

    Blocks for as long as the store does, at most about two minutes. Raises RefusedError (wrong key, right or bucket),
    StorageError (it could not be asked), RequestError (values that cannot be).
    """
    store = open_store(destination, secret, settings, Path(settings.data))
    store.check(".reelroom-check")


def _open_s3(destination: Destination, who: "Credentials", settings: Settings) -> "S3Store":
    store = settings.store
    address = s3_address(destination, store.vendors)
    # What the operator put in place of a vendor's address may be one of their own network.
    allow_private = settings.callbacks.allow_private or bool(own_endpoint(destination, store.vendors))
    from reelroom.storage.s3 import open_s3  # noqa: PLC0415
    from reelroom.storage.s3_client import Reach  # noqa: PLC0415

    try:
        return open_s3(
            address,
            who,
            _bandwidth(store.max_bytes_per_s),
            Reach(store.timeout_s, store.ca_file, allow_private),
            parts_at_once=store.parts_at_once,
            files_at_once=store.files_at_once,
        )
    except OSError as error:
        raise SettingsError(f"store.ca_file: {store.ca_file} is no file of certificates") from error


def _open_alibaba_vod(destination: Destination, secret: str, settings: Settings) -> Store:
    from reelroom.storage.alibaba_vod import AlibabaVod  # noqa: PLC0415

    return AlibabaVod(
        destination,
        secret,
        _bandwidth(settings.store.max_bytes_per_s),
        parts_at_once=settings.store.parts_at_once,
        endpoint=own_endpoint(destination, settings.store.vendors),
    )


def _open_tencent_vod(destination: Destination, secret: str, settings: Settings) -> Store:
    from reelroom.storage.tencent_vod import TencentVod  # noqa: PLC0415

    def open_bucket(bucket: "Bucket", who: "Credentials") -> "S3Store":
        return _open_s3(Destination(vendor=COS, region=bucket.region, bucket=bucket.name), who, settings)

    endpoint = own_endpoint(destination, settings.store.vendors)
    return TencentVod(destination, secret, open_bucket, endpoint=endpoint)


@lru_cache
def _bandwidth(bytes_per_s: int) -> Bandwidth:
    return Bandwidth(bytes_per_s)
