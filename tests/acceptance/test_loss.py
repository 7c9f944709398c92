"""Random loss and reordering at the receiving socket."""

import pytest
from tests.support.browser import Browser
from tests.support.server import ReelroomServer

from reelroom.testing.content import check

pytestmark = pytest.mark.browser

FPS, SECONDS = 20, 10


@pytest.mark.parametrize(
    "server",
    [{"REELROOM_TEST_LOSS": f"{percent},{percent},{percent}"} for percent in (2, 5, 10)],
    ids=["2 %", "5 %", "10 %"],
    indirect=True,
)
def test_loss_and_reordering_break_no_picture_and_leave_no_gap_over_a_second(server: ReelroomServer, browser: Browser):
    words = {"width": 480, "height": 270, "fps": FPS, "bitrate": 800_000, "detail": 20}
    publisher = browser.publisher(server, "r", "cam", **words).wait_connected()
    with server.client() as client:
        task = client.start_record("r")
        server.wait_recording(task)
        publisher.wait_frames(SECONDS * FPS)
        client.stop_record(task)
        (file,) = server.wait_delivered(task).files
    assert server.gateway_number("recovered") > 0  # packets were lost indeed, and came again
    content = check(server.path_of(file.url))
    assert (content.broken, content.corrupt, content.errors) == (0, 0, 0)
    assert (content.backward, content.doubled) == ([], [])
    assert content.longest_video_gap_s <= 1.0
    assert content.longest_audio_gap_s <= 0.1
    assert content.duration_s >= SECONDS - 1
    assert content.frames >= 0.7 * SECONDS * FPS
