"""A real S3 server under harder terms: write-only users, TLS of a private authority, a gigabyte, a check at start."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import boto3
import pytest
from botocore.exceptions import ClientError
from tests.integration.delivery_world import digest
from tests.support.certificates import make_authority
from tests.support.s3_server import (
    ACCESS_KEY_ID,
    BUCKET,
    REGION,
    SECRET,
    MissingServerError,
    S3Server,
    running_s3_server,
)

from reelroom.errors import SettingsError, StorageError
from reelroom.settings import CallbackSettings, Settings, StoreSettings
from reelroom.storage import RefusedError, check, open_store

pytestmark = [pytest.mark.go, pytest.mark.timeout(300)]

WRITER, WRITER_SECRET = "write-only-user", "write-only-secret"


@pytest.fixture(scope="module", name="server")
def server_fixture() -> Iterator[S3Server]:
    try:
        with running_s3_server() as server:
            allow_writing_alone(server)
            yield server
    except MissingServerError as error:
        pytest.skip(str(error))


def client(server: S3Server, who: str, secret: str):
    return boto3.client(
        "s3", endpoint_url=server.endpoint, region_name=REGION, aws_access_key_id=who, aws_secret_access_key=secret
    )


def allow_writing_alone(server: S3Server) -> None:
    server.add_user(WRITER, WRITER_SECRET)
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": [WRITER]},
        "Action": ["s3:PutObject", "s3:AbortMultipartUpload"],
        "Resource": [f"arn:aws:s3:::{BUCKET}/*"],
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    client(server, ACCESS_KEY_ID, SECRET).put_bucket_policy(Bucket=BUCKET, Policy=policy)


@pytest.fixture(name="settings")
def settings_fixture(tmp_path: Path) -> Settings:
    return Settings(data=tmp_path, callbacks=CallbackSettings(allow_private=True))


def make_file(folder: Path, size: int) -> Path:
    """Bytes that repeat only after more than a part."""
    path = folder / f"{size}.mp4"
    block = bytes(range(256)) * 4096 + b"off by one"
    with path.open("wb") as file:
        while (missing := size - file.tell()) > 0:
            file.write(file.tell().to_bytes(8) + block[: missing - 8] if missing >= 8 else block[:missing])
    assert path.stat().st_size == size
    return path


@pytest.mark.parametrize("size", [0, 5_000_000, 40_000_000])
def test_a_write_only_key_suffices(server, settings, tmp_path, size):
    destination = server.destination(access_key_id=WRITER)
    path, key = make_file(tmp_path, size), f"write-only/{size}.mp4"
    saved: list[dict] = []
    store = open_store(destination, WRITER_SECRET, settings, tmp_path)
    store.put(path, key, {}, saved.append)
    assert digest(server.objects / key) == digest(path)
    writer = client(server, WRITER, WRITER_SECRET)
    for read in (writer.head_object, writer.get_object):
        with pytest.raises(ClientError):
            read(Bucket=BUCKET, Key=key)


def test_a_write_only_key_may_stop_an_upload(server, settings, tmp_path):
    def stop(progress: dict) -> None:
        saved.append(progress)
        if progress["parts"]:
            raise StorageError("stop")

    saved: list[dict] = []
    store = open_store(server.destination(access_key_id=WRITER), WRITER_SECRET, settings, tmp_path)
    with pytest.raises(StorageError, match="stop"):
        store.put(make_file(tmp_path, 40_000_000), "stopped.mp4", {}, stop)
    store.abandon("stopped.mp4", saved[-1])
    uploads = client(server, ACCESS_KEY_ID, SECRET).list_multipart_uploads(Bucket=BUCKET).get("Uploads", [])
    assert [upload["Key"] for upload in uploads if upload["Key"] == "stopped.mp4"] == []


def test_a_gigabyte_arrives_unchanged(server, settings, tmp_path):
    path = make_file(tmp_path, 1 << 30)
    open_store(server.destination(), SECRET, settings, tmp_path).put(path, "gigabyte.mp4", {}, lambda _: None)
    assert digest(server.objects / "gigabyte.mp4") == digest(path)
    path.unlink()
    (server.objects / "gigabyte.mp4").unlink()


def test_a_destination_is_checked_by_a_tiny_write(server, settings):
    before = len(server.operations())
    check(server.destination(access_key_id=WRITER), WRITER_SECRET, settings)
    assert server.operations()[before:] == ["PutObject"]
    with pytest.raises(RefusedError, match="secret does not belong"):
        check(server.destination(), "hunter2-hunter2", settings)
    with pytest.raises(RefusedError, match="no bucket nowhere"):
        check(server.destination(bucket="nowhere"), SECRET, settings)


def test_a_certificate_of_a_private_authority_is_trusted_where_that_is_set(settings, tmp_path):
    authority, certificate = make_authority(tmp_path, "127.0.0.1")
    path = make_file(tmp_path, 17 << 20)
    try:
        with running_s3_server(certificate) as server:
            with pytest.raises(StorageError, match="certificate is not valid") as refused:
                open_store(server.destination(), SECRET, settings, tmp_path).put(path, "tls.mp4", {}, lambda _: None)
            assert refused.value.retryable
            trusting = replace(settings, store=StoreSettings(ca_file=str(authority)))
            stored = open_store(server.destination(), SECRET, trusting, tmp_path).put(
                path, "tls.mp4", {}, lambda _: None
            )
            assert stored.url == f"https://127.0.0.1:{server.port}/{BUCKET}/tls.mp4"
            assert digest(server.objects / "tls.mp4") == digest(path)
    except MissingServerError as error:
        pytest.skip(str(error))


def test_a_file_of_authorities_that_is_none_is_told(settings, tmp_path):
    from reelroom.spec import Destination

    wrong = replace(settings, store=StoreSettings(ca_file=str(tmp_path / "absent.pem")))
    with pytest.raises(SettingsError, match=r"store\.ca_file"):
        open_store(Destination(vendor=10, bucket="b", endpoint="h.example"), SECRET, wrong, tmp_path)
