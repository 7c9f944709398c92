from dataclasses import fields

import pytest

from reelroom.api.actions import ACTIONS
from reelroom.api.codes import Code, RefusedError
from reelroom.api.rates import _SETTING, Rates
from reelroom.settings import LimitSettings
from reelroom.units import AppId

ONE, OTHER = AppId(1), AppId(2)


def taken(rates: Rates, app: AppId, action: str, times: int) -> int:
    return sum(is_taken(rates, app, action) for _ in range(times))


def is_taken(rates: Rates, app: AppId, action: str) -> bool:
    try:
        rates.take(app, action)
    except RefusedError as refused:
        return refused.code is not Code.RATE_LIMIT
    return True


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The library's clock, standing still."""
    now = [1_000_000.0]
    monkeypatch.setattr("limits.storage.memory.time.time", lambda: now[0])
    return now


def test_every_action_has_its_setting() -> None:
    assert _SETTING.keys() == ACTIONS.keys()
    assert set(_SETTING.values()) <= {field.name for field in fields(LimitSettings)}


def test_the_defaults_are_the_contracts(clock: list[float]) -> None:
    rates = Rates(LimitSettings())
    numbers = {action: taken(rates, ONE, action, 60) for action in ACTIONS}
    assert numbers == {**dict.fromkeys(ACTIONS, 10), "StartRecord": 50, "StopRecord": 50}


def test_apps_and_actions_do_not_disturb_each_other(clock: list[float]) -> None:
    rates = Rates(LimitSettings(status=3))
    assert taken(rates, ONE, "DescribeRecordStatus", 60) == 3
    assert taken(rates, OTHER, "DescribeRecordStatus", 60) == 3
    assert taken(rates, ONE, "DescribeTasks", 10) == 10


def test_the_window_moves(clock: list[float]) -> None:
    rates = Rates(LimitSettings(stop=4))
    assert taken(rates, ONE, "StopRecord", 2) == 2
    clock[0] += 0.6
    assert taken(rates, ONE, "StopRecord", 9) == 2
    clock[0] += 0.6  # the first two are more than a second ago
    assert taken(rates, ONE, "StopRecord", 9) == 2


def test_refused_requests_do_not_count(clock: list[float]) -> None:
    rates = Rates(LimitSettings(stop=1))
    for _ in range(5):
        assert taken(rates, ONE, "StopRecord", 50) == 1
        clock[0] += 1.01


def test_zero_is_no_limit() -> None:
    assert taken(Rates(LimitSettings(tasks=0)), ONE, "DescribeTasks", 500) == 500


def test_the_message_says_what_is_allowed(clock: list[float]) -> None:
    rates = Rates(LimitSettings(layout=1))
    rates.take(ONE, "UpdateLayout")
    with pytest.raises(RefusedError, match="allowed for this AppId: 1 UpdateLayout a second"):
        rates.take(ONE, "UpdateLayout")
