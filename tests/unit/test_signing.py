import pytest

from reelroom.signing import callback_signature, request_signature, signatures_match


@pytest.mark.parametrize(
    ("app_id", "nonce", "secret", "timestamp", "expected"),
    [
        (
            987654321,
            "a1b2c3d4e5f60718",
            "00112233445566778899aabbccddeeff",
            1754300000,
            "53dc439ce713ae7f1b399c27273ada3b",
        ),
        (
            1234567890,
            "0123456789abcdef",
            "0f1e2d3c4b5a69788796a5b4c3d2e1f0",
            1700000000,
            "5f15d726de08ecf26bb41ca69c25b0a2",
        ),
        (12345, "4fd24687296dd9f3", "9193cc662a4c0ec135ec71fb57194b38", 1615186943, "43e5cfcca828314675f91b001390566a"),
    ],
)
def test_request_signatures_of_the_contract(app_id, nonce, secret, timestamp, expected):
    assert request_signature(app_id, nonce, secret, timestamp) == expected
    assert request_signature(app_id, nonce, secret, str(timestamp)) == expected


@pytest.mark.parametrize(
    ("secret", "timestamp", "nonce", "expected"),
    [
        ("7b0a5c1de2f34489", "1754300123", "518203", "baa952e444e223e6d0e168f426bab9c1d2e6bfed"),
        ("0a9b8c7d6e5f4321", "1754300123", "518203", "f2a9c74c33e9730bbacc74e65282067594b59161"),
        ("secret", "1470820198", "123412", "5bd59fd62953a8059fb7eaba95720f66d19e4517"),
    ],
)
def test_callback_signatures_of_the_contract(secret, timestamp, nonce, expected):
    assert callback_signature(secret, timestamp, nonce) == expected
    assert callback_signature(secret, int(timestamp), nonce) == expected


def test_callback_parts_are_sorted_as_text_and_not_as_numbers():
    assert callback_signature("z", 9, "10") == callback_signature("z", 10, "9")


def test_a_match_ignores_the_case_of_hex_digits_and_survives_any_text():
    expected = request_signature(1, "n", "s", 2)
    assert signatures_match(expected, expected.upper())
    assert not signatures_match(expected, expected[:-1])
    assert not signatures_match(expected, "")
    assert not signatures_match(expected, "\ud800 é 字")


def test_a_nonce_with_a_lone_surrogate_is_hashed_without_an_error():
    assert len(request_signature(1, "\ud800", "s", 2)) == 32
