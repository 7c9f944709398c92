"""Keeping uploads from addresses a caller has no business with: their endpoint is the caller's word."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from reelroom.addresses import is_public
from reelroom.errors import StorageError
from reelroom.storage.store import RefusedError

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client  # only development has it


def refuse_private_addresses(client: S3Client) -> None:
    """Have each request of the client check its host before it is sent; the call raises RefusedError, StorageError.

    The client resolves the name once more by itself; a name server that changes its answer in between reaches a
    private host with a signed write, whose answer no caller sees.
    """
    client.meta.events.register("before-send.s3", _check)


def _check(request: Any, **_others: Any) -> None:
    parts = urlsplit(request.url)
    try:
        found = socket.getaddrinfo(parts.hostname, parts.port or 443, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:  # a name server may know it a moment later: that would be unchecked
        raise StorageError(f"the store {parts.hostname} has no address at present") from error
    if not all(is_public(str(entry[4][0])) for entry in found):
        raise RefusedError(f"the store {parts.hostname} is at a private address")
