"""Against a real S3 server. Only the name server is faked, where virtual-hosted buckets need one."""

import hashlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from tests.support.s3_server import (
    ACCESS_KEY_ID,
    BUCKET,
    REGION,
    SECRET,
    MissingServerError,
    S3Server,
    running_s3_server,
)

from reelroom.errors import StorageError
from reelroom.settings import CallbackSettings, Settings
from reelroom.storage import RefusedError, open_store

pytestmark = [pytest.mark.go, pytest.mark.timeout(900)]  # the first run builds the server

_PRIVATE = CallbackSettings(allow_private=True)


@pytest.fixture(scope="module", name="server")
def server_fixture() -> Iterator[S3Server]:
    try:
        with running_s3_server() as server:
            yield server
    except MissingServerError as error:
        pytest.skip(str(error))


@pytest.fixture(name="settings")
def settings_fixture(tmp_path: Path) -> Settings:
    return Settings(data=tmp_path, callbacks=_PRIVATE)


def make_file(folder: Path, size: int) -> Path:
    """A file of that many bytes which repeats nowhere, so that a misplaced part shows."""
    path = folder / f"{size}.mp4"
    with path.open("wb") as file:
        for start in range(0, size, 1 << 20):
            file.write(os.urandom(min(1 << 20, size - start)))
    return path


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def refuse_to_save(_progress: dict) -> None:
    raise AssertionError("a small file has no progress to save")


@pytest.mark.parametrize("size", [0, 1, 5_000_000, 16 << 20])
def test_small_files_arrive_whole_in_one_request(server, settings, tmp_path, size):
    path, key = make_file(tmp_path, size), f"small/{size}.mp4"
    before = len(server.operations())
    stored = open_store(server.destination(), SECRET, settings, tmp_path).put(path, key, {}, refuse_to_save)
    assert server.read(key) == path.read_bytes()
    assert stored.url == f"{server.endpoint}/{BUCKET}/{key}"
    assert server.operations()[before:] == ["PutObject"]


def test_a_large_file_arrives_whole_in_parts_with_write_operations_alone(server, settings, tmp_path):
    path, saved = make_file(tmp_path, 100_000_001), []
    before = len(server.operations())
    open_store(server.destination(), SECRET, settings, tmp_path).put(path, "large.mp4", {}, saved.append)
    assert digest(server.objects / "large.mp4") == digest(path)
    assert len(saved) == 1 + 6 + 1
    assert len(saved[-1]["parts"]) == 6
    operations = server.operations()[before:]
    assert operations == ["CreateMultipartUpload", *["UploadPart"] * 6, "CompleteMultipartUpload"]


def test_objects_have_their_media_type_and_no_chunk_framing(server, settings, tmp_path):
    store = open_store(server.destination(), SECRET, settings, tmp_path)
    client = boto3.client(
        "s3", endpoint_url=server.endpoint, region_name=REGION,
        aws_access_key_id=ACCESS_KEY_ID, aws_secret_access_key=SECRET,
    )  # fmt: skip
    for size, extension, media_type in ((3, "aac", "audio/aac"), (17 << 20, "mp4", "video/mp4")):
        store.put(make_file(tmp_path, size), f"typed.{extension}", {}, lambda _: None)
        head = client.head_object(Bucket=BUCKET, Key=f"typed.{extension}")
        assert (head["ContentType"], head["ContentLength"]) == (media_type, size)
        assert "aws-chunked" not in head.get("ContentEncoding", "")


def test_keys_of_any_language_arrive_literally_and_their_url_is_encoded(server, settings, tmp_path):
    key = "课程 1/aJB-YE-iHBJnAABN_room 1_🎬_a+b%c~_VA_20250804093322418.mp4"
    store = open_store(server.destination(), SECRET, settings, tmp_path)
    stored = store.put(make_file(tmp_path, 9), key, {}, refuse_to_save)
    assert key in server.object_keys()
    assert stored.url.isascii()
    assert " " not in stored.url
    assert stored.url.endswith("_a%2Bb%25c~_VA_20250804093322418.mp4")


