"""Counts of one incoming track."""

from dataclasses import dataclass


@dataclass(slots=True)
class TrackStats:
    """Counts since the track began."""

    packets: int = 0  # of the main source, without duplicates
    bytes: int = 0  # of them, with RTP headers
    lost: int = 0  # packets given up
    recovered: int = 0  # packets that came by retransmission (RTX)
    duplicates: int = 0  # also packets that came after they were given up
    malformed: int = 0  # packets that were not understood or not expected
    nacks: int = 0  # sequence numbers asked for
    plis: int = 0
    frames: int = 0
    keyframes: int = 0  # of video
    damaged: int = 0  # frames that made no sense
    restarts: int = 0  # times the RTP clock began anew
