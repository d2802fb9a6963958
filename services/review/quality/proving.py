"""A sample drawn again from the facts alone, by whoever has them. Functions of values.

Wanted are the district's facts of ``routing`` and ``review`` as they stand in the stream, in its order.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from xinfang_contracts.district import District
from xinfang_contracts.message import Message
from xinfang_contracts.quality import SampleDrawn
from xinfang_contracts.signing import HeadsPublished

from ..state import Concluded, State, evolve
from .sampling import Publication, days_of, digest, sample

Said = tuple[Message, datetime]
"""A fact, and its event time."""


@dataclass(frozen=True, slots=True)
class Proof:
    """What was drawn, what is to be drawn, and in what they differ: codes of fields, none where it holds."""

    drawn: SampleDrawn
    again: list[str]
    differs: list[str]


def draw_again(said: Iterable[Said], period: str, district: District) -> Proof | None:
    """Follow all cases up to the draw and draw again; None where the period was never drawn."""
    states: dict[str, State] = {}
    seed: Publication | None = None
    month_ends_on = district.statistics.month_ends_on
    first, last = days_of(period, month_ends_on)
    for fact, at in said:
        match fact:
            case HeadsPublished() if seed is None and fact.on > last:
                seed = Publication(fact.number, fact.on, fact.hash)
            case SampleDrawn() if fact.period == period:
                concluded = {one: state for one, state in states.items() if isinstance(state, Concluded)}
                frame = {
                    petition: state.case.unit
                    for petition, state in concluded.items()
                    if state.concluded_on is not None and first <= state.concluded_on <= last
                }
                return _compared(fact, frame, seed, district)
            case Message() if (petition := getattr(fact, "petition", None)) is not None:
                states[petition] = evolve(states.get(petition), fact, at)
    return None


def _compared(drawn: SampleDrawn, frame: dict[str, str], seed: Publication | None, district: District) -> Proof:
    again = sample(frame, seed.hash, drawn.share_percent, drawn.at_least) if seed and frame else []
    settings = district.review.quality
    pairs: dict[str, tuple[object, object]] = {
        "seed": (drawn.seed, seed and seed.hash),
        "publication": (drawn.publication, seed and seed.number),
        "frame": (drawn.frame, len(frame)),
        "frame_digest": (drawn.frame_digest, digest(frame)),
        "share_percent": (drawn.share_percent, settings and settings.share_percent),
        "at_least": (drawn.at_least, settings and settings.at_least),
        "petitions": (drawn.petitions, again),
    }
    return Proof(drawn, again, [name for name, (said, found) in pairs.items() if said != found])
