"""Rotation in virtual time: which secrets sign at which instant."""

import pytest

from reelroom.apps import changes, new_app, rotate_callback_secret, rotate_server_secret

NOW_S, DAY_S = 1_754_300_000.25, 86_400.0


def test_a_new_app_has_ten_digits_and_secrets_of_its_own() -> None:
    one, two = new_app(), new_app()
    assert len(str(one.id)) == 10
    assert one.id < 2**32
    assert len({one.server_secret, one.callback_secret, two.server_secret, two.callback_secret}) == 4
    assert len(bytes.fromhex(one.server_secret)) == 16
    assert one.server_secret not in repr(one)


def test_a_taken_id_is_not_given_again(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = iter([0, 0, 5])
    monkeypatch.setattr(changes.secrets, "randbelow", lambda _limit: next(drawn))
    assert new_app({1_000_000_000}).id == 1_000_000_005


@pytest.mark.parametrize(
    ("after_s", "old_is_good"), [(0, True), (DAY_S - 1, True), (DAY_S, False), (10 * DAY_S, False)]
)
def test_the_old_secret_is_good_for_the_grace_alone(after_s: float, old_is_good: bool) -> None:
    before = new_app()
    after = rotate_server_secret(before, now_s=NOW_S, grace_s=DAY_S)
    assert after.server_secret != before.server_secret
    expected = [after.server_secret, before.server_secret] if old_is_good else [after.server_secret]
    assert list(after.server_secrets(NOW_S + after_s)) == expected


def test_without_grace_the_old_secret_is_gone() -> None:
    before = new_app()
    after = rotate_server_secret(before, now_s=NOW_S, grace_s=0)
    assert after.server_secrets(NOW_S) == (after.server_secret,)
    assert (after.old_server_secret, after.old_secret_until_s) == ("", 0)


def test_a_second_rotation_ends_the_oldest_secret() -> None:
    first = new_app()
    second = rotate_server_secret(first, now_s=NOW_S, grace_s=DAY_S)
    third = rotate_server_secret(second, now_s=NOW_S + 1, grace_s=DAY_S)
    assert third.server_secrets(NOW_S + 2) == (third.server_secret, second.server_secret)


def test_each_rotation_leaves_the_other_secret_alone() -> None:
    app = new_app()
    assert rotate_server_secret(app, now_s=NOW_S, grace_s=1).callback_secret == app.callback_secret
    rotated = rotate_callback_secret(app)
    assert rotated.callback_secret != app.callback_secret
    assert rotated.server_secrets(NOW_S) == app.server_secrets(NOW_S)
