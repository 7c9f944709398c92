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
    """The picture of a publisher whose camera is off while the sound goes on."""

    FrameFillMode: Annotated[int, one_of(1, 2, 3)] = 1
    """1 the last frame again; 2 one colour; 3 nothing."""
    FrameFillColor: Annotated[int, colour()] = 0
    """The colour of mode 2: 0xRRGGBB00, signed or unsigned. Default: black."""


class Rectangle(Fields):
    """A part of the canvas, in pixels: origin at the top left, y downwards."""

    Top: Pixel
    """y of the upper edge; at most Bottom."""
    Left: Pixel
    """x of the left edge; at most Right."""
    Bottom: Pixel
    """y of the lower edge; at most the canvas height."""
    Right: Pixel
    """x of the right edge; at most the canvas width."""


class View(Rectangle):
    """One view of a custom layout."""

    StreamId: AnyStreamId = ""
    """The stream shown here. Empty: streams fill such views in the order of joining."""
    ViewType: Annotated[int, one_of(1, 2)] = 1
    """1 audio and video; 2 the whiteboard, which at most one view may show."""
    Layer: Annotated[int, integer()]
    """Stacking order; the larger number is on top."""
    FillMode: Annotated[int, one_of(1, 2)] = 1
    """How the picture comes into its view: 1 scaled to cover it, the excess cut; 2 seen whole, with black bars."""
    BackgroundImage: Url = ""
    """Picture (JPG or PNG, up to 5 MB) shown while the stream of this view is missing. Only with StreamId."""


class Canvas(Fields):
    """The canvas. Width x Height is at most 2073600 pixels (1920 x 1080)."""

    Width: Side
    """Pixels."""
    Height: Side
    """Pixels."""
    Fps: Annotated[int, integer(5, 30)]
    """Frames a second; 15 is usual."""
    Bitrate: Annotated[int, integer(1, 2**31 - 1, "bits a second")]
    """Video, in bits a second: 1500000 for 1.5 Mbit/s."""


class Sound(Fields):
    """The sound of the mix."""

    Bitrate: Annotated[int, integer(1, 2**31 - 1, "bits a second")] = 48_000
    """Audio, in bits a second."""


class Clock(Fields):
    """The clock at the top right of the picture."""

    FontSize: Annotated[int, integer(12, 100, "pixels")]
    """Height of its letters in pixels."""


class StreamChoice(Fields):
    """Which media of a stream enter the mix."""

    StreamId: AnyStreamId = ""
    """The stream. Empty: this element is for every stream that no other element names."""
    StreamType: Annotated[int, one_of(0, 1, 2, 3)] = 0
    """0 default; 1 audio; 2 video; 3 both. Has effect when RecordInputParams.StreamType is 3 or 4."""


class Mix(Fields):
    """How streams are mixed."""

    MixMode: Annotated[int, one_of(1, 2, 3, 4, 5)] = 2
    """Layout: 1 custom, by MixInputList; 2 grid; 3 horizontal; 4 vertical; 5 floating."""
    MixInputList: Annotated[tuple[View, ...], array(MAX_VIEWS)] = ()
    """The views of a custom layout. Needed when MixMode is 1, not looked at otherwise."""
    FillMode: Annotated[int | None, one_of(1, 2)] = None
    """For every view when MixMode is not 1: 1 crop, 2 fit. Absent: big views are seen whole, small ones cropped."""
    MixOutputStreamId: Annotated[str, text(empty=False, max_characters=STREAM_ID_CHARACTERS)]
    """Name of the mix: part of the file name, and the UserId, UserName and StreamId of its files."""
    MixOutputVideoConfig: Canvas | None = None
    """Needed when StreamType is 2, 3 or 4."""
    MixOutputAudioConfig: Sound = Sound()
    """The sound of the mix."""
    MixOutputBackgroundColor: Annotated[int, colour()] = 0
    """Colour of the canvas: 0xRRGGBB00, signed or unsigned. Default: black."""
    MixOutputBackgroundImage: Url = ""
    """Picture (JPG or PNG, up to 5 MB) behind all views, stretched to the canvas."""
    MixMaxResolutionStreamId: AnyStreamId = ""
    """Stream of the big view when MixMode is 3, 4 or 5. Empty: the earliest one."""
    MixOutputWatermarkImage: Url = ""
    """Watermark (JPG or PNG, up to 5 MB), stretched to its rectangle."""
    MixOutputWatermarkImageConfig: Rectangle | None = None
    """Where the watermark is."""
    DefaultMixStreamBackgroundImage: Url = ""
    """Picture in a view whose stream is missing. Has effect when FillBlank is true."""
    IsAlwaysMix: Flag = False
    """true: recording begins with the task; false: with the first stream."""
    MixOutputWatermarkTimestampConfig: Clock | None = None
    """Present: there is one."""
    RecordSoundWave: Flag = False
    """Also write a file of sound levels, one sample a second."""
    SoundWaveType: Annotated[int, one_of(0, 1)] = 0
    """Its entries carry: 0 stream_id; 1 user_id. Has effect when RecordSoundWave is true."""
    StreamConfigList: Annotated[tuple[StreamChoice, ...], array()] = ()
    """Choice of what enters the mix, for each stream."""
    ClearInputStreamTimeout: Annotated[int, integer(0, 86_400_000, "milliseconds")] = 0
    """Milliseconds that the mix waits for streams before it begins without them."""
