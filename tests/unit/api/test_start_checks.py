from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.unit.api.start_bodies import ANY_S3, S3, Body, custom, mixed, single

from reelroom.api import start_checks
from reelroom.api.codes import Code, RefusedError
from reelroom.api.effect import prune
from reelroom.api.start_checks import StartChecks
from reelroom.api.start_models import StartRecord
from reelroom.api.translate import new_task
from reelroom.api.validate import read
from reelroom.errors import StorageError
from reelroom.settings import AppSettings, CallbackSettings, Settings, StoreSettings
from reelroom.storage import RefusedError as StoreRefusedError
from reelroom.units import AppId, TaskId

APP = AppSettings(id=AppId(1), server_secret="s" * 32, callback_secret="c", callback_url="http://127.0.0.1/own")


def look(folder: Path, body: Body, *, allow_private: bool = False, **store: Any) -> None:
    settings = Settings(
        data=folder,
        callbacks=CallbackSettings(allow_private=allow_private),
        store=replace(StoreSettings(low_free_bytes=0), **store),
    )
    request = read(StartRecord, prune(body))
    new = new_task(TaskId("t" * 16), APP, request)
    StartChecks(settings).look(new, request.RecordOutputParams.CallbackUrl)


def refusal(folder: Path, body: Body, **store: Any) -> RefusedError:
    with pytest.raises(RefusedError) as refused:
        look(folder, body, **store)
    assert "hush-hush" not in refused.value.message
    return refused.value


def test_a_task_without_anything_odd_is_taken(tmp_path: Path) -> None:
    look(tmp_path, single())
    look(tmp_path, mixed())


def test_a_nearly_full_disk_refuses_in_words(tmp_path: Path) -> None:
    refused = refusal(tmp_path, single(), low_free_bytes=1 << 60)
    assert refused.code is Code.SYSTEM_ERROR
    assert "nearly full" in refused.message


PRIVATE = [
    "127.0.0.1",
    "10.1.2.3",
    "169.254.169.254",
    "[::1]",
    "[::ffff:127.0.0.1]",
    "localhost",
    "a.localhost",
    "192.168.0.9:8080",
]


@pytest.mark.parametrize("host", PRIVATE)
def test_a_plainly_private_address_is_refused_where_it_stands(tmp_path: Path, host: str) -> None:
    url = f"http://{host}/x"
    for path, body in [
        ("RecordOutputParams.CallbackUrl", single(RecordOutputParams={"CallbackUrl": url})),
        ("StorageParams.EndPoint", single(StorageParams={**ANY_S3, "EndPoint": f"http://{host}"})),
        ("RecordInputParams.MixConfig.MixOutputBackgroundImage", mixed(MixOutputBackgroundImage=url)),
        ("RecordInputParams.MixConfig.MixOutputWatermarkImage", mixed(MixOutputWatermarkImage=url)),
        ("RecordInputParams.MixConfig.MixInputList[0].BackgroundImage", custom(StreamId="s", BackgroundImage=url)),
    ]:
        refused = refusal(tmp_path, body)
        assert refused.code is Code.INVALID_INPUT
        assert refused.message.startswith(f"{path}: a private address came")
        look(tmp_path, body, allow_private=True)


def test_the_apps_own_callback_address_is_the_operators_word(tmp_path: Path) -> None:
    look(tmp_path, single())


@pytest.mark.parametrize(
    ("path", "storage"),
    [
        ("StorageParams.Region", {**S3, "Region": "eu central"}),
        ("StorageParams.Bucket", {**S3, "Bucket": "a/b"}),
        ("StorageParams.EndPoint", {**ANY_S3, "EndPoint": "https://s3.example.org/with/a/path"}),
    ],
)
def test_values_that_lead_to_no_store_are_refused(tmp_path: Path, path: str, storage: dict[str, Any]) -> None:
    refused = refusal(tmp_path, single(StorageParams=storage))
    assert refused.code is Code.INVALID_INPUT
    assert refused.message.startswith(f"{path}: ")


def test_a_store_that_refuses_refuses_the_task_and_one_that_is_away_does_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the store says is made up here; tests/integration/test_storage_servers.py asks real ones."""

    def say_no(*_arguments: object) -> None:
        raise StoreRefusedError("AccessDenied")

    def be_away(*_arguments: object) -> None:
        raise StorageError("no route")

    monkeypatch.setattr(start_checks, "check", say_no)
    look(tmp_path, single())
    refused = refusal(tmp_path, single(), check_at_start=True)
    assert (refused.code, "StorageParams: the store refuses" in refused.message) == (Code.INVALID_INPUT, True)
    monkeypatch.setattr(start_checks, "check", be_away)
    look(tmp_path, single(), check_at_start=True)
