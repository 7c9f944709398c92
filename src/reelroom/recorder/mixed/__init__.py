"""Records a room as one mixed picture and one sum of sound."""

from reelroom.recorder.mixed.recording import MixedRecording

__all__ = ["MixedRecording"]
