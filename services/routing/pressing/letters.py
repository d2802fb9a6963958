"""督办函 (规则22): pressed in writing, answered by a day, and said once where it was not. Functions of values."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from xinfang_contracts.district import District, LeaderRole, OfficeKind
from xinfang_contracts.intake import RefusalReason
from xinfang_contracts.message import Message
from xinfang_contracts.pressing import (
    AnswerSupervisionLetter,
    IssueSupervisionLetter,
    SupervisionLetterAnswered,
    SupervisionLetterIssued,
    SupervisionLetterOverdue,
)
from xinfang_contracts.routing import Clock

from services.runtime.clock import civil_date
from services.runtime.rules import Notice, Output, Refused

from ..clocks.arrangement import warn_of
from ..clocks.counting import start
from ..facts import Facts
from ..state import Closed, Open, State
from .people import NOT_ENTITLED, UNKNOWN, Pressed, free, is_hidden, offices, pressed, principals, tell, zone_lead
from .state import NOTHING, Letter, Pressing

BASIS = "规则22"
TO_ENTER = (OfficeKind.PETITION, OfficeKind.CASE_MANAGEMENT)
"""Offices that enter what a department has answered, and follow what is overdue."""


def may_press(actor: str, case: Pressed, district: District) -> bool:
    """分管领导: the principal; the deputy secretary of the zone; one who owns the case; without a free one, any."""
    deputies = [one.code for one in district.leaders_of(LeaderRole.DEPUTY_SECRETARY)]
    lead = zone_lead(district, case.zone)
    if actor in principals(district) or actor == lead:
        return True
    return actor in deputies and (actor == case.leader or lead is None or lead in case.tied)


def issue(state: State, message: IssueSupervisionLetter, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """A leader presses the unit, another unit or a department; after the conclusion as well, for what is still open."""
    if is_hidden(state, message.petition, facts):
        return [UNKNOWN]
    case = pressed(state)
    if case is None:
        return [Refused(RefusalReason.NOT_YOUR_TURN)]
    if not may_press(facts.actor, case, facts.district):
        return [NOT_ENTITLED]
    if not _is_addressee(message.to, facts.district):
        return [Refused(RefusalReason.UNKNOWN_RECEIVER)]
    if message.to in case.tied:
        return [Refused(RefusalReason.TIED, details=(message.to,))]
    fact = SupervisionLetterIssued(
        petition=message.petition,
        number=_part(state).next_letter,
        to=message.to,
        ground=message.ground,
        letter=message.letter,
        by=facts.actor,
        unit=case.unit,
        zone=case.zone,
        issued_on=civil_date(now),
        clock=_clock(facts.district, now),
        basis=BASIS,
    )
    to = message.to if facts.district.unit(message.to) else None
    told = tell(fact, [to, case.unit, *offices(facts.district, *TO_ENTER)], [*case.tied, facts.actor])
    return [*told, *([] if fact.clock is None else warn_of(fact.clock, facts, now))]


def answer(state: State, message: AnswerSupervisionLetter, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """The unit answers; what a department answers is entered by the petition office or case management."""
    if is_hidden(state, message.petition, facts):
        return [UNKNOWN]
    case = pressed(state)
    letter = next((one for one in _part(state).letters if one.number == message.number), None)
    entered_by = offices(facts.district, *TO_ENTER)
    is_part = facts.actor in entered_by or (letter is not None and facts.actor == letter.to)
    if case is None or not is_part:
        return [NOT_ENTITLED]
    if letter is None:
        return [Refused(RefusalReason.UNKNOWN_ITEM)]
    # What a unit that is tied since has answered comes by the offices.
    if facts.actor != letter.to and facts.district.unit(letter.to) is not None and letter.to not in case.tied:
        return [NOT_ENTITLED]
    if letter.answered:
        return [Refused(RefusalReason.ALREADY_ANSWERED)]
    fact = SupervisionLetterAnswered(
        petition=message.petition,
        number=letter.number,
        to=letter.to,
        document=message.document,
        by=facts.actor,
        issued_by=letter.by,
        unit=letter.unit or case.unit,
        zone=letter.zone if letter.unit else case.zone,
        issued_on=letter.issued_on,
        on_time=letter.clock is None or now < letter.clock.due_at,
    )
    managers = offices(facts.district, OfficeKind.CASE_MANAGEMENT)
    return tell(fact, [letter.by, *managers], [*case.tied, facts.actor])


def expire(state: State, petition: str, facts: Facts, now: datetime) -> list[Message | Notice]:
    """Say once of each letter that its answer did not come: to the leader who wrote it, and to case management."""
    case = pressed(state)
    if case is None:
        return []
    managers = offices(facts.district, OfficeKind.CASE_MANAGEMENT)
    return [
        output
        for letter, clock in _lapsed(_part(state), now)
        for output in tell(
            SupervisionLetterOverdue(
                petition=petition,
                number=letter.number,
                to=letter.to,
                issued_by=letter.by,
                unit=letter.unit or case.unit,
                zone=letter.zone if letter.unit else case.zone,
                issued_on=letter.issued_on,
                clock=clock,
            ),
            [letter.by, *managers],
            case.tied,
        )
    ]


def to_press(state: State, district: District) -> list[str]:
    """Who hears, beside unit and case management, that a case is overdue: whoever would press it (规则22)."""
    case = pressed(state)
    return [] if case is None else free([zone_lead(district, case.zone), case.leader], case.tied)


def _lapsed(part: Pressing, now: datetime) -> Iterator[tuple[Letter, Clock]]:
    for letter in part.letters:
        if letter.clock is not None and letter.due_at is not None and letter.due_at <= now:
            yield letter, letter.clock


def _part(state: State) -> Pressing:
    return state.pressing or NOTHING if isinstance(state, Open | Closed) else NOTHING


def _is_addressee(code: str, district: District) -> bool:
    return district.unit(code) is not None or code in {one.code for one in district.receivers}


def _clock(district: District, now: datetime) -> Clock | None:
    name = district.pressing.letter_clock
    return None if name is None else start(district, name, now)
