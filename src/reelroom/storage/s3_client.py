"""boto3's client, set up for one bucket."""

from __future__ import annotations

import socket
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, cast

import boto3
from botocore.client import Config

from reelroom.storage.guard import refuse_private_addresses
from reelroom.storage.vendors import S3Address

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client  # only development has it

_TCP_NOTSENT_LOWAT = 25  # Linux; Python names it from 3.12 on
_UNSENT_BYTES = 256 << 10
_SIGNATURES = {"v4": "s3v4", "v2": "s3"}  # botocore's names


@dataclass(frozen=True, slots=True)
class Credentials:
    """Who writes. `token` belongs to temporary keys. `repr` shows no secret."""

    access_key_id: str
    secret: str = field(repr=False)
    token: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Reach:
    """How stores are reached. ca_file: a private authority's certificates; timeout_s: of a store's silence."""

    timeout_s: float = 60.0
    ca_file: str = ""
    allow_private: bool = False


def make_client(address: S3Address, who: Credentials, *, connections: int = 8, reach: Reach = Reach()) -> S3Client:
    """A client that connects to nothing yet. `connections`: kept open at once. Raises OSError for a bad `ca_file`."""
    client = cast(
        "S3Client",
        boto3.session.Session().client(
            "s3",
            endpoint_url=address.endpoint,
            region_name=address.region,
            aws_access_key_id=who.access_key_id,
            aws_secret_access_key=who.secret,
            aws_session_token=who.token,
            config=_config(address, connections, reach.timeout_s),
        ),
    )
    client.meta.events.register_first("request-created.s3", _hashing)
    client.meta.events.register_last("request-created.s3", _sending)
    _hold_back(client)
    if reach.ca_file:
        _trust(client, reach.ca_file)
    if not reach.allow_private:
        refuse_private_addresses(client)
    return client


def _config(address: S3Address, connections: int, timeout_s: float) -> Config:
    checksums: Literal["when_supported", "when_required"] = (
        "when_supported" if address.checksum_trailers else "when_required"
    )
    return Config(
        signature_version=_SIGNATURES[address.signature],
        s3={
            "addressing_style": "path" if address.path_style else "virtual",
            "payload_signing_enabled": False,  # TLS guards the body already; without TLS it is signed all the same
        },
        request_checksum_calculation=checksums,
        response_checksum_validation=checksums,
        connect_timeout=min(10.0, timeout_s),
        read_timeout=timeout_s,
        retries={"mode": "standard", "total_max_attempts": 2},  # within one try; the outbox tries again for days
        max_pool_connections=connections,
        tcp_keepalive=True,
        proxies={},  # one of the environment would resolve names for us, unchecked
    )


def _hold_back(client: S3Client) -> None:
    """Keep little unsent in the kernel: else a slow store's silence begins when minutes of data still wait there."""
    manager = client._endpoint.http_session._manager  # type: ignore[attr-defined]  # noqa: SLF001  no public way there
    manager.connection_pool_kw["socket_options"] = [
        *(manager.connection_pool_kw.get("socket_options") or ()),
        (socket.IPPROTO_TCP, _TCP_NOTSENT_LOWAT, _UNSENT_BYTES),
    ]


def _trust(client: S3Client, ca_file: str) -> None:
    """Trust a private authority beside the public ones; botocore's `verify` would trust it alone."""
    manager = client._endpoint.http_session._manager  # type: ignore[attr-defined]  # noqa: SLF001  no public way there
    manager.connection_pool_kw["ssl_context"].load_verify_locations(cafile=ca_file)


def _hashing(request: Any, **_others: Any) -> None:
    """Signing reads the body too, which is not to count as sending."""
    if hasattr(request.body, "sending"):
        request.body.sending = False


def _sending(request: Any, **_others: Any) -> None:
    if hasattr(request.body, "sending"):
        request.body.sending = True
