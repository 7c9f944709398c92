"""What each setting allows beyond its type: one table."""

import ipaddress
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from reelroom.apps.allowed import ALLOWED, is_http_url
from reelroom.config.shape import shape
from reelroom.config.sources import Tree
from reelroom.errors import SettingsError
from reelroom.settings import BackupSettings, Settings, VendorSettings

PRESETS = ("ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow", "slower", "veryslow")


@dataclass(frozen=True, slots=True)
class Rule:
    """What one setting allows: in words, and as a test."""

    allowed: str
    holds: Callable[[Any], bool]


def between(low: float, high: float, unit: str = "") -> Rule:
    """Numbers from `low` to `high`, both included."""
    return Rule(f"{low} to {high}{unit and ' ' + unit}", lambda v: low <= v <= high)


def above_zero(unit: str) -> Rule:
    """Numbers above 0; infinity is none."""
    return Rule(f"above 0 {unit}", lambda v: 0 < v < math.inf)


def one_of(*words: str) -> Rule:
    """Exactly one of these words."""
    return Rule(" or ".join(f'"{w}"' for w in words), lambda v: v in words)


def _is_address(value: str) -> bool:
    try:
        ipaddress.ip_address(value)
    except ValueError:
        return False
    return True


def _is_zone(value: str) -> bool:
    try:
        ZoneInfo(value)
    except (ValueError, OSError, ZoneInfoNotFoundError):
        return False
    return True


EMPTY_OR_URL = Rule("empty, or an http:// or https:// URL", lambda v: not v or is_http_url(v))
PORT = between(0, 65_535)


def is_backup(value: tuple[BackupSettings, ...]) -> bool:
    """Whether these can be the backup stores."""
    return len(value) < 2 and all(_is_store(backup) for backup in value)  # noqa: PLR2004  one, or none


def _is_store(backup: BackupSettings) -> bool:
    needed = {0: "", 8: "bucket access_key_id secret", 10: "bucket access_key_id secret endpoint"}
    names = needed.get(backup.vendor, "region bucket access_key_id secret").split()
    return backup.vendor in (0, 1, 2, 3, 4, 7, 8, 9, 10) and all(getattr(backup, name) for name in names)


def are_vendors(value: tuple[VendorSettings, ...]) -> bool:
    """Whether these can be what the operator changes of vendors."""
    return all(
        1 <= v.vendor <= 10  # noqa: PLR2004  the control API's numbers
        and (not v.endpoint or is_http_url(v.endpoint))
        and v.signature in ("", "v4", "v2")
        for v in value
    )


DATABASE_URL = Rule(
    "empty (SQLite in the data folder) or postgresql+psycopg://…",
    lambda v: not v or v.startswith("postgresql+psycopg:"),
)

