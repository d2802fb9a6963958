"""Whether two signatures speak of the same accused and the same matter: what agrees, weighed in one table."""

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from .signature import Signature
from .weights import BIAS, LIKELY, WEIGHTS

_SHARES: dict[str, tuple[float, ...]] = {
    "grams": (0, 1, 2, 3),
    "letters": (0.5, 1, 2, 3),
    "matters": (0.7, 1.5, 2.5, 3),
}
"""What a shared token says, by its weight."""
REASONS = {
    "name": "same_name",
    "perhaps": "same_name_in_text",
    "surname": "same_surname",
    "place": "same_place",
    "post": "same_post",
    "strong": "same_kind_of_matter",
    "amounts": "same_amount",
    "same_wording": "same_wording",
}
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
    return Verdict(1 / (1 + math.exp(-sum_)), tuple(code for name, code in REASONS.items() if seen[name] > 0))


def agreement(a: Signature, b: Signature) -> dict[str, float]:
    """What agrees and what differs, by name; 0 to about 5 each."""
    seen = _who(a, b) | _where(a, b) | _wording(a, b)
    who = max(seen["name_differs"], seen["surname_differs"])
    where = max(seen["place_differs"], seen["where_differs"])
    return seen | {
        "differs_in_rate": (who + where) * seen["rate"],
        "amounts": float(min(2, len(a.amounts & b.amounts))),
        "rounded": float(min(2, len(a.rounded & b.rounded))),
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
    place = _said(a.places[:1], b) or _said(b.places[:1], a)
    organ = _said(a.organs[:1], b) or _said(b.organs[:1], a)
    places_differ = bool(a.places and b.places) and not place
    somewhere = bool((a.places or a.organs) and (b.places or b.organs))
    return {
        "place": float(place or organ),
        "place_differs": float(places_differ),
        "where_differs": float(somewhere and not (place or organ or places_differ)),
    }


def _said(words: Collection[frozenset[int]], other: Signature) -> bool:
    said = other.said()
    return any(word and word <= said for word in words)


def _wording(a: Signature, b: Signature) -> dict[str, float]:
    grams, of_grams = _shared(a.grams, b.grams, _SHARES["grams"])
    letters, of_letters = _shared(a.letters, b.letters, _SHARES["letters"])
    matters, of_matters = _shared(a.matters, b.matters, _SHARES["matters"])
    least = of_grams + of_letters + of_matters
    rate = (grams + letters + matters) / max(least, 10)
    telling = sum(1 for token in a.letters.keys() & b.letters.keys() if a.letters[token] == 3) + sum(
        1 for token in a.grams.keys() & b.grams.keys() if a.grams[token] == 3
    )
    both = a.matters.keys() & b.matters.keys()
    return {
        "letters": math.log1p(letters),
        "matters_rate": matters / max(of_matters, 4),
        "strong": float(any(a.matters[token] >= 2 for token in both)),
        "rate": math.sqrt(rate),
        "same_wording": float(rate > 0.5),
        "telling": math.log1p(telling),
    }


def _shared(one: Mapping[int, int], two: Mapping[int, int], weights: tuple[float, ...]) -> tuple[float, float]:
    """What both hold, weighed, and what of it there could be."""
    shared = sum(weights[one[token]] for token in one.keys() & two.keys())
    return shared, min(sum(weights[one] for one in each.values()) for each in (one, two))
