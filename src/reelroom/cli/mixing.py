"""From the options of a mixed recording to its `MixSpec`. Wrong combinations are wrong usage."""

import math
import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import typer

from reelroom.cli.json_files import read_json
from reelroom.client.mixes import read_view
from reelroom.errors import SettingsError
from reelroom.mix import Canvas, Layout, LayoutMode, MixSpec, View
from reelroom.spec import Tracks
from reelroom.units import Size, StreamId

DEFAULT_SIZE = Size(1280, 720)
DEFAULT_FPS = 15
_SIZE = re.compile(r"([1-9][0-9]{0,3})x([1-9][0-9]{0,3})", re.ASCII)
_COLOUR = re.compile(r"#?([0-9A-Fa-f]{6})", re.ASCII)
_WITH_BIG = (LayoutMode.HORIZONTAL, LayoutMode.VERTICAL, LayoutMode.FLOATING)


class Mode(StrEnum):
    """How views are arranged, as people type it."""

    GRID = "grid"
    HORIZONTAL = "horizontal"
    VERTICAL = "vertical"
    FLOATING = "floating"
    CUSTOM = "custom"

    @property
    def layout_mode(self) -> LayoutMode:
        """The same in our words."""
        return LayoutMode[self.name]


@dataclass(frozen=True, slots=True, kw_only=True)
class MixOptions:
    """What was typed; None is what was not."""

    mode: Mode | None
    views: Path | None
    big: str | None
    name: str | None
    size: str | None
    fps: int | None
    bitrate: int | None
    background: str | None
    always: bool

    def to_mix(self, tracks: Tracks) -> MixSpec | None:
        """The mix; None if none was asked for. Raises typer.BadParameter, SettingsError."""
        if self.mode is None and self.views is None:
            self._refuse_without_mode()
            return None
        return MixSpec(
            name=self.name or "mix",
            layout=make_layout(self.mode, self.views, self.big),
            canvas=None if tracks is Tracks.AUDIO else self._canvas(),
            background=parse_colour(self.background or "#000000"),
            always=self.always,
        )

    def _canvas(self) -> Canvas:
        size = DEFAULT_SIZE if self.size is None else parse_size(self.size)
        fps = self.fps or DEFAULT_FPS
        return Canvas(
            width=size.width, height=size.height, fps=fps, bitrate_bps=self.bitrate or usual_bitrate_bps(size, fps)
        )

    def _refuse_without_mode(self) -> None:
        for name in ("big", "name", "size", "fps", "bitrate", "background", "always"):
            if getattr(self, name):
                raise typer.BadParameter(f"--{name} is of mixed recordings: give --mix too")


def make_layout(mode: Mode | None, views: Path | None, big: str | None) -> Layout:
    """A layout as typed. Views alone mean a custom one. Raises typer.BadParameter, SettingsError."""
    chosen = (mode or Mode.CUSTOM).layout_mode
    if (chosen is LayoutMode.CUSTOM) != (views is not None):
        raise typer.BadParameter("a custom layout and --views FILE belong together")
    if big and chosen not in _WITH_BIG:
        raise typer.BadParameter("--big is of the layouts horizontal, vertical and floating")
    return Layout(mode=chosen, views=() if views is None else read_views(views), big=StreamId(big or ""))


def read_views(path: Path) -> tuple[View, ...]:
    """The views of a JSON file: an array as MixInputList, or an object that holds one. Raises SettingsError."""
    found = read_json(path)
    listed = found.get("MixInputList") if isinstance(found, dict) else found
    if not isinstance(listed, list):
        raise SettingsError(f"{path}: holds no MixInputList")
    return tuple(_view(path, index, body) for index, body in enumerate(listed))


def _view(path: Path, index: int, body: object) -> View:
    try:
        if not isinstance(body, dict):
            raise SettingsError(f"{path}: view {index} is no object")
        return read_view(body)
    except KeyError as error:
        raise SettingsError(f"{path}: view {index} lacks {error.args[0]}") from None
    except (ValueError, TypeError):
        raise SettingsError(f"{path}: view {index} holds a wrong value") from None


def parse_size(text: str) -> Size:
    """Width and height of `1280x720`. Raises typer.BadParameter."""
    match = _SIZE.fullmatch(text)
    if match is None:
        raise typer.BadParameter(f"{text!r} is no size: write WIDTHxHEIGHT, as 1280x720")
    return Size(int(match[1]), int(match[2]))


def parse_colour(text: str) -> int:
    """0xRRGGBB00 of `#RRGGBB`. Raises typer.BadParameter."""
    match = _COLOUR.fullmatch(text)
    if match is None:
        raise typer.BadParameter(f"{text!r} is no colour: write #RRGGBB")
    return int(match[1], 16) << 8


def usual_bitrate_bps(size: Size, fps: int) -> int:
    """Bits a second for calls. Source: a curve through the control API's recommended canvas settings, off by < 15 %."""
    curve_bps = 8.58 * math.pow(size.width * size.height * fps, 0.714)
    return 10_000 * max(1, round(curve_bps / 10_000))
