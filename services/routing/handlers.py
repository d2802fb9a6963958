"""Which rule each message meets, and whose state it needs."""

from xinfang_contracts.intake import PetitionAccepted
from xinfang_contracts.review import CaseConcluded
from xinfang_contracts.screening import PetitionReturned
from xinfang_contracts.statistics import TraitsCorrected

from services.runtime.rules import Handler, Step

from . import decide
from .pressing import handlers as pressing


def on_petition_accepted(message: PetitionAccepted) -> Step:
    """A petition has become a case."""
    return Step(message.petition, decide.assign)


def on_case_concluded(message: CaseConcluded) -> Step:
    """A case is over."""
    return Step(message.petition, decide.close)


def on_petition_returned(message: PetitionReturned) -> Step:
    """A petition has gone back to the petition office."""
    return Step(message.petition, decide.give_up)


def on_case_due(message: decide.CaseDue) -> Step:
    """Something of a case has fallen due."""
    return Step(message.petition, decide.fall_due)


def on_traits_corrected(message: TraitsCorrected) -> Step:
    """What a case is counted by was corrected."""
    return Step(message.petition, decide.correct)


HANDLERS: dict[str, Handler] = {
    "intake.petition_accepted.v1": on_petition_accepted,
    "intake.traits_corrected.v1": on_traits_corrected,
    "intake.petition_returned.v1": on_petition_returned,
    "review.case_concluded.v1": on_case_concluded,
    **pressing.HANDLERS,
}
OWN_HANDLERS: dict[str, Handler] = {"routing.case_due.v1": on_case_due, **pressing.OWN_HANDLERS}
