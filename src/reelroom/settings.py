"""One frozen dataclass of settings per room. `config.py` reads them once; nobody edits them afterwards.

The commented `reelroom.toml` at the root of the project is the manual of these: same tables, same names, same
defaults (a test compares them). Durations end in `_s` and are seconds.
"""

from dataclasses import dataclass, field
from pathlib import PurePath

from reelroom.units import AppId


@dataclass(frozen=True, slots=True, kw_only=True)
class AppSettings:
    """One customer application. `repr` shows no secret."""

    id: AppId
    server_secret: str = field(repr=False)  # signs API requests and room tokens
    callback_secret: str = field(repr=False)  # signs callbacks
    callback_url: str = ""  # used when StartRecord names none
    max_tasks: int = 1000  # tasks at the same time
    enabled: bool = True  # may record; rooms need no leave
    old_server_secret: str = field(default="", repr=False)  # the one before, accepted too for a while
    old_secret_until_s: int = 0  # Unix time at which it no longer is

    def server_secrets(self, now_s: float) -> tuple[str, ...]:
        """What may sign requests and room tokens now. `now_s`: Unix time."""
        if self.old_server_secret and now_s < self.old_secret_until_s:
            return (self.server_secret, self.old_server_secret)
        return (self.server_secret,)


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitSettings:
    """Requests of the control API a second, for each app and action; 0: no limit. The defaults are the contract's."""

    start: int = 50
    stop: int = 50
    pause: int = 10
    resume: int = 10
    layout: int = 10
    whiteboard: int = 10
    snapshot: int = 10
    status: int = 10
    tasks: int = 10
    refuse_repeated_nonces: bool = False  # a signature then holds for one request
    max_record_s: int = 86_400  # the longest MaxRecordTime; at most two days


@dataclass(frozen=True, slots=True, kw_only=True)
class IceServer:
    """A STUN or TURN server, for us and (without a credential of ours) told to browsers."""

    urls: tuple[str, ...]
    username: str = ""
    credential: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerSettings:
    """The HTTP door."""

    host: str = "0.0.0.0"  # noqa: S104  a server is meant to be reached
    port: int = 8080
    public_url: str = ""  # base of the file URLs we hand out; empty: as the server was bound
    on_exit: str = "stop"  # "stop": rooms and recorders stop with the server and go on at its next start; "leave"


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomSettings:
    """The built-in rooms: the gateway process."""

    bind: tuple[str, ...] = ()  # local addresses media is received on; empty: every address of the machine
    announced_address: str = ""  # told to browsers instead of the bound ones (behind NAT)
    port_min: int = 0  # UDP ports for media; 0: any
    port_max: int = 0
    ice_servers: tuple[IceServer, ...] = ()
    max_bitrate_bps: int = 4_000_000  # asked of each publisher by REMB
    keyframe_interval_s: float = 10.0  # a recorded video is asked for a keyframe this often, so that files can seek
    silent_after_s: float = 15.0  # a publisher that sends nothing for this long has left
    max_publishers: int = 200  # of the whole gateway
    max_viewers: int = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalSettings:
    """The journal on disk."""

    sync_s: float = 1.0  # how often written frames are forced to the disk
    keep_s: float = 0.0  # keep journals this long after their task was delivered


@dataclass(frozen=True, slots=True, kw_only=True)
class RecorderSettings:
    """Each recorder process."""

    audio_bitrate_bps: int = 128_000  # of transcoded audio, whole stream
    video_preset: str = "veryfast"  # x264, for codecs that mp4 can't hold
    video_crf: int = 23
    poll_s: float = 0.5  # how often the journal is read
    mix_encoder: str = "x264"  # of mixed pictures; "nvenc" or "qsv" fall back on it where they are missing
    mix_preset: str = "veryfast"  # of that encoder
    mix_threads: int = 0  # that decode the streams of a mix; 0: as many as the machine has cores
    clock_zone: str = "UTC"  # IANA name, of the clock in mixed pictures
    clock_seconds: bool = True  # whether that clock shows seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class VendorSettings:
    """What the operator changes of a storage vendor, by its number in the control API."""

    vendor: int
    region: str = ""  # as callers write it; empty: all of the vendor's
    endpoint: str = ""  # scheme and host in place of the vendor's, e.g. of its internal network
    signature: str = ""  # "v4" or "v2"; empty: as the vendor documents


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupSettings:
    """The store that takes files while the customer's fails. Vendor 0 is the local folder. `repr` shows no secret."""

    vendor: int = 0
    region: str = ""
    bucket: str = ""
    access_key_id: str = ""
    secret: str = field(default="", repr=False)
    endpoint: str = ""  # vendor 10
    path_style: bool = False  # vendor 10
    folder: str = ""  # key prefix in it


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreSettings:
    """Delivery of files."""

    timeout_s: float = 60.0  # a store that is silent for this long has failed
    retry_first_s: float = 2.0
    retry_ceiling_s: float = 3600.0
    give_up_s: float = 7 * 86_400.0  # of the customer's store, from the first failure on
    backup_after_s: float = 3600.0  # failing for this long sends a file to the backup store
    lost_after_s: float = 86_400.0  # one that no store has taken by then counts as lost; tries go on
    backup_keep_s: float = 3 * 86_400.0  # of files that the local folder holds as backup
    backup: tuple[BackupSettings, ...] = (BackupSettings(),)  # at most one; (): none
    check_at_start: bool = False  # a tiny write to the caller's store before StartRecord is accepted
    files_at_once: int = 2  # uploads of one task
    parts_at_once: int = 4  # of each large file
    max_bytes_per_s: int = 0  # of each recorder; 0: no limit
    ca_file: str = ""  # certificates of private authorities, PEM; empty: the public ones alone
    low_free_bytes: int = 2 << 30  # of the data folder's disk: below it new tasks are refused
    last_free_bytes: int = 256 << 20  # below it running tasks end, so that what they captured can be delivered
    vendors: tuple[VendorSettings, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackSettings:
    """Delivery of notices. The contract: 1 try, 2 retries, 5 s apart, any 2xx is receipt."""

    timeout_s: float = 5.0
    retries: int = 2
    retry_after_s: float = 5.0
    keep_trying_s: float = 0.0  # after those, on with growing waits until this long after the first try; 0: not
    allow_private: bool = False  # whether callback and storage addresses may be private or loopback ones


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseSettings:
    """Durable state."""

    url: str = field(default="", repr=False)  # empty: SQLite in the data folder; else postgresql+psycopg://…


@dataclass(frozen=True, slots=True, kw_only=True)
class LogSettings:
    """What is logged, to standard error."""

    level: str = "info"
    format: str = "json"  # "json" or "console"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything. `data` is the folder that holds all state of one machine."""

    data: PurePath
    apps: tuple[AppSettings, ...] = ()  # of the settings file; `reelroom.apps` knows those of the data folder too
    server: ServerSettings = ServerSettings()
    limits: LimitSettings = LimitSettings()
    rooms: RoomSettings = RoomSettings()
    journal: JournalSettings = JournalSettings()
    recorder: RecorderSettings = RecorderSettings()
    store: StoreSettings = StoreSettings()
    callbacks: CallbackSettings = CallbackSettings()
    database: DatabaseSettings = DatabaseSettings()
    log: LogSettings = LogSettings()
