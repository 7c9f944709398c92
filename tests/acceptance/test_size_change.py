"""A browser changes the size of its picture while it is recorded."""

import pytest
from tests.support.browser import Browser
from tests.support.server import ReelroomServer

from reelroom.testing.content import check

pytestmark = pytest.mark.browser

FULL, HALF = (640, 360), (320, 180)


def test_a_size_change_stays_in_one_file_that_plays_to_its_end_in_chromium(server: ReelroomServer, browser: Browser):
    publisher = browser.publisher(server, "r", "cam", width=FULL[0], height=FULL[1]).wait_connected()
    with server.client() as client:
        task = client.start_record("r")
        server.wait_recording(task)
        for by in (1, 2, 1):
            publisher.scale(by)
            publisher.wait_frames(45)
        client.stop_record(task)
        status = server.wait_delivered(task)
    (file,) = status.files
    content = check(server.path_of(file.url))
    assert [size[1:] for size in content.sizes] == [FULL, HALF, FULL]
    assert content.broken == content.errors == 0
    assert content.faststart
    publisher.close()  # the two cores now play
    played = browser.play(file.url)
    assert (played.ended, played.error) == (True, "")
    assert played.sizes == [FULL, HALF, FULL]
    assert played.seconds == pytest.approx(content.duration_s, abs=0.2)
