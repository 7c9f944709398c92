"""Who gets a view when there are more streams than views."""

from hypothesis import given
from hypothesis import strategies as st

from reelroom.timeline.roster import Member
from reelroom.timeline.seats import select
from reelroom.units import PublicationId, StreamId


def present(stream: str) -> Member:
    return Member(StreamId(stream), PublicationId("p"))


def gone(stream: str, at: int) -> Member:
    return Member(StreamId(stream), gone_ns=at, is_held=True)


def names(members: list[Member]) -> str:
    return "".join(member.stream for member in members)


def test_the_first_by_joining_get_a_view() -> None:
    assert names(select([present(stream) for stream in "abc"], 2)) == "ab"


def test_of_those_who_left_who_left_first_gives_way() -> None:
    assert names(select([gone("a", 9), gone("b", 5), present("c"), present("d")], 3)) == "acd"


def test_no_more_give_way_than_need_be() -> None:
    assert names(select([gone("a", 9), gone("b", 5), present("c")], 3)) == "abc"


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 5)), max_size=12), st.integers(0, 12))
def test_nobody_present_waits_while_a_view_is_held(members, places) -> None:
    everyone = [gone(str(i), at) if left else present(str(i)) for i, (left, at) in enumerate(members)]
    selected = select(everyone, places)
    assert len(selected) == min(places, len(everyone))
    assert [member for member in everyone if member in selected] == selected
    waiting = [member for member in everyone if member.is_present and member not in selected]
    assert not waiting or all(member.is_present for member in selected)
