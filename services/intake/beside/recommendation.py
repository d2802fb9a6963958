"""规则34: many confirmed reports on one unit make a recommendation to it, whose rectification is supervised. Functions
of values.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from xinfang_contracts.district import Clock, District
from xinfang_contracts.intake import RefusalReason
from xinfang_contracts.message import ActorCode, ItemNumber, Message
from xinfang_contracts.recommendation import (
    AnswerRecommendation,
    CloseRecommendation,
    DropRecommendation,
    IssueRecommendation,
    RecommendationAnswered,
    RecommendationClosed,
    RecommendationDropped,
    RecommendationIssued,
    RecommendationOverdue,
    RecommendationProposed,
)
from xinfang_contracts.review import CaseConcluded, Outcome

from services.runtime.clock import civil_date, due_date
from services.runtime.rules import Keep, Notice, Output, Refused, Rule

from ..state import Screened, is_of
from ..vault.custody import official_names
from ..vault.redaction import find_leaks
from .facts import Facts, misplaced, missing, offices_of, required, shelve
from .recommended import Issued, Proposed, Recommended, due_at
from .state import State

BASIS = "规则34"
CONFIRMING = (Outcome.PROVED, Outcome.PARTLY_PROVED)


@dataclass(frozen=True, slots=True)
class Confirmed:
    """A petition on somebody of a unit was concluded, and what it said was found to be so."""

    petition: str
    unit: str
    on: date


@dataclass(frozen=True, slots=True)
class Counted:
    """Petitions for which a recommendation was proposed: for another they count no more."""

    petitions: tuple[str, ...]
    item: str


class RecommendationDue(Message):
    """A unit has enough confirmed petitions: what a tick makes of it. Never leaves the service."""

    unit: ActorCode


class RecommendationExpires(Message):
    """A unit should have answered by now: what a tick makes of it. Never leaves the service."""

    item: ItemNumber


def confirming(rule: Rule) -> Rule:
    """``rule`` on a conclusion, after whose answer a confirmed petition is remembered with the accused's unit."""

    def decide(state: Any, message: CaseConcluded, facts: Any, /, *, now: datetime) -> Sequence[Output]:
        outputs = rule(state, message, facts, now=now)
        is_counted = isinstance(state, Screened) and state.traits.counted and is_of(state, message)
        unit = state.accused_unit if is_counted else None
        if unit is None or message.outcome not in CONFIRMING:
            return outputs
        return [*outputs, Keep(Confirmed(message.petition, unit, message.concluded_on))]

    return decide


def enough(confirmed: Mapping[str, date], district: District, today: date) -> dict[str, date]:
    """Of a unit's confirmed petitions those of the last months, if they are enough for a proposal; else none."""
    setting = district.recommendation
    if setting is None:
        return {}
    period = Clock(length=setting.months, unit="month", basis=BASIS)
    recent = {petition: on for petition, on in confirmed.items() if today <= due_date(on, period, district.calendar)}
    return recent if len(recent) >= setting.confirmed else {}


