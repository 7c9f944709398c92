"""One decoded picture of a publisher as JPG."""

from io import BytesIO

from av import VideoFrame
from av.video.reformatter import ColorRange

_QUALITY = 90


def encode_still(frame: VideoFrame) -> bytes:
    """A JPG of the frame's own size, in the colours that it says to have."""
    from PIL import Image  # noqa: PLC0415  4 MB that recorders without pictures need not carry

    pixels = frame.reformat(format="rgb24", dst_color_range=ColorRange.JPEG)
    file = BytesIO()
    Image.fromarray(pixels.to_ndarray(), "RGB").save(file, "JPEG", quality=_QUALITY)
    return file.getvalue()
