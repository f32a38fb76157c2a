"""RFC 5802 and RFC 7677: SCRAM-SHA-1 and SCRAM-SHA-256 from the server's side, without channel binding."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from dataclasses import dataclass
from typing import Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC

from app.protocol.sasl.errors import SaslError, decode_text
from app.protocol.sasl.saslprep import saslprep

#: The hash of each mechanism, by its name in hashlib.
HASHES: Final[dict[str, str]] = {"SCRAM-SHA-256": "sha256", "SCRAM-SHA-1": "sha1"}
_ALGORITHMS: Final[dict[str, hashes.HashAlgorithm]] = {
    "sha256": hashes.SHA256(),
    "sha1": hashes.SHA1(),  # noqa: S303  # RFC 5802 names it
}
#: What new keys are made with where nothing else is said: the least that RFC 7677 4 asks for, since a
#: client of SCRAM does the same work, on the cheapest phone too. Keys that are stored keep the number
#: that they were made with.
ITERATIONS: Final = 4096
MIN_ITERATIONS: Final = 4096
#: Nobody needs longer names or nonces.
MAX_MESSAGE_BYTES: Final = 4096

_FIRST: Final = re.compile(
    r"(?P<gs2>(?P<flag>[ny]|p=[^,]*),(?:a=(?P<authzid>[^,]*))?,)(?P<bare>.*)", re.DOTALL
)
_FIRST_BARE: Final = re.compile(
    r"n=(?P<name>[^,]*),r=(?P<nonce>[\x21-\x2b\x2d-\x7e]+)(?:,.*)?", re.DOTALL
)
_FINAL: Final = re.compile(
    r"(?P<unproved>c=(?P<binding>[^,]+),r=(?P<nonce>[^,]+)(?:,.*)?),p=(?P<proof>[^,]+)", re.DOTALL
)


@dataclass(frozen=True, slots=True)
class Keys:
    """What a server keeps instead of a password (RFC 5802 9)."""

    salt: bytes
    iterations: int
    stored_key: bytes
    server_key: bytes

    def __repr__(self) -> str:
        return f"Keys(iterations={self.iterations})"


def derive_keys(hash_name: str, password: str, salt: bytes, iterations: int = ITERATIONS) -> Keys:
    """The keys of a password. Slow on purpose: call it off the event loop."""
    # In the standard library's hands OpenSSL takes twice as long.
    length = hashlib.new(hash_name).digest_size
    derivation = PBKDF2HMAC(_ALGORITHMS[hash_name], length, salt, iterations)
    salted = derivation.derive(saslprep(password).encode())
    client_key = hmac.digest(salted, b"Client Key", hash_name)
    return Keys(
        salt,
        iterations,
        stored_key=hashlib.new(hash_name, client_key).digest(),
        server_key=hmac.digest(salted, b"Server Key", hash_name),
    )


def check_password(hash_name: str, password: str, keys: Keys) -> bool:
    """Whether the keys are of this password. Slow on purpose: call it off the event loop."""
    derived = derive_keys(hash_name, password, keys.salt, keys.iterations)
    return hmac.compare_digest(derived.stored_key, keys.stored_key)


class Exchange:
    """One login: `first`, then `challenge`, then `final`."""

    def __init__(self, mechanism: str) -> None:
        self._hash = HASHES[mechanism]
        self._gs2 = ""
        self._client_first = ""
        self._client_nonce = ""
        self._server_first = ""
        self._nonce = ""
        self._keys: Keys | None = None
        self.username = ""
        self.authzid = ""

    @property
    def hash_name(self) -> str:
        """The name of the hash in hashlib."""
        return self._hash

    def first(self, payload: bytes) -> None:
        """`username` and `authzid` are what the client claims. Raises malformed-request."""
        found = _FIRST.fullmatch(_text(payload))
        bare = found and _FIRST_BARE.fullmatch(found["bare"])
        if found is None or not bare:
            raise SaslError("malformed-request")
        if found["flag"].startswith("p"):
            # RFC 5802 6: a client must not bind a channel that was not offered.
            raise SaslError("malformed-request")
        self._gs2, self._client_first = found["gs2"], found["bare"]
        self._client_nonce = bare["nonce"]
        self.username = _unescape(bare["name"])
        self.authzid = _unescape(found["authzid"] or "")
        if not self.username:
            raise SaslError("malformed-request")

    def challenge(self, keys: Keys, nonce: str) -> bytes:
        """The server's first message. `nonce` is fresh and unpredictable, without commas."""
        self._keys = keys
        self._nonce = self._client_nonce + nonce
        salt = base64.b64encode(keys.salt).decode()
        self._server_first = f"r={self._nonce},s={salt},i={keys.iterations}"
        return self._server_first.encode()

    def final(self, payload: bytes) -> bytes:
        """The server's proof, when the client's holds. Raises malformed-request or not-authorized."""
        assert self._keys is not None, "final comes after challenge"
        found = _FINAL.fullmatch(_text(payload))
        if found is None:
            raise SaslError("malformed-request")
        if _bytes(found["binding"]) != self._gs2.encode() or found["nonce"] != self._nonce:
            raise SaslError("not-authorized")
        signed = f"{self._client_first},{self._server_first},{found['unproved']}".encode()
        signature = hmac.digest(self._keys.stored_key, signed, self._hash)
        proof = _bytes(found["proof"])
        if len(proof) != len(signature):
            raise SaslError("not-authorized")
        client_key = bytes(a ^ b for a, b in zip(proof, signature, strict=True))
        if not hmac.compare_digest(
            hashlib.new(self._hash, client_key).digest(), self._keys.stored_key
        ):
            raise SaslError("not-authorized")
        return b"v=" + base64.b64encode(hmac.digest(self._keys.server_key, signed, self._hash))


def _text(payload: bytes) -> str:
    if len(payload) > MAX_MESSAGE_BYTES:
        raise SaslError("malformed-request")
    return decode_text(payload)


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise SaslError("malformed-request") from error


def _unescape(name: str) -> str:
    """RFC 5802 5.1: "=2C" and "=3D"; any other "=" is an error."""
    if "=" in name.replace("=2C", "").replace("=3D", ""):
        raise SaslError("malformed-request")
    return name.replace("=2C", ",").replace("=3D", "=")
