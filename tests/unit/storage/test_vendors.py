import pytest

from reelroom.errors import RequestError
from reelroom.settings import VendorSettings
from reelroom.spec import Destination
from reelroom.storage.vendors import s3_address


def url(key: str = "f/a b.mp4", **words) -> str:
    return s3_address(Destination(bucket="bucket", **words)).url(key)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ({"vendor": 1, "region": "eu-central-1"}, "https://bucket.s3.eu-central-1.amazonaws.com/f/a%20b.mp4"),
        ({"vendor": 1, "region": "cn-north-1"}, "https://bucket.s3.cn-north-1.amazonaws.com.cn/f/a%20b.mp4"),
        ({"vendor": 2, "region": "oss-cn-hangzhou"}, "https://bucket.oss-cn-hangzhou.aliyuncs.com/f/a%20b.mp4"),
        ({"vendor": 2, "region": "cn-hangzhou"}, "https://bucket.oss-cn-hangzhou.aliyuncs.com/f/a%20b.mp4"),
        ({"vendor": 3, "region": "ap-beijing"}, "https://bucket.cos.ap-beijing.myqcloud.com/f/a%20b.mp4"),
        ({"vendor": 4, "region": "z0"}, ""),
        ({"vendor": 7, "region": "cn-north-4"}, "https://bucket.obs.cn-north-4.myhuaweicloud.com/f/a%20b.mp4"),
        ({"vendor": 8}, "https://storage.googleapis.com/bucket/f/a%20b.mp4"),
        ({"vendor": 9, "region": "eos-shanghai-1"}, "https://eos-shanghai-1.cmecloud.cn/bucket/f/a%20b.mp4"),
        ({"vendor": 10, "endpoint": "nyc3.example.com"}, "https://bucket.nyc3.example.com/f/a%20b.mp4"),
        ({"vendor": 10, "endpoint": "https://nyc3.example.com/"}, "https://bucket.nyc3.example.com/f/a%20b.mp4"),
        ({"vendor": 10, "endpoint": "http://h.example:9000"}, "http://bucket.h.example:9000/f/a%20b.mp4"),
        ({"vendor": 10, "endpoint": "h.example:9000"}, "https://bucket.h.example:9000/f/a%20b.mp4"),
        ({"vendor": 10, "endpoint": "h.example", "path_style": True}, "https://h.example/bucket/f/a%20b.mp4"),
        ({"vendor": 10, "endpoint": "http://127.0.0.1:9"}, "http://127.0.0.1:9/bucket/f/a%20b.mp4"),
        ({"vendor": 10, "endpoint": "http://[::1]:9"}, "http://[::1]:9/bucket/f/a%20b.mp4"),
    ],
)
def test_urls_follow_vendor_and_style(words, expected):
    assert url(**words) == expected


def test_keys_are_percent_encoded_but_their_slashes_kept():
    assert url("课/a+b?c#d%~.mp4", vendor=10, endpoint="h").endswith("/%E8%AF%BE/a%2Bb%3Fc%23d%25~.mp4")


@pytest.mark.parametrize("bucket", ["with.dots", "Upper", "a", "under_score"])
def test_buckets_that_fit_no_host_name_go_into_the_path(bucket):
    assert s3_address(Destination(vendor=10, endpoint="h.example", bucket=bucket)).path_style


def test_only_amazon_gets_its_checksum_trailers():
    assert s3_address(Destination(vendor=1, region="us-east-1", bucket="bucket")).checksum_trailers
    assert not s3_address(Destination(vendor=10, endpoint="h", bucket="bucket")).checksum_trailers


