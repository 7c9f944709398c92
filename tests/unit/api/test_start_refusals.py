"""StartRecord, one row for each rule of the contract table: what came, which path is named, and what is allowed."""

import pytest
from tests.acceptance.contract.start_rows import IN, REFUSED, asked
from tests.unit.api.start_bodies import Body, mixed

from reelroom.api.codes import Code, RefusedError
from reelroom.api.validate import read_start


def refusal(body: Body) -> str:
    with pytest.raises(RefusedError) as refused:
        read_start(body)
    assert refused.value.code is Code.INVALID_INPUT
    return refused.value.message


@pytest.mark.parametrize(("body", "path", "words"), REFUSED)
def test_a_wrong_request_is_refused_by_path_and_words(body: Body, path: str, words: str) -> None:
    message = refusal(body)
    assert f"{path}: " in message
    assert words in message
    assert "hush-hush" not in message


def test_several_faults_are_named_at_once() -> None:
    message = refusal(asked(MaxIdleTime=1, MaxRecordTime=1))
    assert f"{IN}.MaxIdleTime" in message
    assert f"{IN}.MaxRecordTime" in message


def test_of_very_many_faults_the_first_five_are_named() -> None:
    message = refusal(asked(RecordStreamList=[{}] * 9))
    assert message.count("is missing") == 5
    assert message.endswith("and 4 more")


def test_what_is_not_supported_is_told_only_of_a_request_that_is_right() -> None:
    assert "not supported" not in refusal(mixed(MixMode=9))


def test_a_long_value_is_shortened() -> None:
    assert len(refusal(asked(MaxIdleTime="x" * 10_000))) < 200


def test_braces_in_what_came_are_shown_as_they_are() -> None:
    assert '"{words}"' in refusal(asked(MaxIdleTime="{words}"))
