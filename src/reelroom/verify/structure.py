"""What can be said of a file without decoding it: boxes of an mp4, lines of a playlist."""

from pathlib import Path
from typing import Final, NamedTuple

from reelroom.verify.report import Report

_HEAD: Final = 8  # size and kind of a box, ISO/IEC 14496-12 section 4.2


class _Box(NamedTuple):
    kind: bytes
    end: int


def check_structure(path: Path, report: Report) -> bool:
    """Say what is wrong with the outside; whether it's worth decoding."""
    if path.stat().st_size == 0:
        report.fault("the file is empty")
        return False
    match path.suffix.lower():
        case ".mp4":
            return _check_mp4(path, report)
        case ".m3u8":
            return _check_playlist(path, report)
    return True


def _check_mp4(path: Path, report: Report) -> bool:
    boxes, size = _boxes(path), path.stat().st_size
    kinds = [box.kind for box in boxes]
    cut = boxes[-1].end - size if boxes else 0
    if cut > 0:
        report.fault(f"the file is cut off: {cut} bytes are missing")
    if b"moov" not in kinds:
        report.fault("it has no index (moov): no player can open it")
        return False
    if b"mdat" in kinds and kinds.index(b"mdat") < kinds.index(b"moov"):
        report.note("its index stands behind the media: players of a download have to wait for all of it")
    return True


def _boxes(path: Path) -> list[_Box]:
    """The boxes of the outermost level, as far as they can be followed."""
    boxes: list[_Box] = []
    at, size = 0, path.stat().st_size
    with path.open("rb") as file:
        while at < size:
            file.seek(at)
            head = file.read(_HEAD + 8)
            length, kind = int.from_bytes(head[:4]), head[4:8]
            if length == 1:
                length = int.from_bytes(head[8:16])
            elif length == 0:  # up to the end of the file
                length = size - at
            if length < _HEAD or len(kind) < 4:  # noqa: PLR2004
                break
            at += length
            boxes.append(_Box(kind, at))
    return boxes


def _check_playlist(path: Path, report: Report) -> bool:
    lines = path.read_text("utf-8", "replace").splitlines()
    if not lines or lines[0] != "#EXTM3U":
        report.fault("it is no playlist: the first line is not #EXTM3U")
        return False
    if "#EXT-X-ENDLIST" not in lines:
        report.fault("the playlist has no end (EXT-X-ENDLIST): players wait for more")
    target_s = _number(next((line for line in lines if line.startswith("#EXT-X-TARGETDURATION:")), ""))
    longest_s = max((_number(line) for line in lines if line.startswith("#EXTINF:")), default=0.0)
    if round(longest_s) > target_s:
        report.fault(f"a segment of {longest_s:.1f} s is longer than the target duration, {target_s:.0f} s")
    missing = [line for line in lines if line and line[0] != "#" and not (path.parent / line).is_file()]
    for name in missing:
        report.fault(f"the segment {name} is not there")
    return not missing


def _number(line: str) -> float:
    try:
        return float(line.partition(":")[2].partition(",")[0])
    except ValueError:
        return 0.0
