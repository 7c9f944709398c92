"""Finished files in a real `<video>`: headless Chromium plays each to its end."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, sync_playwright

from reelroom.demo import browser_flags, find_browser
from reelroom.mux import write_mp4
from reelroom.testing.files import finish_programme, whole_piece
from reelroom.testing.programme import Programme
from reelroom.units import Codec, MediaKind, Size

pytestmark = pytest.mark.browser

SMALL, LARGE = Size(320, 180), Size(640, 360)
PLAYER = """<!doctype html><title>player</title><video muted></video><script>
  const video = document.querySelector("video");
  const told = { sizes: [], times: [], ended: false, error: "" };
  video.onresize = () => told.sizes.push([video.currentTime, video.videoWidth, video.videoHeight]);
  video.onended = () => { told.ended = true; };
  video.onerror = () => { told.error = video.error.message || `code ${video.error.code}`; };
  const look = (now, frame) => { told.times.push(frame.mediaTime); video.requestVideoFrameCallback(look); };
  video.requestVideoFrameCallback(look);
  video.playbackRate = 2;
  video.src = "file.mp4";
  video.play();
</script>"""


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser(), args=browser_flags())
        yield browser.new_page()
        browser.close()


def play(page: Page, file: Path) -> dict[str, Any]:
    """Play a file at double speed to its end."""
    file.rename(file.with_name("file.mp4"))
    (file.parent / "player.html").write_text(PLAYER)
    page.goto((file.parent / "player.html").as_uri())
    page.wait_for_function("told.ended || told.error", timeout=30_000)
    told: dict[str, Any] = page.evaluate("({ ...told, currentTime: video.currentTime, duration: video.duration })")
    return told


@pytest.mark.parametrize("codec", [Codec.H264, Codec.VP8])
def test_a_file_whose_size_changes_plays_to_its_end(page: Page, tmp_path: Path, codec: Codec) -> None:
    sizes = ((0.0, LARGE), (2.0, SMALL), (4.0, LARGE))
    target, muxed = finish_programme(tmp_path, Programme(seconds=6, sizes=sizes, codec=codec))
    told = play(page, target)
    assert told["error"] == ""
    assert [(w, h) for _, w, h in told["sizes"]] == [LARGE, SMALL, LARGE]
    assert [at for at, _, _ in told["sizes"]] == pytest.approx([0, 2, 4], abs=0.5)
    assert told["duration"] == pytest.approx(muxed.duration_ms / 1000, abs=0.01)
    assert told["currentTime"] == pytest.approx(told["duration"], abs=0.01)


@pytest.mark.parametrize(("video_s", "audio_s"), [(0.8, 0.0), (0.0, 0.8)])
def test_a_track_that_begins_later_does_so_in_the_player(
    page: Page, tmp_path: Path, video_s: float, audio_s: float
) -> None:
    finish_programme(tmp_path, Programme(seconds=3, sizes=((0.0, SMALL),)))
    muxed = write_mp4(
        tmp_path / "late.mp4",
        video=[whole_piece(tmp_path / "capture" / "video-0.mkv", MediaKind.VIDEO, begin_ns=round(video_s * 1e9))],
        audio=[whole_piece(tmp_path / "audio.mkv", MediaKind.AUDIO, begin_ns=round(audio_s * 1e9))],
    )
    told = play(page, tmp_path / "late.mp4")
    assert told["error"] == ""
    assert told["ended"]
    assert told["times"][-1] == pytest.approx(video_s + 3 - 1 / 30, abs=0.1)
    assert told["duration"] == pytest.approx(3.8, abs=0.03)
    assert told["duration"] == pytest.approx(muxed.duration_ms / 1000, abs=0.01)
    assert told["currentTime"] == pytest.approx(told["duration"], abs=0.01)
