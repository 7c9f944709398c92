"""When a recorder that ended is started again. Pure: instants are monotonic seconds, handed in."""

from collections.abc import Hashable
from dataclasses import dataclass

from reelroom.engine.interface import Loss
from reelroom.retry import Policy
from reelroom.units import TaskId

POLICY = Policy(first_s=0.1, ceiling_s=30.0)
TOO_MANY = 10  # crashes in a row without progress
_SHORT_S = 1.0  # one that ends by itself sooner, with work left, would otherwise be started in a tight loop


@dataclass(slots=True)
class _Record:
    ends: int
    next_s: float
    progress: Hashable


class Restarts:
    """Counts how often each recorder ended in vain."""

    def __init__(self) -> None:
        self._records: dict[TaskId, _Record] = {}

    def may_start(self, task: TaskId, now_s: float) -> bool:
        """Whether its wait is over."""
        record = self._records.get(task)
        return record is None or now_s >= record.next_s

    def rest_s(self, now_s: float, most_s: float) -> float:
        """Seconds until the next wait is over, at most `most_s`."""
        return min([most_s, *(r.next_s - now_s for r in self._records.values() if r.next_s > now_s)])

    def ended(self, loss: Loss, progress: Hashable, now_s: float) -> bool:
        """Take note of an end while there is work left; whether these are now too many.

        progress: what stands in the database of the task; another value than at the last end is progress.
        True is said once for each `TOO_MANY` ends; waits stay at their ceiling until there is progress.
        """
        if not loss.is_crash and loss.lived_s >= _SHORT_S:
            self.forget(loss.task)
            return False
        old = self._records.get(loss.task)
        ends = old.ends + 1 if old is not None and old.progress == progress else 1
        self._records[loss.task] = _Record(ends, now_s + POLICY.wait_s(ends), progress)
        return ends % TOO_MANY == 0

    def forget(self, task: TaskId) -> None:
        """Its next start is a first one."""
        self._records.pop(task, None)

    def keep_only(self, tasks: frozenset[TaskId]) -> None:
        """Forget all tasks but these."""
        self._records = {task: record for task, record in self._records.items() if task in tasks}
