"""Structured logs on standard error, one line each, with secrets struck out in one place.

A line has a stable `action` word and fields: `get_logger().info("file_finished", task=…, size=…)`. Lines of libraries
go the same way, so they are redacted too.
"""

import logging
import re
import sys
from collections.abc import Mapping
from typing import Any, cast

import structlog
from structlog.typing import EventDict, FilteringBoundLogger, Processor, WrappedLogger

from reelroom.settings import LogSettings

STRUCK = "***"
_SECRET_KEY = re.compile(r"secret|token|authorization|password|credential|signature|cookie", re.IGNORECASE)
_SECRET_TEXT = (
    # query parameters such as Signature=…, X-Amz-Credential=…, access_token=…
    (
        re.compile(r"([?&][\w.%-]*(?:signature|credential|secret|token|password)[\w.%-]*=)[^&\s\"'<>]+", re.IGNORECASE),
        r"\1***",
    ),
    (re.compile(r"\b(bearer|basic)\s+[\w.~+/=-]{6,}", re.IGNORECASE), r"\1 ***"),
    (re.compile(r"(://)[^/\s@\"']+@"), r"\1***@"),  # user and password before a host
    (re.compile(r"(/files/)[^/\s\"']+(?=/)"), r"\1***"),  # whoever knows a local file's token may read it
)
# botocore logs session tokens and signatures at DEBUG, httpx the whole URL at INFO.
_TOO_CHATTY = ("botocore", "boto3", "s3transfer", "urllib3", "httpx", "httpcore", "aioice", "aiortc", "alembic")


def configure(settings: LogSettings, process: str) -> None:
    """Send all logs of this process to standard error; each line says which process it is."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _name_process(process),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    _take_over_logging(settings, shared)


def get_logger() -> FilteringBoundLogger:
    """The logger of this process; `.bind(task=…)` adds fields to every line."""
    return cast("FilteringBoundLogger", structlog.get_logger())


def redact(_logger: WrappedLogger | None, _method: str, event: EventDict) -> EventDict:
    """Strike out secrets: whole values under telling keys, telling parts of all other texts."""
    return cast("EventDict", _redact(event))


def _redact(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {k: STRUCK if _SECRET_KEY.search(str(k)) and v else _redact(v) for k, v in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_redact(v) for v in value]
    if value is None or isinstance(value, (bool, int, float)):
        return value
    return redact_text(value if isinstance(value, str) else str(value))


def redact_text(text: str) -> str:
    """The text without bearer tokens, signatures, URL credentials and file tokens."""
    for pattern, replacement in _SECRET_TEXT:
        text = pattern.sub(replacement, text)
    return text


def _name_process(process: str) -> Processor:
    def add(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        event["process"] = process
        return event

    return add


def _take_over_logging(settings: LogSettings, shared: list[Processor]) -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                redact,
                structlog.processors.EventRenamer("action"),
                _renderer(settings.format),
            ],
        )
    )
    logging.basicConfig(handlers=[handler], level=settings.level.upper(), force=True)
    logging.raiseExceptions = False  # a reader of our stderr that went away is no reason to stop
    for name in _TOO_CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)


def _renderer(form: str) -> Processor:
    if form == "console":
        return structlog.dev.ConsoleRenderer(event_key="action")
    return structlog.processors.JSONRenderer()
