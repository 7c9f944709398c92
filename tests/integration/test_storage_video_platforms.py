"""Alibaba VOD and Tencent VOD through their vendors' own packages, against loopback fakes of their documented APIs.

The fakes stand for paid clouds: what is proved is that the packages send what the documents ask for, and that answers,
error codes included, are understood. Nothing here has met the real ones.
"""

import logging
import os
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from tests.support.vod_fakes import FakeCloud

from reelroom.errors import RequestError, StorageError
from reelroom.settings import CallbackSettings, Settings, StoreSettings, VendorSettings
from reelroom.spec import Destination
from reelroom.storage import RefusedError, open_store
from reelroom.storage.store import Store

KEY = "lessons/aJB-YE-iHBJnAABN_room_u_s_VA_20250804093322418.mp4"
NAME = KEY.rpartition("/")[2]
SECRET = "hunter2-the-secret-key"
ALIBABA = Destination(
    vendor=5, region="cn-shanghai", access_key_id="LTAI5t", title="Lesson 42",
    storage_location="outin-1.oss-cn-shanghai.aliyuncs.com",
)  # fmt: skip
TENCENT = Destination(vendor=6, region="ap-shanghai", access_key_id="AKID", sub_app_id=1500)


@pytest.fixture(name="cloud")
def cloud_fixture():
    with FakeCloud() as cloud:
        yield cloud


def store_at(cloud: FakeCloud, destination: Destination, data: Path) -> Store:
    """A store whose API and buckets are the fake."""
    others = tuple(VendorSettings(vendor=vendor, endpoint=cloud.url) for vendor in (3, 5, 6))
    settings = Settings(
        data=data,
        store=StoreSettings(vendors=others, parts_at_once=1),
        callbacks=CallbackSettings(allow_private=True),
    )
    return open_store(destination, SECRET, settings, data)


def make_file(folder: Path, size: int) -> Path:
    path = folder / f"{size}.mp4"
    path.write_bytes(os.urandom(size))
    return path


def assert_no_secret(saved: list[dict]) -> None:
    assert not any(word in str(saved) for word in (SECRET, "temporary-secret", "temporary-token"))


def test_alibaba_is_asked_for_an_upload_and_gets_the_file(cloud, tmp_path):
    saved: list[dict] = []
    path = make_file(tmp_path, 5_000_000)
    stored = store_at(cloud, ALIBABA, tmp_path).put(path, KEY, {}, saved.append)
    assert (stored.url, stored.video_id) == ("", "93ab850b4f6f44eab54b6e91d24d81d4")
    (asked,) = cloud.asked
    assert asked.action == "CreateUploadVideo"
    assert asked.headers["x-acs-version"] == "2017-03-21"
    assert asked.fields == {
        "Title": "Lesson 42",
        "FileName": NAME,
        "FileSize": "5000000",
        "StorageLocation": "outin-1.oss-cn-shanghai.aliyuncs.com",
    }
    assert asked.headers["authorization"].startswith("ACS3-HMAC-SHA256 Credential=LTAI5t,")
    assert cloud.objects["outin-bucket/sv/5f1.mp4"] == path.read_bytes()
    _, _, headers = cloud.requests[0]
    assert "STS.1" in headers["authorization"]
    assert headers["x-oss-security-token"] == "temporary-token-1"
    assert_no_secret(saved)


def test_tencent_is_asked_gets_the_file_and_a_commit(cloud, tmp_path):
    saved: list[dict] = []
    path = make_file(tmp_path, 5_000_000)
    stored = store_at(cloud, TENCENT, tmp_path).put(path, KEY, {}, saved.append)
    assert (stored.url, stored.video_id) == ("http://125.vod2.myqcloud.com/x/f0.mp4", "5285890784273533167")
    apply, commit = cloud.asked
    assert apply.action == "ApplyUpload"
    assert apply.fields == {
        "MediaType": "mp4", "MediaName": NAME.removesuffix(".mp4"), "StorageRegion": "ap-shanghai", "SubAppId": 1500
    }  # fmt: skip
    assert apply.headers["x-tc-version"] == "2018-07-17"
    assert apply.headers["authorization"].startswith("TC3-HMAC-SHA256 Credential=AKID/")
    assert (commit.action, commit.fields) == ("CommitUpload", {"VodSessionKey": "session-1", "SubAppId": 1500})
    assert cloud.objects["vodbucket-125/x/1/f0.mp4"] == path.read_bytes()
    _, _, headers = cloud.requests[0]
    assert headers["x-amz-security-token"] == "temporary-token-1"
    assert_no_secret(saved)


