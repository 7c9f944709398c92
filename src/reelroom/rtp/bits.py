"""Reading bits: the fixed, Exp-Golomb and LEB128 numbers of video headers."""

from reelroom.errors import MediaError

_MAX_ZEROS = 32  # longest Exp-Golomb prefix of a 32-bit number
_MAX_LEB128_BYTES = 8  # AV1 specification §4.10.5


class BitReader:
    """Reads big-endian bits; every read beyond the end raises MediaError."""

    def __init__(self, data: bytes) -> None:
        self._value = int.from_bytes(data, "big")
        self._left = 8 * len(data)

    def read(self, count: int) -> int:
        """An unsigned number of `count` bits."""
        self._left -= count
        if self._left < 0:
            raise MediaError("video header is cut off")
        return self._value >> self._left & (1 << count) - 1

    def flag(self) -> bool:
        """One bit."""
        return self.read(1) == 1

    def unsigned(self) -> int:
        """An Exp-Golomb number, ue(v) of H264 §9.1 (and uvlc() of AV1)."""
        zeros = 0
        while not self.read(1):
            zeros += 1
            if zeros > _MAX_ZEROS:
                raise MediaError("number in a video header is too long")
        return (1 << zeros) - 1 + self.read(zeros)

    def signed(self) -> int:
        """A signed Exp-Golomb number, se(v) of H264 §9.1.1."""
        value = self.unsigned()
        return (value + 1) // 2 if value & 1 else -(value // 2)


def read_leb128(data: bytes, start: int) -> tuple[int, int]:
    """A little-endian base 128 number and where it ends. Raises MediaError."""
    value = 0
    for index, byte in enumerate(data[start : start + _MAX_LEB128_BYTES]):
        value |= (byte & 0x7F) << 7 * index
        if byte < 0x80:  # noqa: PLR2004  the top bit says that more follows
            return value, start + index + 1
    raise MediaError("LEB128 number does not end")


def write_leb128(value: int) -> bytes:
    """The shortest little-endian base 128 form."""
    groups = bytearray()
    while value >= 0x80:  # noqa: PLR2004
        groups.append(value & 0x7F | 0x80)
        value >>= 7
    groups.append(value)
    return bytes(groups)
