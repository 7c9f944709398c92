import time

import jwt
import pytest

from reelroom.rooms.tokens import InvalidTokenError, RoomToken, check_token, make_token
from reelroom.units import AppId, RoomId, UserId

SECRET = "0123456789abcdef0123456789abcdef"
GRANT = RoomToken(
    app=AppId(7), room=RoomId("räum/…"), user=UserId("anna"), name="Anna 🎥", publish=True, view=False, record=True
)


def secrets_of(app: int) -> tuple[str, ...]:
    return (SECRET,) if app == 7 else ()


def token(**claims) -> str:
    base = {"app": 7, "room": "r", "user": "u", "exp": time.time() + 60}
    return jwt.encode({k: v for k, v in {**base, **claims}.items() if v is not ...}, SECRET, algorithm="HS256")


def test_a_token_grants_what_it_was_made_for():
    assert check_token(make_token(GRANT, SECRET, expires_s=1000), secrets_of, now_s=999) == GRANT


def test_rights_that_are_not_named_are_not_granted():
    grant = check_token(token(), secrets_of)
    assert (grant.publish, grant.view, grant.record) == (False, False, False)
    assert not check_token(token(publish="yes", view=1), secrets_of).publish


def test_an_expired_token_is_refused_unless_its_owner_says_goodbye():
    text = make_token(GRANT, SECRET, expires_s=1000)
    with pytest.raises(InvalidTokenError, match="expired"):
        check_token(text, secrets_of, now_s=1000)
    assert check_token(text, secrets_of, now_s=5000, expired_ok=True).user == "anna"


@pytest.mark.parametrize(
    "claims",
    [
        {"exp": ...}, {"exp": "soon"}, {"exp": True}, {"app": "7"}, {"app": True}, {"app": ...}, {"room": ...},
        {"room": ""}, {"user": ...}, {"user": 5}, {"user": "u" * 600}, {"name": 5},
    ],
)  # fmt: skip
def test_tokens_with_missing_or_odd_claims_are_refused(claims):
    with pytest.raises(InvalidTokenError):
        check_token(token(**claims), secrets_of)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "a.b.c",
        "x" * 10_000,
        jwt.encode({"app": 7, "room": "r", "user": "u", "exp": 9e12}, "another" * 6, algorithm="HS256"),
        jwt.encode({"app": 8, "room": "r", "user": "u", "exp": 9e12}, SECRET, algorithm="HS256"),
        jwt.encode({"app": 7, "room": "r", "user": "u", "exp": 9e12}, None, algorithm="none"),
        jwt.encode({"app": 7, "room": "r", "user": "u", "exp": 9e12}, SECRET * 2, algorithm="HS512"),
    ],
)
def test_forged_and_broken_tokens_are_refused(text):
    with pytest.raises(InvalidTokenError):
        check_token(text, secrets_of)


def test_no_error_repeats_the_token():
    text = token(exp=1)
    with pytest.raises(InvalidTokenError) as caught:
        check_token(text, secrets_of)
    assert text not in str(caught.value)


def test_a_token_of_any_secret_of_the_app_is_good():
    for secret in (SECRET, "the-one-before-" * 3):
        text = make_token(GRANT, secret, expires_s=1000)
        assert check_token(text, lambda _: (SECRET, "the-one-before-" * 3), now_s=999) == GRANT
    with pytest.raises(InvalidTokenError):
        check_token(make_token(GRANT, "another" * 6, expires_s=1000), lambda _: (SECRET, "s" * 32), now_s=999)
