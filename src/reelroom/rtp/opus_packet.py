"""How an Opus packet says how long it is. Source: RFC 6716 section 3.1."""

from typing import Final

_SILK: Final = (480, 960, 1920, 2880)  # samples at 48 kHz of configurations 0 to 11
_HYBRID: Final = (480, 960)  # 12 to 15
_CELT: Final = (120, 240, 480, 960)  # 16 to 31
_MAX_SAMPLES: Final = 5760  # 120 ms, RFC 6716 section 3.2.5


def opus_samples(payload: bytes) -> int:
    """Samples at 48 kHz that a packet decodes to; 0 if it can't be one."""
    if not payload:
        return 0
    toc = payload[0]
    samples = _frame_samples(toc >> 3) * _frames(toc & 3, payload)
    return samples if samples <= _MAX_SAMPLES else 0


def _frame_samples(configuration: int) -> int:
    if configuration < 12:  # noqa: PLR2004  RFC 6716 table 2
        return _SILK[configuration & 3]
    if configuration < 16:  # noqa: PLR2004
        return _HYBRID[configuration & 1]
    return _CELT[configuration & 3]


def _frames(code: int, payload: bytes) -> int:
    if code == 3:  # noqa: PLR2004  an arbitrary number of frames, said in the next byte
        return payload[1] & 0x3F if len(payload) > 1 else 0
    return 2 if code else 1
