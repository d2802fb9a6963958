"""Which rule each message meets, and whose state it needs."""

from xinfang_contracts.handling import ChangeHandling, DeclareTie, ObjectToAssignment
from xinfang_contracts.intake import PetitionAccepted
from xinfang_contracts.outside import SuperiorDecided
from xinfang_contracts.repeats import PetitionJoined
from xinfang_contracts.review import CaseConcluded
from xinfang_contracts.screening import PetitionReturned
from xinfang_contracts.statistics import TraitsCorrected

from services.runtime.rules import Handler, Step

from . import decide
from .choosing import above, asking


def on_petition_accepted(message: PetitionAccepted) -> Step:
    """A petition has become a case."""
    return Step(message.petition, decide.assign)


def on_case_concluded(message: CaseConcluded) -> Step:
    """A case is over."""
    return Step(message.petition, decide.close)


def on_petition_returned(message: PetitionReturned) -> Step:
    """A petition has gone back to the petition office."""
    return Step(message.petition, decide.give_up)


def on_petition_joined(message: PetitionJoined) -> Step:
    """A petition's case goes on in another."""
    return Step(message.petition, decide.give_up)


def on_case_due(message: decide.CaseDue) -> Step:
    """A case's clock has run out."""
    return Step(message.petition, decide.expire)


def on_traits_corrected(message: TraitsCorrected) -> Step:
    """What a case is counted by was corrected."""
    return Step(message.petition, decide.correct)


def on_declare_tie(message: DeclareTie) -> Step:
    """Somebody is tied to a case."""
    return Step(message.petition, asking.declare_tie)


def on_object_to_assignment(message: ObjectToAssignment) -> Step:
    """A unit finds that a case is not its own."""
    return Step(message.petition, asking.object_to)


def on_change_handling(message: ChangeHandling) -> Step:
    """A leader decides how a case is handled."""
    return Step(message.petition, asking.change)


def on_superior_decided(message: SuperiorDecided) -> Step:
    """The superior has said who handles a case."""
    return Step(message.petition, above.hear)


HANDLERS: dict[str, Handler] = {
    "intake.petition_accepted.v1": on_petition_accepted,
    "intake.traits_corrected.v1": on_traits_corrected,
    "intake.petition_returned.v1": on_petition_returned,
    "intake.petition_joined.v1": on_petition_joined,
    "intake.superior_decided.v1": on_superior_decided,
    "review.case_concluded.v1": on_case_concluded,
    "routing.declare_tie.v1": on_declare_tie,
    "routing.object_to_assignment.v1": on_object_to_assignment,
    "routing.change_handling.v1": on_change_handling,
}
OWN_HANDLERS: dict[str, Handler] = {"routing.case_due.v1": on_case_due}
