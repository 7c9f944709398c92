import pytest

from reelroom.errors import RequestError
from reelroom.spec import Destination
from reelroom.storage.vendors import s3_address


def url(key: str = "f/a b.mp4", **words) -> str:
    return s3_address(Destination(bucket="bucket", **words)).url(key)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ({"vendor": 1, "region": "eu-central-1"}, "https://bucket.s3.eu-central-1.amazonaws.com/f/a%20b.mp4"),
        ({"vendor": 1, "region": "cn-north-1"}, "https://bucket.s3.cn-north-1.amazonaws.com.cn/f/a%20b.mp4"),
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


@pytest.mark.parametrize("vendor", [2, 3, 4, 5, 6, 7, 8, 9, 11])
def test_other_vendors_are_not_supported_yet(vendor):
    with pytest.raises(RequestError, match="not supported yet") as refused:
        s3_address(Destination(vendor=vendor, bucket="bucket"))
    assert refused.value.field == "StorageParams.Vendor"


@pytest.mark.parametrize(
    "endpoint",
    ["", "http://", "ftp://h", "https://h/base", "https://h?x=1", "https://u:p@h", "h:port", "https://h:99999"],
)
def test_endpoints_that_are_no_service_are_refused(endpoint):
    with pytest.raises(RequestError) as refused:
        s3_address(Destination(vendor=10, bucket="bucket", endpoint=endpoint))
    assert refused.value.field == "StorageParams.EndPoint"


@pytest.mark.parametrize("region", ["", "eu central", "x/../y", "evil.example.com#"])
def test_regions_that_are_none_are_refused(region):
    with pytest.raises(RequestError) as refused:
        s3_address(Destination(vendor=1, bucket="bucket", region=region))
    assert refused.value.field == "StorageParams.Region"


@pytest.mark.parametrize("bucket", ["", "a/b"])
def test_a_bucket_must_be_named(bucket):
    with pytest.raises(RequestError):
        s3_address(Destination(vendor=10, endpoint="h", bucket=bucket))
