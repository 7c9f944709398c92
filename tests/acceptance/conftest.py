"""One browser for the tests of a file, a whole Reelroom for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.browser import Browser, running_browser
from tests.support.callback_receiver import CallbackReceiver
from tests.support.server import ReelroomServer, running_server


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browsers on a busy machine need their time; whatever waits in these tests has a limit of its own."""
    for item in items:
        if Path(__file__).parent in item.path.parents and item.get_closest_marker("timeout") is None:
            item.add_marker(pytest.mark.timeout(300))


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Not of the whole session: Playwright runs an event loop, and asynchronous tests want their own."""
    with running_browser() as opened:
        yield opened


@pytest.fixture
def browser(chromium: Browser) -> Iterator[Browser]:
    """The browser, without pages of other tests."""
    chromium.lines.clear()
    yield chromium
    print("\n".join(chromium.lines))
    chromium.close_pages()


@pytest.fixture
def server(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[ReelroomServer]:
    """A server that keeps its journals, so that a test can compare a file with what was captured.

    Parametrize it indirectly with a mapping to add to its environment.
    """
    environment = {"REELROOM_JOURNAL__KEEP_S": "600", **getattr(request, "param", {})}
    with running_server(tmp_path / "data", environment) as started:
        yield started
        print(started.tail(60))


@pytest.fixture
def callbacks(server: ReelroomServer) -> Iterator[CallbackReceiver]:
    """Receives the server's callbacks and verifies their signatures."""
    with CallbackReceiver(server.app.callback_secret) as receiver:
        yield receiver
