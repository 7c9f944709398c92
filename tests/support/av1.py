"""AV1 from files. SVT-AV1, the only encoder at hand, takes real-time priority when it runs as root, and everything that
the process starts afterwards (a browser, a server) inherits it and starves the machine; so tests never encode AV1.

Each file holds what that encoder made of a moving picture: a key flag in a byte, a length in four, an access unit.
"""

from pathlib import Path


def av1_pictures(width: int, height: int) -> list[tuple[bytes, bool]]:
    """Access units with their key flags: 322x182 and 640x360 have 12, 64x48 has 30."""
    data = (Path(__file__).parent / "av1_pictures" / f"{width}x{height}.bin").read_bytes()
    found = []
    while data:
        length = int.from_bytes(data[1:5])
        found.append((data[5 : 5 + length], bool(data[0])))
        data = data[5 + length :]
    return found
