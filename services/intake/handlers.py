"""Which rule each message meets, and whose state it needs."""

from xinfang_contracts.intake import DeclareDistrict, ScreenPetition, SubmitPetition

from services.runtime.rules import Handler, Step

from . import decide


def on_submit_petition(message: SubmitPetition) -> Step:
    """One petition is handed in."""
    return Step(None, decide.submit)


def on_screen_petition(message: ScreenPetition) -> Step:
    """A clerk has screened a petition."""
    return Step(message.petition, decide.screen)


def on_declare_district(message: DeclareDistrict) -> Step:
    """An operator announces the district file in force."""
    return Step(None, decide.declare)


HANDLERS: dict[str, Handler] = {
    "intake.submit_petition.v1": on_submit_petition,
    "intake.screen_petition.v1": on_screen_petition,
    "intake.declare_district.v1": on_declare_district,
}
