"""A petition as keyed tokens: enough to compare it with another, and nothing that could be read.

A token is 22 bits of a keyed hash and 2 bits of weight. A secret makes it; without the secret nobody can try out words.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import blake2b
from itertools import pairwise

from .amounts import numbers
from .names import SURNAMES
from .sounds import GAP, syllables
from .telling import told
from .words import RAREST, everyday, matters, rarity, spoken_matters

GRAMS, LETTERS = 96, 64
"""So many runs of two syllables and single characters are kept, the rarest first."""
_NOTHING: frozenset[int] = frozenset()


@dataclass(slots=True)
class Signature:
    """Keyed tokens. grams, letters, matters: token -> weight (a gram of weight 0 may be a name, it is no matter).

    names, places, organs: each as the grams it consists of; amounts: as written, and rounded to one digit; spoken:
    whatever in the text may be a name, to look up by, which is not kept.
    """

    grams: dict[int, int]
    letters: dict[int, int]
    matters: dict[int, int]
    names: list[frozenset[int]] = field(default_factory=list)
    perhaps: list[frozenset[int]] = field(default_factory=list)
    places: list[frozenset[int]] = field(default_factory=list)
    organs: list[frozenset[int]] = field(default_factory=list)
    fragments: frozenset[int] = _NOTHING
    surnames: frozenset[int] = _NOTHING
    posts: frozenset[int] = _NOTHING
    amounts: frozenset[int] = _NOTHING
    rounded: frozenset[int] = _NOTHING
    years: frozenset[int] = _NOTHING
    spoken: frozenset[int] = _NOTHING

    def said(self) -> set[int]:
        """Every gram that the text is known to hold, names and places among them."""
        runs = (*self.names, *self.perhaps, *self.places, *self.organs)
        return self.grams.keys() | {gram for run in runs for gram in run}


class Signer:
    """Makes signatures under one secret, which only intake has."""

    def __init__(self, secret: bytes) -> None:
        self._key = blake2b(secret, digest_size=32, person=b"xinfang-repeats").digest()
        self._rarity, self._everyday = rarity(), everyday()
        self._matters, self._spoken = matters(), spoken_matters()
        self._gram = lru_cache(maxsize=200_000)(self._make_gram)
        self._letter = lru_cache(maxsize=20_000)(self._make_letter)
        self._token = lru_cache(maxsize=50_000)(self._make_token)

    def sign(self, text: str, accused: list[tuple[str | None, str | None]] | None = None) -> Signature:
        """``accused``: names and organisations as far as the sender gave them apart from the text."""
        found = told(text, accused or [])
        own = self._grams_of(found.own)
        values, years = numbers(found.simple)
        grams, letters = self._wording(found.simple, own, found.own)
        return Signature(
            grams=grams,
            letters=letters,
            matters=self._matter(found.simple),
            names=[self._run(one) for one in found.names],
            perhaps=[self._run(one) for one in found.perhaps],
            places=[self._run(one) for one in found.places],
            organs=[self._run(one) for one in found.organs],
            fragments=frozenset(self._fragments(found.names)),
            surnames=frozenset(self._token("surname", syllables(one)) for one in found.surnames),
            posts=frozenset(self._token("post", one) for one in found.posts),
            amounts=frozenset(self._token("amount", str(one)) for one in values),
            rounded=frozenset(self._token("about", f"{float(f'{one:.1g}'):.0f}") for one in values),
            years=frozenset(self._token("year", str(one)) for one in years),
            spoken=frozenset(self._spoken_names(found.simple)),
        )

    def _wording(self, simple: str, own: set[int], said: Iterable[str]) -> tuple[dict[int, int], dict[int, int]]:
        letter = self._letter
        # In the order of the text: where two pairs sound alike, the later one's weight holds, the same each time.
        grams = dict(map(self._gram, dict.fromkeys(pairwise(simple))))
        grams.pop(0, None)
        for token in own:
            if token in grams:
                grams[token] = 0
        rest = simple
        # The longest first, of those the same way each time: a piece taken out may leave nothing of another.
        for one in sorted(said, key=lambda one: (-len(one), one)):
            rest = rest.replace(one, GAP)
        letters = dict(map(letter, dict.fromkeys(rest)))
        letters.pop(0, None)
        return _rarest(grams, GRAMS), _rarest(letters, LETTERS)

    def _grams_of(self, said: Iterable[str]) -> set[int]:
        return {token for one in said for token, _ in map(self._gram, pairwise(one))}

    def _run(self, word: str) -> frozenset[int]:
        return frozenset(token for token, _ in map(self._gram, pairwise(word)) if token)

    def _spoken_names(self, simple: str) -> Iterator[int]:
        for at, letter in enumerate(simple):
            if letter in SURNAMES:
                for length in (2, 3):
                    run = self._run(simple[at : at + length])
                    if len(run) == length - 1:
                        yield name_token(run)

    def _fragments(self, names: Iterable[str]) -> Iterator[int]:
        """Names of three characters with one left out, so that one that was misheard does not hide the name."""
        for name in names:
            if len(name) == 3:
                first, second, third = tuple(syllables(name))
                for part in (first + second, f"{first}_{third}", f"_{second}{third}"):
                    yield self._token("fragment", part)

    def _matter(self, simple: str) -> dict[int, int]:
        found: dict[int, int] = {}
        for text, table in ((simple, self._matters), (syllables(simple), self._spoken)):
            for beginning in sorted(table.keys() & {a + b for a, b in pairwise(text)}):
                for word, code, weight in table[beginning]:
                    if len(word) == 2 or word in text:
                        found[self._token("matter", code)] = weight - 1
        return found

    def _make_gram(self, pair: tuple[str, str]) -> tuple[int, int]:
        heard = syllables(pair[0] + pair[1])
        if GAP in heard:
            return 0, 0
        first, second = (self._rarity.get(one, RAREST) for one in pair)
        weight = 0 if pair[0] + pair[1] in self._everyday else min(3, (first + second + 1) // 2)
        return self._token("gram", heard), weight

    def _make_letter(self, letter: str) -> tuple[int, int]:
        weight = self._rarity.get(letter, RAREST)
        if weight == 0 or not "一" <= letter <= "鿿":
            return 0, 0
        return self._token("letter", letter), weight - 1

    def _make_token(self, kind: str, value: str) -> int:
        digest = blake2b(f"{kind}:{value}".encode(), digest_size=3, key=self._key).digest()
        return int.from_bytes(digest, "big") >> 2 or 1


def name_token(grams: Iterable[int]) -> int:
    """One token for a name's grams."""
    token = 0
    for gram in sorted(grams):
        token = (token * 0x9E3779B1 + gram) & 0xFFFFFFFF
    return token


def _rarest(tokens: dict[int, int], limit: int) -> dict[int, int]:
    if len(tokens) <= limit:
        return tokens
    kept = sorted(tokens.items(), key=lambda one: (-one[1], one[0]))[:limit]
    return dict(kept)
