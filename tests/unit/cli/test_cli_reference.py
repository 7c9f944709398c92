"""docs/reference/cli.md against the program: every command and option, and none that isn't there."""

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
import typer

from reelroom.cli import app

PAGE = (Path(__file__).parents[3] / "docs" / "reference" / "cli.md").read_text("utf-8")
OPTION = re.compile(r"`(--[a-z-]+)`")


def commands(command: click.Command, path: str = "") -> Iterator[tuple[str, click.Command]]:
    """Every visible command with its words."""
    if isinstance(command, click.Group) or hasattr(command, "commands"):
        for name, inner in command.commands.items():  # type: ignore[union-attr]
            yield from commands(inner, f"{path} {name}".strip())
    elif not command.hidden:
        yield path, command


COMMANDS = dict(commands(typer.main.get_command(app)))
SECTIONS = {
    section.partition("\n")[0]: re.split(r"^## ", section, flags=re.MULTILINE)[0]
    for section in re.split(r"^### ", PAGE, flags=re.MULTILINE)[1:]
}


def options(command: click.Command) -> set[str]:
    names = {name for one in command.params for name in (*one.opts, *one.secondary_opts)}
    return {name for name in names if name.startswith("--")}


def test_every_command_has_its_section() -> None:
    assert set(SECTIONS) == set(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_a_section_names_exactly_the_options_of_its_command(name: str) -> None:
    assert set(OPTION.findall(SECTIONS[name])) == options(COMMANDS[name])


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_and_option_says_what_it_is_for(name: str) -> None:
    command = COMMANDS[name]
    assert command.help
    assert [one.name for one in command.params if not getattr(one, "help", None)] == []


def test_the_common_options_are_explained() -> None:
    common = PAGE.partition("\n## ")[0]
    assert set(OPTION.findall(common)) == {"--data", "--config", "--app", "--url", "--json"}


def test_every_command_about_recordings_can_speak_json() -> None:
    recordings = {"start", "stop", "pause", "resume", "layout", "snapshot", "status", "tasks"}
    assert {name for name in recordings if "--json" not in options(COMMANDS[name])} == set()


def test_exit_codes_are_those_of_the_program() -> None:
    from reelroom import cli

    assert cli.__doc__ is not None
    for code in ("0 done", "1 it failed", "2 wrong usage or settings", "130 interrupted"):
        assert code in cli.__doc__
        assert code in PAGE
