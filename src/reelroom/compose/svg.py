"""SVG to PNG, in a process of its own with limits on time and memory: an SVG is a program that draws.

Run as `python -m reelroom.compose.svg`, it reads an SVG from standard input and writes a PNG to standard output.
"""

import resource
import subprocess
import sys
from typing import Final
from xml.etree import ElementTree as ET

from reelroom.errors import MediaError

WIDTH: Final = 1920  # pixels it is drawn at, the widest canvas; it is stretched from there
TIMEOUT_S: Final = 10
_CPU_S: Final = 8
_MEMORY_BYTES: Final = 1 << 30
_PICTURES: Final = ("data:image/png", "data:image/jpeg", "data:image/jpg", "data:image/gif")


def looks_like_svg(body: bytes) -> bool:
    """Whether a file is XML, so far as its beginning tells."""
    return body[:512].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")


def svg_to_png(body: bytes) -> bytes:
    """Draw an SVG. Raises MediaError when it is none, refers to anything outside itself, or takes too much."""
    check_svg(body)
    command = [sys.executable, "-m", "reelroom.compose.svg"]
    try:
        done = subprocess.run(command, input=body, capture_output=True, timeout=TIMEOUT_S, check=True)  # noqa: S603
    except (subprocess.SubprocessError, OSError) as error:
        raise MediaError(f"an SVG can't be drawn: {type(error).__name__}") from error
    return done.stdout


def check_svg(body: bytes) -> None:
    """Refuse what could read other files (a path in `href`), or unfold without end (entities). Raises MediaError."""
    if b"<!ENTITY" in body or b"\0" in body:
        raise MediaError("an SVG with entities, or not in UTF-8, is not drawn")
    try:
        root = ET.fromstring(body)  # noqa: S314  without entities there is nothing to unfold
    except (ET.ParseError, ValueError, LookupError) as error:
        raise MediaError("an SVG is not well-formed") from error
    for element in root.iter():
        for name, value in element.attrib.items():
            if name.rpartition("}")[2] == "href" and not _is_inside(value.strip()):
                raise MediaError("an SVG that refers to other files is not drawn")


def _is_inside(reference: str) -> bool:
    return reference.startswith("#") or reference.lower().startswith(_PICTURES)


def main() -> None:
    """Draw standard input."""
    resource.setrlimit(resource.RLIMIT_CPU, (_CPU_S, _CPU_S))
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    import resvg_py  # noqa: PLC0415  within the limits

    text = sys.stdin.buffer.read().decode()
    sys.stdout.buffer.write(resvg_py.svg_to_bytes(svg_string=text, width=WIDTH))


if __name__ == "__main__":
    main()
