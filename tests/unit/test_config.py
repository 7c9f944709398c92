"""Settings: the shipped file, the order of sources, and the words of each refusal."""

import tomllib
from dataclasses import fields, is_dataclass
from pathlib import Path

import pytest

from reelroom.config import apps_source, find_file, load
from reelroom.config.rules import RULES
from reelroom.config.shape import known_keys
from reelroom.errors import SettingsError
from reelroom.settings import AppSettings, Settings

SHIPPED = Path(__file__).parents[2] / "reelroom.toml"
APP = '[{id = 1234567890, server_secret = "0123456789abcdef", callback_secret = "topsecret"}]'


def read(tmp_path: Path, text: str = "", environment: dict[str, str] | None = None, **overrides: object) -> Settings:
    file = tmp_path / "some.toml"
    file.write_text(text)
    return load(tmp_path / "data", file, {k.replace("__", "."): v for k, v in overrides.items()}, environment or {})


def refusal(tmp_path: Path, text: str = "", environment: dict[str, str] | None = None, **overrides: object) -> str:
    with pytest.raises(SettingsError) as refused:
        read(tmp_path, text, environment, **overrides)
    return str(refused.value)


def test_the_shipped_file_states_every_default(tmp_path: Path) -> None:
    assert load(tmp_path, SHIPPED, environment={}) == Settings(data=tmp_path)


def test_the_shipped_file_names_every_table_and_key() -> None:
    shipped = tomllib.loads(SHIPPED.read_text())
    text = SHIPPED.read_text()
    for name in known_keys():
        table, _, key = name.rpartition(".")
        assert key in (shipped[table] if table else {"data", "apps"}), name
    for app_key in (f.name for f in fields(AppSettings)):
        assert f"# {app_key} = " in text


def test_defaults_obey_their_own_rules(tmp_path: Path) -> None:
    read(tmp_path)


def test_every_rule_is_of_a_setting_that_exists() -> None:
    assert set(RULES) <= set(known_keys())


def test_every_number_has_a_rule() -> None:
    defaults = Settings(data=Path())
    for table in fields(defaults):
        value = getattr(defaults, table.name)
        for key in fields(value) if is_dataclass(value) else ():
            if type(getattr(value, key.name)) in (int, float):
                assert f"{table.name}.{key.name}" in RULES


def test_command_line_beats_environment_beats_file(tmp_path: Path) -> None:
    text = "[server]\nport = 1001\nhost = '127.0.0.1'\n[rooms]\nport_min = 1\nport_max = 2"
    settings = read(
        tmp_path, text, {"REELROOM_SERVER__PORT": "1002", "REELROOM_ROOMS__PORT_MAX": "9"}, server__port=1003
    )
    assert (settings.server.port, settings.server.host) == (1003, "127.0.0.1")
    assert (settings.rooms.port_min, settings.rooms.port_max) == (1, 9)


def test_an_override_of_none_does_not_override(tmp_path: Path) -> None:
    assert read(tmp_path, "[server]\nport = 1001", server__port=None).server.port == 1001


def test_the_environment_takes_texts_bare_and_the_rest_as_in_the_file(tmp_path: Path) -> None:
    environment = {
        "REELROOM_LOG__LEVEL": "debug",
        "REELROOM_ROOMS__BIND": '["127.0.0.1", "::1"]',
        "REELROOM_CALLBACKS__ALLOW_PRIVATE": "true",
        "REELROOM_APPS": APP,
    }
    settings = read(tmp_path, environment=environment)
    assert settings.log.level == "debug"
    assert settings.rooms.bind == ("127.0.0.1", "::1")
    assert settings.callbacks.allow_private is True
    assert settings.apps[0].id == 1234567890


def test_the_data_folder_comes_from_the_nearest_source_and_is_absolute(tmp_path: Path) -> None:
    file = tmp_path / "some.toml"
    file.write_text("data = 'of-file'")
    assert load(None, file, environment={}).data == Path("of-file").absolute()
    assert load(None, file, environment={"REELROOM_DATA": "/srv/rec"}).data == Path("/srv/rec")
    assert load("/srv/mine", file, environment={"REELROOM_DATA": "/srv/rec"}).data == Path("/srv/mine")


