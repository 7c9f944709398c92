"""Sync, where a file shows the programme of our tests: a flash and a beep at the same instants."""

from itertools import islice
from pathlib import Path
from typing import Final

import av
import numpy as np

from reelroom.testing.barcode import read_picture
from reelroom.testing.content import check
from reelroom.verify.report import Limits, Report

_LOOK: Final = 10  # pictures that tell whether it is the programme


def check_programme(path: Path, limits: Limits, report: Report) -> None:
    """Say how far sound and pictures are apart, and which pictures are missing. Raises FFmpegError."""
    if not _is_programme(path):
        return
    content = check(path)
    if content.missing:
        report.fault(f"{len(content.missing)} pictures of the programme are missing")
    if content.doubled or content.backward:
        report.fault(f"{len(content.doubled) + len(content.backward)} pictures of the programme are out of order")
    if content.broken:
        report.fault(f"{content.broken} pictures of the programme can't be read")
    offset_ms = content.median_offset_ms
    if offset_ms is None:
        return
    words = f"sound is {abs(offset_ms):.0f} ms {'later' if offset_ms > 0 else 'earlier'} than the picture"
    if abs(offset_ms) > limits.sync_ms:
        report.fault(words)
    else:
        report.note(words)


def _is_programme(path: Path) -> bool:
    with av.open(str(path)) as container:
        if not container.streams.video:
            return False
        read = 0
        for frame in islice(container.decode(video=0), _LOOK):
            plane = frame.planes[0]
            luma = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)
            read += read_picture(luma[: frame.height, : frame.width]).counter is not None
    return read > _LOOK // 2
