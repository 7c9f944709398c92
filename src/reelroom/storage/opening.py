"""From a destination to its store."""

from functools import lru_cache
from pathlib import Path

from reelroom.errors import SettingsError
from reelroom.settings import Settings
from reelroom.spec import Destination
from reelroom.storage.bandwidth import Bandwidth
from reelroom.storage.local import LocalStore
from reelroom.storage.store import Store
from reelroom.storage.vendors import LOCAL, s3_address


def open_store(destination: Destination, secret: str, settings: Settings, data: Path) -> Store:
    """The store of a destination; connects to nothing yet. `secret`: its secret key; `data`: the data folder.

    All stores of a process share its bandwidth. Raises RequestError for values that cannot be, SettingsError.
    """
    if destination.vendor == LOCAL:
        return LocalStore(data, settings.server)
    return _open_s3(destination, secret, settings)


def _open_s3(destination: Destination, secret: str, settings: Settings) -> Store:
    store = settings.store
    address = s3_address(destination, store.vendors)
    from reelroom.storage.s3 import open_s3  # noqa: PLC0415  boto3 is 30 MB that local tasks need not carry
    from reelroom.storage.s3_client import Credentials  # noqa: PLC0415

    try:
        return open_s3(
            address,
            Credentials(destination.access_key_id, secret),
            _bandwidth(store.max_bytes_per_s),
            parts_at_once=store.parts_at_once,
            connections=store.parts_at_once * store.files_at_once,
            ca_file=store.ca_file,
            allow_private=settings.callbacks.allow_private,
        )
    except OSError as error:
        raise SettingsError(f"store.ca_file: {store.ca_file} is no file of certificates") from error


@lru_cache
def _bandwidth(bytes_per_s: int) -> Bandwidth:
    return Bandwidth(bytes_per_s)
