"""How well repeats are told from others: over labelled pairs, by the same way as in the index."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from .codec import Sealer
from .entries import asked, stored
from .pairs import Accused, Pair
from .signature import Signer
from .verdict import compare

_DISTRICT, _NUMBER = 0, "000000-2000-000001"
_SECRET = bytes(32)
"""Nothing is kept under it, and a file has the same figures each time: which tokens are kept depends on the key."""


@dataclass(slots=True)
class Evaluation:
    """Counts over all pairs. missed: repeats that were not even looked up; wrong: lines that came out wrong."""

    pairs: int = 0
    found: int = 0
    false: int = 0
    missed: int = 0
    left_out: int = 0
    by_kind: Counter[tuple[str, bool, bool]] = field(default_factory=Counter)
    wrong: list[int] = field(default_factory=list)

    @property
    def repeats(self) -> int:
        """Pairs whose label says that they are the same."""
        return sum(count for (_, label, _), count in self.by_kind.items() if label)

    @property
    def precision(self) -> float:
        """Of what was proposed, how much is a repeat."""
        proposed = self.found + self.false
        return self.found / proposed if proposed else 1.0

    @property
    def recall(self) -> float:
        """Of the repeats, how many were proposed."""
        return self.found / self.repeats if self.repeats else 1.0

    @property
    def f1(self) -> float:
        """The harmonic mean of the two."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


def evaluate(pairs: Iterable[Pair]) -> Evaluation:
    """The left one is stored as in the index, the right one looks it up; only then are they compared."""
    signer, sealer = Signer(_SECRET), Sealer(_SECRET)
    result = Evaluation()
    for pair in pairs:
        kept = signer.sign(pair.left, _given(pair.left_accused))
        sealed, entries = sealer.seal(kept, _NUMBER), stored(kept, _DISTRICT)
        new = signer.sign(pair.right, _given(pair.right_accused))
        is_candidate = bool(entries & asked(new, _DISTRICT))
        is_proposed = is_candidate and compare(sealer.open(sealed, _NUMBER), new).is_likely
        result.pairs += 1
        result.by_kind[pair.kind, pair.is_repeat, is_proposed] += 1
        result.found += is_proposed and pair.is_repeat
        result.false += is_proposed and not pair.is_repeat
        result.left_out += pair.is_repeat and not is_proposed
        result.missed += pair.is_repeat and not is_candidate
        if is_proposed != pair.is_repeat:
            result.wrong.append(pair.line)
    return result


def _given(accused: Accused) -> list[Accused]:
    return [accused] if any(accused) else []
