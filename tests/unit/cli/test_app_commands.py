"""The commands about apps: what they print, what they change, and what they refuse with which words."""

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from reelroom.apps import APP_FILE, read_apps
from reelroom.cli import app as reelroom
from reelroom.errors import SettingsError

CONFIGURED = '[[apps]]\nid = 77\nserver_secret = "0123456789abcdef"\ncallback_secret = "topsecret"\n'


class Commands:
    """`reelroom app …` on a data folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.data, self.config = folder / "data", folder / "some.toml"
        self.config.write_text("")

    def run(self, *words: str, fails: bool = False) -> Result:
        where = ["--data", str(self.data), "--config", str(self.config)]
        done = CliRunner().invoke(reelroom, ["app", *words, *where])
        assert (done.exit_code != 0) == fails, done.output
        return done

    def json(self, *words: str) -> Any:
        return json.loads(self.run(*words, "--json").stdout)

    def refusal(self, *words: str) -> str:
        error = self.run(*words, fails=True).exception
        assert isinstance(error, SettingsError)
        return str(error)


@pytest.fixture
def commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Commands:
    monkeypatch.delenv("REELROOM_APPS", raising=False)
    return Commands(tmp_path)


def test_an_added_app_is_kept_as_it_was_printed(commands: Commands) -> None:
    made = commands.json("add", "--callback-url", "https://app.example/x", "--max-tasks", "5")
    (app,) = read_apps(commands.data)
    assert made == {"id": app.id, "server_secret": app.server_secret, "callback_secret": app.callback_secret}
    assert (app.callback_url, app.max_tasks, app.enabled) == ("https://app.example/x", 5, True)
    assert (commands.data / APP_FILE).stat().st_mode & 0o777 == 0o600


def test_people_are_told_the_same(commands: Commands) -> None:
    printed = commands.run("add").stdout
    (app,) = read_apps(commands.data)
    assert all(text in printed for text in (str(app.id), app.server_secret, app.callback_secret))


def test_an_id_may_be_chosen_once(commands: Commands) -> None:
    assert commands.json("add", "--id", "4294967295")["id"] == 4294967295
    assert commands.refusal("add", "--id", "4294967295") == "there is an app 4294967295 already"
    commands.config.write_text(CONFIGURED)
    assert commands.refusal("add", "--id", "77") == "there is an app 77 already"


@pytest.mark.parametrize(
    "words",
    [("--callback-url", "app.example"), ("--id", "0"), ("--id", "4294967296"), ("--max-tasks", "0")],
)
def test_a_wrong_option_is_refused_and_nothing_made(commands: Commands, words: tuple[str, str]) -> None:
    assert words[0] in commands.run("add", *words, fails=True).stderr
    assert read_apps(commands.data) == ()


def test_the_list_says_where_each_app_stands_and_which_is_in_force(commands: Commands) -> None:
    kept = commands.json("add")["id"]
    commands.json("add", "--id", "77")
    commands.config.write_text(CONFIGURED)
    rows = commands.json("list")
    app_file = str(commands.data / APP_FILE)
    assert [(row["id"], row["configured_in"], row["in_force"]) for row in rows] == [
        (77, str(commands.config), True),
        (kept, app_file, True),
        (77, app_file, False),
    ]
    assert "not in force" in " ".join(commands.run("list").stdout.split())


def test_the_environment_is_named_as_the_place(commands: Commands, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REELROOM_APPS", '[{id = 5, server_secret = "0123456789abcdef", callback_secret = "c"}]')
    assert commands.json("list")[0]["configured_in"] == "environment variable REELROOM_APPS"
    assert "environment variable REELROOM_APPS" in commands.refusal("rotate", "5")


def test_the_list_shows_no_secret(commands: Commands) -> None:
    made = commands.json("add", "--callback-url", "https://user:hunter2hunter2@app.example/x?token=hunter2")
    rotated = commands.json("rotate", str(made["id"]))
    commands.config.write_text(CONFIGURED)
    for shown in (commands.run("list").stdout, commands.run("list", "--json").stdout):
        for secret in (
            made["server_secret"],
            made["callback_secret"],
            rotated["server_secret"],
            "hunter2",
            "topsecret",
        ):
            assert secret not in shown


def test_without_apps_the_list_says_so(commands: Commands) -> None:
    assert commands.run("list").stdout == "No apps yet: the first start makes one.\n"
    assert commands.json("list") == []


def test_a_rotated_secret_takes_the_place_of_the_old_one_which_stays_for_a_while(commands: Commands) -> None:
    made = commands.json("add")
    rotated = commands.json("rotate", str(made["id"]), "--grace", "2h")
    (app,) = read_apps(commands.data)
    assert (app.server_secret, app.old_server_secret) == (rotated["server_secret"], made["server_secret"])
    assert app.callback_secret == made["callback_secret"]
    assert rotated["old_secret_until_s"] == app.old_secret_until_s
    assert commands.json("list")[0]["old_secret_until_s"] == app.old_secret_until_s
    assert "accepted until" in commands.run("rotate", str(made["id"])).stdout
    assert "refused from now on" in commands.run("rotate", str(made["id"]), "--grace", "0").stdout
    assert commands.json("list")[0]["old_secret_until_s"] == 0


def test_the_callback_secret_is_rotated_alone(commands: Commands) -> None:
    made = commands.json("add")
    rotated = commands.json("rotate", str(made["id"]), "--callback")
    (app,) = read_apps(commands.data)
    assert rotated == {"id": app.id, "callback_secret": app.callback_secret}
    assert (app.server_secret, app.old_server_secret) == (made["server_secret"], "")
    assert app.callback_secret != made["callback_secret"]


@pytest.mark.parametrize("grace", ["-1", "9y", "1.5h", "367d", "", "٩h"])
def test_a_wrong_grace_is_refused_and_nothing_rotated(commands: Commands, grace: str) -> None:
    made = commands.json("add")
    assert "--grace" in commands.run("rotate", str(made["id"]), f"--grace={grace}", fails=True).stderr
    assert read_apps(commands.data)[0].server_secret == made["server_secret"]


def test_an_app_is_disabled_enabled_and_removed(commands: Commands) -> None:
    app_id = str(commands.json("add")["id"])
    commands.run("disable", app_id)
    assert commands.json("list")[0]["enabled"] is False
    commands.run("enable", app_id)
    assert commands.json("list")[0]["enabled"] is True
    commands.run("remove", app_id, fails=True)  # nobody says yes
    assert len(read_apps(commands.data)) == 1
    commands.run("remove", app_id, "--yes")
    assert read_apps(commands.data) == ()


@pytest.mark.parametrize("command", [("rotate",), ("disable",), ("enable",), ("remove", "--yes")])
def test_an_app_of_the_settings_file_is_changed_there(commands: Commands, command: tuple[str, ...]) -> None:
    commands.run("add")
    commands.config.write_text(CONFIGURED)
    message = commands.refusal(*command, "77")
    assert f"app 77 stands in {commands.config}: change its keys there (server_secret, " in message
    assert "topsecret" not in message


@pytest.mark.parametrize("command", [("rotate",), ("disable",), ("enable",), ("remove", "--yes")])
def test_an_unknown_app_is_refused_with_those_there_are(commands: Commands, command: tuple[str, ...]) -> None:
    commands.run("add", "--id", "42")
    assert commands.refusal(*command, "5").endswith("app.toml holds no app 5; there are: 42")


def test_the_beaten_twin_of_a_configured_app_can_be_removed(commands: Commands) -> None:
    commands.run("add", "--id", "77")
    commands.config.write_text(CONFIGURED)
    commands.run("remove", "77", "--yes")
    assert [row["in_force"] for row in commands.json("list")] == [True]


def test_a_damaged_file_is_left_as_it_is(commands: Commands) -> None:
    commands.run("add")
    path = commands.data / APP_FILE
    path.write_text(damaged := "[[apps]]\nserver_secret = 'topsecret")
    for words in (("add",), ("list",), ("rotate", "5")):
        message = commands.refusal(*words)
        assert "app.toml: damaged" in message
        assert "topsecret" not in message
    assert path.read_text() == damaged
    doctor = CliRunner().invoke(reelroom, ["doctor", "--data", str(commands.data), "--config", str(commands.config)])
    assert "app.toml: damaged" in str(doctor.exception)
    with pytest.raises(tomllib.TOMLDecodeError):
        tomllib.loads(path.read_text())
