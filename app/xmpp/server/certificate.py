"""The certificate of the TCP ports: the installation's, or one that signs itself.

A self-signed certificate is made once and kept in SAMVAD_HOME/tls, so that clients which were
told to trust it go on trusting it. Certificates that are renewed in place are taken up without
a restart.
"""

from __future__ import annotations

import os
import ssl
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from app.core.services import Services

#: Nobody renews a certificate that was made by itself.
VALID: Final = timedelta(days=3650)
#: XEP-0368 3: what a client of direct TLS says that it speaks.
ALPN: Final = "xmpp-client"


@dataclass(frozen=True, slots=True)
class Certificate:
    """Where the chain and the key are, in PEM."""

    chain: Path
    key: Path

    def changed_at(self) -> tuple[float, float]:
        """When the files were last written. Raises OSError."""
        return self.chain.stat().st_mtime, self.key.stat().st_mtime


def find_or_make(services: Services, chain: str = "", key: str = "") -> Certificate:
    """The certificate at these paths, or the self-signed one, which is made if need be.

    Raises ValueError when one path is given without the other.
    """
    if bool(chain) != bool(key):
        raise ValueError("TLS_CERTIFICATE and TLS_KEY are set together or not at all")
    if chain:
        return Certificate(Path(chain), Path(key))
    directory = services.config.data_dir / "tls"
    made = Certificate(directory / "chat.crt", directory / "chat.key")
    if not (made.chain.exists() and made.key.exists()):
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        _make(services, made)
    return made


def context_of(certificate: Certificate, *, alpn: bool = False) -> ssl.SSLContext:
    """RFC 7590: TLS 1.2 or newer with the certificate. Raises OSError (ssl.SSLError)."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    # RFC 7590 3.1: no compression; and a client may not ask for handshake after handshake.
    context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION
    context.load_cert_chain(certificate.chain, certificate.key)
    if alpn:
        context.set_alpn_protocols([ALPN])
    return context


def _make(services: Services, certificate: Certificate) -> None:
    domain = services.config.chat_domain.encode("idna").decode()
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, domain[:64])])
    now = services.clock.now()
    names = [x509.DNSName(domain), x509.DNSName(f"*.{domain}")]
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(services.ids.uuid4().int)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + VALID)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    _write(certificate.key, pem, 0o600)
    _write(certificate.chain, made.public_bytes(serialization.Encoding.PEM), 0o644)


def _write(path: Path, content: bytes, mode: int) -> None:
    """The file is there whole or not at all; nobody else reads the key even for a moment."""
    partial = path.with_suffix(f"{path.suffix}.new")
    partial.unlink(missing_ok=True)
    with open(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        file.write(content)
    partial.replace(path)
