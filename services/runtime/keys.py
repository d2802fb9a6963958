"""Key files and JWE: everything that may be read only by one reader goes through here.

A key file is a JWK (X25519). ``<name>.public.json`` is given to whoever writes to that reader; ``<name>.private.json``
stays with the reader. JWE is ECDH-ES with A256GCM in compact form (RFC 7516, RFC 8037), made by joserfc.
"""

import json
import secrets
from functools import lru_cache
from pathlib import Path

from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from .errors import Poison, StartError
from .opening import open_usual

VAULT = "vault"
_ALGORITHMS = ["ECDH-ES", "A256GCM"]


class _Registry(jwe.JWERegistry):
    """joserfc opens nothing over 64 KB: neither the longest petition nor the dead letter of a long message."""

    max_ciphertext_length = 1_048_576


_REGISTRY = _Registry(algorithms=_ALGORITHMS)


def make_pair(folder: Path, name: str) -> None:
    """Write a new key pair; files that exist are kept, so that a second start opens what the first one sealed."""
    folder.mkdir(parents=True, exist_ok=True)
    private = folder / f"{name}.private.json"
    if not private.exists():
        write_pair(private, public_file(folder, name), name)


def write_pair(private: Path, public: Path, name: str) -> None:
    """Write a new key pair for ``name``; StartError when the private file is there."""
    key = OKPKey.generate_key("X25519", parameters={"kid": f"{name}-{secrets.token_hex(4)}"})
    write_new(private, json.dumps(key.as_dict(private=True)))
    public.write_text(json.dumps(key.as_dict(private=False)) + "\n")


def public_file(folder: Path, name: str) -> Path:
    """Where the key to seal for ``name`` lies."""
    return folder / f"{name}.public.json"


def write_new(path: Path, text: str) -> None:
    """Write a file that only its owner may read, from its first byte on; StartError when it cannot, or it is there."""
    try:
        path.touch(mode=0o600, exist_ok=False)
        path.write_text(text + "\n")
    except OSError as error:
        raise StartError(f"无法写入密钥文件 / cannot write the key file {path}: {error.strerror}") from None


def write_secret(path: Path, text: str) -> None:
    """Write a file that only its owner may read."""
    path.touch(mode=0o600)
    path.write_text(text + "\n")


def make_secret(folder: Path, name: str) -> None:
    """Write 32 random bytes as hex, unless the file is there."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.secret"
    if not path.exists():
        write_new(path, secrets.token_hex(32))


@lru_cache(maxsize=64)
def public_key(folder: Path, name: str) -> OKPKey:
    """The key to seal for ``name``; StartError when its file is missing or broken."""
    return _read(public_file(folder, name))


@lru_cache(maxsize=64)
def private_key(folder: Path, name: str) -> OKPKey:
    """The key that opens what was sealed for ``name``."""
    return _read(folder / f"{name}.private.json")


@lru_cache(maxsize=64)
def secret(folder: Path, name: str) -> bytes:
    """A 32-byte secret."""
    path = folder / f"{name}.secret"
    try:
        return bytes.fromhex(path.read_text())
    except (OSError, ValueError):
        raise StartError(f"密钥文件缺失或损坏 / key file missing or broken: {path}") from None


def _read(path: Path) -> OKPKey:
    try:
        return OKPKey.import_key(json.loads(path.read_text()))
    except (OSError, ValueError, JoseError):
        raise StartError(f"密钥文件缺失或损坏 / key file missing or broken: {path}") from None


def key_id(key: OKPKey) -> str:
    """What a JWE's header calls the key: its kid, or its thumbprint (RFC 7638) where the reader gave it none."""
    return key.kid or key.thumbprint()


def seal(plaintext: bytes, key: OKPKey) -> str:
    """Encrypt for the holder of ``key``'s private half."""
    header = {"alg": "ECDH-ES", "enc": "A256GCM", "kid": key_id(key)}
    return jwe.encrypt_compact(header, plaintext, key, algorithms=_ALGORITHMS)


def unseal(token: str, key: OKPKey) -> bytes:
    """Open a JWE; Poison when it was not made for this key or was changed on the way."""
    plaintext = open_usual(token, key.private_key)
    if plaintext is not None:
        return plaintext
    try:
        opened = jwe.decrypt_compact(token, key, registry=_REGISTRY)
    except (JoseError, ValueError, KeyError, TypeError):
        raise Poison("CiphertextDoesNotOpen") from None
    if opened.plaintext is None:
        raise Poison("CiphertextDoesNotOpen")
    return opened.plaintext
