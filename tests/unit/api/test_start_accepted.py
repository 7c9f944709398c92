"""StartRecord that is accepted, what is ignored in it, and what becomes of it in our own words."""

import json
from typing import Any

import pytest
from tests.unit.api.start_bodies import ABSENT, ANY_S3, S3, Body, change, mixed, single

from reelroom.api.codes import RefusedError
from reelroom.api.effect import EFFECTIVE, prune
from reelroom.api.start_models import StartRecord
from reelroom.api.translate import destination, format_spec, new_task, record_spec
from reelroom.api.validate import read, read_start
from reelroom.mix import Area, StreamUse
from reelroom.settings import AppSettings
from reelroom.spec import Destination, FormatSpec, Interruption, RecordSpec, Tracks
from reelroom.units import AppId, RoomId, StreamId, TaskId

APP = AppSettings(id=AppId(987654321), server_secret="s" * 32, callback_secret="c", callback_url="https://app.example")
IN = "RecordInputParams__"
OUT = "RecordOutputParams__"


def spec(body: Body) -> RecordSpec:
    return record_spec(APP, read_start(body))


def test_the_smallest_request_has_every_default() -> None:
    assert spec({"RoomId": "r", "RecordInputParams": {"RecordMode": 1}}) == RecordSpec(
        app=APP.id, room=RoomId("r"), callback_url="https://app.example"
    )


def test_a_full_request_of_both_revisions() -> None:
    body = change(
        single(),
        {
            f"{IN}StreamType": 4,
            f"{IN}ClientTaskId": "mine-1",
            f"{IN}RecordStreamList": [{"StreamId": "a"}, {"StreamId": "b"}, {"StreamId": "a"}],
            f"{IN}FillBlank": True,
            f"{IN}MaxIdleTime": 60,
            f"{IN}MaxRecordTime": 300,
            f"{OUT}OutputFileFormat": "mp4",
            f"{OUT}OutputFolder": "/record/today",
            f"{OUT}OutputFileRule": 1,
            f"{OUT}CallbackUrl": "https://hook.example/x?y=1",
            "StorageParams": {**ANY_S3, "S3ForcePathStyle": True},
        },
    )
    made = new_task(TaskId("t" * 16), APP, read_start(body))
    assert made.spec == RecordSpec(
        app=APP.id,
        room=RoomId("lesson42"),
        tracks=Tracks.SEPARATE,
        streams=(StreamId("a"), StreamId("b")),
        interruption=Interruption.FILL,
        max_idle_s=60,
        max_record_s=300,
        format="mp4",
        folder="record/today/",
        callback_url="https://hook.example/x?y=1",
    )
    assert made.destination == Destination(
        vendor=10,
        region="eu-central-1",
        bucket="recordings",
        access_key_id="AKID",
        endpoint="https://s3.example.org",
        path_style=True,
    )
    assert (made.secret, made.client_task_id) == ("hush-hush", "mine-1")
    assert "hush-hush" not in repr(made)


@pytest.mark.parametrize(
    ("fill", "resume", "expected"),
    [
        (False, False, Interruption.SPLIT),
        (True, False, Interruption.FILL),
        (False, True, Interruption.JOIN),
        (True, True, Interruption.JOIN),
    ],
)
def test_resuming_wins_over_filling(fill: bool, resume: bool, expected: Interruption) -> None:
    body = single(**{f"{IN}FillBlank": fill, f"{IN}ResumeWithoutInterruption": resume})
    assert spec(body).interruption is expected


def test_integral_floats_are_integers() -> None:
    idle_s = spec(single(**{f"{IN}MaxIdleTime": 60.0})).max_idle_s
    assert (idle_s, type(idle_s)) == (60, int)


def test_without_storage_params_files_go_to_the_local_folder() -> None:
    made = new_task(TaskId("t" * 16), APP, read_start(single(StorageParams=ABSENT)))
    assert (made.destination, made.secret) == (Destination(vendor=0), "")


@pytest.mark.parametrize("given", ["s3.example.org", "https://s3.example.org"])
def test_an_endpoint_without_a_scheme_is_https(given: str) -> None:
    request = read_start(single(StorageParams={**ANY_S3, "EndPoint": given}))
    assert request.StorageParams is not None
    assert destination(request.StorageParams).endpoint == "https://s3.example.org"


@pytest.mark.parametrize("path", ["RecordOutputParams", "StorageParams", f"{IN}ClientTaskId", f"{OUT}CallbackUrl"])
def test_null_stands_for_absent(path: str) -> None:
    assert spec(single(**{path: None}))


