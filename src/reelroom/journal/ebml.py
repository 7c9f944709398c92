"""EBML elements, the little of RFC 8794 that our files need: known IDs, sizes of 1 to 8 bytes, no unknown sizes."""

import struct
from collections.abc import Iterator
from typing import NamedTuple

from reelroom.errors import JournalError

UNKNOWN_SIZE = bytes.fromhex("01ffffffffffffff")  # RFC 8794 section 6.2: ends where the parent or the file ends


def encode_id(identifier: int) -> bytes:
    """The bytes of an element ID, which carry their own length marker."""
    return identifier.to_bytes((identifier.bit_length() + 7) // 8)


def encode_size(size: int) -> bytes:
    """The shortest size that isn't the reserved all-ones pattern."""
    length = next(n for n in range(1, 9) if size < (1 << 7 * n) - 1)
    return (size | 1 << 7 * length).to_bytes(length)


def element(identifier: int, *content: bytes) -> bytes:
    """A whole element around the joined content."""
    body = b"".join(content)
    return encode_id(identifier) + encode_size(len(body)) + body


def uint(identifier: int, value: int) -> bytes:
    """An unsigned integer element, at least one byte long."""
    return element(identifier, value.to_bytes(max(1, (value.bit_length() + 7) // 8)))


def text(identifier: int, value: str) -> bytes:
    """A string element."""
    return element(identifier, value.encode())


def real(identifier: int, value: float) -> bytes:
    """A float element of eight bytes."""
    return element(identifier, struct.pack(">d", value))


class Element(NamedTuple):
    """Where an element's content lies in the bytes it was read from."""

    identifier: int
    start: int
    end: int


def read_element(data: bytes, at: int, end: int) -> Element | None:
    """The element that starts at `at`; None if it reaches past `end`. Raises JournalError if it can't be one."""
    after_id = at + _length(data, at, end, 4)
    if after_id >= end:
        return None
    start = after_id + _length(data, after_id, end, 8)
    if start > end:
        return None
    size = int.from_bytes(data[after_id:start]) & ((1 << 7 * (start - after_id)) - 1)
    return Element(int.from_bytes(data[at:after_id]), start, start + size) if start + size <= end else None


def children(data: bytes, parent: Element) -> Iterator[Element]:
    """The elements inside a parent. Raises JournalError if they don't fill it exactly."""
    at = parent.start
    while at < parent.end:
        child = read_element(data, at, parent.end)
        if child is None:
            raise JournalError("an EBML element reaches past its parent")
        yield child
        at = child.end


def read_real(content: bytes) -> float:
    """The value of a float element of four or eight bytes. Raises JournalError for other lengths."""
    if len(content) not in (4, 8):
        raise JournalError("an EBML float has a wrong length")
    value: float = struct.unpack(">d" if len(content) == 8 else ">f", content)[0]  # noqa: PLR2004  a double's bytes
    return value


def _length(data: bytes, at: int, end: int, longest: int) -> int:
    """How many bytes the ID or size at `at` has; a large number past the end."""
    if at >= end:
        return longest
    length = 9 - data[at].bit_length()
    if length > longest:
        raise JournalError("an EBML ID or size is malformed")
    return length
