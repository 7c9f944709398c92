import errno

import pytest

from reelroom.errors import JournalError
from reelroom.recorder.faults import is_disk_full


def wrapped(number: int) -> JournalError:
    """As `raise … from` leaves it."""
    error = JournalError("can't append")
    error.__cause__ = OSError(number, "no")
    return error


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_is_found_behind_what_it_caused(number: int) -> None:
    assert is_disk_full(wrapped(number))
    assert is_disk_full(OSError(number, "no"))


def test_other_faults_are_not_a_full_disk() -> None:
    assert not is_disk_full(wrapped(errno.EIO))
    assert not is_disk_full(JournalError("damaged"))
