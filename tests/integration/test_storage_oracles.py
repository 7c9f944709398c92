"""What leaves for each S3-speaking vendor, beside what others would send for the same input. Nothing is sent.

Oracles, and what they can say:

* Alibaba OSS: its own package names the host, path and object URL; its own V1 signer gives the same signature as the
  documented S3 mode (signature v2) does, up to the scheme's word, for keys of plain ASCII: OSS signs keys as they are,
  S3 signs them percent-encoded, as they are sent.
* Tencent COS: its own package names host, path and URL. It signs a dialect of its own, so the signature of our S3
  dialect is judged by an independent one.
* Huawei OBS: its own package names host and path and signs the same v4: all three are equal.
* Qiniu Kodo, Google and China Mobile EOS have no package that speaks S3 (theirs are for dialects of their own, or are
  Amazon's): hosts are compared with what the vendors' documents say, signatures with an independent signer.

The independent signer of v4 is Huawei's, written without botocore.
"""

import datetime as dt
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

import alibabacloud_oss_v2 as oss
import pytest
from alibabacloud_oss_v2.credentials import StaticCredentialsProvider
from alibabacloud_oss_v2.signer import SignerV1
from alibabacloud_oss_v2.types import Credentials as OssCredentials
from alibabacloud_oss_v2.types import HttpRequest, SigningContext
from botocore.awsrequest import AWSResponse
from obs.auth import V4Authentication
from obs.convertor import Adapter
from qcloud_cos import CosConfig

from reelroom.settings import CallbackSettings, Settings, StoreSettings, VendorSettings
from reelroom.spec import Destination
from reelroom.storage import open_store
from reelroom.storage.multipart import Part

KEY = "lessons/aJB-YE_room 1_课_s~+%&=_VA_20250804093322418.mp4"
PLAIN_KEY = "lessons/aJB-YE_room-1_u_s_VA_20250804093322418.mp4"
ACCESS_KEY_ID, SECRET = "AKIDEXAMPLE", "wJalrXUtnFEMI-K7MDENG-bPxRfiCYEXAMPLEKEY"

DESTINATIONS = {
    1: Destination(vendor=1, region="eu-central-1", bucket="bucket-1", access_key_id=ACCESS_KEY_ID),
    2: Destination(vendor=2, region="oss-cn-hangzhou", bucket="bucket-1", access_key_id=ACCESS_KEY_ID),
    3: Destination(vendor=3, region="ap-beijing", bucket="bucket-1250000000", access_key_id=ACCESS_KEY_ID),
    4: Destination(vendor=4, region="z0", bucket="space-1", access_key_id=ACCESS_KEY_ID),
    7: Destination(vendor=7, region="cn-north-4", bucket="bucket-1", access_key_id=ACCESS_KEY_ID),
    8: Destination(vendor=8, bucket="bucket-1", access_key_id=ACCESS_KEY_ID),
    9: Destination(vendor=9, region="eos-shanghai-1", bucket="bucket-1", access_key_id=ACCESS_KEY_ID),
}
HOSTS = {
    1: "bucket-1.s3.eu-central-1.amazonaws.com",
    2: "bucket-1.s3.oss-cn-hangzhou.aliyuncs.com",
    3: "bucket-1250000000.cos.ap-beijing.myqcloud.com",
    4: "s3-cn-east-1.qiniucs.com",
    7: "bucket-1.obs.cn-north-4.myhuaweicloud.com",
    8: "storage.googleapis.com",
    9: "eos-shanghai-1.cmecloud.cn",
}
SIGNING_REGIONS = {
    1: "eu-central-1", 3: "ap-beijing", 4: "cn-east-1", 7: "cn-north-4", 8: "auto", 9: "eos-shanghai-1",
}  # fmt: skip
ENCODED_KEY = "lessons/aJB-YE_room%201_%E8%AF%BE_s~%2B%25%26%3D_VA_20250804093322418.mp4"


class Leaving:
    """Catches the requests of a store just before they would leave."""

    def __init__(self, vendor: int, folder: Path, *others: VendorSettings) -> None:
        settings = Settings(
            data=folder, store=StoreSettings(vendors=others), callbacks=CallbackSettings(allow_private=True)
        )
        self.store = open_store(DESTINATIONS[vendor], SECRET, settings, folder)
        self.requests: list = []
        self.store._bucket._client.meta.events.register_first("before-send.s3", self._catch)
        self.file = folder / "file.mp4"
        self.file.write_bytes(b"x" * 100)

    def _catch(self, request, **_):
        self.requests.append(request)
        return AWSResponse(request.url, 200, {"ETag": '"tag"'}, _Empty())

    def put(self, key: str):
        self.store.put(self.file, key, {}, lambda _: None)
        return self.requests[-1]

    def send_part(self, key: str):
        self.store._bucket.send(key, "upload/1+", Part(self.file, 3, 10, 50))
        return self.requests[-1]


class _Empty:
    def stream(self, *_, **__):
        yield b""


def header(request, name: str) -> str:
    value = next(v for k, v in request.headers.items() if k.lower() == name)
    return value.decode() if isinstance(value, bytes) else value


def independent_v4(request, vendor: int, bucket: str, key: str) -> str:
    """The signature that Huawei's signer gives for the request's own headers."""
    destination = DESTINATIONS[vendor]
    signed = header(request, "authorization").split("SignedHeaders=")[1].split(",")[0].split(";")
    headers = {name: HOSTS[vendor] if name == "host" else header(request, name) for name in signed}
    moment = headers["x-amz-date"]
    path_style = urlsplit(request.url).path.startswith(f"/{bucket}/")
    signer = V4Authentication(
        destination.access_key_id, SECRET, SIGNING_REGIONS[vendor], moment[:8], moment, path_style, Adapter("v4")
    )
    query = dict(parse_qsl(urlsplit(request.url).query, keep_blank_values=True))
    answer = signer.doAuth(request.method, bucket, key, query, headers)
    return answer["Authorization"].rpartition("Signature=")[2]


