"""Decode and encode: what finished files can't hold as it stands in a journal."""

from reelroom.compose.audio import AudioTranscoder
from reelroom.compose.sound_coding import AAC, MP3, SoundCoding, audio_header
from reelroom.compose.video import VideoTranscoder
from reelroom.compose.writer import BlockWriter, OpenWriter, VideoHeader

__all__ = [
    "AAC",
    "MP3",
    "AudioTranscoder",
    "BlockWriter",
    "OpenWriter",
    "SoundCoding",
    "VideoHeader",
    "VideoTranscoder",
    "audio_header",
]
