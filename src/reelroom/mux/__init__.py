"""Packets of journal and work files to finished files."""

from reelroom.mux.aac import write_aac
from reelroom.mux.formats import FORMATS
from reelroom.mux.mp4 import write_mp4
from reelroom.mux.pieces import Muxed, Piece

__all__ = ["FORMATS", "Muxed", "Piece", "write_aac", "write_mp4"]
