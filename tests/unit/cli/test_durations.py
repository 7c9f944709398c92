import pytest
import typer

from reelroom.cli.durations import parse_duration_s


@pytest.mark.parametrize(
    ("text", "seconds"), [("0", 0), ("90", 90), ("90s", 90), ("30m", 1800), ("24h", 86_400), ("366d", 31_622_400)]
)
def test_durations_are_read(text: str, seconds: int) -> None:
    assert parse_duration_s(text, "--grace") == seconds


@pytest.mark.parametrize("text", ["", "h", "-1s", "1h30m", "367d", "1 h", "1w", "inf", "9999999999"])
def test_others_are_refused_with_what_is_allowed(text: str) -> None:
    with pytest.raises(typer.BadParameter, match="allowed: 0 to 366d"):
        parse_duration_s(text, "--grace")
