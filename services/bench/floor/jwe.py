"""Opening a JWE (ECDH-ES, A256GCM) with nothing but the arithmetic."""

import base64
import json
import struct
from hashlib import sha256
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_ALGORITHM = b"A256GCM"
_OTHER = struct.pack(">I", len(_ALGORITHM)) + _ALGORITHM + bytes(8) + struct.pack(">I", 256)


class Opener:
    """Holds one private key."""

    def __init__(self, path: Path) -> None:
        self._key = X25519PrivateKey.from_private_bytes(_decode(json.loads(path.read_text())["d"]))

    def open(self, token: str) -> bytes:
        """The plaintext of a compact JWE."""
        head, _, nonce, ciphertext, tag = token.split(".")
        sender = X25519PublicKey.from_public_bytes(_decode(json.loads(_decode(head))["epk"]["x"]))
        # RFC 7518, 4.6.2: one round of the concatenation KDF gives the 256 bits.
        key = sha256(b"\x00\x00\x00\x01" + self._key.exchange(sender) + _OTHER).digest()
        return AESGCM(key).decrypt(_decode(nonce), _decode(ciphertext) + _decode(tag), head.encode())


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
