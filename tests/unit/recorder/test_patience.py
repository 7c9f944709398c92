import pytest

from reelroom.recorder.patience import CallbackPatience, UploadPatience
from reelroom.retry import GiveUp, RetryAt
from reelroom.settings import CallbackSettings, StoreSettings
from reelroom.units import NS

HOUR = 3600
UPLOADS = UploadPatience(StoreSettings())


def judge(tries: int, failing_s: float, *, refused: bool = False):
    return UPLOADS.judge(tries, 0, round(failing_s * NS), refused=refused, jitter=0.0)


@pytest.mark.parametrize(
    ("tries", "failing_s", "refused", "back_up", "lose"),
    [
        (1, 0, False, False, False),
        (30, HOUR - 1, False, False, False),
        (2, HOUR, False, True, False),  # an hour of outage: the backup store
        (40, 24 * HOUR - 1, False, True, False),
        (40, 24 * HOUR, False, True, True),  # a day, and no backup took it either
        (4, 20, True, False, False),
        (5, 30, True, True, True),  # a store that says no
    ],
)
def test_backups_and_losses_come_in_their_time(tries, failing_s, refused, back_up, lose):
    verdict = judge(tries, failing_s, refused=refused)
    assert isinstance(verdict.again, RetryAt)
    assert (verdict.back_up, verdict.lose) == (back_up, lose)


def test_waits_grow_from_seconds_to_an_hour_for_a_week_and_chance_shortens_them():
    waits = [judge(tries, 10).again.at_ns / NS - 10 for tries in range(1, 20)]
    assert waits[:4] == [2, 4, 8, 16]
    assert waits[-1] == HOUR
    shortened = UPLOADS.judge(1, 0, 0, refused=False, jitter=0.999).again
    assert NS < shortened.at_ns < 1.1 * NS
    assert isinstance(judge(300, 7 * 24 * HOUR - 1).again, RetryAt)
    over = judge(300, 7 * 24 * HOUR)
    assert isinstance(over.again, GiveUp)
    assert over.back_up
    assert over.lose


@pytest.mark.parametrize(("tries", "wait_s"), [(1, 5), (2, 5), (3, None)])
def test_callbacks_are_tried_as_the_contract_says(tries, wait_s):
    again = CallbackPatience(CallbackSettings()).judge(tries, 0, 7 * NS, refused=False, jitter=0.9)
    assert again == (GiveUp() if wait_s is None else RetryAt((7 + wait_s) * NS))


def test_callbacks_go_on_for_a_day_where_that_is_set():
    patience = CallbackPatience(CallbackSettings(keep_trying_s=24 * HOUR))
    waits = [patience.judge(n, 0, 60 * NS, refused=False, jitter=0.0).at_ns / NS - 60 for n in range(1, 13)]
    assert waits == [5, 5, 10, 20, 40, 80, 160, 320, 600, 600, 600, 600]
    assert patience.judge(200, 0, 24 * HOUR * NS, refused=False, jitter=0.0) == GiveUp()


def test_addresses_that_may_not_be_called_are_not_tried_again():
    patience = CallbackPatience(CallbackSettings(keep_trying_s=24 * HOUR))
    assert patience.judge(1, 0, 0, refused=True, jitter=0.0) == GiveUp()
