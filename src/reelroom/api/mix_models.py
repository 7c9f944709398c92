"""Fields of mixed recordings: MixConfig, and what UpdateLayout shares with it. Source: control API, StartRecord."""

from typing import Annotated

from reelroom.api.fields import Fields, array, boolean, colour, integer, one_of, text, url

MAX_SIDE = 1920  # pixels
MAX_VIEWS = 25
STREAM_ID_CHARACTERS = 256

Pixel = Annotated[int, integer(0, MAX_SIDE)]
Side = Annotated[int, integer(1, MAX_SIDE)]
Url = Annotated[str, url()]
Flag = Annotated[bool, boolean()]
AnyStreamId = Annotated[str, text(max_characters=STREAM_ID_CHARACTERS)]


class FrameFill(Fields):
    """The picture of a publisher whose camera is off."""

    FrameFillMode: Annotated[int, one_of(1, 2, 3)] = 1
    FrameFillColor: Annotated[int, colour()] = 0


class Rectangle(Fields):
    """A part of the canvas: origin at the top left, y downwards."""

    Top: Pixel
    Left: Pixel
    Bottom: Pixel
    Right: Pixel


class View(Rectangle):
    """One view of a custom layout."""

    StreamId: AnyStreamId = ""
    ViewType: Annotated[int, one_of(1, 2)] = 1
    Layer: Annotated[int, integer()]
    FillMode: Annotated[int, one_of(1, 2)] = 1
    BackgroundImage: Url = ""


class Canvas(Fields):
    """The canvas."""

    Width: Side
    Height: Side
    Fps: Annotated[int, integer(5, 30)]
    Bitrate: Annotated[int, integer(1, 2**31 - 1, "bits a second")]


class Sound(Fields):
    """The sound."""

    Bitrate: Annotated[int, integer(1, 2**31 - 1, "bits a second")] = 48_000


class Clock(Fields):
    """The clock in the picture."""

    FontSize: Annotated[int, integer(12, 100, "pixels")]


class StreamChoice(Fields):
    """Which media of a stream enter the mix."""

    StreamId: AnyStreamId = ""
    StreamType: Annotated[int, one_of(0, 1, 2, 3)] = 0


class Mix(Fields):
    """How streams are mixed."""

    MixMode: Annotated[int, one_of(1, 2, 3, 4, 5)] = 2
    MixInputList: Annotated[tuple[View, ...], array(MAX_VIEWS)] = ()
    FillMode: Annotated[int | None, one_of(1, 2)] = None
    MixOutputStreamId: Annotated[str, text(empty=False, max_characters=STREAM_ID_CHARACTERS)]
    MixOutputVideoConfig: Canvas | None = None
    MixOutputAudioConfig: Sound = Sound()
    MixOutputBackgroundColor: Annotated[int, colour()] = 0
    MixOutputBackgroundImage: Url = ""
    MixMaxResolutionStreamId: AnyStreamId = ""
    MixOutputWatermarkImage: Url = ""
    MixOutputWatermarkImageConfig: Rectangle | None = None
    DefaultMixStreamBackgroundImage: Url = ""
    IsAlwaysMix: Flag = False
    MixOutputWatermarkTimestampConfig: Clock | None = None
    RecordSoundWave: Flag = False
    SoundWaveType: Annotated[int, one_of(0, 1)] = 0
    StreamConfigList: Annotated[tuple[StreamChoice, ...], array()] = ()
    ClearInputStreamTimeout: Annotated[int, integer(0, 86_400_000, "milliseconds")] = 0