def test_the_file_in_the_working_folder_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert find_file(None, {}) is None
    (tmp_path / "reelroom.toml").write_text("[server]\nport = 7")
    assert load(environment={}).server.port == 7
    assert find_file(None, {"REELROOM_CONFIG": "other.toml"}) == tmp_path / "other.toml"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[server]\nprot = 1", ("some.toml", "server.prot", "did you mean port?", "on_exit")),
        ("[servers]\nport = 1", ("some.toml", "servers", "did you mean server?")),
        ("[nothing]", ("some.toml", "nothing", "no such key")),
        ("colour = 1", ("some.toml", "colour", "no such key")),
        ("[server]\nport = 'x'", ("some.toml", "server.port", '"x" came', "a whole number")),
        ("[server]\nport = true", ("server.port", "true came", "a whole number")),
        ("[server]\nport = 70000", ("server.port", "70000 came", "0 to 65535")),
        ("server = 5", ("some.toml", "server", "5 came", "a table")),
        ("[rooms]\nbind = '127.0.0.1'", ("rooms.bind", "a list, each a text")),
        ("[rooms]\nbind = ['here']", ("rooms.bind", "a list of IP addresses")),
        ("[rooms]\nsilent_after_s = nan", ("rooms.silent_after_s", "1 to 3600 seconds")),
        ("[rooms]\nport_min = 5", ("rooms.port_min", "both 0, or port_min not above port_max")),
        ("[rooms]\nice_servers = [{url = 'stun:x'}]", ("rooms.ice_servers.url", "did you mean urls?")),
        ("[store]\ngive_up_s = inf", ("store.give_up_s", "above 0 seconds")),
        ("[log]\nlevel = 'loud'", ("log.level", "'loud' came", '"debug" or "info"')),
        ("[server]\npublic_url = 'ftp://x'", ("server.public_url", "http:// or https://")),
        ("[server]\nport = ", ("some.toml", "not a TOML file")),
        ("apps = [{id = 1}]", ("apps[0].server_secret", "is missing")),
        (f"apps = {APP[:-1]}, {APP[1:]}", ("some.toml: apps", "1234567890 came twice")),
    ],
)
def test_a_wrong_file_is_refused_with_words(tmp_path: Path, text: str, words: tuple[str, ...]) -> None:
    message = refusal(tmp_path, text)
    assert all(word in message for word in words), message


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("REELROOM_SERVER__PROT", "1", "no such setting"),
        ("REELROOM_SERVER__PORT", "many", "a whole number"),
        ("REELROOM_SERVER__PORT", '"80"', "a whole number"),
        ("REELROOM_SERVER__ON_EXIT", "explode", '"stop" or "leave"'),
    ],
)
def test_a_wrong_environment_variable_is_named(tmp_path: Path, variable: str, value: str, words: str) -> None:
    message = refusal(tmp_path, environment={variable: value})
    assert f"environment variable {variable}" in message
    assert words in message


@pytest.mark.parametrize(
    "apps",
    [
        '[{id = 1, server_secret = "tooshort-xyz", callback_secret = "c"}]',
        '[{id = 1, server_secret = ["tooshort-xyz"], callback_secret = "c"}]',
    ],
)
def test_a_wrong_secret_is_not_shown(tmp_path: Path, apps: str) -> None:
    message = refusal(tmp_path, f"apps = {apps}")
    assert "apps[0].server_secret: what came is not shown" in message
    assert "xyz" not in message


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"absent\.toml: can't be read"):
        load(tmp_path, tmp_path / "absent.toml", environment={})


def test_the_source_of_apps_is_named(tmp_path: Path) -> None:
    assert apps_source(tmp_path / "some.toml", {}) == str(tmp_path / "some.toml")
    assert apps_source(tmp_path / "some.toml", {"REELROOM_APPS": APP}) == "environment variable REELROOM_APPS"
