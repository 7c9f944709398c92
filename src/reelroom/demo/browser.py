"""A Chromium of this machine, and how it is started here and in tests."""

import os
import shutil

from reelroom.demo.waiting import DemoError

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def find_browser() -> str:
    """Path of a Chromium of this machine. Raises DemoError."""
    for name in BROWSERS:
        if found := shutil.which(name):
            return found
    raise DemoError("no Chromium was found: apt-get install chromium")


def browser_flags() -> list[str]:
    """How Chromium is started here and in tests: headless, silent on the network, camera rules out of the way."""
    flags = [
        "--headless=new",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        # Pages that nobody looks at would otherwise draw once a second.
        "--disable-background-timer-throttling",
        "--disable-renderer-backgrounding",
        "--disable-backgrounding-occluded-windows",
        "--autoplay-policy=no-user-gesture-required",
        # Candidates would otherwise be names of multicast DNS, and loopback would be left out.
        "--disable-features=WebRtcHideLocalIpsWithMdns",
        "--allow-loopback-in-peer-connection",
    ]
    # Chromium's sandbox refuses to start for root.
    return [*flags, "--no-sandbox"] if os.geteuid() == 0 else flags
