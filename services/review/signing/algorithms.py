"""What signatures are checked with. A function of values: it asks neither a clock nor chance."""

from base64 import urlsafe_b64decode
from collections.abc import Callable, Mapping

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from xinfang_contracts.signing import PublicJwk


def holds(algorithm: str, key: PublicJwk, text: str, value: str) -> bool:
    """Whether ``value`` is the key's signature over ``text``; False for an algorithm that is not known."""
    verify = ALGORITHMS.get(algorithm)
    if verify is None:
        return False
    try:
        return verify(key, text.encode(), _bytes(value))
    except ValueError:
        return False


def _ed25519(key: PublicJwk, text: bytes, value: bytes) -> bool:
    if (key.kty, key.crv) != ("OKP", "Ed25519"):
        return False
    try:
        Ed25519PublicKey.from_public_bytes(_bytes(key.x)).verify(value, text)
    except InvalidSignature:
        return False
    return True


ALGORITHMS: Mapping[str, Callable[[PublicJwk, bytes, bytes], bool]] = {"EdDSA": _ed25519}
"""What signatures are checked with. SM2 with SM3 is one more line here, and a key whose curve says so."""


def _bytes(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
