"""From typed options to a mix, and what wrong combinations are told."""

import json
from pathlib import Path
from typing import Any

import pytest
import typer

from reelroom.cli.mixing import MixOptions, Mode, make_layout, parse_colour, parse_size, usual_bitrate_bps
from reelroom.client.mixes import view_body
from reelroom.errors import SettingsError
from reelroom.mix import Area, Canvas, Layout, LayoutMode, MixSpec, View
from reelroom.spec import Tracks
from reelroom.units import Size, StreamId

VIEWS = (
    View(area=Area(0, 0, 640, 720), layer=0, stream=StreamId("a")),
    View(area=Area(640, 0, 1280, 720), layer=1),
)


def options(**typed: Any) -> MixOptions:
    nothing = dict.fromkeys(("mode", "views", "big", "name", "size", "fps", "bitrate", "background"))
    return MixOptions(**{**nothing, "always": False, **typed})


@pytest.fixture
def views(tmp_path: Path) -> Path:
    path = tmp_path / "views.json"
    path.write_text(json.dumps([view_body(view) for view in VIEWS]))
    return path


def test_nothing_typed_is_no_mix() -> None:
    assert options().to_mix(Tracks.TOGETHER) is None


def test_a_mode_alone_is_enough() -> None:
    assert options(mode=Mode.GRID).to_mix(Tracks.TOGETHER) == MixSpec(
        name="mix", canvas=Canvas(width=1280, height=720, fps=15, bitrate_bps=1_080_000)
    )


def test_everything_typed_arrives() -> None:
    typed = options(
        mode=Mode.FLOATING,
        big="a",
        name="out",
        size="640x360",
        fps=30,
        bitrate=500_000,
        background="#ffb6c1",
        always=True,
    )
    assert typed.to_mix(Tracks.TOGETHER) == MixSpec(
        name="out",
        layout=Layout(mode=LayoutMode.FLOATING, big=StreamId("a")),
        canvas=Canvas(width=640, height=360, fps=30, bitrate_bps=500_000),
        background=0xFFB6C100,
        always=True,
    )


def test_sound_only_has_no_canvas() -> None:
    mix = options(mode=Mode.GRID).to_mix(Tracks.AUDIO)
    assert mix is not None
    assert mix.canvas is None


def test_views_alone_mean_a_custom_layout(views: Path) -> None:
    mix = options(views=views).to_mix(Tracks.TOGETHER)
    assert mix is not None
    assert mix.layout == Layout(mode=LayoutMode.CUSTOM, views=VIEWS)


def test_views_may_stand_in_a_whole_body(tmp_path: Path) -> None:
    path = tmp_path / "body.json"
    path.write_text(json.dumps({"MixMode": 1, "MixInputList": [view_body(view) for view in VIEWS]}))
    assert make_layout(Mode.CUSTOM, path, None).views == VIEWS


@pytest.mark.parametrize("name", ["big", "name", "size", "fps", "bitrate", "background", "always"])
def test_options_of_mixes_need_one(name: str) -> None:
    with pytest.raises(typer.BadParameter, match=f"--{name} is of mixed recordings"):
        options(**{name: "1"}).to_mix(Tracks.TOGETHER)


@pytest.mark.parametrize("mode", [Mode.CUSTOM, None])
def test_a_custom_layout_needs_views(mode: Mode | None) -> None:
    with pytest.raises(typer.BadParameter, match="--views"):
        make_layout(mode, None, None)


def test_presets_take_no_views(views: Path) -> None:
    with pytest.raises(typer.BadParameter, match="--views"):
        make_layout(Mode.GRID, views, None)


def test_only_layouts_with_a_big_view_take_one() -> None:
    with pytest.raises(typer.BadParameter, match="--big"):
        make_layout(Mode.GRID, None, "a")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("no json", "no readable JSON file"),
        ("{}", "holds no MixInputList"),
        ("[1]", "view 0 is no object"),
        ('[{"Left": 0, "Top": 0, "Right": 1, "Bottom": 1}]', "view 0 lacks Layer"),
        ('[{"Left": "x", "Top": 0, "Right": 1, "Bottom": 1, "Layer": 0}]', "view 0 holds a wrong value"),
        ('[{"Left": 0, "Top": 0, "Right": 1, "Bottom": 1, "Layer": 0, "FillMode": 3}]', "view 0 holds a wrong value"),
    ],
)
def test_a_wrong_file_of_views_is_told_by_its_place(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "views.json"
    path.write_text(text)
    with pytest.raises(SettingsError, match=words):
        make_layout(None, path, None)


@pytest.mark.parametrize("text", ["", "1280", "1280x", "0x720", "1280X720", "12800x720", " 1280x720"])
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(typer.BadParameter, match="WIDTHxHEIGHT"):
        parse_size(text)


@pytest.mark.parametrize("text", ["", "red", "#fff", "#12345g", "#1234567"])
def test_what_is_no_colour_is_refused(text: str) -> None:
    with pytest.raises(typer.BadParameter, match="#RRGGBB"):
        parse_colour(text)


# The contract's recommended settings for calls: width, height, pictures a second, bits a second.
RECOMMENDED = [
    (160, 120, 15, 65_000),
    (320, 180, 15, 140_000),
    (480, 360, 15, 320_000),
    (480, 360, 30, 490_000),
    (640, 360, 15, 400_000),
    (640, 360, 30, 600_000),
    (848, 480, 30, 930_000),
    (960, 720, 15, 910_000),
    (1280, 720, 15, 1_130_000),
    (1280, 720, 30, 1_710_000),
    (1920, 1080, 15, 2_080_000),
    (1920, 1080, 30, 3_150_000),
]


@pytest.mark.parametrize(("width", "height", "fps", "bps"), RECOMMENDED)
def test_the_usual_bit_rate_is_near_the_recommended_one(width: int, height: int, fps: int, bps: int) -> None:
    assert usual_bitrate_bps(Size(width, height), fps) == pytest.approx(bps, rel=0.15)
