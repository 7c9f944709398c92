"""What each vendor of object storage wants: one table. Source: the vendors' documents, and notes on S3 dialects."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final, Literal
from urllib.parse import quote, urlsplit

from reelroom.errors import RequestError
from reelroom.settings import VendorSettings
from reelroom.spec import Destination

LOCAL = 0
ALIBABA_VOD = 5
TENCENT_VOD = 6
COS = 3
Style = Literal["host", "path", "asked"]


@dataclass(frozen=True, slots=True)
class Vendor:
    """One vendor that speaks S3.

    endpoint: the service address for a destination, with scheme, without bucket; raises RequestError.
    signing_region: what signatures name, for a destination's region.
    style: where the bucket stands: in the "host" name, in the "path", or as the caller "asked".
    """

    name: str
    endpoint: Callable[[Destination], str]
    style: Style
    signing_region: Callable[[str], str] = lambda region: region
    signature: Literal["v4", "v2"] = "v4"
    checksum_trailers: bool = False  # elsewhere they are refused, or written into the file
    public_endpoint: Callable[[Destination], str] | None = None  # of file URLs, where it isn't where we write
    has_url: bool = True


@dataclass(frozen=True, slots=True)
class S3Address:
    """How to reach one bucket. `public_base` begins the address of every object; None where they have none."""

    endpoint: str  # scheme://host[:port]
    bucket: str
    region: str
    path_style: bool
    checksum_trailers: bool
    signature: Literal["v4", "v2"] = "v4"
    public_base: str | None = ""

    def url(self, key: str) -> str:
        """The address of an object, its key percent-encoded; empty where the vendor gives none."""
        return "" if self.public_base is None else f"{self.public_base}/{quote(key, safe='/~')}"


def s3_address(destination: Destination, settings: Sequence[VendorSettings] = ()) -> S3Address:
    """How to reach the destination's bucket. Raises RequestError for vendors and values that cannot be.

    settings: what the operator changes of a vendor; the first that fits counts.
    """
    vendor = VENDORS.get(destination.vendor)
    if vendor is None:
        raise RequestError(f"there is no storage vendor {destination.vendor}", field="StorageParams.Vendor")
    if not destination.bucket or re.search(r"[\s/\\?#@:]", destination.bucket):
        raise RequestError("the bucket is not named", field="StorageParams.Bucket")
    own = own_settings(destination, settings)
    usual = vendor.endpoint(destination)
    endpoint = own_endpoint(destination, settings) or usual
    path_style = _in_path(vendor, destination, endpoint)
    return S3Address(
        endpoint=endpoint,
        bucket=destination.bucket,
        region=vendor.signing_region(destination.region) or "us-east-1",
        path_style=path_style,
        checksum_trailers=vendor.checksum_trailers,
        signature="v2" if (own.signature if own and own.signature else vendor.signature) == "v2" else "v4",
        public_base=_public_base(vendor, destination, endpoint, path_style),
    )


def own_endpoint(destination: Destination, settings: Sequence[VendorSettings]) -> str:
    """The operator's address of the destination's vendor; empty: the vendor's."""
    own = own_settings(destination, settings)
    return own.endpoint.rstrip("/") if own else ""


def own_settings(destination: Destination, settings: Sequence[VendorSettings]) -> VendorSettings | None:
    """What the operator changes of the destination's vendor and region, if anything."""
    fitting = (s for s in settings if s.vendor == destination.vendor and s.region in ("", destination.region))
    return next(fitting, None)


def word(text: str, what: str, field: str) -> str:
    """A part of a host name as a caller wrote it: nothing that could lead to another host. Raises RequestError."""
    if not re.fullmatch(r"[a-z0-9](?:[a-z0-9-]{0,60}[a-z0-9])?", text):
        raise RequestError(f"the region is not one of {what}", field=field)
    return text


def _public_base(vendor: Vendor, destination: Destination, endpoint: str, path_style: bool) -> str | None:
    if not vendor.has_url:
        return None
    if vendor.public_endpoint is not None and endpoint == vendor.endpoint(destination):
        endpoint = vendor.public_endpoint(destination)
    scheme, _, host = endpoint.partition("://")
    bucket = destination.bucket
    return f"{scheme}://{host}/{quote(bucket)}" if path_style else f"{scheme}://{bucket}.{host}"