RULES: dict[str, Rule] = {
    "server.host": Rule("a host name or address", bool),
    "server.port": PORT,
    "server.public_url": EMPTY_OR_URL,
    "server.on_exit": one_of("stop", "leave"),
    **{
        f"limits.{action}": between(0, 1_000_000, "a second")
        for action in ("start", "stop", "pause", "resume", "layout", "whiteboard", "snapshot", "status", "tasks")
    },
    "limits.max_record_s": between(300, 172_800, "seconds"),
    "rooms.bind": Rule("a list of IP addresses", lambda v: all(map(_is_address, v))),
    "rooms.announced_address": Rule("empty, or an IP address", lambda v: not v or _is_address(v)),
    "rooms.port_min": PORT,
    "rooms.port_max": PORT,
    "rooms.max_bitrate_bps": between(30_000, 100_000_000, "bits a second"),
    "rooms.keyframe_interval_s": between(1, 3600, "seconds"),
    "rooms.silent_after_s": between(1, 3600, "seconds"),
    "rooms.max_publishers": between(1, 100_000),
    "rooms.max_viewers": between(0, 100_000),
    "journal.sync_s": between(0.05, 60, "seconds"),
    "journal.keep_s": between(0, 31_536_000, "seconds"),
    "recorder.audio_bitrate_bps": between(16_000, 512_000, "bits a second"),
    "recorder.video_preset": one_of(*PRESETS),
    "recorder.video_crf": between(0, 51),
    "recorder.poll_s": between(0.05, 10, "seconds"),
    "recorder.mix_encoder": one_of("x264", "nvenc", "qsv"),
    "recorder.mix_preset": Rule("a preset of the encoder", lambda v: v.replace("_", "").isalnum()),
    "recorder.mix_threads": between(0, 128),
    "recorder.clock_zone": Rule("an IANA time zone, such as Asia/Shanghai", _is_zone),
    "store.timeout_s": between(0.1, 3600, "seconds"),
    "store.retry_first_s": above_zero("seconds"),
    "store.retry_ceiling_s": above_zero("seconds"),
    "store.give_up_s": above_zero("seconds"),
    "store.backup_after_s": between(0, 31_536_000, "seconds"),
    "store.lost_after_s": between(0, 31_536_000, "seconds"),
    "store.backup_keep_s": above_zero("seconds"),
    "store.backup": Rule("at most one store, of vendor 0 to 4 or 7 to 10, with what that needs", is_backup),
    "store.files_at_once": between(1, 16),
    "store.parts_at_once": between(1, 16),
    "store.max_bytes_per_s": Rule("0, or at least 1000 bytes a second", lambda v: v == 0 or v >= 1000),  # noqa: PLR2004
    "store.low_free_bytes": between(0, 1 << 50, "bytes"),
    "store.last_free_bytes": between(0, 1 << 50, "bytes"),
    "store.vendors": Rule(
        'tables with a vendor of 1 to 10, an endpoint http(s)://host, and a signature "", "v4" or "v2"', are_vendors
    ),
    "callbacks.timeout_s": between(0.1, 300, "seconds"),
    "callbacks.retries": between(0, 100),
    "callbacks.retry_after_s": between(0, 3600, "seconds"),
    "callbacks.keep_trying_s": between(0, 31_536_000, "seconds"),
    "database.url": DATABASE_URL,
    "log.level": one_of("debug", "info", "warning", "error"),
    "log.format": one_of("json", "console"),
}

APP_RULES = {key: Rule(*allowed) for key, allowed in ALLOWED.items()}


def check_rules(settings: Settings, tree: Tree) -> None:
    """Raise SettingsError for the first setting that its rule does not allow."""
    for name, rule in RULES.items():
        _check(tree, name, getattr(settings, name.partition(".")[0]), rule)
    for index, app in enumerate(settings.apps):
        for key, rule in APP_RULES.items():
            _check(tree, f"apps[{index}].{key}", app, rule)
    _check_together(settings, tree)


def _check(tree: Tree, name: str, table: object, rule: Rule) -> None:
    key = name.rpartition(".")[2]
    value = getattr(table, key)
    if not rule.holds(value):
        secret = not shape(type(table))[key][0].repr
        came = "what came is not shown;" if secret else f"{value!r} came;"
        raise SettingsError(f"{tree.origin(name)}: {name}: {came} allowed: {rule.allowed}")


def _check_together(settings: Settings, tree: Tree) -> None:
    rooms, ids = settings.rooms, [app.id for app in settings.apps]
    if rooms.port_min > rooms.port_max or (rooms.port_min == 0) != (rooms.port_max == 0):
        raise SettingsError(
            f"{tree.origin('rooms.port_min')}: rooms.port_min: {rooms.port_min} came with port_max {rooms.port_max}; "
            "allowed: both 0, or port_min not above port_max"
        )
    twice = next((i for i in ids if ids.count(i) > 1), None)
    if twice is not None:
        raise SettingsError(f"{tree.origin('apps')}: apps: the id {twice} came twice; allowed: each id once")
