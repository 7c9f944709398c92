from itertools import pairwise

from reelroom.gateway.loss import parse_loss


def run(text: str, number: int = 5000) -> list[int]:
    make = parse_loss(text)
    assert make is not None
    through = make()
    return [int(d) for n in range(number) for d in through(str(n).encode())]


def test_nothing_asked_for_is_no_filter():
    assert parse_loss("") is None


def test_loses_about_as_many_as_asked():
    assert 4600 < len(run("5,0,1")) < 4900
    assert run("5,0,1") == sorted(run("5,0,1"))


def test_reorders_without_losing():
    received = run("0,5,1")
    assert len(received) >= 4990, "but for those still held"
    assert received != sorted(received)
    assert max(later - n for n, later in pairwise(received)) < 20


def test_the_same_seed_loses_the_same():
    assert run("10,10,3") == run("10,10,3") != run("10,10,4")


def test_each_session_has_its_own_losses():
    make = parse_loss("50,0,1")
    assert make is not None
    first, second = make(), make()
    assert [bool(list(first(b"x"))) for _ in range(50)] != [bool(list(second(b"x"))) for _ in range(50)]
