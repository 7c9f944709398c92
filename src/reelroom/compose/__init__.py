"""Decode and encode: what mp4 can't hold as it stands in a journal."""

from reelroom.compose.audio import AudioTranscoder, audio_header
from reelroom.compose.video import VideoTranscoder
from reelroom.compose.writer import BlockWriter, OpenWriter, VideoHeader

__all__ = ["AudioTranscoder", "BlockWriter", "OpenWriter", "VideoHeader", "VideoTranscoder", "audio_header"]