@pytest.mark.parametrize("destination", [ALIBABA, TENCENT])
def test_no_key_reaches_a_log_or_the_terminal(cloud, tmp_path, destination, *, caplog, capfd, monkeypatch):
    monkeypatch.setenv("DEBUG", "sdk")
    with caplog.at_level(logging.DEBUG):
        store_at(cloud, destination, tmp_path).put(make_file(tmp_path, 17 << 20), KEY, {}, lambda _: None)
    ours = [record.getMessage() for record in caplog.records if not record.name.startswith(("botocore", "urllib3"))]
    assert_no_secret([{"logged": ours, "printed": capfd.readouterr()}])


@pytest.mark.parametrize(
    ("destination", "place"), [(ALIBABA, "outin-bucket/sv/5f1.mp4"), (TENCENT, "vodbucket-125/x/1/f0.mp4")]
)
def test_a_large_file_goes_on_with_its_missing_parts(cloud, tmp_path, destination, place):
    saved: list[dict] = []
    path = make_file(tmp_path, 40_000_000)
    store = store_at(cloud, destination, tmp_path)
    cloud.broken_after = 1
    with pytest.raises(StorageError) as failed:
        store.put(path, KEY, {}, saved.append)
    assert failed.value.retryable
    assert len(saved[-1]["upload"]["parts"]) == 1
    cloud.broken_after = None
    store.put(path, KEY, saved[-1], saved.append)
    assert cloud.objects[place] == path.read_bytes()
    arrived = [target for method, target, _ in cloud.requests if method == "PUT"]
    assert sum("1" in parse_qs(urlsplit(target).query)["partNumber"] for target in arrived) == 1
    assert_no_secret(saved)


def test_another_process_goes_on_with_an_alibaba_upload_by_a_fresh_grant(cloud, tmp_path):
    saved: list[dict] = []
    path = make_file(tmp_path, 40_000_000)
    cloud.broken_after = 1
    with pytest.raises(StorageError):
        store_at(cloud, ALIBABA, tmp_path).put(path, KEY, {}, saved.append)
    cloud.broken_after = None
    stored = store_at(cloud, ALIBABA, tmp_path).put(path, KEY, saved[-1], saved.append)
    assert stored.video_id == "93ab850b4f6f44eab54b6e91d24d81d4"
    assert cloud.actions() == ["CreateUploadVideo", "RefreshUploadVideo"]
    assert len(cloud.uploads) == 0
    assert cloud.objects["outin-bucket/sv/5f1.mp4"] == path.read_bytes()


def test_an_alibaba_video_that_was_deleted_meanwhile_is_made_again(cloud, tmp_path):
    cloud.errors["RefreshUploadVideo"] = [(404, "InvalidVideo.NotFound")]
    path = make_file(tmp_path, 10)
    store_at(cloud, ALIBABA, tmp_path).put(path, KEY, {"video_id": "1" * 32, "file_name": "x"}, lambda _: None)
    assert cloud.actions() == ["RefreshUploadVideo", "CreateUploadVideo"]


def test_a_tencent_file_that_had_arrived_is_only_committed_after_a_crash(cloud, tmp_path):
    saved: list[dict] = []
    path = make_file(tmp_path, 100)
    cloud.errors["CommitUpload"] = [(200, "InternalError")]
    with pytest.raises(StorageError) as failed:
        store_at(cloud, TENCENT, tmp_path).put(path, KEY, {}, saved.append)
    assert failed.value.retryable
    assert saved[-1] == {"session": "session-1", "sent": True}
    stored = store_at(cloud, TENCENT, tmp_path).put(path, KEY, saved[-1], saved.append)
    assert stored.video_id == "5285890784273533167"
    assert cloud.actions() == ["ApplyUpload", "CommitUpload", "CommitUpload"]
    assert len(cloud.requests) == 1


