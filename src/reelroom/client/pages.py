"""Questions for lists of tasks, and how all pages of one are walked."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from reelroom.client.results import TaskLine, TaskPage
from reelroom.units import TaskId

MAX_PAGE = 50  # tasks on one page. Source: control API, DescribeTasks
RETENTION_S = 3 * 86_400  # tasks begun earlier are not listed
RUNNING, OVER = 2, 3  # Status
_AHEAD_MS = 1000  # the window ends a little after our clock, which the server's may be ahead of


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskQuery:
    """Which tasks are asked for. Those begun within `within_s` or, where given, from `begin_ms` until `end_ms`."""

    running: bool
    room: str | None = None
    page: int = 1
    page_size: int = MAX_PAGE
    within_s: int = RETENTION_S
    begin_ms: int | None = None  # Unix time
    end_ms: int | None = None

    def fixed(self, now_ms: int) -> "TaskQuery":
        """The same question with its window nailed down, so that a later page is cut from the same list."""
        end_ms = now_ms + _AHEAD_MS if self.end_ms is None else self.end_ms
        begin_ms = now_ms + _AHEAD_MS - self.within_s * 1000 if self.begin_ms is None else self.begin_ms
        return replace(self, begin_ms=begin_ms, end_ms=end_ms)

    def to_body(self, now_ms: int) -> dict[str, Any]:
        """The body of DescribeTasks."""
        fixed = self.fixed(now_ms)
        body = {
            "Status": RUNNING if self.running else OVER,
            "PageOffset": self.page,
            "PageSize": self.page_size,
            "StartTime": fixed.begin_ms,
            "EndTime": fixed.end_ms,
        }
        return body if self.room is None else {**body, "RoomId": self.room}


class Walk:
    """Goes through every page of a list that changes meanwhile.

    Page numbers shift when a task of an earlier page ends, and the next page would then skip one. So the window's end
    moves instead, to where the last page ended; what is seen twice is told once.
    """

    def __init__(self, query: TaskQuery, now_ms: int) -> None:
        self.query: TaskQuery | None = replace(query.fixed(now_ms), page=1)
        self._seen: set[TaskId] = set()

    def take(self, page: TaskPage) -> Iterator[TaskLine]:
        """The tasks of the answer to `query` that are new; `query` is then the next question, or None."""
        assert self.query is not None
        fresh = [line for line in page.tasks if line.task not in self._seen]
        self._seen.update(line.task for line in fresh)
        self.query = _following(self.query, page)
        return iter(fresh)


def _following(query: TaskQuery, page: TaskPage) -> TaskQuery | None:
    if not page.tasks or page.total <= len(page.tasks) + (query.page - 1) * query.page_size:
        return None
    assert query.end_ms is not None
    end_ms = page.tasks[-1].begin_ms + 1  # nothing says whether the window holds its end
    if end_ms < query.end_ms:
        return replace(query, end_ms=end_ms, page=1)
    return replace(query, page=query.page + 1)  # a page of tasks that all began in one millisecond
