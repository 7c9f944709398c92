"""From a destination to its store."""

from pathlib import Path

from reelroom.settings import Settings
from reelroom.spec import Destination
from reelroom.storage.local import LocalStore
from reelroom.storage.store import Store
from reelroom.storage.vendors import LOCAL, s3_address


def open_store(destination: Destination, secret: str, settings: Settings, data: Path) -> Store:
    """The store of a destination; connects to nothing yet. `secret`: its secret key; `data`: the data folder.

    Raises RequestError for vendors that are not supported and values that cannot be.
    """
    if destination.vendor == LOCAL:
        return LocalStore(data, settings.server)
    address = s3_address(destination)
    from reelroom.storage.s3 import S3Store  # noqa: PLC0415  boto3 is 30 MB that local tasks need not carry

    allow_private = settings.callbacks.allow_private
    return S3Store(address, destination.access_key_id, secret, allow_private=allow_private)
