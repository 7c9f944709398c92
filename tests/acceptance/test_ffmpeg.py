"""FFmpeg and Chromium publish into one room; browsers play both, and both are recorded."""

import pytest
from tests.support.browser import Browser
from tests.support.ffmpeg_publisher import publishing
from tests.support.server import ReelroomServer

from reelroom.testing.content import check

pytestmark = pytest.mark.browser


def test_ffmpeg_and_chromium_publish_and_viewers_see_and_hear_both(server: ReelroomServer, browser: Browser):
    whip = f"{server.url}/whip/{server.app.id}/mixed/ffmpeg"
    with publishing(whip, server.token("mixed", "ffmpeg-user"), seconds=60), server.client() as client:
        browser.publisher(server, "mixed", "chromium").wait_connected()
        server.wait_published("mixed", "ffmpeg", "chromium")
        task = client.start_record("mixed")
        for stream in ("ffmpeg", "chromium"):
            viewer = browser.viewer(server, "mixed", stream)
            viewer.wait_flashes(3)
            assert viewer.heard > 50
            assert viewer.broken == 0
            viewer.close()
        client.stop_record(task)
        status = server.wait_delivered(task)
    assert sorted(file.stream for file in status.files) == ["chromium", "ffmpeg"]
    for file in status.files:
        content = check(server.path_of(file.url))
        assert sorted(content.codecs) == ["aac", "h264"]
        assert content.broken == content.errors == 0
        assert len(content.flashes) >= 5
        assert content.median_offset_ms is not None
        assert abs(content.median_offset_ms) <= 60
