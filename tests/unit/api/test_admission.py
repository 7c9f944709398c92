"""The signing gateway's checks: the contract's vectors, each code, and the order of codes."""

from collections.abc import Callable
from typing import Any

import pytest

from reelroom.api.admission import WINDOW_S, admit
from reelroom.api.codes import Code, RefusedError
from reelroom.settings import AppSettings
from reelroom.signing import request_signature
from reelroom.units import AppId

NOW_S = 1_754_300_000
SECRET = "00112233445566778899aabbccddeeff"
VECTORS = [
    (987654321, "a1b2c3d4e5f60718", SECRET, 1754300000, "53dc439ce713ae7f1b399c27273ada3b"),
    (
        1234567890,
        "0123456789abcdef",
        "0f1e2d3c4b5a69788796a5b4c3d2e1f0",
        1700000000,
        "5f15d726de08ecf26bb41ca69c25b0a2",
    ),
    (12345, "4fd24687296dd9f3", "9193cc662a4c0ec135ec71fb57194b38", 1615186943, "43e5cfcca828314675f91b001390566a"),
]


def app_of(app: int = 987654321, secret: str = SECRET, **more: Any) -> Callable[[int], AppSettings | None]:
    return {app: AppSettings(id=AppId(app), server_secret=secret, callback_secret="c", **more)}.get


def query(**changes: str | None) -> dict[str, str]:
    """A query that is admitted, changed; None takes a parameter away."""
    good: dict[str, str | None] = {
        "Action": "StopRecord",
        "AppId": "987654321",
        "SignatureNonce": "a1b2c3d4e5f60718",
        "Timestamp": "1754300000",
        "Signature": "53dc439ce713ae7f1b399c27273ada3b",
        "SignatureVersion": "2.0",
    }
    return {name: value for name, value in {**good, **changes}.items() if value is not None}


def answer(asked: dict[str, str], host: str = "127.0.0.1:8080", now_s: int = NOW_S, **app: Any) -> Code:
    try:
        admit(asked, host, app_of=app_of(**app), actions={"StopRecord"}, now_s=now_s)
    except RefusedError as refused:
        return refused.code if refused.message else Code.SYSTEM_ERROR  # a code without words would be one
    return Code.OK


@pytest.mark.parametrize(("app", "nonce", "secret", "timestamp", "signature"), VECTORS)
def test_the_contracts_signatures_are_admitted(
    app: int, nonce: str, secret: str, timestamp: int, signature: str
) -> None:
    asked = query(AppId=str(app), SignatureNonce=nonce, Timestamp=str(timestamp), Signature=signature)
    admitted = admit(asked, "h", app_of=app_of(app, secret), actions={"StopRecord"}, now_s=timestamp)
    assert (admitted.app.id, admitted.action) == (app, "StopRecord")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"Action": None}, Code.ACTION_MISSING),
        ({"Action": ""}, Code.ACTION_MISSING),
        ({"AppId": None}, Code.APP_ID_MALFORMED),
        ({"AppId": "x"}, Code.APP_ID_MALFORMED),
        ({"AppId": "0987654321"}, Code.APP_ID_MALFORMED),
        ({"AppId": "4294967296"}, Code.APP_ID_MALFORMED),
        ({"AppId": "٩٨٧٦٥٤٣٢١"}, Code.APP_ID_MALFORMED),
        ({"Timestamp": None}, Code.TIMESTAMP_MISSING),
        ({"Timestamp": "1754300000.0"}, Code.TIMESTAMP_MALFORMED),
        ({"Timestamp": "+1754300000"}, Code.TIMESTAMP_MALFORMED),
        ({"Timestamp": "9" * 40}, Code.TIMESTAMP_MALFORMED),
        ({"SignatureNonce": None}, Code.NONCE_MISSING),
        ({"SignatureVersion": None}, Code.VERSION_MISSING),
        ({"Signature": None}, Code.SIGNATURE_MISSING),
        ({"SignatureVersion": "1.0"}, Code.VERSION_WRONG),
        ({"SignatureVersion": "2"}, Code.VERSION_WRONG),
        ({"Timestamp": str(NOW_S - WINDOW_S - 1)}, Code.SIGNATURE_EXPIRED),
        ({"Timestamp": str(NOW_S + WINDOW_S + 1)}, Code.SIGNATURE_EXPIRED),
        ({"Timestamp": "1754300000000"}, Code.SIGNATURE_EXPIRED),
        ({"AppId": "1"}, Code.NO_SERVER_SECRET),
        ({"Signature": "5" * 32}, Code.SIGNATURE_WRONG),
        ({"Signature": "ü"}, Code.SIGNATURE_WRONG),
        ({"SignatureNonce": "other"}, Code.SIGNATURE_WRONG),
        ({"Action": "stoprecord"}, Code.ACTION_UNKNOWN),
    ],
)
def test_each_fault_has_its_code(changes: dict[str, str | None], code: Code) -> None:
    assert answer(query(**changes)) is code


