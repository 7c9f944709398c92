"""Mixes, layouts and whiteboards as the control API spells them. Source: control API, MixConfig and Whiteboard."""

from collections.abc import Mapping
from typing import Any

from reelroom.mix import NO_STREAM, Area, BoardSpec, CameraOff, Fit, Layout, LayoutMode, MixSpec, View
from reelroom.units import StreamId

Body = dict[str, Any]

VIDEO_VIEW, WHITEBOARD_VIEW = 1, 2  # ViewType


def layout_body(layout: Layout) -> Body:
    """MixMode and what belongs to it; `layout.fit` apart, which UpdateLayout doesn't know."""
    body: Body = {"MixMode": int(layout.mode)}
    if layout.mode is LayoutMode.CUSTOM:
        body["MixInputList"] = [view_body(view) for view in layout.views]
    if layout.big:
        body["MixMaxResolutionStreamId"] = layout.big
    return body


def view_body(view: View) -> Body:
    """One element of MixInputList."""
    body: Body = {
        **area_body(view.area),
        "Layer": view.layer,
        "ViewType": WHITEBOARD_VIEW if view.whiteboard else VIDEO_VIEW,
        "FillMode": int(view.fit),
    }
    named = {"StreamId": view.stream, "BackgroundImage": view.image}
    return {**body, **_filled(named)}


def read_view(body: Mapping[str, Any]) -> View:
    """The inverse of `view_body`. Raises KeyError, ValueError or TypeError for what is no view."""
    sides = (int(body[name]) for name in ("Left", "Top", "Right", "Bottom"))
    return View(
        area=Area(*sides),
        layer=int(body["Layer"]),
        stream=StreamId(body.get("StreamId", NO_STREAM)),
        whiteboard=body.get("ViewType", VIDEO_VIEW) == WHITEBOARD_VIEW,
        fit=Fit(body.get("FillMode", Fit.CROP)),
        image=body.get("BackgroundImage", ""),
    )


def area_body(area: Area) -> Body:
    """A rectangle."""
    return {"Left": area.left, "Top": area.top, "Right": area.right, "Bottom": area.bottom}


def mix_body(mix: MixSpec) -> Body:
    """MixConfig. What of a mix stands beside it is `mix_input`."""
    body: Body = {
        **layout_body(mix.layout),
        "MixOutputStreamId": mix.name,
        "MixOutputAudioConfig": {"Bitrate": mix.audio_bitrate_bps},
        "MixOutputBackgroundColor": mix.background,
        "IsAlwaysMix": mix.always,
        "ClearInputStreamTimeout": mix.wait_ms,
        "StreamConfigList": [{"StreamId": stream, "StreamType": int(use)} for stream, use in mix.uses],
    }
    images = {
        "MixOutputBackgroundImage": mix.background_image,
        "MixOutputWatermarkImage": mix.watermark_image,
        "DefaultMixStreamBackgroundImage": mix.view_image,
    }
    return {**body, **_filled(images), **_video(mix), **_extras(mix)}


def mix_input(mix: MixSpec) -> Body:
    """What RecordInputParams holds of a mix beside MixConfig."""
    fill: Body = {"FrameFillMode": int(mix.camera_off)}
    if mix.camera_off is CameraOff.COLOUR:
        fill["FrameFillColor"] = mix.camera_off_colour
    return {"FillBlank": mix.hold_views, "FillFrame": fill, "MixConfig": mix_body(mix)}


def board_input(board: BoardSpec) -> Body:
    """What RecordInputParams holds of a whiteboard."""
    body: Body = {
        "HorizontalRatio": board.horizontal_ratio,
        "VerticalRatio": board.vertical_ratio,
        "Width": board.width,
        "Height": board.height,
        "BackgroundColor": board.background,
        "IsPPTAnimation": board.animated,
        "PPTAnimationFps": board.animation_fps,
    }
    return {"HasWhiteboard": True, "Whiteboard": [{**body, **_filled({"WhiteboardId": board.id})}]}


def _video(mix: MixSpec) -> Body:
    canvas = mix.canvas
    if canvas is None:
        return {}
    sizes = {"Width": canvas.width, "Height": canvas.height, "Fps": canvas.fps, "Bitrate": canvas.bitrate_bps}
    return {"MixOutputVideoConfig": sizes}


def _extras(mix: MixSpec) -> Body:
    body: Body = {}
    if mix.layout.fit is not None and mix.layout.mode is not LayoutMode.CUSTOM:
        body["FillMode"] = int(mix.layout.fit)
    if mix.watermark_area is not None:
        body["MixOutputWatermarkImageConfig"] = area_body(mix.watermark_area)
    if mix.clock_pixels:
        body["MixOutputWatermarkTimestampConfig"] = {"FontSize": mix.clock_pixels}
    if mix.levels is not None:
        body |= {"RecordSoundWave": True, "SoundWaveType": int(mix.levels)}
    return body


def _filled(texts: Mapping[str, str]) -> Body:
    return {name: text for name, text in texts.items() if text}
