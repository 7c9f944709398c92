"""The local folder: files under `files/<token>/<name>` of the data folder, which the server hands out.

The token is what protects a file: no one can guess it, and it is the same at every try, so a retry changes nothing.
"""

import hashlib
import hmac
import json
import os
import re
import shutil
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

from reelroom.errors import StorageError
from reelroom.naming import local_name
from reelroom.settings import ServerSettings
from reelroom.storage.store import RefusedError, SaveProgress, Stored

_TOKEN_DIGITS = 40  # hex: 160 bits
_MARKS = "backups"  # a file for each token whose folder is a backup
_SEGMENT = re.compile(r"_[0-9]{5}\.ts$")
_ANY_HOST = ("0.0.0.0", "::", "")  # noqa: S104  bound to all addresses, reached at one


class LocalStore:
    """Files on this machine's disk."""

    def __init__(self, data: Path, server: ServerSettings, *, as_backup: bool = False) -> None:
        """as_backup: `expire_backups` is to delete what is put here, in time."""
        self._data = data
        self._server = server
        self._as_backup = as_backup

    def put(self, path: Path, key: str, progress: Mapping[str, Any], save: SaveProgress) -> Stored:  # noqa: ARG002
        """Link or copy the file to its place; nothing is worth saving on the way."""
        name = local_name(key.rpartition("/")[2])
        token = self._token(_family(key))
        folder = self._data / "files" / token
        try:
            if self._as_backup:
                _mark(self._data / _MARKS / token)
            folder.mkdir(parents=True, exist_ok=True)
            _place(path, folder / name)
            _sync_folder(folder)
            _sync_folder(folder.parent)
        except OSError as error:
            raise StorageError(f"the local folder cannot be written: {error.strerror}") from error
        return Stored(f"{self._base_url()}/files/{token}/{quote(name, safe='~')}")

    def abandon(self, key: str, progress: Mapping[str, Any]) -> None:
        """Nothing stays behind: drafts are replaced or go with their folder."""

    def check(self, key: str) -> None:
        """Nothing can be wrong with it that a write would show."""

    def _token(self, key: str) -> str:
        """Names of files begin with their task's id, so a key is one file's of one task."""
        try:
            secret = (self._data / "secret.key").read_bytes()
        except OSError as error:
            raise RefusedError("the data folder has no secret.key") from error
        # A backup's is another: what is deleted in time must not be what was delivered here for good.
        label = b"reelroom local backup\0" if self._as_backup else b"reelroom local file\0"
        return hmac.new(secret, label + key.encode(), hashlib.sha256).hexdigest()[:_TOKEN_DIGITS]

    def _base_url(self) -> str:
        if self._server.public_url:
            return self._server.public_url.rstrip("/")
        host = "127.0.0.1" if self._server.host in _ANY_HOST else self._server.host
        return f"http://{f'[{host}]' if ':' in host else host}:{self._port()}"

    def _port(self) -> int:
        """The port the server was really bound to, which the settings may leave open."""
        with suppress(OSError, ValueError, KeyError):
            return int(json.loads((self._data / "run" / "server.json").read_bytes())["port"])
        return self._server.port


def _family(key: str) -> str:
    """A playlist's key for its segments: it names them as lying beside it."""
    return _SEGMENT.sub(".m3u8", key)


def expire_backups(data: Path, keep_s: float) -> int:
    """Delete backups that are older than `keep_s`; how many. Safe to call at any time, by several processes."""
    if not (data / _MARKS).is_dir():
        return 0
    old = [mark for mark in (data / _MARKS).iterdir() if _age_s(mark) > keep_s]
    for mark in old:
        shutil.rmtree(data / "files" / mark.name, ignore_errors=True)
        mark.unlink(missing_ok=True)
    return len(old)


def _mark(mark: Path) -> None:
    """Note that a token's folder is a backup, from now on. Before it is filled: nothing may be kept for ever."""
    mark.parent.mkdir(parents=True, exist_ok=True)
    mark.touch()
    _sync_folder(mark.parent)


def _age_s(mark: Path) -> float:
    try:
        return time.time() - mark.stat().st_mtime
    except FileNotFoundError:  # another process was quicker
        return 0.0


def _place(source: Path, target: Path) -> None:
    """Give `source` a second name, or copy it if it is on another disk. `target` is whole or not there at all."""
    draft = target.with_name(f".{target.name[-200:]}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    try:
        os.link(source, draft)  # the spool has already forced it to the disk
    except FileNotFoundError:
        raise
    except OSError:
        _copy(source, draft)
    draft.replace(target)
    draft.unlink(missing_ok=True)  # rename does nothing when both names are links to one file


def _copy(source: Path, draft: Path) -> None:
    with source.open("rb") as reader, draft.open("wb") as writer:
        shutil.copyfileobj(reader, writer, 1 << 20)
        writer.flush()
        os.fsync(writer.fileno())


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
