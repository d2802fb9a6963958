"""A signature as bytes, sealed: without the key a stored one shows neither its tokens nor how many it shares."""

from collections.abc import Iterable, Iterator
from hashlib import blake2b

from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from .signature import Signature

_WEIGHED = ("grams", "letters", "matters")
_RUNS = ("names", "perhaps", "places", "organs")
_SETS = ("fragments", "surnames", "posts", "amounts", "rounded", "years")


class Sealer:
    """Seals signatures under a key derived from intake's secret. The petition's number is bound to its signature."""

    def __init__(self, secret: bytes) -> None:
        self._cipher = AESSIV(blake2b(secret, digest_size=64, person=b"xinfang-sealing").digest())

    def seal(self, signature: Signature, petition: str) -> bytes:
        """At most about 900 bytes."""
        return self._cipher.encrypt(pack(signature), [petition.encode()])

    def open(self, sealed: bytes, petition: str) -> Signature:
        """Raises InvalidTag for another petition's signature, or one made under another secret."""
        return unpack(self._cipher.decrypt(sealed, [petition.encode()]))


def pack(signature: Signature) -> bytes:
    """Each token in three bytes, weights in its low bits, each list after its length."""
    parts: list[bytes] = []
    for name in _WEIGHED:
        tokens: dict[int, int] = getattr(signature, name)
        parts.append(_listed((token << 2 | weight) for token, weight in sorted(tokens.items())))
    for name in _RUNS:
        runs = getattr(signature, name)[:6]
        parts.append(bytes([len(runs)]))
        parts += [_listed(sorted(run)) for run in runs]
    parts += [_listed(sorted(getattr(signature, name))) for name in _SETS]
    return b"".join(parts)


def _listed(tokens: Iterable[int]) -> bytes:
    kept = [token.to_bytes(3, "big") for token in tokens][:255]
    return bytes([len(kept)]) + b"".join(kept)


def unpack(packed: bytes) -> Signature:
    """What ``pack`` was given, but for what is only looked up by."""
    at = 0

    def listed() -> Iterator[int]:
        nonlocal at
        count = packed[at]
        start, at = at + 1, at + 1 + 3 * count
        return (int.from_bytes(packed[one : one + 3], "big") for one in range(start, start + 3 * count, 3))

    def weighed() -> dict[int, int]:
        return {token >> 2: token & 3 for token in listed()}

    def runs() -> list[frozenset[int]]:
        nonlocal at
        at += 1
        return [frozenset(listed()) for _ in range(packed[at - 1])]

    # In the order of _WEIGHED, _RUNS and _SETS: arguments are evaluated from left to right.
    return Signature(
        grams=weighed(),
        letters=weighed(),
        matters=weighed(),
        names=runs(),
        perhaps=runs(),
        places=runs(),
        organs=runs(),
        fragments=frozenset(listed()),
        surnames=frozenset(listed()),
        posts=frozenset(listed()),
        amounts=frozenset(listed()),
        rounded=frozenset(listed()),
        years=frozenset(listed()),
    )
