"""Keeping uploads from addresses a caller has no business with: their endpoint is the caller's word.

Each host is looked up and judged before a request is made, so that private hosts aren't even connected to. The
connection is then judged again by the address it really has, before a byte is sent: a name server that changes its
answer in between gains nothing.
"""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from botocore.awsrequest import (
    AWSHTTPConnection,
    AWSHTTPConnectionPool,
    AWSHTTPSConnection,
    AWSHTTPSConnectionPool,
)

from reelroom.addresses import is_public
from reelroom.errors import StorageError
from reelroom.storage.store import RefusedError

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client  # only development has it


def refuse_private_addresses(client: S3Client) -> None:
    """Have the client send nothing to an address that is not public; its calls raise RefusedError, StorageError.

    A RefusedError of a connection comes wrapped in botocore's HTTPClientError, as its `error`.
    """
    client.meta.events.register("before-send.s3", _check)
    manager = client._endpoint.http_session._manager  # type: ignore[attr-defined]  # noqa: SLF001  no public way there
    if not hasattr(manager, "pool_classes_by_scheme"):
        raise AssertionError("this botocore makes its connections otherwise: guard them there")
    manager.pool_classes_by_scheme = {"http": _GuardedPool, "https": _GuardedTlsPool}


def _check(request: Any, **_others: Any) -> None:
    parts = urlsplit(request.url)
    try:
        found = socket.getaddrinfo(parts.hostname, parts.port or 443, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:  # a name server may know it a moment later: that would be unchecked
        raise StorageError(f"the store {parts.hostname} has no address at present") from error
    for entry in found:
        _judge(str(entry[4][0]), parts.hostname)


def _judge(address: str, host: str | None) -> None:
    if not is_public(address):
        raise RefusedError(f"the store {host} is at a private address")


class _GuardedConnection(AWSHTTPConnection):
    def _new_conn(self) -> socket.socket:
        return _judged(super()._new_conn(), self.host)


class _GuardedTlsConnection(AWSHTTPSConnection):
    def _new_conn(self) -> socket.socket:
        return _judged(super()._new_conn(), self.host)


class _GuardedPool(AWSHTTPConnectionPool):
    ConnectionCls = _GuardedConnection


class _GuardedTlsPool(AWSHTTPSConnectionPool):
    ConnectionCls = _GuardedTlsConnection


def _judged(connection: socket.socket, host: str) -> socket.socket:
    try:
        _judge(str(connection.getpeername()[0]), host)
    except (RefusedError, OSError):
        connection.close()
        raise
    return connection
