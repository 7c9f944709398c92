"""The images of one task: fetched once, kept in its work folder, so that every start of a recorder draws the same."""

import hashlib
from collections.abc import Callable
from enum import IntEnum
from pathlib import Path
from typing import Final

from reelroom.compose.images import Still
from reelroom.errors import MediaError
from reelroom.logs import get_logger
from reelroom.recorder.mixed.download import download

MAX_PIXELS: Final = 16_000_000
IMAGE_FAILED: Final = 3  # callback event: an image could not be downloaded


class ImageType(IntEnum):
    """What an image was for. Source: control API, callback event 3."""

    BACKGROUND = 1
    WATERMARK = 2
    ANY_VIEW = 3  # DefaultMixStreamBackgroundImage
    ONE_VIEW = 4  # BackgroundImage of a custom view


class Images:
    """Loads images by their addresses. A failure is told once, remembered, and not tried again."""

    def __init__(self, folder: Path, *, allow_private: bool, failed: Callable[[ImageType, str], None]) -> None:
        """folder: of the task's images. failed: hears of each that can't be had."""
        self._folder, self._allow_private, self._failed = folder, allow_private, failed
        self._stills: dict[str, Still | None] = {}

    def load(self, url: str, type_: ImageType) -> Still | None:
        """The image; None if it can't be had. The first time this blocks for a download."""
        if url not in self._stills:
            self._stills[url] = self._load(url, type_)
        return self._stills[url]

    def _load(self, url: str, type_: ImageType) -> Still | None:
        path = self._folder / hashlib.sha256(url.encode("utf-8", "surrogatepass")).hexdigest()[:32]
        missing = path.with_suffix(".failed")
        if missing.exists():
            return None
        try:
            if not path.exists():
                download(url, path, allow_private=self._allow_private)
            return Still.read(path, MAX_PIXELS)
        except (MediaError, OSError) as error:
            get_logger().warning("image_failed", image_type=int(type_), error=str(error))
            self._failed(type_, url)  # first: a recorder that starts again says nothing of what it finds marked
            self._folder.mkdir(parents=True, exist_ok=True)
            missing.touch()
            return None
