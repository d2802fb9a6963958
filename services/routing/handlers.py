"""Which rule each message meets, and whose state it needs."""

from xinfang_contracts.clocks import ExtendClock, ResumeClock, StartClock, StopClock, SuspendClock
from xinfang_contracts.intake import PetitionAccepted
from xinfang_contracts.outside import SuperiorDecided
from xinfang_contracts.review import CaseConcluded
from xinfang_contracts.screening import PetitionReturned
from xinfang_contracts.statistics import TraitsCorrected

from services.runtime.rules import Handler, Step

from . import decide
from .clocks import arrangement, rules
from .clocks.evolving import CaseRecounted
from .clocks.expiring import CaseDue, caught_up, expire


def on_petition_accepted(message: PetitionAccepted) -> Step:
    """A petition has become a case."""
    return Step(message.petition, caught_up(decide.assign))


def on_case_concluded(message: CaseConcluded) -> Step:
    """A case is over."""
    return Step(message.petition, caught_up(decide.close))


def on_petition_returned(message: PetitionReturned) -> Step:
    """A petition has gone back to the petition office."""
    return Step(message.petition, caught_up(decide.give_up))


def on_case_due(message: CaseDue) -> Step:
    """Something of a case has fallen due."""
    return Step(message.petition, expire)


def on_case_recounted(message: CaseRecounted) -> Step:
    """The district's calendar has changed."""
    return Step(message.petition, arrangement.recount)


def on_calendar_asked(message: arrangement.CalendarAsked) -> Step:
    """No arrangement of a year is known."""
    return Step(None, arrangement.ask)


def on_start_clock(message: StartClock) -> Step:
    """A clock is to run."""
    return Step(message.petition, caught_up(rules.start_clock))


def on_stop_clock(message: StopClock) -> Step:
    """What a clock was for is done."""
    return Step(message.petition, caught_up(rules.stop_clock))


def on_extend_clock(message: ExtendClock) -> Step:
    """A leader gives more time."""
    return Step(message.petition, caught_up(rules.extend_clock))


def on_suspend_clock(message: SuspendClock) -> Step:
    """A clock is to stand."""
    return Step(message.petition, caught_up(rules.suspend_clock))


def on_resume_clock(message: ResumeClock) -> Step:
    """A clock is to go on."""
    return Step(message.petition, caught_up(rules.resume_clock))


def on_superior_decided(message: SuperiorDecided) -> Step:
    """A superior has decided something of a case."""
    return Step(message.petition, caught_up(rules.extend_from_above))


def on_traits_corrected(message: TraitsCorrected) -> Step:
    """What a case is counted by was corrected."""
    return Step(message.petition, caught_up(decide.correct))


HANDLERS: dict[str, Handler] = {
    "intake.petition_accepted.v1": on_petition_accepted,
    "intake.traits_corrected.v1": on_traits_corrected,
    "intake.petition_returned.v1": on_petition_returned,
    "intake.superior_decided.v1": on_superior_decided,
    "review.case_concluded.v1": on_case_concluded,
    "routing.start_clock.v1": on_start_clock,
    "routing.stop_clock.v1": on_stop_clock,
    "routing.extend_clock.v1": on_extend_clock,
    "routing.suspend_clock.v1": on_suspend_clock,
    "routing.resume_clock.v1": on_resume_clock,
}
OWN_HANDLERS: dict[str, Handler] = {
    "routing.case_due.v1": on_case_due,
    "routing.case_recounted.v1": on_case_recounted,
    "routing.calendar_asked.v1": on_calendar_asked,
}
