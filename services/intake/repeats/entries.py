"""Under which entries of the index a signature is found, and under which it looks for others.

An entry joins keyed tokens so that few petitions share one: a name; a surname or a matter with a place; two matters; an
amount with a matter. All are salted with the district, in which alone repeats are looked for. Few are stored, for they
are what the index costs; a look-up asks under many.
"""

from collections.abc import Iterable, Iterator
from functools import cache
from hashlib import blake2b
from itertools import combinations, islice, product
from typing import TypeVar

from .signature import Signature, name_token

T = TypeVar("T")
STORED = 16
"""An entry has 24 bits: in millions of petitions some share one by chance, which costs a look-up a little; with more
bits nearly every entry would be alone, and the index several times as large."""
_TELLING = 2
"""From this weight on a character that two texts share tells something."""
_NAME, _SURNAME_AT, _MATTER_AT, _MATTER_BY, _MATTERS, _AMOUNT, _LETTERS = range(1, 8)


def stored(signature: Signature, salt: int) -> frozenset[int]:
    """What goes into the index: the first STORED of its entries, the most telling first."""
    found = dict.fromkeys(entry ^ salt for entry in _entries(signature, few=True))
    return frozenset(islice(found, STORED))


def asked(signature: Signature, salt: int) -> frozenset[int]:
    """What a new petition looks under: all of its own, and whatever in its text may be a name or a place."""
    found = {_joined(_NAME, token, 0) for token in signature.spoken}
    found.update(_entries(signature, few=False))
    if not signature.places:
        for gram in signature.grams:
            found.update(_joined(_MATTER_AT, gram, matter) for matter in signature.matters)
            found.update(_joined(_SURNAME_AT, gram, surname) for surname in signature.surnames)
    return frozenset(entry ^ salt for entry in found)


def _entries(signature: Signature, *, few: bool) -> Iterator[int]:
    def first(tokens: Iterable[T], limit: int) -> list[T]:
        return list(islice(tokens, limit if few else None))

    matters = _rarest_first(signature.matters)
    letters = [token for token in _rarest_first(signature.letters) if signature.letters[token] >= _TELLING][:14]
    amounts, surnames = sorted(signature.amounts), sorted(signature.surnames)
    for name in first([*signature.names, *signature.perhaps], 2):
        yield _joined(_NAME, name_token(name), 0)
    places = [min(place) for place in (*signature.places[:1], *signature.organs[:1]) if place]
    for place, surname in product(places, first(surnames, 1)):
        yield _joined(_SURNAME_AT, place, surname)
    for surname, matter in product(first(surnames, 1), first(matters, 3)):
        yield _joined(_MATTER_BY, surname, matter)
    for place, matter in product(first(places, 1), first(matters, 4)):
        yield _joined(_MATTER_AT, place, matter)
    for one, two in combinations(first(matters, 3), 2):
        yield _joined(_MATTERS, min(one, two), max(one, two))
    for amount, matter in product(first(amounts, 2), first(matters, 2)):
        yield _joined(_AMOUNT, amount, matter)
    for one, two in combinations(first(amounts, 2), 2):
        yield _joined(_AMOUNT, one, two)
    for surname, amount in product(first(surnames, 1), first(amounts, 1)):
        yield _joined(_AMOUNT, amount, surname)
    for place, letter in product(first(places, 1), first(letters, 4)):
        yield _joined(_LETTERS, place, letter)
    for one, two in combinations(first(letters, 5), 2):
        yield _joined(_LETTERS, min(one, two), max(one, two))


def _rarest_first(tokens: dict[int, int]) -> list[int]:
    return sorted(tokens, key=lambda token: (-tokens[token], token))


def _joined(kind: int, one: int, two: int) -> int:
    return ((one * 0x9E3779B1) ^ (two * 0x85EBCA77) ^ (kind * 0xC2B2AE3D)) >> 4 & 0xFFFFFF


@cache
def district_salt(secret: bytes, district: str) -> int:
    """What keeps one district's entries apart from another's."""
    return int.from_bytes(blake2b(district.encode(), digest_size=3, key=secret, person=b"xf-district").digest(), "big")
