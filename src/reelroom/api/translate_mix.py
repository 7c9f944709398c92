"""The control API's words for mixed pictures and whiteboards into ours."""

from collections.abc import Sequence

from reelroom.api.mix_models import Canvas as AskedCanvas
from reelroom.api.mix_models import Mix, Rectangle
from reelroom.api.mix_models import View as AskedView
from reelroom.api.start_models import Board, Input
from reelroom.mix import Area, BoardSpec, CameraOff, Canvas, Fit, Layout, LayoutMode, LevelsBy, MixSpec, StreamUse, View
from reelroom.units import StreamId

VIDEO_BPS = (20_000, 100_000_000)
AUDIO_BPS = (16_000, 320_000)
_BOARD_VIEW = 2  # ViewType


def mix_spec(asked: Input) -> MixSpec | None:
    """What a mixed task is to look and sound like; None for a single-stream task."""
    mix = asked.MixConfig
    if mix is None:
        return None
    clock, fill = mix.MixOutputWatermarkTimestampConfig, asked.FillFrame
    return MixSpec(
        name=mix.MixOutputStreamId,
        layout=layout(mix.MixMode, mix.MixInputList, mix.MixMaxResolutionStreamId, _fit(mix.FillMode)),
        canvas=_canvas(mix.MixOutputVideoConfig),
        audio_bitrate_bps=_within(mix.MixOutputAudioConfig.Bitrate, *AUDIO_BPS),
        background=mix.MixOutputBackgroundColor,
        background_image=mix.MixOutputBackgroundImage,
        view_image=mix.DefaultMixStreamBackgroundImage,
        watermark_image=mix.MixOutputWatermarkImage,
        watermark_area=None if mix.MixOutputWatermarkImageConfig is None else _area(mix.MixOutputWatermarkImageConfig),
        clock_pixels=clock.FontSize if clock else 0,
        always=mix.IsAlwaysMix,
        hold_views=asked.FillBlank,
        camera_off=CameraOff(fill.FrameFillMode) if fill else CameraOff.LAST,
        camera_off_colour=fill.FrameFillColor if fill else 0,
        levels=_levels(mix),
        uses=tuple((StreamId(c.StreamId), StreamUse(c.StreamType)) for c in mix.StreamConfigList),
        wait_ms=mix.ClearInputStreamTimeout,
    )


def layout(mode: int, views: Sequence[AskedView], big: str, fit: Fit | None) -> Layout:
    """A layout, as StartRecord and UpdateLayout name it. `fit`: of the presets, which only StartRecord can name."""
    return Layout(mode=LayoutMode(mode), views=tuple(map(_view, views)), big=StreamId(big), fit=fit)


def board_spec(asked: Input) -> BoardSpec | None:
    """The whiteboard to record; None for none."""
    return _board(asked.Whiteboard[0]) if asked.HasWhiteboard else None


def _canvas(asked: AskedCanvas | None) -> Canvas | None:
    """What encoders take: even sides (a quarter of the colours, 4:2:0), and a bitrate that means something."""
    if asked is None:
        return None
    width, height = (side + side % 2 for side in (asked.Width, asked.Height))
    return Canvas(width=width, height=height, fps=asked.Fps, bitrate_bps=_within(asked.Bitrate, *VIDEO_BPS))


def _within(value: int, low: int, high: int) -> int:
    return max(low, min(high, value))


def _view(view: AskedView) -> View:
    return View(
        area=_area(view),
        layer=view.Layer,
        stream=StreamId(view.StreamId),
        whiteboard=view.ViewType == _BOARD_VIEW,
        fit=Fit(view.FillMode),
        image=view.BackgroundImage,
    )


def _area(rectangle: Rectangle) -> Area:
    return Area(rectangle.Left, rectangle.Top, rectangle.Right, rectangle.Bottom)


def _fit(mode: int | None) -> Fit | None:
    return None if mode is None else Fit(mode)


def _levels(mix: Mix) -> LevelsBy | None:
    return LevelsBy(mix.SoundWaveType) if mix.RecordSoundWave else None


def _board(board: Board) -> BoardSpec:
    return BoardSpec(
        horizontal_ratio=board.HorizontalRatio,
        vertical_ratio=board.VerticalRatio,
        width=board.Width,
        height=board.Height,
        id=board.WhiteboardId,
        background=board.BackgroundColor % 2**32,
        animated=board.IsPPTAnimation,
        animation_fps=board.PPTAnimationFps,
    )
