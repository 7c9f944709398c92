"""The contract's table as a page of the reference: `python -m tests.acceptance.contract.render` writes it."""

from itertools import groupby
from pathlib import Path

from tests.acceptance.contract.rows import Row, table

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "refusals.md"
NOW_MS = 1_754_300_000_000  # so that the page is the same each day
HEAD = """\
# Refusals, rule by rule

What the control API answers to what. This page is rendered from the table that the tests ask of a running server, so
each line is true: `python -m tests.acceptance.contract.render`. What the codes mean and in which order the checks run
stands in [errors.md](errors.md). A refused request changes nothing.

Rows of StartRecord name the field, then what came. "Message" is what the `Message` holds among its words.
"""


def render() -> str:
    """The whole page."""
    parts = [HEAD]
    for section, rows in groupby(table(NOW_MS), lambda row: row.section):
        lines = [f"| {_cell(row.rule)} | {int(row.code)} | {_cell(_message(row))} |" for row in rows]
        parts.append("\n".join([f"## {section}", "", "| rule | Code | Message |", "| --- | --- | --- |", *lines, ""]))
    return "\n".join(parts)


def _message(row: Row) -> str:
    return " … ".join(name.strip() for name in row.names)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;").replace(str(NOW_MS), "now")


if __name__ == "__main__":
    PAGE.write_text(render(), "utf-8")
