"""The app made at the first start: `app.toml` in the data folder, for its owner's eyes only."""

import os
import secrets
import tomllib
from dataclasses import replace
from pathlib import Path

from reelroom.config.sources import Tree
from reelroom.errors import SettingsError
from reelroom.settings import AppSettings, Settings
from reelroom.units import AppId

APP_FILE = "app.toml"
_TEMPLATE = """\
# Made at the first start, because no app was configured. Whoever reads this file can record and enter every room.
# Apps of the settings file take its place.

[[apps]]
id = {id}                     # AppId of the control API
server_secret = "{server_secret}"    # signs API requests and room tokens
callback_secret = "{callback_secret}"  # verifies callbacks
"""


def read_app(data: Path) -> Tree:
    """The app of a data folder; empty before the first start. Raises SettingsError for a damaged file."""
    path, tree = data / APP_FILE, Tree()
    try:
        apps = tomllib.loads(path.read_text("utf-8")).get("apps", [])
    except FileNotFoundError:
        return tree
    except PermissionError as error:
        raise SettingsError(
            f"{path}: can't be read by this user; it belongs to the user who runs the server"
        ) from error
    except (OSError, ValueError) as error:
        raise SettingsError(f"{path}: damaged: {error}") from error
    tree.put("apps", apps, str(path))
    return tree


def ensure_app(settings: Settings) -> tuple[Settings, bool]:
    """Settings with at least one app, making `app.toml` if there is none; and whether it was made now."""
    if settings.apps:
        return settings, False
    app = AppSettings(id=_new_app_id(), server_secret=secrets.token_hex(16), callback_secret=secrets.token_hex(16))
    _write_private(Path(settings.data) / APP_FILE, _render(app))
    return replace(settings, apps=(app,)), True


def _new_app_id() -> AppId:
    """Ten digits that fit the control API's Uint32."""
    return AppId(1_000_000_000 + secrets.randbelow(3_000_000_000))


def _render(app: AppSettings) -> str:
    return _TEMPLATE.format(id=app.id, server_secret=app.server_secret, callback_secret=app.callback_secret)


def _write_private(path: Path, text: str) -> None:
    """Appear whole, readable by the owner alone from the first byte; never replace a file already there."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(temporary, path)
    except FileExistsError as error:
        raise SettingsError(f"{path}: appeared while starting; start again") from error
    finally:
        temporary.unlink()