def test_storage_nested_in_the_output_and_a_client_id_on_top_are_found() -> None:
    body = single(StorageParams=ABSENT, RecordOutputParams={"StorageParams": S3}, ClientTaskId="mine")
    made = new_task(TaskId("t" * 16), APP, read_start(body))
    assert made.destination.bucket == "recordings"
    assert made.client_task_id == "mine"


def test_unknown_fields_are_ignored() -> None:
    body = single(Action="StartRecord", StorageParams={**S3, "ACL": "private"}, **{f"{IN}Surprise": 1})
    assert spec(body) == spec(single())


@pytest.mark.parametrize("room", ["../x", "/", "房间", "🎥" * 32, "a b", "x" * 128, ".", "%2F", "<script>"])
def test_strange_room_ids_are_just_ids(room: str) -> None:
    assert spec(single(RoomId=room)).room == room


def test_a_stream_id_of_256_characters_is_accepted() -> None:
    assert spec(single(**{f"{IN}RecordStreamList": [{"StreamId": "流" * 256}]})).streams == ("流" * 256,)


WITHOUT_EFFECT: list[dict[str, Any]] = [
    {f"{IN}MixConfig": []},
    {f"{IN}MixConfig": {"MixMode": 99}},
    {f"{IN}FillFrame": "x"},
    {f"{IN}RecordMuteAudio": 0},
    {f"{IN}RecordMuteAudioSplitThreshold": "x"},
    {f"{IN}Whiteboard": [{}]},
    {f"{IN}HasWhiteboard": False, f"{IN}Whiteboard": {}},
    {f"{OUT}SnapshotInterval": 0},
    {f"{OUT}FragmentSeconds": 0},
    {f"{OUT}RealtimeUploadFragment": 0},
    {f"{OUT}ShortFragmentPath": 0},
    {"StorageParams__EndPoint": 1},
    {"StorageParams__S3ForcePathStyle": 1},
    {"StorageParams__AlibabaCloudVodParams": {}},
    {"StorageParams__TencentCloudVodParams": {}},
]


@pytest.mark.parametrize("changes", WITHOUT_EFFECT)
def test_a_parameter_without_effect_is_not_looked_at(changes: dict[str, Any]) -> None:
    assert spec(single(**changes)) == spec(single())


MIXED_WITHOUT_EFFECT: list[dict[str, Any]] = [
    {"MixInputList": "x"},
    {"MixMaxResolutionStreamId": 1},
    {"DefaultMixStreamBackgroundImage": "x"},
    {"SoundWaveType": 9},
    {"MixMode": 1, "MixInputList": [{"BackgroundImage": 1, "Top": 0, "Left": 0, "Bottom": 9, "Right": 9, "Layer": 0}]},
]


@pytest.mark.parametrize("changes", MIXED_WITHOUT_EFFECT)
def test_a_mixing_parameter_without_effect_is_not_looked_at(changes: dict[str, Any]) -> None:
    assert read(StartRecord, prune(mixed(**changes)))


def test_stream_choices_need_both_media() -> None:
    body = change(mixed(StreamConfigList=[{"StreamType": 9}]), {f"{IN}StreamType": 1})
    assert read(StartRecord, prune(body))


def test_the_record_list_is_ignored_in_mixed_mode() -> None:
    assert read(StartRecord, prune(change(mixed(), {f"{IN}RecordStreamList": 7})))


def test_mp3_of_a_mix_needs_no_canvas() -> None:
    body = {
        "RoomId": "r",
        "RecordInputParams": {"RecordMode": 2, "StreamType": 1, "MixConfig": {"MixOutputStreamId": "mix_r"}},
        "RecordOutputParams": {"OutputFileFormat": "mp3"},
    }
    assert read(StartRecord, prune(body))


@pytest.mark.parametrize(("given", "meant"), [(4290167040, 0xFFB6C100), (-4800256, 0xFFB6C100), (0, 0)])
def test_colours_come_signed_and_unsigned(given: int, meant: int) -> None:
    body = change(mixed(), {f"{IN}FillFrame": {"FrameFillMode": 2, "FrameFillColor": given}})
    fill = read(StartRecord, prune(body)).RecordInputParams.FillFrame
    assert fill is not None
    assert fill.FrameFillColor == meant


def test_pruning_changes_nothing_of_what_came() -> None:
    body = single(**{f"{IN}MixConfig": {}, f"{OUT}SnapshotInterval": 1})
    before = repr(body)
    prune(body)
    assert repr(body) == before


