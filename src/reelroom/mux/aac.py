"""AAC in ADTS, the plain `.aac` file."""

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av

from reelroom.errors import MediaError
from reelroom.mux.pieces import AAC_SAMPLES, Muxed, Piece, finish_file, open_piece, read_audio
from reelroom.units import AUDIO_RATE


def write_aac(target: Path, *, audio: Sequence[Piece]) -> Muxed:
    """Write and fsync one ADTS file. Raises MediaError when a piece can't be read, OSError when the disk is full.

    ADTS has no edit list to hide the priming packet, so it is left out: the first 21 ms fade in, and every sample
    stands where it does in the mp4 beside it.
    """
    if not audio:
        raise MediaError("a file without a single packet")
    try:
        with open_piece(audio[0]) as first, av.open(str(target), "w", format="adts") as output:
            stream = output.add_stream_from_template(first.streams.audio[0], opaque=True)
            samples = 0
            for sample, packet in read_audio(tuple(audio)):
                if sample >= 0:
                    packet.stream, packet.time_base = stream, Fraction(1, AUDIO_RATE)
                    packet.pts = packet.dts = sample
                    output.mux_one(packet)
                    samples += AAC_SAMPLES
    except av.error.FFmpegError as error:
        if isinstance(error, OSError):
            raise
        raise MediaError(f"{target.name} can't be written: {error}") from error
    return Muxed(finish_file(target), samples * 1000 // AUDIO_RATE)
