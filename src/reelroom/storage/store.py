"""What every store can do."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Protocol

from reelroom.errors import StorageError

SaveProgress = Callable[[dict[str, Any]], None]


class RefusedError(StorageError):
    """The store refused in a way that trying again will hardly change: wrong key, no right to write, no bucket."""

    retryable: ClassVar[bool] = False


@dataclass(frozen=True, slots=True)
class Stored:
    """A file that arrived. `url` may be empty for stores that have none; `video_id` is of video platforms."""

    url: str
    video_id: str = ""


class Store(Protocol):
    """A place for finished files. Thread-safe for different keys."""

    def put(self, path: Path, key: str, progress: Mapping[str, Any], save: SaveProgress) -> Stored:
        """Store the file at `path` under `key`; the same file and key again has the same outcome.

        `progress` is what `save` was last given for this key, or empty; `save` is called in this thread, may raise to
        stop the upload, and is given only JSON values without secrets. Raises StorageError, RefusedError.
        """

    def check(self, key: str) -> None:
        """Find out whether `key` could be stored, by a tiny write or a signed question. Raises as `put` does."""

    def abandon(self, key: str, progress: Mapping[str, Any]) -> None:
        """Free what an upload that was given up left at the store, if that can be done. Raises StorageError."""