def propose(_state: State, message: RecommendationDue, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """Tell the offices that a recommendation to the unit is due."""
    counted = enough(facts.confirmed, facts.district, civil_date(now))
    if not counted or facts.district.unit(message.unit) is None:
        return []
    fact = RecommendationProposed(
        item=facts.number, unit=message.unit, confirmed=len(counted), since=min(counted.values()), basis=BASIS
    )
    told = [Notice(office, fact) for office in offices_of(message.unit, facts.district)]
    return [fact, Keep(Counted(tuple(sorted(counted)), facts.number)), *told]


def issue(state: State, message: IssueRecommendation, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """An office sends it, in words that tell nothing of who reported."""
    if refused := _not_theirs(state, message.item, facts):
        return [refused]
    if not isinstance(state, Proposed):
        return [Refused(RefusalReason.ALREADY_DECIDED)]
    if message.due_on <= civil_date(now):
        return [Refused(RefusalReason.WRONG_DATE)]
    if misplaced(facts, None):
        return [Refused(RefusalReason.UNKNOWN_PLACE)]
    words, spared = required(facts), official_names(facts.district)
    leaks = {leak for content in facts.reported for leak in find_leaks(words.text or "", content, spared)}
    if leaks:
        return [Refused(RefusalReason.REVEALS_REPORTER, details=tuple(sorted(leaks)))]
    fact = RecommendationIssued(
        item=message.item, unit=state.unit, kind=message.kind, due_on=message.due_on, document=words.ref
    )
    return [
        fact,
        *shelve(message.item, facts),
        *_tell(fact, _everybody(state.unit, facts), facts),
    ]


def drop(state: State, message: DropRecommendation, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """An office finds that none is needed. The unit never hears of it."""
    if refused := _not_theirs(state, message.item, facts):
        return [refused]
    if not isinstance(state, Proposed):
        return [Refused(RefusalReason.ALREADY_DECIDED)]
    fact = RecommendationDropped(item=message.item, unit=state.unit, reason=message.reason)
    return [fact, *_tell(fact, offices_of(state.unit, facts.district), facts)]


def answer(state: State, message: AnswerRecommendation, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """The unit says what it has done. What was not issued to it, it is not told of."""
    if refused := missing(state, message.item, facts.district):
        return [refused]
    if not isinstance(state, Recommended) or facts.actor != state.unit:
        return [Refused(RefusalReason.NOT_ENTITLED)]
    if not isinstance(state, Issued):
        is_open = isinstance(state, Proposed)
        return [Refused(RefusalReason.NOT_ENTITLED if is_open else RefusalReason.ALREADY_DECIDED)]
    fact = RecommendationAnswered(item=message.item, unit=state.unit, kind=state.kind, document=required(facts).ref)
    return [fact, *shelve(message.item, facts), *_tell(fact, offices_of(state.unit, facts.district), facts)]


def close(state: State, message: CloseRecommendation, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """An office has checked. Rectified is only what the unit has answered for."""
    if refused := _not_theirs(state, message.item, facts):
        return [refused]
    if isinstance(state, Proposed):
        return [Refused(RefusalReason.TOO_EARLY)]
    if not isinstance(state, Issued):
        return [Refused(RefusalReason.ALREADY_DECIDED)]
    if message.rectified and not state.answered:
        return [Refused(RefusalReason.TOO_EARLY)]
    fact = RecommendationClosed(item=message.item, unit=state.unit, kind=state.kind, rectified=message.rectified)
    return [fact, *_tell(fact, _everybody(state.unit, facts), facts)]


def expire(state: State, message: RecommendationExpires, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """Say once that the unit has not answered in time."""
    due = due_at(state)
    if not isinstance(state, Issued) or due is None or now < due:
        return []
    fact = RecommendationOverdue(item=message.item, unit=state.unit, kind=state.kind, due_on=state.due_on)
    return [fact, *_tell(fact, _everybody(state.unit, facts), facts)]


def _not_theirs(state: State, item: str, facts: Facts) -> Refused | None:
    """Why an office can do nothing about it; None when it can."""
    if refused := missing(state, item, facts.district):
        return refused
    if not isinstance(state, Recommended):
        return Refused(RefusalReason.UNKNOWN_ITEM)
    entitled = facts.actor in offices_of(state.unit, facts.district)
    return None if entitled else Refused(RefusalReason.NOT_ENTITLED)


def _everybody(unit: str, facts: Facts) -> list[str]:
    """The unit, and who supervises it."""
    return [unit, *offices_of(unit, facts.district)]


def _tell(fact: Message, actors: Sequence[str], facts: Facts) -> list[Notice]:
    """Everybody but who has just spoken, and is answered anyway."""
    return [Notice(actor, fact) for actor in actors if actor != facts.actor]
