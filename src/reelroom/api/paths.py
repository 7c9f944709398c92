"""Paths as they came: split first, then decoded, since an id's own slash (%2F) is no separator."""

from urllib.parse import unquote_to_bytes

from starlette.requests import Request


def raw_path(request: Request) -> bytes:
    """The path before any decoding, without the query."""
    raw = request.scope.get("raw_path")
    return raw if isinstance(raw, bytes) else request.scope["path"].encode()


def segments(request: Request) -> list[str] | None:
    """The decoded segments of the path; None if one is not UTF-8."""
    try:
        return [unquote_to_bytes(part).decode() for part in raw_path(request).lstrip(b"/").split(b"/")]
    except UnicodeDecodeError:
        return None