def test_buckets_as_host_names_work(server, settings, tmp_path, monkeypatch):
    real = socket.getaddrinfo

    def resolve(host, *others, **more):
        return real("127.0.0.1" if str(host).endswith("s3.test") else host, *others, **more)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    endpoint = f"http://s3.test:{server.port}"
    store = open_store(server.destination(endpoint=endpoint, path_style=False), SECRET, settings, tmp_path)
    stored = store.put(make_file(tmp_path, 5), "virtual.mp4", {}, refuse_to_save)
    assert stored.url == f"http://{BUCKET}.s3.test:{server.port}/virtual.mp4"
    assert "virtual.mp4" in server.object_keys()


_KILLED_WORKER = """
import json, pathlib, sys
from reelroom.settings import CallbackSettings, Settings
from reelroom.spec import Destination
from reelroom.storage import open_store
destination, secret, path, data = json.loads(sys.stdin.readline())
settings = Settings(data=pathlib.Path(data), callbacks=CallbackSettings(allow_private=True))
store = open_store(Destination(**destination), secret, settings, pathlib.Path(data))
def save(progress):
    print(json.dumps(progress), flush=True)
    sys.stdin.readline()  # the test decides when the upload goes on
store.put(pathlib.Path(path), "killed.mp4", {}, save)
"""


def test_an_upload_goes_on_after_its_process_was_killed(server, settings, tmp_path):
    import json

    path = make_file(tmp_path, 160 << 20)
    destination = server.destination()
    worker = subprocess.Popen(
        [sys.executable, "-c", _KILLED_WORKER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert worker.stdin is not None
    assert worker.stdout is not None
    print(json.dumps([destination.to_json(), SECRET, str(path), str(tmp_path)]), file=worker.stdin, flush=True)
    progress = {}
    for _ in range(4):  # the upload id, then three parts
        progress = json.loads(worker.stdout.readline())
        print(file=worker.stdin, flush=True)
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    worker.stdin.close()
    worker.stdout.close()
    assert len(progress["parts"]) == 3
    saved: list[dict] = []
    open_store(destination, SECRET, settings, tmp_path).put(path, "killed.mp4", progress, saved.append)
    # Requests that the kill interrupted stand in the server's log too, some of them late: ask what was saved instead.
    assert len(saved) == 10 - 3 + 1
    sent = server.parts_sent("killed.mp4")
    assert set(sent) == set(range(1, 11))
    assert all(sent.count(int(number)) == 1 for number in progress["parts"])
    assert digest(server.objects / "killed.mp4") == digest(path)


def test_an_upload_finished_just_before_a_crash_is_not_sent_again(server, settings, tmp_path):
    path, saved = make_file(tmp_path, 20 << 20), []
    store = open_store(server.destination(), SECRET, settings, tmp_path)
    store.put(path, "once.mp4", {}, saved.append)
    assert saved[-1]["completing"]
    before = len(server.operations())
    store.put(path, "once.mp4", saved[-1], saved.append)
    assert server.operations()[before:] == ["CompleteMultipartUpload"]
    assert digest(server.objects / "once.mp4") == digest(path)


@pytest.mark.parametrize("age_s", [0, 86_400])
def test_an_upload_that_was_cleared_away_is_sent_again(server, settings, tmp_path, age_s):
    path, saved = make_file(tmp_path, 20 << 20), []

    def stop_before_completing(progress: dict) -> None:
        saved.append(progress)
        if progress["completing"]:
            raise StorageError("killed")

    store = open_store(server.destination(), SECRET, settings, tmp_path)
    key = f"cleared-{age_s}.mp4"
    with pytest.raises(StorageError, match="killed"):
        store.put(path, key, {}, stop_before_completing)
    store.abandon(key, saved[-1])
    # Asked for a day ago or not asked for at all: in both cases a forgotten upload may be no object.
    before = {**saved[-1], "completing": age_s > 0, "begun_s": saved[-1]["begun_s"] - age_s}
    store.put(path, key, before, saved.append)
    assert digest(server.objects / key) == digest(path)


def test_progress_of_another_file_is_not_used(server, settings, tmp_path):
    saved: list[dict] = []
    store = open_store(server.destination(), SECRET, settings, tmp_path)
    store.put(make_file(tmp_path, 17 << 20), "changed.mp4", {}, saved.append)
    path = make_file(tmp_path, 18 << 20)
    store.put(path, "changed.mp4", saved[-1], saved.append)
    assert digest(server.objects / "changed.mp4") == digest(path)


def test_an_upload_stops_when_its_progress_cannot_be_saved(server, settings, tmp_path):
    def lost_lease(progress: dict) -> None:
        if progress["parts"]:
            raise StorageError("the lease went to another worker")

    store = open_store(server.destination(), SECRET, settings, tmp_path)
    with pytest.raises(StorageError, match="lease"):
        store.put(make_file(tmp_path, 100 << 20), "stopped.mp4", {}, lost_lease)
    assert "stopped.mp4" not in server.object_keys()


def test_an_abandoned_upload_is_aborted(server, settings, tmp_path):
    saved: list[dict] = []

    def stop_after_one_part(progress: dict) -> None:
        saved.append(progress)
        if progress["parts"]:
            raise StorageError("stop")

    store = open_store(server.destination(), SECRET, settings, tmp_path)
    with pytest.raises(StorageError):
        store.put(make_file(tmp_path, 40 << 20), "abandoned.mp4", {}, stop_after_one_part)
    store.abandon("abandoned.mp4", saved[-1])
    store.abandon("abandoned.mp4", saved[-1])  # aborting what is gone is fine
    store.abandon("abandoned.mp4", {})
    client = boto3.client(
        "s3", endpoint_url=server.endpoint, region_name=REGION,
        aws_access_key_id=ACCESS_KEY_ID, aws_secret_access_key=SECRET,
    )  # fmt: skip
    uploads = client.list_multipart_uploads(Bucket=BUCKET).get("Uploads", [])
    assert "abandoned.mp4" not in {upload["Key"] for upload in uploads}


@pytest.mark.parametrize("size", [10, 17 << 20])
@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"secret": "wrong-hunter2"}, "secret does not belong"),
        ({"access_key_id": "nobody"}, "access key id is not known"),
        ({"bucket": "no-such-bucket"}, "no bucket no-such-bucket"),
    ],
)
def test_refusals_are_told_in_words_without_secrets(server, tmp_path, wrong, words, size):
    settings = Settings(data=tmp_path, callbacks=_PRIVATE)
    changes = dict(wrong)
    secret = changes.pop("secret", SECRET)
    store = open_store(server.destination(**changes), secret, settings, tmp_path)
    with pytest.raises(RefusedError, match=words) as refused:
        store.put(make_file(tmp_path, size), "refused.mp4", {}, lambda _: None)
    assert not refused.value.retryable
    shown = f"{refused.value} {refused.value!r} {refused.value.__cause__}"
    assert secret not in shown