@pytest.mark.parametrize("body", [{}, {"RecordInputParams": 1}, {"RecordInputParams": {"MixConfig": [1]}}])
def test_pruning_survives_any_shape(body: Body) -> None:
    prune(body)


def test_every_path_with_a_condition_is_a_field() -> None:
    for path, _ in EFFECTIVE:
        names = path.split(".")
        model: Any = StartRecord
        for name in names[:-1]:
            model = next(t for t in _classes(model.model_fields[name].annotation) if hasattr(t, "model_fields"))
        assert names[-1] in model.model_fields, path


def _classes(annotation: Any) -> tuple[Any, ...]:
    return getattr(annotation, "__args__", (annotation,))


def test_an_operator_may_let_tasks_live_for_two_days_or_for_an_hour() -> None:
    long = single(**{f"{IN}MaxRecordTime": 172_800})
    assert record_spec(APP, read_start(long, 172_800), 172_800).max_record_s == 172_800
    with pytest.raises(RefusedError, match="172801 came; allowed: at most 172800 seconds"):
        read_start(single(**{f"{IN}MaxRecordTime": 172_801}), 172_800)
    assert record_spec(APP, read_start(single(), 3600), 3600).max_record_s == 3600
    assert record_spec(APP, read_start(single(), 172_800), 172_800).max_record_s == 86_400


def test_what_a_format_wants_to_know() -> None:
    asked = {
        f"{IN}StreamType": 1,
        f"{IN}RecordMuteAudio": 2,
        f"{IN}RecordMuteAudioSplitThreshold": 0,
        f"{OUT}OutputFileFormat": "mp3",
        f"{OUT}FragmentSeconds": 3,
    }
    made = format_spec(read(StartRecord, prune(single(**asked))))
    assert made == FormatSpec(drop_mutes=True, split_at_mute_s=0)
    never = format_spec(read(StartRecord, prune(single(**{**asked, f"{IN}RecordMuteAudioSplitThreshold": -1}))))
    assert never.split_at_mute_s is None
    hls = {f"{OUT}OutputFileFormat": "hls", f"{OUT}FragmentSeconds": 3, f"{OUT}RealtimeUploadFragment": True}
    assert format_spec(read(StartRecord, prune(single(**hls)))) == FormatSpec(segment_s=3, upload_segments=True)


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        ({"Width": 427, "Height": 239, "Bitrate": 1}, (428, 240, 20_000)),
        ({"Width": 1, "Height": 1, "Bitrate": 2**31 - 1}, (2, 2, 100_000_000)),
        ({"Width": 1280, "Height": 720, "Bitrate": 1_130_000}, (1280, 720, 1_130_000)),
    ],
)
def test_a_canvas_is_one_that_encoders_take(asked: dict[str, int], meant: tuple[int, int, int]) -> None:
    changes = {f"MixOutputVideoConfig__{name}": value for name, value in asked.items()}
    made = record_spec(APP, read(StartRecord, prune(mixed(MixOutputAudioConfig={"Bitrate": 1}, **changes)))).mix
    assert made is not None
    assert made.canvas is not None
    assert (made.canvas.width, made.canvas.height, made.canvas.bitrate_bps) == meant
    assert made.audio_bitrate_bps == 16_000


def test_a_mix_in_our_words_survives_the_database() -> None:
    body = change(
        mixed(
            MixMode=1,
            MixInputList=[
                {"Top": 0, "Left": 0, "Bottom": 90, "Right": 160, "Layer": 2, "StreamId": "a", "FillMode": 2}
            ],
            MixOutputBackgroundColor=-4800256,
            StreamConfigList=[{"StreamType": 1}, {"StreamId": "b", "StreamType": 2}],
            RecordSoundWave=True,
            MixOutputWatermarkImageConfig={"Left": 0, "Top": 0, "Right": 10, "Bottom": 10},
            MixOutputWatermarkTimestampConfig={"FontSize": 20},
        ),
        {f"{IN}FillFrame": {"FrameFillMode": 3}, f"{IN}FillBlank": True},
    )
    made = record_spec(APP, read(StartRecord, prune(body)))
    assert RecordSpec.from_json(json.loads(json.dumps(made.to_json()))) == made
    assert made.mix is not None
    assert made.mix.layout.views[0].area == Area(0, 0, 160, 90)
    assert (made.mix.background, made.mix.hold_views, made.mix.clock_pixels) == (0xFFB6C100, True, 20)
    assert (made.mix.use_of(StreamId("a")), made.mix.use_of(StreamId("b"))) == (StreamUse.AUDIO, StreamUse.VIDEO)
