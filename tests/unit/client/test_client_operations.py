"""What is sent, held against the server's own rules, and read back by the server's own hands."""

from collections.abc import Mapping
from typing import Any

import pytest

from reelroom.api.start_models import StartRecord
from reelroom.api.start_rules import problems
from reelroom.api.task_models import LayoutChange, read_layout
from reelroom.api.translate_mix import board_spec, layout, mix_spec
from reelroom.api.validate import read, read_start
from reelroom.client import (
    AlibabaOss,
    AlibabaVod,
    AmazonS3,
    ChinaMobileEos,
    GoogleCloudStorage,
    HuaweiObs,
    QiniuKodo,
    S3Compatible,
    TencentCos,
    TencentVod,
    operations,
)
from reelroom.client.mixes import read_view, view_body
from reelroom.client.operations import Moment, Operation
from reelroom.client.starting import merged
from reelroom.mix import (
    Area,
    BoardSpec,
    CameraOff,
    Canvas,
    Fit,
    Layout,
    LayoutMode,
    LevelsBy,
    MixSpec,
    StreamUse,
    View,
)
from reelroom.spec import Tracks
from reelroom.units import StreamId, TaskId

TASK = TaskId("aJB-YE-iHBJnAABN")
MOMENT = Moment(now_ms=1_754_300_000_000, key="random")
CANVAS = Canvas(width=1280, height=720, fps=15, bitrate_bps=1_130_000)
VIEWS = (
    View(
        area=Area(0, 0, 640, 720), layer=0, stream=StreamId("a"), fit=Fit.CONTAIN, image="https://i.example.org/a.png"
    ),
    View(area=Area(640, 0, 1280, 720), layer=1, whiteboard=True),
)
MIXES = {
    "plain": MixSpec(name="mix", canvas=CANVAS),
    "sound only": MixSpec(name="mix"),
    "custom": MixSpec(name="mix", canvas=CANVAS, layout=Layout(mode=LayoutMode.CUSTOM, views=VIEWS)),
    "big": MixSpec(name="mix", canvas=CANVAS, layout=Layout(mode=LayoutMode.FLOATING, big=StreamId("a"), fit=Fit.CROP)),
    "everything": MixSpec(
        name="mix",
        canvas=CANVAS,
        audio_bitrate_bps=64_000,
        background=0xFFB6C100,
        background_image="https://i.example.org/b.png",
        view_image="https://i.example.org/v.png",
        watermark_image="https://i.example.org/w.png",
        watermark_area=Area(10, 20, 110, 70),
        clock_pixels=24,
        always=True,
        hold_views=True,
        camera_off=CameraOff.COLOUR,
        camera_off_colour=0x11223300,
        levels=LevelsBy.USER,
        uses=((StreamId("a"), StreamUse.AUDIO), (StreamId(""), StreamUse.BOTH)),
        wait_ms=1500,
    ),
}
KEYS = {"bucket": "b", "access_key_id": "a", "access_key_secret": "hush"}
STORES = {
    1: AmazonS3(region="eu-central-1", **KEYS),
    2: AlibabaOss(region="oss-cn-shanghai", **KEYS),
    3: TencentCos(region="ap-shanghai", **KEYS),
    4: QiniuKodo(region="z0", **KEYS),
    5: AlibabaVod(
        region="cn-shanghai", access_key_id="a", access_key_secret="hush", title="t", storage_location="x.aliyuncs.com"
    ),
    6: TencentVod(region="ap-shanghai", secret_id="a", secret_key="hush", sub_app_id=7),
    7: HuaweiObs(region="cn-north-4", **KEYS),
    8: GoogleCloudStorage(**KEYS),
    9: ChinaMobileEos(region="eos-shanghai-1", **KEYS),
    10: S3Compatible(region="eu-1", endpoint="https://s3.example.org", path_style=True, **KEYS),
}


def body(operation: Operation[Any]) -> Mapping[str, Any]:
    return operation.body(MOMENT)


def start(**asked: Any) -> StartRecord:
    """What the server understands, once its rules have nothing against it."""
    request = read(StartRecord, dict(body(operations.start_record("lesson42", **asked))))
    assert list(problems(request)) == []
    return request


@pytest.mark.parametrize("name", MIXES)
def test_the_server_reads_each_mix_as_it_was_meant(name: str) -> None:
    tracks = Tracks.AUDIO if MIXES[name].canvas is None else Tracks.TOGETHER
    request = start(mix=MIXES[name], tracks=tracks)
    assert request.RecordInputParams.RecordMode == 2
    assert mix_spec(request.RecordInputParams) == MIXES[name]


@pytest.mark.parametrize("board", [BoardSpec(horizontal_ratio=16, vertical_ratio=9), BoardSpec(
    horizontal_ratio=4, vertical_ratio=3, width=640, height=480, id="w", background=0, animated=True, animation_fps=5
)])  # fmt: skip
def test_the_server_reads_each_whiteboard_as_it_was_meant(board: BoardSpec) -> None:
    assert board_spec(start(board=board).RecordInputParams) == board


@pytest.mark.parametrize("vendor", STORES)
def test_every_vendors_store_passes_the_servers_rules(vendor: int) -> None:
    storage = start(storage=STORES[vendor], file_format="mp4").StorageParams
    assert storage is not None
    assert storage.Vendor == vendor
    assert "hush" not in repr(STORES[vendor])


def test_storage_may_be_a_mapping_of_the_contracts_words() -> None:
    given = {"Vendor": 8, "Bucket": "b", "AccessKeyId": "a", "AccessKeySecret": "hush"}
    assert body(operations.start_record("r", storage=given))["StorageParams"] == given


