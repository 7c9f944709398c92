"""What was asked: as JSON and back, and which media are wanted."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelroom.spec import Destination, Interruption, RecordSpec, Tracks
from reelroom.units import AppId, MediaKind, RoomId, StreamId

TEXTS = st.text(max_size=20)
SPECS = st.builds(
    RecordSpec,
    app=st.integers(0, 2**32 - 1).map(AppId),
    room=TEXTS.map(RoomId),
    tracks=st.sampled_from(Tracks),
    streams=st.lists(TEXTS.map(StreamId), max_size=4).map(tuple),
    interruption=st.sampled_from(Interruption),
    max_idle_s=st.integers(0, 10**6),
    max_record_s=st.integers(0, 10**6),
    format=TEXTS,
    folder=TEXTS,
    callback_url=TEXTS,
)


@given(SPECS)
def test_a_specification_survives_its_json(spec):
    back = RecordSpec.from_json(json.loads(json.dumps(spec.to_json())))
    assert back == spec
    assert isinstance(back.tracks, Tracks)
    assert isinstance(back.interruption, Interruption)


@given(st.builds(Destination, vendor=st.integers(0, 10), region=TEXTS, bucket=TEXTS, path_style=st.booleans()))
def test_a_destination_survives_its_json(destination):
    assert Destination.from_json(json.loads(json.dumps(destination.to_json()))) == destination


def test_a_specification_of_a_newer_version_is_refused():
    body = RecordSpec(app=AppId(1), room=RoomId("r")).to_json()
    with pytest.raises(TypeError):
        RecordSpec.from_json(body | {"mood": "good"})


def test_a_destination_has_no_place_for_a_secret():
    assert not [name for name in Destination().to_json() if "secret" in name]


@pytest.mark.parametrize(
    ("tracks", "audio", "video"),
    [
        (Tracks.AUDIO, True, False),
        (Tracks.VIDEO, False, True),
        (Tracks.TOGETHER, True, True),
        (Tracks.SEPARATE, True, True),
    ],
)
def test_which_media_are_wanted(tracks, audio, video):
    assert (tracks.wants(MediaKind.AUDIO), tracks.wants(MediaKind.VIDEO)) == (audio, video)
