"""What a token may say of people: text that every journal, file name and database can hold."""

import pytest

from reelroom.rooms.tokens import InvalidTokenError, RoomToken, check_token, make_token
from reelroom.units import AppId, RoomId, UserId


@pytest.mark.parametrize("name", ["half \ud83d", "nul \0"])
def test_text_that_utf8_or_a_database_cannot_hold_is_refused(name):
    token = RoomToken(app=AppId(1), room=RoomId("r"), user=UserId("u"), name=name, publish=True, view=False)
    with pytest.raises(InvalidTokenError, match="Unicode"):
        check_token(make_token(token, "s" * 32, expires_s=1 << 40), lambda _: ("s" * 32,))