@pytest.mark.parametrize("host", ["", "a b", "host/path", "127.0.0.1:999999", "[::1"])
def test_a_bad_host_header_is_refused(host: str) -> None:
    assert answer(query(), host) is Code.BAD_HOST


@pytest.mark.parametrize("host", ["rec.example.org", "localhost:8080", "[::1]:8080", "10.0.0.1"])
def test_good_host_headers(host: str) -> None:
    assert answer(query(), host) is Code.OK


@pytest.mark.parametrize("away_s", [-WINDOW_S, WINDOW_S])
def test_ten_minutes_either_way_are_within_the_window(away_s: int) -> None:
    assert answer(query(), now_s=NOW_S + away_s) is Code.OK


def test_an_upper_case_signature_is_admitted() -> None:
    assert answer(query(Signature="53DC439CE713AE7F1B399C27273ADA3B")) is Code.OK


def test_a_repeated_nonce_is_admitted() -> None:
    assert answer(query()) is answer(query()) is Code.OK


@pytest.mark.parametrize("nonce", ["20060102150405", "k3j2h4", "一"])
def test_any_nonce_will_do(nonce: str) -> None:
    signature = request_signature(987654321, nonce, SECRET, NOW_S)
    assert answer(query(SignatureNonce=nonce, Signature=signature)) is Code.OK


def test_unknown_parameters_are_ignored() -> None:
    assert answer({**query(), "IsTest": "false", "RegionId": "eu"}) is Code.OK


def test_a_swapped_signature_is_wrong() -> None:
    swapped = request_signature(987654321, SECRET, "a1b2c3d4e5f60718", NOW_S)
    assert answer(query(Signature=swapped)) is Code.SIGNATURE_WRONG


ORDER = [  # each fault comes before all that follow
    ({"Action": None}, Code.ACTION_MISSING),
    ({"AppId": "x"}, Code.APP_ID_MALFORMED),
    ({"Timestamp": "x"}, Code.TIMESTAMP_MALFORMED),
    ({"SignatureNonce": None}, Code.NONCE_MISSING),
    ({"SignatureVersion": None}, Code.VERSION_MISSING),
    ({"Signature": None}, Code.SIGNATURE_MISSING),
]


@pytest.mark.parametrize("first", range(len(ORDER)))
def test_the_first_fault_in_order_is_told(first: int) -> None:
    faults: dict[str, str | None] = {}
    for changes, _ in ORDER[first:]:
        faults.update(changes)
    assert answer(query(**faults)) is ORDER[first][1]


def test_version_comes_before_age_before_signature_before_action() -> None:
    old, wrong = {"Timestamp": "1"}, {"Signature": "0" * 32, "Action": "Nothing"}
    assert answer(query(SignatureVersion="1", **old, **wrong)) is Code.VERSION_WRONG
    assert answer(query(**old, **wrong)) is Code.SIGNATURE_EXPIRED
    assert answer(query(**wrong)) is Code.SIGNATURE_WRONG
    assert answer(query(Action="Nothing")) is Code.ACTION_UNKNOWN


OLD = "ffeeddccbbaa99887766554433221100"


@pytest.mark.parametrize(("until_s", "code"), [(NOW_S + 1, Code.OK), (NOW_S, Code.SIGNATURE_WRONG)])
def test_the_old_secret_signs_until_its_end(until_s: int, code: Code) -> None:
    signature = request_signature(987654321, "n", OLD, NOW_S)
    asked = query(SignatureNonce="n", Signature=signature)
    assert answer(asked, old_server_secret=OLD, old_secret_until_s=until_s) is code
    assert answer(query(), old_server_secret=OLD, old_secret_until_s=until_s) is Code.OK


def test_a_disabled_app_is_told_so_after_signature_and_action() -> None:
    assert answer(query(), enabled=False) is Code.RECORDING_NOT_ENABLED
    assert answer(query(Action="Nothing"), enabled=False) is Code.ACTION_UNKNOWN
    assert answer(query(Signature="0" * 32), enabled=False) is Code.SIGNATURE_WRONG
