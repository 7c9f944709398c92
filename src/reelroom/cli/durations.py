"""Durations as people type them."""

import re

import typer

_UNITS_S = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86_400}
_LONGEST_S = 366 * 86_400
_FORM = re.compile(r"([0-9]{1,9})([smhd]?)", re.ASCII)


def parse_duration_s(text: str, option: str) -> int:
    """Seconds of `90s`, `30m`, `24h`, `7d` or a bare number. Raises BadParameter naming the option."""
    found = _FORM.fullmatch(text.strip())
    seconds = int(found[1]) * _UNITS_S[found[2]] if found else -1
    if not 0 <= seconds <= _LONGEST_S:
        raise typer.BadParameter(f"{text!r} came; allowed: 0 to 366d, such as 90s, 30m, 24h, 7d", param_hint=option)
    return seconds
