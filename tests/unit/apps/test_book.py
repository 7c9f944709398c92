"""The book of apps: what it holds, how soon it notices a change, and what no damage can do to it."""

from collections.abc import Callable
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from reelroom.apps import APP_FILE, AppBook, change_apps, new_app, read_apps
from reelroom.errors import SettingsError
from reelroom.settings import AppSettings, Settings

FIRST, SECOND = new_app(), new_app()


class Clock:
    """A clock that stands still until told."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def keep(data: Path, *apps: AppSettings) -> None:
    change_apps(data, lambda _before: apps)


def settings(data: Path, *configured: AppSettings) -> Settings:
    return Settings(data=data, apps=configured)


def ids(book: AppBook) -> list[int]:
    return [app.id for app in book.all()]


def test_it_holds_the_apps_of_both_places(tmp_path: Path) -> None:
    keep(tmp_path, SECOND)
    book = AppBook(settings(tmp_path, FIRST))
    assert ids(book) == [FIRST.id, SECOND.id]
    assert book.app(SECOND.id) == SECOND
    assert book.app(5) is None


def test_of_two_apps_of_one_id_the_settings_win(tmp_path: Path) -> None:
    configured = AppSettings(id=FIRST.id, server_secret="s" * 32, callback_secret="c")
    keep(tmp_path, FIRST, SECOND)
    book = AppBook(settings(tmp_path, configured))
    assert book.app(FIRST.id) is configured
    assert ids(book) == [FIRST.id, SECOND.id]


def test_changes_show_within_half_a_second(tmp_path: Path) -> None:
    clock = Clock()
    book = AppBook(settings(tmp_path), clock=clock)
    keep(tmp_path, FIRST)
    assert ids(book) == []
    clock.now_s = 0.5
    assert ids(book) == [FIRST.id]
    keep(tmp_path)
    clock.now_s = 1.0
    assert ids(book) == []


def test_the_disk_is_asked_at_most_twice_a_second(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock, looks = Clock(), []
    look: Callable[[AppBook], tuple[int, ...]] = AppBook._look
    monkeypatch.setattr(AppBook, "_look", lambda book: looks.append(1) or look(book))
    book = AppBook(settings(tmp_path), clock=clock)
    for tick in range(10_000):
        clock.now_s = tick / 1000
        book.app(1)
    assert len(looks) == 20


@pytest.mark.parametrize("damage", ["", "[[apps]]\nid = ", "[[apps]]\nid = 'x'", "apps = 5", "\0", "[[app]]\nid = 1"])
def test_a_damaged_file_changes_nothing_and_is_told_once(tmp_path: Path, damage: str) -> None:
    clock = Clock()
    keep(tmp_path, FIRST)
    book = AppBook(settings(tmp_path), clock=clock)
    (tmp_path / APP_FILE).write_text(damage)
    with capture_logs() as logs:
        for clock.now_s in (1, 2, 3):
            assert ids(book) == [FIRST.id]
    assert [(line["event"], line["log_level"]) for line in logs] == [("apps_unreadable", "error")]
    (tmp_path / APP_FILE).unlink()
    with capture_logs() as logs:
        for clock.now_s in (4, 5, 6):
            assert ids(book) == [FIRST.id]
    assert [line["error"].rpartition(": ")[2] for line in logs] == ["is gone"]
    keep(tmp_path, SECOND)
    clock.now_s = 7
    assert ids(book) == [SECOND.id]


def test_a_damaged_file_stops_a_start_that_is_not_tolerant(tmp_path: Path) -> None:
    (tmp_path / APP_FILE).write_text("[[apps]]\nid = 'x'")
    with pytest.raises(SettingsError, match=r"app\.toml: apps\[0\]\.id: allowed: a whole number"):
        AppBook(settings(tmp_path, FIRST))
    assert ids(AppBook(settings(tmp_path, FIRST), tolerant=True)) == [FIRST.id]


def test_a_file_mended_after_a_tolerant_start_is_taken(tmp_path: Path) -> None:
    clock = Clock()
    (tmp_path / APP_FILE).write_text("")
    book = AppBook(settings(tmp_path), tolerant=True, clock=clock)
    (tmp_path / APP_FILE).unlink()
    keep(tmp_path, FIRST)
    clock.now_s = 1
    assert ids(book) == [FIRST.id]


def test_the_secrets_of_an_unknown_app_are_none(tmp_path: Path) -> None:
    keep(tmp_path, FIRST)
    book = AppBook(settings(tmp_path))
    assert book.server_secrets(FIRST.id) == (FIRST.server_secret,)
    assert book.server_secrets(5) == ()


def test_reading_finds_no_app_where_there_is_no_folder(tmp_path: Path) -> None:
    assert read_apps(tmp_path / "none") == ()
