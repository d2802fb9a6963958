"""Drawing a sample, and handing out its files. Functions of values."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from xinfang_contracts.district import District, OfficeKind
from xinfang_contracts.intake import RefusalReason
from xinfang_contracts.message import Message, PetitionNumber
from xinfang_contracts.quality import DrawSample, FileSampled, SampleDrawn

from services.runtime.clock import civil_date
from services.runtime.rules import Answer, Keep, Notice, Output, Refused

from ..clarifying.people import first_free, offices
from ..facts import Facts
from ..state import Concluded, Handled, State
from .sampling import days_of, digest, sample


class FileDue(Message):
    """A file of a sample is to be handed out. Never leaves the service."""

    petition: PetitionNumber
    period: str


@dataclass(frozen=True, slots=True)
class HandedOut:
    """It is, or need not be any more."""

    period: str
    petition: str


def drawers(district: District) -> list[str]:
    """Case management (案管室); without such an office, the petition office."""
    return offices(district, OfficeKind.CASE_MANAGEMENT) or offices(district, OfficeKind.PETITION)


def reviewer(district: District, case: Handled) -> str:
    """Who looks a file through: case management, or the next office; never who handled it, never anybody tied."""
    kinds = (OfficeKind.CASE_MANAGEMENT, OfficeKind.TRIAL, OfficeKind.PETITION, OfficeKind.SUPERVISION)
    return first_free(offices(district, *kinds), {*case.excluded, case.unit}, district)


def draw(_state: None, message: DrawSample, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """Draw what is reviewed of a period that is over. By what, nobody could choose: the seed was published after it."""
    district, drawing = facts.district, facts.drawing
    settings = district.review.quality
    if facts.actor not in drawers(district):
        return [Refused(RefusalReason.NOT_ENTITLED)]
    if settings is None:
        return [Refused(RefusalReason.NOT_SET_UP)]
    if drawing is None:
        raise ValueError("a draw needs its frame")
    if drawing.is_drawn:
        return [Refused(RefusalReason.ALREADY_DECIDED)]
    if civil_date(now) <= days_of(message.period, district.statistics.month_ends_on)[1]:
        return [Refused(RefusalReason.TOO_EARLY)]
    if not drawing.frame:
        return [Refused(RefusalReason.EMPTY_PERIOD)]
    if drawing.seed is None:
        return [Refused(RefusalReason.TOO_EARLY)]
    fact = SampleDrawn(
        period=message.period,
        by=facts.actor,
        seed=drawing.seed.hash,
        publication=drawing.seed.number,
        published_on=drawing.seed.published_on,
        frame=len(drawing.frame),
        frame_digest=digest(drawing.frame),
        share_percent=settings.share_percent,
        at_least=settings.at_least,
        petitions=sample(drawing.frame, drawing.seed.hash, settings.share_percent, settings.at_least),
    )
    known = [petition for petition in fact.petitions if facts.actor not in drawing.tied.get(petition, ())]
    # Whoever draws is told of no case in which they have no part; its file goes to another office.
    return [fact] if known == fact.petitions else [fact, Answer(fact.model_copy(update={"petitions": known}))]


def hand_out(state: State, message: FileDue, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """The file goes to whoever reviews it. Of a case that is open again, there is none to be reviewed."""
    done = Keep(HandedOut(message.period, message.petition))
    if not isinstance(state, Concluded) or state.concluded_on is None:
        return [done]
    fact = FileSampled(
        petition=message.petition,
        period=message.period,
        unit=state.case.unit,
        zone=state.case.zone,
        concluded_on=state.concluded_on,
        reviewer=reviewer(facts.district, state.case),
    )
    return [fact, Notice(fact.reviewer, fact), done]