@pytest.mark.parametrize(
    ("words", "endpoint", "signing_region", "path_style", "signature"),
    [
        ({"vendor": 1, "region": "eu-west-1"}, "https://s3.eu-west-1.amazonaws.com", "eu-west-1", False, "v4"),
        (
            {"vendor": 2, "region": "oss-cn-beijing"},
            "https://s3.oss-cn-beijing.aliyuncs.com",
            "cn-beijing",
            False,
            "v2",
        ),
        ({"vendor": 3, "region": "ap-beijing"}, "https://cos.ap-beijing.myqcloud.com", "ap-beijing", False, "v4"),
        ({"vendor": 4, "region": "z0"}, "https://s3-cn-east-1.qiniucs.com", "cn-east-1", True, "v4"),
        ({"vendor": 4, "region": "cn-east-2"}, "https://s3-cn-east-2.qiniucs.com", "cn-east-2", True, "v4"),
        ({"vendor": 4, "region": "z1"}, "https://s3-cn-north-1.qiniucs.com", "cn-north-1", True, "v4"),
        ({"vendor": 4, "region": "z2"}, "https://s3-cn-south-1.qiniucs.com", "cn-south-1", True, "v4"),
        ({"vendor": 4, "region": "na0"}, "https://s3-us-north-1.qiniucs.com", "us-north-1", True, "v4"),
        ({"vendor": 4, "region": "as0"}, "https://s3-ap-southeast-1.qiniucs.com", "ap-southeast-1", True, "v4"),
        ({"vendor": 7, "region": "cn-north-4"}, "https://obs.cn-north-4.myhuaweicloud.com", "cn-north-4", False, "v4"),
        ({"vendor": 8}, "https://storage.googleapis.com", "auto", True, "v4"),
        ({"vendor": 9, "region": "eos-wuxi-1"}, "https://eos-wuxi-1.cmecloud.cn", "eos-wuxi-1", True, "v4"),
        ({"vendor": 10, "endpoint": "h.example"}, "https://h.example", "us-east-1", False, "v4"),
    ],
)
def test_each_vendor_is_reached_as_it_documents(words, endpoint, signing_region, path_style, signature):
    address = s3_address(Destination(bucket="bucket", **words))
    assert (address.endpoint, address.region, address.path_style, address.signature) == (
        endpoint,
        signing_region,
        path_style,
        signature,
    )


@pytest.mark.parametrize("vendor", [0, 5, 6, 11])
def test_vendors_that_speak_no_s3_are_not_in_the_table(vendor):
    with pytest.raises(RequestError) as refused:
        s3_address(Destination(vendor=vendor, bucket="bucket"))
    assert refused.value.field == "StorageParams.Vendor"


def test_the_operator_may_give_a_vendor_another_address_and_signature():
    inner = VendorSettings(
        vendor=2, region="oss-cn-hangzhou", endpoint="https://s3.oss-cn-hangzhou-internal.aliyuncs.com/", signature="v4"
    )
    changed = s3_address(Destination(vendor=2, bucket="bucket", region="oss-cn-hangzhou"), [inner])
    assert (changed.endpoint, changed.signature) == ("https://s3.oss-cn-hangzhou-internal.aliyuncs.com", "v4")
    assert s3_address(Destination(vendor=2, bucket="bucket", region="oss-cn-beijing"), [inner]).signature == "v2"
    everywhere = VendorSettings(vendor=7, endpoint="https://obs.partner.example")
    address = s3_address(Destination(vendor=7, bucket="bucket", region="cn-north-4"), [inner, everywhere])
    assert address.url("k.mp4") == "https://bucket.obs.partner.example/k.mp4"


@pytest.mark.parametrize(
    "endpoint",
    ["", "http://", "ftp://h", "https://h/base", "https://h?x=1", "https://u:p@h", "h:port", "https://h:99999"],
)
def test_endpoints_that_are_no_service_are_refused(endpoint):
    with pytest.raises(RequestError) as refused:
        s3_address(Destination(vendor=10, bucket="bucket", endpoint=endpoint))
    assert refused.value.field == "StorageParams.EndPoint"


@pytest.mark.parametrize("vendor", [1, 2, 3, 4, 7, 9])
@pytest.mark.parametrize("region", ["", "eu central", "x/../y", "evil.example.com#", "evil.com", "a@b", "-x"])
def test_regions_that_are_none_are_refused(vendor, region):
    with pytest.raises(RequestError) as refused:
        s3_address(Destination(vendor=vendor, bucket="bucket", region=region))
    assert refused.value.field == "StorageParams.Region"


@pytest.mark.parametrize("bucket", ["", "a/b", "a@b", "a#b", "a?b", "a:b", "a b"])
def test_a_bucket_must_be_named(bucket):
    with pytest.raises(RequestError):
        s3_address(Destination(vendor=10, endpoint="h", bucket=bucket))
