"""Signatures of requests and callbacks. Source: control API, request signature and callback signature."""

import hashlib
import hmac


def request_signature(app_id: int, nonce: str, secret: str, timestamp: int | str) -> str:
    """What a caller signs a request with: 32 lower-case hex digits.

    `secret`: the app's ServerSecret. `timestamp`: seconds, the very text of the query if it is at hand.
    """
    # MD5 is the contract's choice, not ours; it keeps a secret here, and no document.
    text = f"{app_id}{nonce}{secret}{timestamp}"
    return hashlib.md5(_encode(text), usedforsecurity=False).hexdigest()


def callback_signature(secret: str, timestamp: int | str, nonce: str) -> str:
    """What a receiver checks a callback by: 40 lower-case hex digits. `secret`: the app's callback secret."""
    parts = sorted(_encode(str(part)) for part in (secret, timestamp, nonce))
    return hashlib.sha1(b"".join(parts), usedforsecurity=False).hexdigest()


def signatures_match(expected: str, given: str) -> bool:
    """Whether a given signature is the expected one, in constant time; upper-case hex digits are accepted."""
    return hmac.compare_digest(_encode(expected), _encode(given.lower()))


def _encode(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")  # JSON and queries may smuggle in a lone surrogate
