"""Opening the usual JWE with nothing but its primitives: a third of joserfc's time, and every petition comes as one.

Usual is ECDH-ES over X25519 with A256GCM and nothing else in the header that changes what is derived or how it is read
(RFC 7516, RFC 7518 4.6, RFC 8037). Of everything unusual, and of what does not open, joserfc is asked: what is no JWE
for this key is for one library to say.
"""

import json
from hashlib import sha256
from struct import pack
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from joserfc.util import urlsafe_b64decode

_USUAL = {"alg", "enc", "kid", "epk", "typ", "cty"}
"""Of apu, apv, crit and zip nothing may be overlooked: a header with one of them is not usual."""
_CURVE = {"kty": "OKP", "crv": "X25519"}
_NAME = b"A256GCM"
# RFC 7518, 4.6.2: algorithm, no apu, no apv, 256 bits.
_OTHER = pack(">I", len(_NAME)) + _NAME + pack(">III", 0, 0, 256)
_NONCE, _TAG = 12, 16
_LONGEST = 131_072
"""As the contract has it; how much more may be opened is joserfc's limit."""


def open_usual(token: str, private: Any) -> bytes | None:
    """The plaintext; None when it is not usual or does not open. ``private``: the reader's key."""
    if not isinstance(private, X25519PrivateKey) or len(token) > _LONGEST:
        return None
    try:
        head, wrapped, nonce, ciphertext, tag = token.split(".")
        header = json.loads(_decode(head))
        epk = header["epk"]
        is_usual = header.keys() <= _USUAL and (header["alg"], header["enc"]) == ("ECDH-ES", "A256GCM")
        if wrapped or not is_usual or not _CURVE.items() <= epk.items():
            return None
        sender, nonce_, tag_ = X25519PublicKey.from_public_bytes(_decode(epk["x"])), _decode(nonce), _decode(tag)
        if len(nonce_) != _NONCE or len(tag_) != _TAG:
            return None
        # One round of the concatenation KDF gives the 256 bits.
        key = sha256(b"\x00\x00\x00\x01" + private.exchange(sender) + _OTHER).digest()
        return AESGCM(key).decrypt(nonce_, _decode(ciphertext) + tag_, head.encode())
    except (InvalidTag, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def _decode(text: str) -> bytes:
    return urlsafe_b64decode(text.encode("ascii"))
