"""Whether two signatures speak of the same accused and the same matter: what agrees, weighed in one table."""

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from .signature import Signature
from .weights import BIAS, LIKELY, WEIGHTS

_TEMPLATE = 0.8
"""From this share on, two texts that name other people, or agree in no name and no place, are one template ..."""
_COPY = 0.98
"""... unless they are one text."""
_STRONG = 2
"""From this weight on a kind of matter is rare enough to tell two petitions apart."""
REASONS = {
    "name": "same_name",
    "perhaps": "same_name_in_text",
    "surname": "same_surname",
    "place": "same_place",
    "post": "same_post",
    "strong": "same_kind_of_matter",
    "amounts": "same_amount",
    "letters": "same_wording",
}
_TOLD = {"letters": 2.0}
"""What is told of a verdict, by what agreed. Codes only."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """score: from 0 to 1; reasons: codes of what agrees, for whoever confirms or rejects."""

    score: float
    reasons: tuple[str, ...]

    @property
    def is_likely(self) -> bool:
        """Whether a person should look at it."""
        return self.score >= LIKELY


def compare(one: Signature, other: Signature) -> Verdict:
    """The same from both sides."""
    seen = agreement(one, other)
    sum_ = BIAS + sum(weight * seen[name] for name, weight in WEIGHTS.items())
    return Verdict(
        1 / (1 + math.exp(-sum_)), tuple(code for name, code in REASONS.items() if seen[name] >= _TOLD.get(name, 1))
    )


def agreement(a: Signature, b: Signature) -> dict[str, float]:
    """What agrees and what differs, by name; 0 to about 5 each."""
    seen = _who(a, b) | _where(a, b) | _matter(a, b)
    differs = seen["name_differs"] or seen["surname_differs"] or seen["place_differs"] or seen["organs_differ"]
    agrees = seen["name"] or seen["perhaps"] or seen["surname"] or seen["place"]
    is_template = seen["rate"] > _TEMPLATE and (differs or not (agrees or seen["rate"] > _COPY))
    return seen | {
        "template": float(bool(is_template)),
        "amounts": float(min(2, len(a.amounts & b.amounts))),
        "amounts_differ": float(bool(a.rounded and b.rounded and not a.rounded & b.rounded)),
    }


def _who(a: Signature, b: Signature) -> dict[str, float]:
    name = _said(a.names[:2], b) or _said(b.names[:2], a)
    perhaps = not name and (_said(a.perhaps, b) or _said(b.perhaps, a))
    agrees = name or perhaps or bool(a.fragments & b.fragments)
    surname = bool(a.surnames & b.surnames)
    return {
        "name": float(name),
        "perhaps": float(perhaps),
        "surname": float(surname and not name),
        "name_differs": float(bool(a.names and b.names) and surname and not agrees),
        "surname_differs": float(bool(a.surnames and b.surnames) and not surname and not agrees),
        "post": float(bool(a.posts & b.posts)),
        "posts_differ": float(bool(a.posts and b.posts) and not a.posts & b.posts),
    }


def _where(a: Signature, b: Signature) -> dict[str, float]:
    """By the first place and organ alone: those that a text names later are often others."""
    place = _said(a.places[:1], b) or _said(b.places[:1], a)
    organ = _said(a.organs[:1], b) or _said(b.organs[:1], a)
    places_differ = bool(a.places and b.places) and not place
    return {
        "place": float(place or organ),
        "place_differs": float(places_differ),
        "organs_differ": float(bool(a.organs and b.organs) and not (place or organ or places_differ)),
    }


def _said(words: Collection[frozenset[int]], other: Signature) -> bool:
    if not words:
        return False
    said = other.said()
    return any(word and word <= said for word in words)


def _matter(a: Signature, b: Signature) -> dict[str, float]:
    grams, of_grams = _shared(a.grams, b.grams, (0, 1, 2, 3))
    letters, of_letters = _shared(a.letters, b.letters, (0.5, 1, 2, 3))
    matters, of_matters = _shared(a.matters, b.matters, (0.7, 1.5, 2.5, 3))
    one, two = ({token for token, weight in each.matters.items() if weight >= _STRONG} for each in (a, b))
    return {
        "letters": math.log1p(letters),
        "rate": (grams + letters + matters) / max(of_grams + of_letters + of_matters, 10),
        "shortest": math.log1p(min(len(a.letters), len(b.letters))),
        "strong": math.sqrt(len(one & two)),
        "unshared": math.sqrt(min(len(one - two), len(two - one))),
        "apart": float(bool(one and two) and not one & two),
    }


def _shared(one: Mapping[int, int], two: Mapping[int, int], weights: tuple[float, ...]) -> tuple[float, float]:
    """What both hold, weighed, and what of it there could be."""
    shared = sum(weights[one[token]] for token in one.keys() & two.keys())
    return shared, min(sum(weights[weight] for weight in each.values()) for each in (one, two))
