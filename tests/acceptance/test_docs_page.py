"""The page `/docs` in a real browser: it reads well on a machine without internet."""

import pytest
from playwright.sync_api import expect
from tests.support.browser import Browser
from tests.support.server import ReelroomServer

pytestmark = pytest.mark.browser


def test_the_docs_need_nothing_but_their_server(server: ReelroomServer, browser: Browser):
    page = browser.page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{server.url}/docs")
    assert page.evaluate("getComputedStyle(document.body).display") == "grid"  # its style is let in by its policy
    page.get_by_role("link", name="UpdateLayout").click()
    expect(page.get_by_role("heading", name="UpdateLayout")).to_be_in_viewport()
    example = page.locator("#UpdateLayout ~ details").first
    example.click()
    expect(example.locator("pre")).to_be_visible()
    assert {url.split("#")[0] for url in asked} == {f"{server.url}/docs"}
    assert browser.lines == []
    page.get_by_role("link", name="/openapi.json").click()
    page.get_by_text('"openapi": "3.1.0"').wait_for()