@pytest.mark.parametrize("vendor", list(DESTINATIONS))
def test_requests_leave_for_the_documented_host_over_tls_with_the_key_encoded_once(vendor, tmp_path):
    request = Leaving(vendor, tmp_path).put(KEY)
    parts = urlsplit(request.url)
    bucket = "" if DESTINATIONS[vendor].bucket in HOSTS[vendor] else f"/{DESTINATIONS[vendor].bucket}"
    assert (request.method, parts.scheme, parts.netloc) == ("PUT", "https", HOSTS[vendor])
    assert parts.path == f"{bucket}/{ENCODED_KEY}"
    assert header(request, "content-type") == "video/mp4"


@pytest.mark.parametrize("vendor", [2, 3, 4, 7, 8, 9])
def test_vendors_but_amazon_get_no_checksum_trailers_and_no_chunk_framing(vendor, tmp_path):
    leaving = Leaving(vendor, tmp_path)
    for request in (leaving.put(KEY), leaving.send_part(KEY)):
        names = {name.lower() for name in request.headers}
        assert not any(
            "checksum" in n or "trailer" in n or n in ("content-encoding", "transfer-encoding") for n in names
        )
        assert "STREAMING" not in str(dict(request.headers))


@pytest.mark.parametrize("vendor", [3, 4, 7, 8, 9])
def test_an_independent_signer_gives_the_same_signature(vendor, tmp_path):
    leaving, bucket = Leaving(vendor, tmp_path), DESTINATIONS[vendor].bucket
    for request in (leaving.put(KEY), leaving.send_part(KEY)):
        assert header(request, "x-amz-content-sha256") == "UNSIGNED-PAYLOAD"
        ours = header(request, "authorization").rpartition("Signature=")[2]
        assert ours == independent_v4(request, vendor, bucket, KEY)
        scope = header(request, "authorization").split("Credential=")[1].split(",")[0].split("/")
        assert scope[0] == ACCESS_KEY_ID
        assert scope[2:] == [SIGNING_REGIONS[vendor], "s3", "aws4_request"]


def oss_url(key: str) -> str:
    """Where Alibaba's package would send an object; its presigned URL without the signature."""
    config = oss.config.Config(
        region="cn-hangzhou", credentials_provider=StaticCredentialsProvider(ACCESS_KEY_ID, SECRET)
    )
    url = oss.Client(config).presign(oss.PutObjectRequest(bucket="bucket-1", key=key)).url
    return url.partition("?")[0]


def oss_signature(request, key: str) -> str:
    """The signature of Alibaba's own V1 signer for the request's method, query, date and media type."""
    headers = {name: header(request, name) for name in ("content-type",) if _has(request, name)}
    context = SigningContext(
        bucket="bucket-1",
        key=key,
        request=HttpRequest(request.method, request.url, headers=headers),
        credentials=OssCredentials(ACCESS_KEY_ID, SECRET),
        signing_time=dt.datetime.strptime(header(request, "date"), "%a, %d %b %Y %H:%M:%S GMT").replace(tzinfo=dt.UTC),
    )
    SignerV1().sign(context)
    return context.request.headers["Authorization"]


def _has(request, name: str) -> bool:
    return any(k.lower() == name for k in request.headers)


def test_alibabas_own_package_names_the_same_path_and_url(tmp_path):
    leaving = Leaving(2, tmp_path)
    request = leaving.put(KEY)
    theirs = urlsplit(oss_url(KEY))
    assert urlsplit(request.url).path == theirs.path
    assert leaving.store.put(leaving.file, KEY, {}, lambda _: None).url == f"https://{theirs.netloc}{theirs.path}"


def test_the_operator_may_send_to_the_host_of_alibabas_own_package(tmp_path):
    native = VendorSettings(vendor=2, endpoint="https://oss-cn-hangzhou.aliyuncs.com")
    request = Leaving(2, tmp_path, native).put(PLAIN_KEY)
    assert request.url == oss_url(PLAIN_KEY)


def test_alibabas_own_signer_gives_the_same_signature(tmp_path):
    leaving = Leaving(2, tmp_path)
    for request in (leaving.put(PLAIN_KEY), leaving.send_part(PLAIN_KEY)):
        ours, theirs = header(request, "authorization"), oss_signature(request, PLAIN_KEY)
        assert ours.replace("AWS ", "OSS ", 1) == theirs


def test_tencents_own_package_names_the_same_url(tmp_path):
    leaving = Leaving(3, tmp_path)
    theirs = CosConfig(Region="ap-beijing", SecretId="i", SecretKey="k", Scheme="https").uri("bucket-1250000000", KEY)
    assert leaving.put(KEY).url == theirs
    assert leaving.store.put(leaving.file, KEY, {}, lambda _: None).url == theirs


def test_huaweis_own_package_names_the_same_host_and_path(tmp_path):
    from obs import ObsClient

    client = ObsClient(access_key_id="i", secret_access_key="k", server="https://obs.cn-north-4.myhuaweicloud.com")
    theirs = client.createSignedUrl("PUT", "bucket-1", KEY).signedUrl
    ours = Leaving(7, tmp_path).put(KEY).url
    assert theirs.partition("?")[0].replace(":443", "") == ours


def test_the_file_urls_decode_to_their_keys(tmp_path):
    for vendor in (1, 2, 3, 7, 8, 9):
        leaving = Leaving(vendor, tmp_path)
        url = leaving.store.put(leaving.file, KEY, {}, lambda _: None).url
        assert unquote(urlsplit(url).path).endswith(KEY)
