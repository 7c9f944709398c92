"""Nonces that were used, on both databases."""

from concurrent.futures import ThreadPoolExecutor

from tests.integration.state_fixtures import APP, database_fixture, place_fixture, postgres_fixture  # noqa: F401  fixtures

NOW_S = 1_754_300_000


def test_a_nonce_is_taken_once(database):
    assert database.take_nonce(APP, "once", now_s=NOW_S, until_s=NOW_S + 600)
    assert not database.take_nonce(APP, "once", now_s=NOW_S + 600, until_s=NOW_S + 1200)


def test_apps_have_nonces_of_their_own(database):
    assert database.take_nonce(APP, "shared", now_s=NOW_S, until_s=NOW_S + 600)
    assert database.take_nonce(2, "shared", now_s=NOW_S, until_s=NOW_S + 600)


def test_a_nonce_that_ran_out_is_forgotten(database):
    database.take_nonce(APP, "old", now_s=NOW_S, until_s=NOW_S + 600)
    assert database.take_nonce(APP, "old", now_s=NOW_S + 601, until_s=NOW_S + 1201)


def test_of_callers_at_the_same_moment_one_gets_it(database):
    with ThreadPoolExecutor(16) as pool:
        taken = list(pool.map(lambda _: database.take_nonce(APP, "hot", now_s=NOW_S, until_s=NOW_S + 600), range(32)))
    assert sum(taken) == 1
