"""The media type a store should hand a file out with."""

_BY_EXTENSION = {
    "mp4": "video/mp4",
    "flv": "video/x-flv",
    "m3u8": "application/vnd.apple.mpegurl",
    "ts": "video/mp2t",
    "jpg": "image/jpeg",
    "mp3": "audio/mpeg",
    "aac": "audio/aac",
    "ogg": "audio/ogg",
    "sw": "application/json",
}


def content_type(key: str) -> str:
    """The Content-Type of a file by the extension of its key."""
    return _BY_EXTENSION.get(key.rpartition(".")[2].lower(), "application/octet-stream")