def test_a_tencent_session_that_ended_begins_again(cloud, tmp_path):
    saved: list[dict] = []
    cloud.errors["CommitUpload"] = [(200, "InvalidParameterValue.VodSessionKey")]
    path, store = make_file(tmp_path, 100), store_at(cloud, TENCENT, tmp_path)
    with pytest.raises(StorageError, match="session"):
        store.put(path, KEY, {}, saved.append)
    assert saved[-1] == {}
    store.put(path, KEY, saved[-1], saved.append)
    assert cloud.actions() == ["ApplyUpload", "CommitUpload", "ApplyUpload", "CommitUpload"]


@pytest.mark.parametrize(
    ("status", "code", "words"),
    [
        (404, "InvalidAccessKeyId.NotFound", "access key id is not known"),
        (400, "SignatureDoesNotMatch", "secret does not belong"),
        (403, "Forbidden.RAM", "no right to upload"),
        (404, "InvalidStorage.NotFound", "no such StorageLocation"),
        (400, "InvalidFileName.Extension", "no file of this kind"),
        (400, "SomethingElse", "answered 400 SomethingElse"),
    ],
)
def test_alibabas_refusals_are_told_in_words(cloud, tmp_path, status, code, words):
    cloud.errors["CreateUploadVideo"] = [(status, code)]
    with pytest.raises(RefusedError, match=words) as refused:
        store_at(cloud, ALIBABA, tmp_path).put(make_file(tmp_path, 1), KEY, {}, lambda _: None)
    assert SECRET not in f"{refused.value} {refused.value.__cause__}"


@pytest.mark.parametrize(
    ("status", "code"), [(503, "ServiceUnavailable"), (500, "InternalError"), (400, "Throttling.User")]
)
def test_an_outage_of_alibaba_is_worth_another_try(cloud, tmp_path, status, code):
    cloud.errors["CreateUploadVideo"] = [(status, code)]
    with pytest.raises(StorageError) as failed:
        store_at(cloud, ALIBABA, tmp_path).put(make_file(tmp_path, 1), KEY, {}, lambda _: None)
    assert failed.value.retryable


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("AuthFailure.SecretIdNotFound", "does not know the SecretId"),
        ("AuthFailure.SignatureFailure", "does not know the SecretId"),
        ("UnauthorizedOperation.CamNoAuth", "no right to upload"),
        ("InvalidParameterValue.SubAppId", "no such SubAppId"),
        ("FailedOperation.InvalidVodUser", "not activated"),
        ("InvalidParameterValue.MediaType", "no file of this kind"),
        ("InvalidParameterValue.StorageRegion", "nothing in this region"),
    ],
)
def test_tencents_refusals_are_told_in_words(cloud, tmp_path, code, words):
    cloud.errors["ApplyUpload"] = [(200, code)]
    with pytest.raises(RefusedError, match=words) as refused:
        store_at(cloud, TENCENT, tmp_path).put(make_file(tmp_path, 1), KEY, {}, lambda _: None)
    assert SECRET not in f"{refused.value} {refused.value.__cause__}"


@pytest.mark.parametrize("code", ["InternalError", "RequestLimitExceeded", "AuthFailure.SignatureExpire"])
def test_an_outage_of_tencent_is_worth_another_try(cloud, tmp_path, code):
    cloud.errors["ApplyUpload"] = [(200, code)]
    with pytest.raises(StorageError) as failed:
        store_at(cloud, TENCENT, tmp_path).put(make_file(tmp_path, 1), KEY, {}, lambda _: None)
    assert failed.value.retryable


@pytest.mark.parametrize("destination", [ALIBABA, TENCENT])
def test_a_platform_that_is_down_is_worth_another_try(tmp_path, destination):
    with FakeCloud() as gone:
        store = store_at(gone, destination, tmp_path)
    with pytest.raises(StorageError, match=r"ClientNetworkError|cannot be reached") as failed:
        store.put(make_file(tmp_path, 1), KEY, {}, lambda _: None)
    assert failed.value.retryable


@pytest.mark.parametrize("destination", [ALIBABA, TENCENT])
def test_regions_that_are_none_are_refused(tmp_path, destination):
    with pytest.raises(RequestError) as refused:
        open_store(replace(destination, region="evil.example.com/"), SECRET, Settings(data=tmp_path), tmp_path)
    assert refused.value.field.endswith("Params.Region")
