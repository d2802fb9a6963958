"""Which rule each message meets, and whose state it needs."""

from xinfang_contracts.intake import DeclareDistrict, ScreenPetition, SubmitPetition
from xinfang_contracts.returning import AddMaterial, AnswerQuestion, AskReporter, ReplaceReceipt
from xinfang_contracts.review import CaseConcluded

from services.runtime.rules import Handler, Step

from . import decide, returning


def on_submit_petition(message: SubmitPetition) -> Step:
    """One petition is handed in."""
    return Step(None, decide.submit)


def on_screen_petition(message: ScreenPetition) -> Step:
    """A clerk has screened a petition."""
    return Step(message.petition, decide.screen)


def on_declare_district(message: DeclareDistrict) -> Step:
    """An operator announces the district file in force."""
    return Step(None, decide.declare)


def on_ask_reporter(message: AskReporter) -> Step:
    """The petition office has a question."""
    return Step(message.petition, returning.ask)


def on_add_material(message: AddMaterial) -> Step:
    """A reporter has come back with more."""
    return Step(message.petition, returning.add_material)


def on_answer_question(message: AnswerQuestion) -> Step:
    """A reporter has come back with an answer."""
    return Step(message.petition, returning.answer)


def on_replace_receipt(message: ReplaceReceipt) -> Step:
    """A reporter has come in person for a new receipt."""
    return Step(message.petition, returning.replace)


def on_case_concluded(message: CaseConcluded) -> Step:
    """Review has concluded a case."""
    return Step(message.petition, returning.note_conclusion)


HANDLERS: dict[str, Handler] = {
    "intake.submit_petition.v1": on_submit_petition,
    "intake.screen_petition.v1": on_screen_petition,
    "intake.declare_district.v1": on_declare_district,
    "intake.ask_reporter.v1": on_ask_reporter,
    "intake.add_material.v1": on_add_material,
    "intake.answer_question.v1": on_answer_question,
    "intake.replace_receipt.v1": on_replace_receipt,
    "review.case_concluded.v1": on_case_concluded,
}
