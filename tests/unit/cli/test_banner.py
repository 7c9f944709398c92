"""What `serve` says of its apps: where their secrets are, never the secrets."""

from pathlib import Path

import pytest

from reelroom.apps import APP_FILE, Apps, change_apps, new_app
from reelroom.cli.banner import show_banner
from reelroom.settings import Settings


def shown(
    capsys: pytest.CaptureFixture[str], data: Path, kept: int, configured: Apps = (), *, app_is_new: bool = False
) -> tuple[str, Apps]:
    apps = tuple(new_app() for _ in range(kept))
    change_apps(data, lambda _: apps)
    show_banner(Settings(data=data, apps=configured), None, 8080, app_is_new=app_is_new)
    printed = capsys.readouterr().out
    assert not [app for app in (*apps, *configured) if app.server_secret in printed or app.callback_secret in printed]
    return printed, apps


def test_the_only_app_needs_no_option(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    printed, (app,) = shown(capsys, tmp_path, 1)
    assert f"{app.id}   (its ServerSecret and callback secret are in {tmp_path / APP_FILE})" in printed
    assert "--app" not in printed


def test_an_app_made_now_is_called_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "(made now; its ServerSecret" in shown(capsys, tmp_path, 1, app_is_new=True)[0]


def test_of_several_apps_one_is_named_in_what_to_try(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    printed, apps = shown(capsys, tmp_path, 2)
    assert f"{apps[0].id}, {apps[1].id}   (their ServerSecret" in printed
    assert printed.count(f"--data {tmp_path} --app {apps[0].id}") == 2


def test_apps_of_the_settings_are_listed_first(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    configured = new_app()
    printed, (kept,) = shown(capsys, tmp_path, 1, (configured,))
    assert f"{configured.id}, {kept.id}\n" in printed
