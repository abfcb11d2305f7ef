"""Authorities and certificates made for a test, and the PEM files of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

DAY = timedelta(days=1)
TRADINGVIEW = {
    "C": "US",
    "ST": "Ohio",
    "L": "Westerville",
    "O": "TradingView, Inc.",
    "CN": "TradingView Webhooks",
}
_OIDS = {
    "C": NameOID.COUNTRY_NAME,
    "ST": NameOID.STATE_OR_PROVINCE_NAME,
    "L": NameOID.LOCALITY_NAME,
    "O": NameOID.ORGANIZATION_NAME,
    "OU": NameOID.ORGANIZATIONAL_UNIT_NAME,
    "CN": NameOID.COMMON_NAME,
}


@dataclass(frozen=True, slots=True)
class Pair:
    """A certificate and its key; `chain` is what a server shows: its own certificate first."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey
    chain: bytes

    def write(self, folder: Path, name: str) -> tuple[Path, Path]:
        """The two files, the key for its owner only."""
        cert, key = folder / f"{name}.pem", folder / f"{name}.key"
        cert.write_bytes(self.chain)
        key.touch(0o600)
        key.write_bytes(self.key_pem())
        return cert, key

    def key_pem(self, password: bytes | None = None) -> bytes:
        how: serialization.KeySerializationEncryption = serialization.NoEncryption()
        if password is not None:
            how = serialization.BestAvailableEncryption(password)
        return self.key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, how)


class Authority:
    def __init__(self, name: str = "Test authority") -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        now = datetime.now(UTC)
        self.certificate = (
            _builder({"CN": name}, {"CN": name}, self._key.public_key(), now - 999 * DAY, now + 999 * DAY)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(self._key, hashes.SHA256())
        )

    @property
    def pem(self) -> bytes:
        return pem(self.certificate)

    def write(self, folder: Path, name: str) -> Path:
        path = folder / f"{name}.pem"
        path.write_bytes(self.pem)
        return path

    def server(self, *names: str, begins: datetime | None = None, ends: datetime | None = None) -> Pair:
        """A server's certificate for these host names or addresses."""
        purposes = [ExtendedKeyUsageOID.SERVER_AUTH]
        return self._issue({"CN": names[0]}, [_name(name) for name in names], purposes, begins, ends)

    def client(
        self, subject: Mapping[str, str], *, begins: datetime | None = None, ends: datetime | None = None
    ) -> Pair:
        mail = [x509.RFC822Name("webhook-server@tradingview.com")]
        return self._issue(subject, mail, [ExtendedKeyUsageOID.CLIENT_AUTH], begins, ends)

    def _issue(
        self,
        subject: Mapping[str, str],
        names: list[x509.GeneralName],
        purposes: list[x509.ObjectIdentifier],
        begins: datetime | None,
        ends: datetime | None,
    ) -> Pair:
        now = datetime.now(UTC)
        key = ec.generate_private_key(ec.SECP256R1())
        issuer = {"CN": str(self.certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value)}
        certificate = (
            _builder(subject, issuer, key.public_key(), begins or now - DAY, ends or now + 90 * DAY)
            .add_extension(x509.SubjectAlternativeName(names), critical=False)
            .add_extension(x509.ExtendedKeyUsage(purposes), critical=False)
            .sign(self._key, hashes.SHA256())
        )
        return Pair(certificate, key, pem(certificate) + self.pem)


def self_signed(subject: Mapping[str, str]) -> Pair:
    """A certificate that nobody but its holder vouches for."""
    key = ec.generate_private_key(ec.SECP256R1())
    now = datetime.now(UTC)
    builder = _builder(subject, subject, key.public_key(), now - DAY, now + 90 * DAY)
    certificate = builder.sign(key, hashes.SHA256())
    return Pair(certificate, key, pem(certificate))


def pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _builder(
    subject: Mapping[str, str],
    issuer: Mapping[str, str],
    key: ec.EllipticCurvePublicKey,
    begins: datetime,
    ends: datetime,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(_subject(subject))
        .issuer_name(_subject(issuer))
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(ends)
    )


def _subject(fields: Mapping[str, str]) -> x509.Name:
    return x509.Name([x509.NameAttribute(_OIDS[name], value) for name, value in fields.items()])


def _name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)
