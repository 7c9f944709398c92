"""A drawn picture as a JPG file."""

from pathlib import Path

from av import VideoFrame
from av.video.reformatter import ColorRange, Colorspace
from PIL import Image

_QUALITY = 90


def write_jpeg(frame: VideoFrame, path: Path) -> None:
    """Write a BT.709 picture of limited range. Raises OSError."""
    pixels = frame.reformat(
        format="rgb24",
        src_colorspace=Colorspace.ITU709,
        src_color_range=ColorRange.MPEG,
        dst_color_range=ColorRange.JPEG,
    )
    Image.fromarray(pixels.to_ndarray(), "RGB").save(path, "JPEG", quality=_QUALITY, subsampling=0)