def _in_path(vendor: Vendor, destination: Destination, endpoint: str) -> bool:
    if vendor.style == "path" or (vendor.style == "asked" and destination.path_style):
        return True
    return not _can_be_host(destination.bucket, endpoint)


def _can_be_host(bucket: str, endpoint: str) -> bool:
    """Whether `bucket.host` can be a host name. Buckets with dots fit no TLS certificate."""
    host = urlsplit(endpoint).hostname or ""
    try:
        ip_address(host)
    except ValueError:
        return re.fullmatch(r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]", bucket) is not None
    return False


def _region_host(template: str, vendor: str) -> Callable[[Destination], str]:
    """An endpoint whose host holds the region as the caller wrote it."""

    def endpoint(destination: Destination) -> str:
        region = word(destination.region, vendor, "StorageParams.Region")
        return f"https://{template.format(region=region)}"

    return endpoint


def _amazon(destination: Destination) -> str:
    region = word(destination.region, "Amazon's", "StorageParams.Region")
    return f"https://s3.{region}.amazonaws.com{'.cn' if region.startswith('cn-') else ''}"


def _oss_region(region: str) -> str:
    """Callers write `oss-cn-hangzhou`; one who writes `cn-hangzhou` is understood too."""
    return "oss-" + word(region.removeprefix("oss-"), "Alibaba OSS", "StorageParams.Region")


_KODO_REGIONS = {
    "z0": "cn-east-1",
    "cn-east-2": "cn-east-2",
    "z1": "cn-north-1",
    "z2": "cn-south-1",
    "na0": "us-north-1",
    "as0": "ap-southeast-1",
}


def _kodo_region(region: str) -> str:
    """Qiniu's own name of a region to the one of its S3 service; an S3 name stays."""
    return _KODO_REGIONS.get(region) or word(region, "Qiniu Kodo", "StorageParams.Region")


def _any_region(region: str) -> str:
    """Whatever a signature may name; stores that know no regions take any."""
    if not re.fullmatch(r"(?![0-9]+$)(?!-)[A-Za-z0-9-]{0,63}(?<!-)", region):
        raise RequestError("the region is not the name of one", field="StorageParams.Region")
    return region


def _given(destination: Destination) -> str:
    """The endpoint as given: https unless it says otherwise, no path."""
    text = destination.endpoint.strip()
    parts = urlsplit(text if "://" in text else f"https://{text}")
    try:
        usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0 and "@" not in parts.netloc
    except ValueError:  # a port that is no number
        usable = False
    if not usable or parts.path.strip("/") or parts.query or parts.fragment:
        raise RequestError("the endpoint is not the address of a service", field="StorageParams.EndPoint")
    return f"{parts.scheme}://{parts.netloc}"


VENDORS: Final[dict[int, Vendor]] = {
    1: Vendor("Amazon S3", _amazon, "host", checksum_trailers=True),
    # OSS documents signature v2 for boto3, and refuses path style. Source: "Use AWS SDKs to access OSS".
    2: Vendor(
        "Alibaba OSS",
        lambda d: f"https://s3.{_oss_region(d.region)}.aliyuncs.com",
        "host",
        signing_region=lambda region: _oss_region(region).removeprefix("oss-"),
        signature="v2",
        public_endpoint=lambda d: f"https://{_oss_region(d.region)}.aliyuncs.com",
    ),
    3: Vendor("Tencent COS", _region_host("cos.{region}.myqcloud.com", "Tencent COS"), "host"),
    4: Vendor(
        "Qiniu Kodo",
        lambda d: f"https://s3-{_kodo_region(d.region)}.qiniucs.com",
        "path",
        signing_region=_kodo_region,
        has_url=False,
    ),
    7: Vendor("Huawei OBS", _region_host("obs.{region}.myhuaweicloud.com", "Huawei OBS"), "host"),
    8: Vendor(
        "Google Cloud Storage", lambda _: "https://storage.googleapis.com", "path", signing_region=lambda _: "auto"
    ),
    # The region is also the host's name: eos-shanghai-1.
    9: Vendor("China Mobile EOS", _region_host("{region}.cmecloud.cn", "China Mobile EOS"), "path"),
    10: Vendor("S3 protocol", _given, "asked", signing_region=_any_region),
}
