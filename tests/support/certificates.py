"""A private certificate authority for tests."""

import datetime as dt
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

_PEM = serialization.Encoding.PEM


def make_authority(folder: Path, address: str) -> tuple[Path, Path]:
    """Files of the authority's certificate, and of a key with its certificate for an IP address."""
    authority_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    name = _name("A private authority")
    authority = _build(name, name, authority_key.public_key(), ca=True).sign(authority_key, hashes.SHA256())
    alternative = x509.SubjectAlternativeName([x509.IPAddress(ip_address(address))])
    builder = _build(_name(address), name, key.public_key(), ca=False).add_extension(alternative, critical=False)
    certificate = builder.sign(authority_key, hashes.SHA256())
    private = key.private_bytes(_PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    authority_file, file = folder / "authority.pem", folder / "server.pem"
    authority_file.write_bytes(authority.public_bytes(_PEM))
    file.write_bytes(private + certificate.public_bytes(_PEM))
    return authority_file, file


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _build(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, *, ca: bool
) -> x509.CertificateBuilder:
    now = dt.datetime.now(dt.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
    )
