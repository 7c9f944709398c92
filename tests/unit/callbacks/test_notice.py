import json

import pytest

from reelroom.callbacks import BadAddressError, Notice, deliver, envelope
from reelroom.settings import CallbackSettings

NOTICE = Notice(
    app_id=987654321, task_id="aJB-YE-iHBJnAABN", room_id="lesson42", event_type=1, sequence=2,
    detail={"upload_status": 1, "file_info": []},
)  # fmt: skip


def test_the_envelope_is_the_specifications_sample():
    body = envelope(NOTICE, "7b0a5c1de2f34489", nonce="518203", timestamp="1754300123")
    assert json.loads(json.dumps(body)) == {
        "app_id": 987654321,
        "task_id": "aJB-YE-iHBJnAABN",
        "room_id": "lesson42",
        "event_type": 1,
        "message": "",
        "nonce": "518203",
        "timestamp": "1754300123",
        "signature": "baa952e444e223e6d0e168f426bab9c1d2e6bfed",
        "sequence": 2,
        "detail": {"upload_status": 1, "file_info": []},
    }


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "http://localhost:8080/x",
        "http://10.1.2.3/",
        "http://192.168.0.1/",
        "http://172.16.9.9/",
        "http://169.254.169.254/latest/meta-data/",
        "http://100.64.0.1/",
        "http://0.0.0.0/",
        "http://2130706433/",
        "http://[::1]/",
        "http://[fe80::1]/",
        "http://[fd00::1]/",
        "http://[::ffff:127.0.0.1]/",
        "http://[::ffff:10.0.0.1]/",
        "http://[64:ff9b::7f00:1]/",
        "http://[2002:7f00:1::]/",
        "ftp://example.com/",
        "file:///etc/passwd",
        "http:///nothing",
        "nonsense",
        "",
    ],
)
def test_addresses_that_are_none_of_ours_are_refused(url):
    with pytest.raises(BadAddressError) as refused:
        deliver(NOTICE, url, "hunter2", CallbackSettings())
    assert not refused.value.retryable
    assert "meta-data" not in str(refused.value)
