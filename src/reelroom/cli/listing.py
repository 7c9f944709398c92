"""What `reelroom tasks` lists: one page, or all, of the tasks that run and of those that are over."""

from dataclasses import dataclass

from reelroom.client import Client, TaskLine
from reelroom.client.pages import MAX_PAGE


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which tasks."""

    running: bool = True
    ended: bool = True
    room: str | None = None
    page: int = 1
    page_size: int = MAX_PAGE
    everything: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """Tasks, and how many there are beside them. A total is None for what was not asked for."""

    tasks: tuple[TaskLine, ...]
    running: int | None
    ended: int | None
    page: int
    pages: int

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing on any page."""
        return not (self.running or self.ended)

    @property
    def numbers(self) -> dict[str, int]:
        """Totals and pages, for programs."""
        found = {"running": self.running, "ended": self.ended, "page": self.page, "pages": self.pages}
        return {name: number for name, number in found.items() if number is not None}

    @property
    def caption(self) -> str:
        """The same for people."""
        totals = [f"{n} {word}" for n, word in ((self.running, "running"), (self.ended, "ended")) if n is not None]
        shown = f"page {self.page} of {self.pages}" if self.pages > 1 or self.page > 1 else ""
        more = "--page or --all for more" if self.pages > 1 else ""
        return " · ".join(filter(None, (*totals, shown, more)))


def look(client: Client, wanted: Wanted) -> Listing:
    """Ask for it. Raises ApiError, UnreachableError."""
    asked = [running for running, wish in ((True, wanted.running), (False, wanted.ended)) if wish]
    return _all(client, wanted, asked) if wanted.everything else _page(client, wanted, asked)


def _page(client: Client, wanted: Wanted, asked: list[bool]) -> Listing:
    found = {
        running: client.describe_tasks(running=running, room=wanted.room, page=wanted.page, page_size=wanted.page_size)
        for running in asked
    }
    totals = {running: page.total for running, page in found.items()}
    return Listing(
        tasks=tuple(line for page in found.values() for line in page),
        running=totals.get(True),
        ended=totals.get(False),
        page=wanted.page,
        pages=max(page.pages for page in found.values()),
    )


def _all(client: Client, wanted: Wanted, asked: list[bool]) -> Listing:
    found = {running: list(client.iter_tasks(running=running, room=wanted.room)) for running in asked}
    totals = {running: len(lines) for running, lines in found.items()}
    # one that ended in between is in both lists: the later one knows better
    tasks = {line.task: line for lines in found.values() for line in lines}
    return Listing(tasks=tuple(tasks.values()), running=totals.get(True), ended=totals.get(False), page=1, pages=1)