def test_a_wrong_region_is_put_right_by_the_stores_answer(server, settings, tmp_path):
    before = len(server.operations())
    store = open_store(server.destination(region="eu-other-9"), SECRET, settings, tmp_path)
    store.put(make_file(tmp_path, 3), "region.mp4", {}, refuse_to_save)
    assert server.operations()[before:] == ["PutObject", "PutObject"]


def test_a_store_that_is_down_can_be_tried_again(server, settings, tmp_path):
    store = open_store(server.destination(), SECRET, settings, tmp_path)
    path = make_file(tmp_path, 100)
    server.stop()
    try:
        with pytest.raises(StorageError, match="cannot be reached") as down:
            store.put(path, "later.mp4", {}, refuse_to_save)
        assert down.value.retryable
        assert SECRET not in str(down.value)
    finally:
        server.start()
    store.put(path, "later.mp4", {}, refuse_to_save)
    assert server.read("later.mp4") == path.read_bytes()


def test_private_stores_are_refused_unless_allowed(server, tmp_path):
    store = open_store(server.destination(), SECRET, Settings(data=tmp_path), tmp_path)
    before = len(server.operations())
    with pytest.raises(RefusedError, match="private address"):
        store.put(make_file(tmp_path, 1), "private.mp4", {}, refuse_to_save)
    assert len(server.operations()) == before


def test_a_file_that_is_gone_is_a_storage_error(server, settings, tmp_path):
    with pytest.raises(StorageError, match="cannot be read"):
        open_store(server.destination(), SECRET, settings, tmp_path).put(tmp_path / "no", "no", {}, refuse_to_save)
