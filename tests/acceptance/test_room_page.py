"""The page of a room: two people meet, one records, and a restart of the rooms is survived."""

import pytest
from playwright.sync_api import Page, expect
from tests.support.browser import Browser
from tests.support.server import ReelroomServer, wait_until

from reelroom.testing.content import check

pytestmark = pytest.mark.browser

# Counts the others whose picture is really playing.
_PLAYING = """n => [...document.querySelectorAll('.tile:not(.own) video')]
  .filter(v => v.videoWidth > 0 && v.currentTime > 0.5).length === n"""


def join(server: ReelroomServer, browser: Browser, user: str, **claims: bool) -> Page:
    page = browser.page()
    page.goto(f"{server.url}/room?app={server.app.id}&room=lesson#token={server.token('lesson', user, **claims)}")
    page.get_by_role("button", name="Join").click()
    return page


def test_two_people_meet_record_and_get_the_files(server: ReelroomServer, browser: Browser):
    ann, ben = join(server, browser, "ann", record=True), join(server, browser, "ben")
    ann.wait_for_function(_PLAYING, arg=1)
    ben.wait_for_function(_PLAYING, arg=1)
    expect(ben.get_by_role("button", name="Record this room")).to_have_count(0)
    ann.get_by_role("button", name="Record this room").click()
    ann.get_by_text("recording…", exact=True).wait_for()
    ann.get_by_role("button", name="Microphone on").click()
    expect(ann.get_by_role("button", name="Microphone off")).to_have_attribute("aria-pressed", "false")
    ann.wait_for_timeout(3000)  # of recording
    ann.get_by_role("button", name="Stop recording").click()
    ann.get_by_text("Ended; the files are ready.").wait_for(timeout=60_000)
    links = ann.locator(".recording a")
    expect(links).to_have_count(2)
    for link in links.all():
        content = check(server.path_of(link.evaluate("a => a.href")))
        assert sorted(content.codecs) == ["aac", "h264"]
        assert content.duration_s > 2
        assert content.errors == 0
    ben.get_by_role("button", name="Leave").click()
    wait_until(lambda: len(server.streams("lesson")) == 1, "Ben's leaving")


def test_people_come_back_by_themselves_when_the_rooms_restart(server: ReelroomServer, browser: Browser):
    ann, ben = join(server, browser, "ann"), join(server, browser, "ben")
    ann.wait_for_function(_PLAYING, arg=1)
    streams = set(server.streams("lesson"))
    old = server.kill9("gateway")
    wait_until(lambda: server.pid("gateway") != old, "a new gateway")
    server.wait_published("lesson", *streams)
    for page in (ann, ben):
        page.wait_for_function(_PLAYING, arg=1)
        expect(page.locator(".own [role=status]")).to_be_empty()


def test_refusals_are_told_in_words(server: ReelroomServer, browser: Browser):
    page = browser.page()
    page.goto(f"{server.url}/room?room=lesson#token={server.token('other')}")
    page.get_by_role("button", name="Join").click()
    expect(page.get_by_role("alert")).to_have_text("This token is for the room “other”.")
    page.get_by_label("Room token").fill(server.token("lesson", expires_in_s=-5))
    page.get_by_role("button", name="Join").click()
    expect(page.get_by_role("alert")).to_contain_text("has expired")
    page.get_by_label("Room token").fill(server.token("lesson", publish=False))
    page.get_by_role("button", name="Join").click()
    page.get_by_text("This token doesn't allow that.").first.wait_for()
