"""Packets of journal and work files to finished files."""

from reelroom.mux.aac import write_aac
from reelroom.mux.flv import write_flv
from reelroom.mux.formats import FORMATS
from reelroom.mux.hls import Segment, Segments, playlist, write_segments
from reelroom.mux.mp3 import write_mp3
from reelroom.mux.mp4 import write_mp4
from reelroom.mux.ogg import write_ogg
from reelroom.mux.pieces import Muxed, Piece

__all__ = [
    "FORMATS",
    "Muxed",
    "Piece",
    "Segment",
    "Segments",
    "playlist",
    "write_aac",
    "write_flv",
    "write_mp3",
    "write_mp4",
    "write_ogg",
    "write_segments",
]
