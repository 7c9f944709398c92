from reelroom.compose.h264 import decoder_configuration, join_units, split_units

SPS = bytes.fromhex("6764001eacb405")
PPS = bytes.fromhex("68ee3c80")
IDR = bytes.fromhex("6588840021ff")


def test_units_are_split_at_both_start_codes_and_padding_is_dropped() -> None:
    stream = b"\0\0\0\1" + SPS + b"\0\0\1" + PPS + b"\0\0\0\0\1" + IDR
    assert split_units(stream) == [SPS, PPS, IDR]


def test_units_are_joined_behind_their_lengths() -> None:
    assert join_units([SPS, PPS]) == b"\0\0\0\x07" + SPS + b"\0\0\0\x04" + PPS


def test_configuration_of_high_profile_tells_the_chroma_format() -> None:
    configuration = decoder_configuration([SPS, PPS, IDR])
    assert configuration == b"\x01\x64\x00\x1e\xff\xe1\x00\x07" + SPS + b"\x01\x00\x04" + PPS + b"\xfd\xf8\xf8\x00"


def test_configuration_of_baseline_does_not() -> None:
    sps = b"\x67\x42\xe0\x1f\x01"
    assert decoder_configuration([sps, PPS]) == b"\x01\x42\xe0\x1f\xff\xe1\x00\x05" + sps + b"\x01\x00\x04" + PPS


def test_a_frame_without_parameter_sets_has_no_configuration() -> None:
    assert decoder_configuration([IDR]) == b""