def test_what_was_not_given_is_not_sent() -> None:
    assert body(operations.start_record("r", client_task_id="")) == {
        "RoomId": "r",
        "RecordInputParams": {
            "RecordMode": 1,
            "StreamType": 3,
            "RecordStreamList": [],
            "FillBlank": False,
            "ResumeWithoutInterruption": False,
        },
        "RecordOutputParams": {},
    }


def test_every_single_stream_field_arrives() -> None:
    request = start(
        tracks=Tracks.AUDIO,
        streams=["a", "b"],
        fill_blank=True,
        resume=True,
        max_idle_s=60,
        max_record_s=600,
        drop_muted=True,
        split_muted_s=7,
        file_format="mp3",
        folder="record/",
        callback_url="https://example.org/hook",
        client_task_id="mine",
    )
    asked, output = request.RecordInputParams, request.RecordOutputParams
    assert (asked.StreamType, [s.StreamId for s in asked.RecordStreamList]) == (1, ["a", "b"])
    assert (asked.FillBlank, asked.ResumeWithoutInterruption, asked.ClientTaskId) == (True, True, "mine")
    assert (asked.MaxIdleTime, asked.MaxRecordTime) == (60, 600)
    assert (asked.RecordMuteAudio, asked.RecordMuteAudioSplitThreshold) == (2, 7)
    assert (output.OutputFileFormat, output.OutputFolder) == ("mp3", "record/")
    assert output.CallbackUrl == "https://example.org/hook"


def test_every_field_of_pictures_and_playlists_arrives() -> None:
    output = start(file_format="jpg", snapshot_interval_s=5).RecordOutputParams
    assert (output.OutputFileFormat, output.SnapshotInterval) == ("jpg", 5)
    output = start(file_format="hls", fragment_s=6, upload_fragments=True, short_fragment_paths=True).RecordOutputParams
    assert (output.FragmentSeconds, output.RealtimeUploadFragment, output.ShortFragmentPath) == (6, True, True)


def test_every_field_of_the_contract_can_be_sent() -> None:
    sent = [
        body(operations.start_record("r", mix=mix, board=BoardSpec(horizontal_ratio=1, vertical_ratio=1, id="w")))
        for mix in MIXES.values()
    ]
    asked = [one["RecordInputParams"] for one in sent] + [
        body(operations.start_record("r", max_idle_s=5, max_record_s=300, drop_muted=True, split_muted_s=0))[
            "RecordInputParams"
        ]
    ]
    everything = StartRecord.model_fields["RecordInputParams"].annotation
    assert everything is not None
    assert set().union(*asked) == set(everything.model_fields)
    mixes = set().union(*(one["MixConfig"] for one in asked if "MixConfig" in one))
    mix_model = everything.model_fields["MixConfig"].annotation.__args__[0]
    assert mixes == set(mix_model.model_fields)


def test_a_raw_request_is_laid_over_the_rest() -> None:
    over = {"RecordInputParams": {"MixConfig": {"MixMode": 5}, "StreamType": 2}, "Extra": [1]}
    sent = body(operations.start_record("r", mix=MIXES["plain"], request=over))
    assert sent["Extra"] == [1]
    assert sent["RecordInputParams"]["StreamType"] == 2
    assert sent["RecordInputParams"]["MixConfig"]["MixMode"] == 5
    assert sent["RecordInputParams"]["MixConfig"]["MixOutputStreamId"] == "mix"


def test_merging_changes_neither_side() -> None:
    under: dict[str, Any] = {"a": {"b": 1}}
    assert merged(under, {"a": {"c": 2}}) == {"a": {"b": 1, "c": 2}}
    assert under == {"a": {"b": 1}}


@pytest.mark.parametrize("view", VIEWS)
def test_a_view_comes_back_as_it_went(view: View) -> None:
    assert read_view(view_body(view)) == view


@pytest.mark.parametrize(
    "asked",
    [
        Layout(),
        Layout(mode=LayoutMode.CUSTOM, views=VIEWS),
        Layout(mode=LayoutMode.HORIZONTAL, big=StreamId("a")),
        Layout(mode=LayoutMode.VERTICAL),
    ],
)
def test_the_server_reads_each_layout_as_it_was_meant(asked: Layout) -> None:
    found = read_layout(dict(body(operations.update_layout(TASK, asked))))
    assert isinstance(found, LayoutChange)
    assert found.TaskId == TASK
    assert layout(found.MixMode, found.MixInputList, found.MixMaxResolutionStreamId, None) == asked


@pytest.mark.parametrize(
    ("operation", "action", "sent"),
    [
        (operations.stop_record(TASK), "StopRecord", {}),
        (operations.pause_record(TASK), "PauseRecord", {}),
        (operations.resume_record(TASK), "ResumeRecord", {}),
        (operations.take_snapshot(TASK), "TakeSnapshot", {}),
        (operations.update_whiteboard(TASK, "w"), "UpdateWhiteboard", {"WhiteboardId": "w"}),
        (operations.describe_record_status(TASK), "DescribeRecordStatus", {}),
    ],
)
def test_each_action_names_its_task(operation: Operation[Any], action: str, sent: dict[str, Any]) -> None:
    assert operation.action == action
    assert body(operation) == {"TaskId": TASK, **sent}


def test_a_single_stream_request_of_ours_is_one_the_server_takes_today() -> None:
    assert read_start(dict(body(operations.start_record("r", streams=["a"])))).RoomId == "r"
