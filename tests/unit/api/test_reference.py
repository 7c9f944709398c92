"""The reference says what the program does."""

import re
from pathlib import Path

from reelroom.api.actions import ACTIONS
from reelroom.api.codes import Code
from reelroom.api.start_models import FORMATS
from reelroom.api.start_rules import SUPPORTED_FORMATS

REFERENCE = Path(__file__).parents[3] / "docs" / "reference"


def test_every_code_is_in_the_table_once():
    listed = [
        int(number) for number in re.findall(r"^\| (\d+) \|", (REFERENCE / "errors.md").read_text(), re.MULTILINE)
    ]
    assert sorted(listed) == sorted(int(code) for code in Code)


def test_every_action_is_named():
    text = (REFERENCE / "api.md").read_text()
    assert [action for action in ACTIONS if f"`{action}`" not in text] == []


def test_every_format_of_single_streams_is_named():
    text = (REFERENCE / "api.md").read_text()
    line = next(line for line in text.splitlines() if line.startswith("| `OutputFileFormat` |"))
    assert [form for form in SUPPORTED_FORMATS if f"`{form}`" not in line] == []
    assert SUPPORTED_FORMATS == FORMATS
