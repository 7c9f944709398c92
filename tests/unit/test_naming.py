import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelroom.naming import (
    FileNameParts,
    NameTooLongError,
    file_name,
    local_name,
    new_task_id,
    normalise_folder,
    object_key,
    parse_file_name,
    utc_digits,
)

TASK = "aJB-YE-iHBJnAABN"
MIXED = "aJB-YE-iHBJnAABN_lesson42_mixout_VA_20250804093322418.mp4"

hard_ids = st.one_of(
    st.sampled_from(
        ["..", "../x", "/etc/passwd", "_", "__", "a_b", "会议室", "🎥🎤", ".", "%2F", "\\", "\n", "V", "VA"]
    ),
    st.text(min_size=1, max_size=12),
)
plain_ids = st.text(st.characters(exclude_characters="_/"), min_size=1, max_size=12)
task_ids = st.builds(
    new_task_id,
    st.integers(0, 2**32 - 1),
    st.binary(min_size=3, max_size=3),
    st.integers(0, 2**16 - 1),
    st.integers(0, 2**24 - 1),
)


def parts_of(ids):
    return st.builds(
        FileNameParts,
        task=task_ids,
        room=ids,
        user=st.none() | ids,
        stream=ids,
        type=st.sampled_from(["A", "V", "VA"]),
        begin_ms=st.integers(0, 253_402_300_799_999),
        extension=st.sampled_from(["mp4", "aac", "flv", "m3u8", "jpg"]),
    )


def test_a_task_id_is_the_one_of_the_contract():
    assert new_task_id(1754300000, bytes.fromhex("4fa21c"), 0x1267, 0x00004D) == TASK


@given(task_ids)
def test_task_ids_have_sixteen_url_safe_characters(task):
    assert len(task) == 16
    assert task.replace("-", "a").replace("_", "a").isalnum()


def test_a_machine_id_has_three_bytes():
    with pytest.raises(ValueError, match="3 bytes"):
        new_task_id(0, b"ab", 0, 0)


def test_utc_digits_of_the_contract():
    assert utc_digits(1754300002418) == "20250804093322418"


def test_a_mixed_name_of_the_contract_goes_there_and_back():
    parts = FileNameParts(
        task=TASK, room="lesson42", user=None, stream="mixout", type="VA", begin_ms=1754300002418, extension="mp4"
    )
    assert file_name(parts) == MIXED
    assert parse_file_name(MIXED) == parts


@given(parts_of(plain_ids))
def test_names_of_ids_without_separators_need_no_hint(parts):
    try:
        name = file_name(parts)
    except NameTooLongError:
        return
    assert parse_file_name(name) == parts


@given(parts_of(hard_ids))
def test_names_of_any_ids_go_there_and_back_with_room_and_stream_known(parts):
    try:
        name = file_name(parts)
    except NameTooLongError:
        return
    back = parse_file_name(name, room=parts.room, stream=parts.stream)
    assert back is not None
    assert "/" not in name
    user = None if parts.user is None else parts.user.replace("/", "_")
    assert (back.task, back.room, back.user, back.stream) == (parts.task, parts.room, user, parts.stream)
    assert (back.type, back.begin_ms, back.extension) == (parts.type, parts.begin_ms, parts.extension)


@pytest.mark.parametrize("stranger", [{"room": "other"}, {"stream": "other"}, {"room": "lesson42_mixout"}])
def test_a_name_of_another_room_or_stream_is_refused(stranger):
    assert parse_file_name(MIXED, **stranger) is None


@given(st.text(max_size=80) | st.from_regex(r".{16}_.*_VA_[0-9]{17}\.mp4", fullmatch=True))
def test_any_other_text_is_no_name(text):
    parts = parse_file_name(text)
    assert parts is None or file_name(parts) == text.replace("/", "_")


def test_a_name_of_exactly_255_bytes_passes_and_one_more_is_refused():
    def parts(room):
        return FileNameParts(task=TASK, room=room, user="u", stream="s", type="VA", begin_ms=0, extension="mp4")

    room = "会" * 69 + "aa"
    assert len(file_name(parts(room)).encode()) == 255
    with pytest.raises(NameTooLongError):
        file_name(parts(room + "a"))
    with pytest.raises(NameTooLongError):
        file_name(parts("字" * 300))


@pytest.mark.parametrize(
    ("folder", "key"),
    [("", "a_b"), ("/", "a_b"), ("x", "x/a_b"), ("/x/y/", "x/y/a_b"), ("//x//", "x/a_b"), ("x y/会", "x y/会/a_b")],
)
def test_a_key_has_one_slash_before_the_name_and_none_in_front(folder, key):
    assert object_key(folder, "a/b") == key
    assert normalise_folder(normalise_folder(folder)) == normalise_folder(folder)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("..", "%2E."),
        (".", "%2E"),
        ("../x", "%2E.%2Fx"),
        ("a/b\\c", "a%2Fb%5Cc"),
        ("100%", "100%25"),
        ("nul\0", "nul%00"),
        ("会议 🎥", "会议 🎥"),
        ("\ud800", "%ED%A0%80"),
        ("", "%"),
    ],
)
def test_a_local_name_leaves_no_folder(text, name):
    assert local_name(text) == name


@given(st.text(st.characters(), max_size=400))
def test_a_local_name_fits_any_file_system(text):
    name = local_name(text)
    assert 0 < len(name.encode()) <= 255
    assert "/" not in name
    assert "\0" not in name
    assert not name.startswith(".")


@given(st.text(st.characters(), max_size=60), st.text(st.characters(), max_size=60))
def test_different_texts_have_different_local_names(one, other):
    assert (local_name(one) == local_name(other)) == (one == other)


def test_long_local_names_keep_their_extension_and_stay_apart():
    one, other = local_name("字" * 300 + "1.mp4"), local_name("字" * 300 + "2.mp4")
    assert one != other
    assert one.endswith(".mp4")
    assert len(one.encode()) <= 255
