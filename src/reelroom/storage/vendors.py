"""What each vendor of object storage wants: one table. Source: the vendors' documents, and notes on S3 dialects."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final
from urllib.parse import quote, urlsplit

from reelroom.errors import RequestError
from reelroom.spec import Destination

LOCAL = 0


@dataclass(frozen=True, slots=True)
class Vendor:
    """One vendor. `endpoint`: the service address for a destination, with scheme, without bucket."""

    name: str
    endpoint: Callable[[Destination], str]
    checksum_trailers: bool = False  # elsewhere they are refused, or written into the file


@dataclass(frozen=True, slots=True)
class S3Address:
    """How to reach one bucket."""

    endpoint: str  # scheme://host[:port]
    bucket: str
    region: str
    path_style: bool
    checksum_trailers: bool

    def url(self, key: str) -> str:
        """The address of an object, its key percent-encoded."""
        scheme, _, host = self.endpoint.partition("://")
        base = f"{scheme}://{host}/{quote(self.bucket)}" if self.path_style else f"{scheme}://{self.bucket}.{host}"
        return f"{base}/{quote(key, safe='/~')}"


def s3_address(destination: Destination) -> S3Address:
    """How to reach the destination's bucket. Raises RequestError for vendors and values that cannot be."""
    vendor = VENDORS.get(destination.vendor)
    if vendor is None:
        raise RequestError(f"storage vendor {destination.vendor} is not supported yet", field="StorageParams.Vendor")
    if not destination.bucket or "/" in destination.bucket:
        raise RequestError("the bucket is not named", field="StorageParams.Bucket")
    endpoint = vendor.endpoint(destination)
    return S3Address(
        endpoint=endpoint,
        bucket=destination.bucket,
        region=destination.region or "us-east-1",
        path_style=destination.path_style or not _can_be_host(destination.bucket, endpoint),
        checksum_trailers=vendor.checksum_trailers,
    )


def _can_be_host(bucket: str, endpoint: str) -> bool:
    """Whether `bucket.host` can be a host name. Buckets with dots fit no TLS certificate."""
    host = urlsplit(endpoint).hostname or ""
    try:
        ip_address(host)
    except ValueError:
        return re.fullmatch(r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]", bucket) is not None
    return False


def _amazon(destination: Destination) -> str:
    if not re.fullmatch(r"[a-z0-9-]+", destination.region):
        raise RequestError("the region is not one of Amazon's", field="StorageParams.Region")
    domain = "amazonaws.com.cn" if destination.region.startswith("cn-") else "amazonaws.com"
    return f"https://s3.{destination.region}.{domain}"


def _given(destination: Destination) -> str:
    """The endpoint as given: https unless it says otherwise, no path."""
    text = destination.endpoint.strip()
    parts = urlsplit(text if "://" in text else f"https://{text}")
    try:
        usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0 and not parts.username
    except ValueError:  # a port that is no number
        usable = False
    if not usable or parts.path.strip("/") or parts.query or parts.fragment:
        raise RequestError("the endpoint is not the address of a service", field="StorageParams.EndPoint")
    return f"{parts.scheme}://{parts.netloc}"


VENDORS: Final[dict[int, Vendor]] = {
    1: Vendor("Amazon S3", _amazon, checksum_trailers=True),
    10: Vendor("S3 protocol", _given),
}
