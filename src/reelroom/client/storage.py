"""Where files go, one class per vendor. Source: control API, StorageParams. No `repr` shows a secret."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """A bucket of an object store. A key that may only write is enough."""

    vendor: ClassVar[int]

    bucket: str
    access_key_id: str
    access_key_secret: str = field(repr=False)

    def to_params(self) -> dict[str, Any]:
        """StorageParams; holds the secret."""
        return {
            "Vendor": self.vendor,
            "Bucket": self.bucket,
            "AccessKeyId": self.access_key_id,
            "AccessKeySecret": self.access_key_secret,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionalBucket(Bucket):
    """A bucket whose region must be named."""

    region: str

    def to_params(self) -> dict[str, Any]:
        """StorageParams; holds the secret."""
        return {**Bucket.to_params(self), "Region": self.region}


class AmazonS3(RegionalBucket):
    """Amazon S3."""

    __slots__ = ()
    vendor = 1


class AlibabaOss(RegionalBucket):
    """Alibaba Cloud OSS."""

    __slots__ = ()
    vendor = 2


class TencentCos(RegionalBucket):
    """Tencent Cloud COS."""

    __slots__ = ()
    vendor = 3


class QiniuKodo(RegionalBucket):
    """Qiniu Kodo; files there have no address in answers."""

    __slots__ = ()
    vendor = 4


class HuaweiObs(RegionalBucket):
    """Huawei Cloud OBS."""

    __slots__ = ()
    vendor = 7


class GoogleCloudStorage(Bucket):
    """Google Cloud Storage, by HMAC keys."""

    __slots__ = ()
    vendor = 8


class ChinaMobileEos(RegionalBucket):
    """China Mobile EOS."""

    __slots__ = ()
    vendor = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class S3Compatible(RegionalBucket):
    """Any store that speaks the S3 protocol. `endpoint`: its address; without a scheme it is https."""

    vendor: ClassVar[int] = 10

    endpoint: str
    path_style: bool = False  # address buckets by path rather than by host name

    def to_params(self) -> dict[str, Any]:
        """StorageParams; holds the secret."""
        own = {"EndPoint": self.endpoint, "S3ForcePathStyle": self.path_style}
        return {**RegionalBucket.to_params(self), **own}


@dataclass(frozen=True, slots=True, kw_only=True)
class AlibabaVod:
    """Alibaba Cloud VOD; takes mp4 and flv. `storage_location`: the address of its own bucket."""

    vendor: ClassVar[int] = 5

    region: str
    access_key_id: str
    access_key_secret: str = field(repr=False)
    title: str
    storage_location: str

    def to_params(self) -> dict[str, Any]:
        """StorageParams; holds the secret."""
        own = {
            "Region": self.region,
            "AccessKeyId": self.access_key_id,
            "AccessKeySecret": self.access_key_secret,
            "Title": self.title,
            "StorageLocation": self.storage_location,
        }
        return {"Vendor": self.vendor, "AlibabaCloudVodParams": own}


@dataclass(frozen=True, slots=True, kw_only=True)
class TencentVod:
    """Tencent Cloud VOD; takes mp4, flv, jpg and mp3."""

    vendor: ClassVar[int] = 6

    region: str
    secret_id: str
    secret_key: str = field(repr=False)
    sub_app_id: int | None = None

    def to_params(self) -> dict[str, Any]:
        """StorageParams; holds the secret."""
        own: dict[str, Any] = {"SecretId": self.secret_id, "SecretKey": self.secret_key, "Region": self.region}
        if self.sub_app_id is not None:
            own["SubAppId"] = self.sub_app_id
        return {"Vendor": self.vendor, "TencentCloudVodParams": own}


Storage = Bucket | AlibabaVod | TencentVod


def storage_params(storage: Storage | Mapping[str, Any]) -> dict[str, Any]:
    """StorageParams of a typed store, or a mapping as it is."""
    return dict(storage) if isinstance(storage, Mapping) else storage.to_params()
