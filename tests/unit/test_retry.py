import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelroom.retry import GiveUp, Policy, RetryAt, fixed
from reelroom.units import NS

STORE = Policy(first_s=2.0, ceiling_s=3600.0, give_up_s=3 * 86_400.0, spread=0.5)


@pytest.mark.parametrize(("tries", "wait_s"), [(1, 2), (2, 4), (3, 8), (11, 2048), (12, 3600), (5000, 3600)])
def test_waits_double_up_to_the_ceiling(tries, wait_s):
    assert STORE.decide(tries, 0, 0) == RetryAt(wait_s * NS)


def test_a_notice_is_tried_three_times_five_seconds_apart():
    policy = fixed(5.0, retries=2)
    assert policy.decide(1, 0, 100) == RetryAt(100 + 5 * NS)
    assert policy.decide(2, 0, 200) == RetryAt(200 + 5 * NS)
    assert policy.decide(3, 0, 300) == GiveUp()


def test_the_last_try_falls_on_the_end_and_none_comes_after_it():
    end_ns = 3 * 86_400 * NS
    assert STORE.decide(40, 0, end_ns - NS) == RetryAt(end_ns)
    assert STORE.decide(41, 0, end_ns) == GiveUp()


@given(st.integers(1, 10_000), st.integers(0, 10**18), st.floats(0, 1, exclude_max=True))
def test_chance_shortens_a_wait_by_at_most_the_spread(tries, now_ns, jitter):
    decision = Policy(first_s=2, ceiling_s=60, spread=0.5).decide(tries, 0, now_ns, jitter)
    full_ns = RetryAt(now_ns + round(Policy(first_s=2, ceiling_s=60).wait_s(tries) * NS)).at_ns - now_ns
    assert isinstance(decision, RetryAt)
    assert full_ns / 2 <= decision.at_ns - now_ns <= full_ns


@given(st.floats(0, 1, exclude_max=True))
def test_a_policy_with_an_end_always_comes_to_it(jitter):
    now_ns, tries = 0, 1
    while isinstance(decision := STORE.decide(tries, 0, now_ns, jitter), RetryAt):
        assert decision.at_ns > now_ns
        now_ns, tries = decision.at_ns, tries + 1
    assert now_ns == 3 * 86_400 * NS
    assert tries < 300
