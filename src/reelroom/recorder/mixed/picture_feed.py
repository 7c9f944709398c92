"""The pictures of one source: reads ahead without decoding, decodes what is to be seen."""

from collections import deque
from typing import Final, NamedTuple

import numpy as np
from av import VideoFrame

from reelroom.compose.canvas import PIXELS, planes_of
from reelroom.compose.picture_decoder import PictureDecoder
from reelroom.errors import MediaError
from reelroom.journal.matroska import Block
from reelroom.logs import get_logger
from reelroom.recorder.track_reader import TrackFrames, TrackReader

_SMALL_BYTES: Final = 4000  # a black picture of any size is smaller
_STEP: Final = 16  # pixels between those looked at
_BLACK_LUMA: Final = 20  # as bright as black gets behind an encoder; black itself is 16, or 0 where the range is full
_GREY_ERROR: Final = 3  # of chroma
_FORMATS: Final = (PIXELS, "yuvj420p")  # the second is what FFmpeg calls the first where the range is full


class _Item(NamedTuple):
    """One packet and the file it is of."""

    number: int
    block: Block


class PictureFeed:
    """Gives the newest picture up to a journal position. Packets since the last keyframe are held until it is wanted.

    A wholly black picture is none: it is what browsers send while a camera is switched off.

    frame: the last picture. position: its journal position.
    """

    def __init__(self, reader: TrackReader) -> None:
        self.frame: VideoFrame | None = None
        self.position = -1
        self.errors = 0  # packets that gave no picture
        self.frames = 0  # packets decoded
        self._reader = reader
        self._coming: deque[_Item] = deque()
        self._held: list[_Item] = []
        self._files: dict[int, TrackFrames] = {}
        self._decoder: PictureDecoder | None = None
        self._number = -1

    def pass_to(self, position: int) -> None:
        """Go on without looking. Raises JournalError."""
        while self._coming or self._read():
            if self._coming[0].block.position > position:
                return
            item = self._coming.popleft()
            if item.block.keyframe:
                self._held.clear()  # nothing before it is needed any more
            self._held.append(item)

    def look_at(self, position: int) -> None:
        """Have `frame` be the newest picture up to a position. Raises JournalError."""
        self.pass_to(position)
        if not self._held:
            return
        newest = None
        for item in self._held:
            newest = self._decode(item) or newest
        if newest is not None and not is_black(newest, len(self._held[-1].block.payload)):
            self.frame, self.position = newest, self._held[-1].block.position
        self._held.clear()

    def _read(self) -> bool:
        frames = self._reader.read()
        if frames is None:
            return False
        self._files[frames.number] = frames._replace(blocks=[])
        self._coming.extend(_Item(frames.number, block) for block in frames.blocks)
        return True

    def _decode(self, item: _Item) -> VideoFrame | None:
        if item.number != self._number:
            self._open(item.number)
        if self._decoder is None:
            return None
        self.frames += 1
        frame = self._decoder.decode(item.block.payload)
        if frame is None:
            self.errors += 1
        return frame

    def _open(self, number: int) -> None:
        self._number = number
        header = self._files[number].header
        try:
            self._decoder = PictureDecoder(header.codec, header.private)
        except MediaError as error:
            self._decoder = None
            get_logger().error("pictures_not_decoded", codec=header.codec, error=str(error))


def is_black(frame: VideoFrame, size: int) -> bool:
    """Whether a picture of `size` encoded bytes is black all over."""
    if size > _SMALL_BYTES or frame.format.name not in _FORMATS:
        return False
    y, u, v = planes_of(frame)
    if y[::_STEP, ::_STEP].max() > _BLACK_LUMA:
        return False
    return all(np.abs(plane[::_STEP, ::_STEP].astype(np.int16) - 128).max() <= _GREY_ERROR for plane in (u, v))
