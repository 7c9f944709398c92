"""The lifecycles: every move that is allowed, and no other."""

from itertools import product

import pytest

from reelroom.errors import TaskStateError
from reelroom.task import FileState, QuitReason, Stage, TaskState, check_move, sources

ALLOWED = {
    TaskState: {
        (TaskState.STARTING, TaskState.RECORDING),
        (TaskState.STARTING, TaskState.ENDED),
        (TaskState.STARTING, TaskState.FAILED),
        (TaskState.RECORDING, TaskState.PAUSED),
        (TaskState.RECORDING, TaskState.ENDED),
        (TaskState.RECORDING, TaskState.FAILED),
        (TaskState.PAUSED, TaskState.RECORDING),
        (TaskState.PAUSED, TaskState.ENDED),
        (TaskState.PAUSED, TaskState.FAILED),
    },
    FileState: {
        (FileState.RECORDING, FileState.UPLOADING),
        (FileState.UPLOADING, FileState.UPLOADED),
        (FileState.UPLOADING, FileState.BACKED_UP),
        (FileState.UPLOADING, FileState.LOST),
        (FileState.BACKED_UP, FileState.UPLOADED),
        (FileState.LOST, FileState.UPLOADED),
    },
    Stage: {
        (Stage.RECORDING, Stage.FINISHING),
        (Stage.FINISHING, Stage.DELIVERING),
        (Stage.DELIVERING, Stage.DONE),
    },
}
MOVES = [(kind, old, new) for kind in ALLOWED for old, new in product(kind, kind)]


@pytest.mark.parametrize(("kind", "old", "new"), MOVES)
def test_only_the_moves_of_the_table_are_allowed(kind, old, new):
    if (old, new) in ALLOWED[kind]:
        check_move(old, new)
    else:
        with pytest.raises(TaskStateError, match=f"{old.name} to {new.name}"):
            check_move(old, new)


@pytest.mark.parametrize(("kind", "new"), [(kind, new) for kind in ALLOWED for new in kind])
def test_sources_are_the_states_that_may_move_there(kind, new):
    assert sources(new) == {old for old, target in ALLOWED[kind] if target is new}


def test_numbers_are_those_of_the_control_api():
    assert [state.value for state in TaskState] == [1, 2, 3, 4, 5]
    assert [state.value for state in FileState] == [1, 2, 3, 4, 5]
    assert (QuitReason.START_FAILED, QuitReason.NETWORK_LOST, QuitReason.UNKNOWN) == (1, 6, 1001)
    assert max(QuitReason) == QuitReason.ILLEGAL_STATE == 1011
