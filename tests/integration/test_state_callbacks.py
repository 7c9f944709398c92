import datetime as dt
import socket
import ssl
import threading
import time
from pathlib import Path

import certifi
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from tests.support.callback_receiver import CallbackReceiver

from reelroom.callbacks import Notice, deliver
from reelroom.errors import CallbackError
from reelroom.settings import CallbackSettings

SECRET = "7b0a5c1de2f34489"
OPEN = CallbackSettings(allow_private=True)
NOTICE = Notice(
    app_id=1, task_id="aJB-YE-iHBJnAABN", room_id="课堂", event_type=6, sequence=3, detail={"stream_id": "räume"}
)


def send(url: str, settings: CallbackSettings = OPEN) -> None:
    deliver(NOTICE, url, SECRET, settings)


def test_a_notice_arrives_signed_as_json():
    with CallbackReceiver(SECRET) as receiver:
        send(receiver.url + "?token=a")
        (received,) = receiver.wait_for(1)
    assert received.valid
    assert received.path == "/callback?token=a"
    assert received.headers["content-type"] == "application/json; charset=utf-8"
    assert received.headers["host"] in receiver.url
    assert (received.body["room_id"], received.body["detail"]) == ("课堂", {"stream_id": "räume"})
    assert isinstance(received.body["nonce"], str)
    assert isinstance(received.body["timestamp"], str)
    assert abs(int(received.body["timestamp"]) - time.time()) < 600


def test_each_attempt_is_signed_afresh_with_the_same_sequence():
    with CallbackReceiver(SECRET) as receiver:
        send(receiver.url)
        send(receiver.url)
        first, second = receiver.wait_for(2)
    assert first.body["nonce"] != second.body["nonce"]
    assert first.body["sequence"] == second.body["sequence"] == 3
    assert second.valid


@pytest.mark.parametrize("status", [200, 201, 204, 299])
def test_any_2xx_is_receipt(status):
    with CallbackReceiver(SECRET, [status]) as receiver:
        send(receiver.url)


@pytest.mark.parametrize("status", [400, 403, 404, 500, 503])
def test_any_other_answer_is_none(status):
    with CallbackReceiver(SECRET, [status]) as receiver, pytest.raises(CallbackError, match=str(status)) as failed:
        send(receiver.url + "/path-with-hunter2")
    assert failed.value.retryable
    assert "hunter2" not in str(failed.value)
    assert SECRET not in str(failed.value)


def test_redirects_are_not_followed():
    with CallbackReceiver(SECRET) as other, CallbackReceiver(SECRET, [302]) as receiver:
        receiver.headers = {"Location": other.url}
        with pytest.raises(CallbackError, match="302"):
            send(receiver.url)
        assert other.received == []


def test_proxies_of_the_environment_are_not_used(monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    with CallbackReceiver(SECRET) as receiver:
        send(receiver.url)
        assert len(receiver.received) == 1


def test_a_receiver_that_never_answers_is_left_in_time():
    done = threading.Event()
    with CallbackReceiver(SECRET) as receiver:
        receiver.before_answer = lambda: done.wait(60)
        with pytest.raises(CallbackError, match=r"within 0\.3 s"):
            send(receiver.url, CallbackSettings(allow_private=True, timeout_s=0.3))
        done.set()


def test_a_receiver_that_answers_drop_by_drop_is_left_in_time():
    stop = threading.Event()

    def drip(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        with connection:
            connection.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
            while not stop.wait(0.05):
                connection.sendall(b"x")

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=drip, args=(listener,))
        thread.start()
        try:
            with pytest.raises(CallbackError, match="within"):
                send(
                    f"http://127.0.0.1:{listener.getsockname()[1]}/",
                    CallbackSettings(allow_private=True, timeout_s=0.5),
                )
        finally:
            stop.set()
            thread.join()


def test_an_endless_answer_is_not_read_to_its_end():
    def pour(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(65536)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n")
            try:
                while True:
                    connection.sendall(b"x" * 65536)
            except OSError:
                return

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=pour, args=(listener,))
        thread.start()
        send(f"http://127.0.0.1:{listener.getsockname()[1]}/")
        thread.join()


def test_nobody_listening_is_a_callback_error():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(CallbackError, match="refuses connections"):
        send(f"http://127.0.0.1:{port}/")


def test_a_name_server_that_changes_its_mind_gains_nothing(monkeypatch):
    """The name server is faked: a public address is answered at first, loopback ever after."""
    answers = iter(["203.0.113.1"])
    real = socket.getaddrinfo

    def resolve(host, port, *others, **more):
        if host != "rebind.test":
            return real(host, port, *others, **more)
        return real(next(answers, "127.0.0.1"), port, *others, **more)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    monkeypatch.setattr("reelroom.callbacks.delivery.is_public", lambda address: address == "203.0.113.1")
    with CallbackReceiver(SECRET) as receiver:
        port = receiver.url.rsplit(":", 1)[1]
        with pytest.raises(CallbackError):
            send(f"http://rebind.test:{port}", CallbackSettings(timeout_s=0.5))
        assert receiver.received == []


def test_one_private_address_among_several_is_enough_to_refuse(monkeypatch):
    """The name server is faked."""

    def resolve(host, port, *_, **__):
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (a, port)) for a in ("8.8.8.8", "127.0.0.1")]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    with pytest.raises(CallbackError, match="private"):
        send("http://mixed.test/", CallbackSettings())


def make_certificate(folder: Path, host: str) -> Path:
    """A file with a key and its own certificate for a host name."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    path = folder / f"{host}.pem"
    path.write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + certificate.public_bytes(pem)
    )
    return path


@pytest.mark.parametrize(
    ("host", "trusted", "arrives"),
    [("localhost", True, True), ("localhost", False, False), ("other.test", True, False)],
)
def test_a_certificate_must_be_trusted_and_name_the_host(tmp_path, monkeypatch, host, trusted, arrives):
    """The address is connected to by number, yet the certificate is judged by the name in the URL."""
    certificate = make_certificate(tmp_path, host)
    if trusted:
        monkeypatch.setattr(certifi, "where", lambda: str(certificate))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with CallbackReceiver(SECRET, tls=context) as receiver:
        url = receiver.url.replace("127.0.0.1", "localhost")
        if arrives:
            send(url)
        else:
            with pytest.raises(CallbackError, match="no valid certificate"):
                send(url)
        assert len(receiver.received) == int(arrives)
