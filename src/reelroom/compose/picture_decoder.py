"""Packets of one configuration to pictures, one in, one out."""

from typing import Final, cast

import av
from av import VideoFrame
from av.codec.context import Flags
from av.video.codeccontext import VideoCodecContext

from reelroom.errors import MediaError
from reelroom.units import Codec

_DECODERS: Final = {Codec.H264: "h264", Codec.VP8: "vp8", Codec.VP9: "vp9", Codec.AV1: "libdav1d"}


class PictureDecoder:
    """Decodes the packets of one journal file. `private`: its CodecPrivate.

    The loop filter is never left out, though half of the time goes there: what it would have smoothed adds up until the
    next keyframe, and is seen even in pictures scaled down by four.

    errors: packets that gave no picture.
    """

    def __init__(self, codec: Codec, private: bytes) -> None:
        if codec not in _DECODERS:
            raise MediaError(f"{codec} video can't be decoded")
        self.errors = 0
        self._decoder = cast("VideoCodecContext", av.CodecContext.create(_DECODERS[codec], "r"))
        self._decoder.thread_count = 1  # streams are decoded side by side; threads over frames would hold frames back
        self._decoder.flags |= Flags.low_delay  # pictures of a live stream come in their order
        if private and codec is Codec.H264:
            self._decoder.extradata = private
        self._decoder.options = {"max_frame_delay": "1"} if codec is Codec.AV1 else {}

    def decode(self, payload: bytes) -> VideoFrame | None:
        """The picture of a packet; None if it has none that can be understood."""
        try:
            frames = self._decoder.decode(av.Packet(payload)) if payload else []
        except av.error.FFmpegError:
            frames = []
        if not frames:
            self.errors += 1
            return None
        return frames[-1]
