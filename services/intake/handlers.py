"""Which rule each message meets, and whose state it needs."""

from xinfang_contracts.intake import DeclareDistrict, ScreenPetition, SubmitPetition
from xinfang_contracts.review import CaseConcluded
from xinfang_contracts.routing import CaseAssigned, CaseSentUp
from xinfang_contracts.vault import ApproveErasure, DepositDocument, ProposeErasure

from services.runtime.rules import Handler, Step

from . import custody, decide


def on_submit_petition(message: SubmitPetition) -> Step:
    """One petition is handed in."""
    return Step(None, decide.submit)


def on_screen_petition(message: ScreenPetition) -> Step:
    """A clerk has screened a petition."""
    return Step(message.petition, decide.screen)


def on_declare_district(message: DeclareDistrict) -> Step:
    """An operator announces the district file in force."""
    return Step(None, decide.declare)


def on_deposit_document(message: DepositDocument) -> Step:
    """Somebody has written something on a petition."""
    return Step(message.petition, custody.deposit)


def on_case_assigned(message: CaseAssigned) -> Step:
    """Routing has named the unit that handles a case."""
    return Step(message.petition, custody.learn)


def on_case_sent_up(message: CaseSentUp) -> Step:
    """Routing has sent a case to the superior."""
    return Step(message.petition, custody.learn)


def on_case_concluded(message: CaseConcluded) -> Step:
    """A case is over."""
    return Step(message.petition, custody.learn)


def on_propose_erasure(message: ProposeErasure) -> Step:
    """The petition office asks for an erasure."""
    return Step(message.petition, custody.propose_erasure)


def on_approve_erasure(message: ApproveErasure) -> Step:
    """One of two agrees to it."""
    return Step(message.petition, custody.approve_erasure)


def on_retention_ends(message: custody.RetentionEnds) -> Step:
    """A petition has been kept for as long as it must be."""
    return Step(message.petition, custody.expire)


HANDLERS: dict[str, Handler] = {
    "intake.submit_petition.v1": on_submit_petition,
    "intake.screen_petition.v1": on_screen_petition,
    "intake.declare_district.v1": on_declare_district,
    "intake.deposit_document.v1": on_deposit_document,
    "intake.propose_erasure.v1": on_propose_erasure,
    "intake.approve_erasure.v1": on_approve_erasure,
    "routing.case_assigned.v1": on_case_assigned,
    "routing.case_sent_up.v1": on_case_sent_up,
    "review.case_concluded.v1": on_case_concluded,
}
OWN_HANDLERS: dict[str, Handler] = {"intake.retention_ends.v1": on_retention_ends}
