"""The marks of a file: given, objected to once, decided. Functions of values."""

from collections.abc import Sequence
from datetime import datetime

from xinfang_contracts.district import QualityReview
from xinfang_contracts.intake import RefusalReason
from xinfang_contracts.quality import (
    DecideQuality,
    ObjectToQuality,
    PointsOff,
    QualityDecided,
    QualityObjected,
    QualityReviewed,
    ReviewQuality,
)

from services.runtime.clock import civil_date
from services.runtime.rules import Output, Refused

from ..clarifying.asking import not_known
from ..clarifying.people import approver, tell
from ..facts import Facts
from ..signing.trail import linked
from ..state import Concluded, State
from .drawing import drawers, reviewer
from .sampling import score_of
from .state import NOTHING, File

Stands = tuple[Concluded, File, QualityReview]


@linked
def review(state: State, message: ReviewQuality, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """By whoever it was handed to, or stands in for them; the unit and case management are told."""
    found = _file(state, message, facts, "sampled")
    if isinstance(found, Refused):
        return [found]
    case, file, settings = found
    if not _fits(message.points_off, settings):
        return [Refused(RefusalReason.CONTRADICTORY)]
    score = score_of([one.points for one in message.points_off])
    fact = QualityReviewed(
        petition=message.petition,
        period=file.period,
        traits=case.case.traits,
        unit=file.unit,
        zone=file.zone,
        concluded_on=file.concluded_on,
        by=facts.actor,
        points_off=message.points_off,
        score=score,
        excellent=score >= settings.excellent_from,
    )
    return tell(fact, [file.unit, *drawers(facts.district)], case.case, but=facts.actor)


@linked
def object_to(state: State, message: ObjectToQuality, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """The unit whose file it is does not agree; the principal decides."""
    found = _file(state, message, facts, "reviewed")
    if isinstance(found, Refused):
        return [found]
    case, file, _settings = found
    decides = approver(facts.district, case.case)
    fact = QualityObjected(
        petition=message.petition,
        period=file.period,
        unit=facts.actor,
        document=message.document,
        decides=decides,
    )
    return tell(fact, [decides, *drawers(facts.district)], case.case, but=facts.actor)


@linked
def decide(state: State, message: DecideQuality, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """The principal, or whoever stands in for them: the same points off, or fewer. That is final."""
    found = _file(state, message, facts, "objected")
    if isinstance(found, Refused):
        return [found]
    case, file, settings = found
    if not _fits(message.points_off, settings) or not _no_worse(message.points_off, file.points_off):
        return [Refused(RefusalReason.CONTRADICTORY)]
    score = score_of([one.points for one in message.points_off])
    fact = QualityDecided(
        petition=message.petition,
        period=file.period,
        traits=case.case.traits,
        unit=file.unit,
        zone=file.zone,
        concluded_on=file.concluded_on,
        by=facts.actor,
        points_off=message.points_off,
        score_before=file.score or 0,
        score=score,
        excellent_before=file.excellent,
        excellent=score >= settings.excellent_from,
        document=message.document,
        decided_on=civil_date(now),
    )
    return tell(fact, [file.unit, *drawers(facts.district)], case.case, but=facts.actor)


def _file(
    state: State,
    message: ReviewQuality | ObjectToQuality | DecideQuality,
    facts: Facts,
    stage: str,
) -> Stands | Refused:
    """The file at that stage, for the one whose step it is; or why it is refused."""
    if refused := not_known(state, message, facts):
        return refused
    assert state is not None
    settings = facts.district.review.quality
    if settings is None:
        return Refused(RefusalReason.NOT_SET_UP)
    file = (state.case.quality or NOTHING).of(message.period)
    match message:
        case ReviewQuality():
            whose = reviewer(facts.district, state.case)
        case ObjectToQuality():
            whose = state.case.unit if file is None else file.unit
        case DecideQuality():
            whose = approver(facts.district, state.case)
    if facts.actor != whose:
        return Refused(RefusalReason.NOT_ENTITLED)
    if file is None:
        return Refused(RefusalReason.UNKNOWN_ITEM)
    if not isinstance(state, Concluded):
        return Refused(RefusalReason.NOT_YOUR_TURN)
    if file.stage == stage:
        return state, file, settings
    is_early = STAGES.index(file.stage) < STAGES.index(stage)
    return Refused(RefusalReason.NOT_YOUR_TURN if is_early else RefusalReason.ALREADY_DECIDED)


STAGES = ("sampled", "reviewed", "objected", "decided")


def _fits(points_off: Sequence[PointsOff], settings: QualityReview) -> bool:
    """Each item of the checklist at most once, and no more off than it has."""
    most = {item.code: item.most for item in settings.checklist}
    codes = [one.item for one in points_off]
    return len(set(codes)) == len(codes) and all(one.points <= most.get(one.item, 0) for one in points_off)


def _no_worse(points_off: Sequence[PointsOff], before: Sequence[PointsOff]) -> bool:
    """Nobody loses by objecting."""
    had = {one.item: one.points for one in before}
    return all(one.points <= had.get(one.item, 0) for one in points_off)
