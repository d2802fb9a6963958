"""A case that is pressed on: what happens to it, message by message, and its facts for counting."""

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from hypothesis import strategies as st
from xinfang_contracts.district import District, Unit
from xinfang_contracts.hearings import HearingHeld
from xinfang_contracts.intercession import ByKind, IntercessionRecorded, Manner
from xinfang_contracts.message import DocumentRef, Message
from xinfang_contracts.pressing import (
    IssueSupervisionLetter,
    LetterGround,
    SupervisionLetterAnswered,
    SupervisionLetterIssued,
    SupervisionLetterOverdue,
)
from xinfang_contracts.review import CaseConcluded, OpinionOverdue, Outcome

from services.routing.facts import Facts, KnownCase
from services.routing.pressing.people import tied
from services.routing.state import State, evolve
from services.runtime.clock import civil_date
from services.runtime.rules import Output
from tests.rules.given import (
    DISTRICTS,
    NOW,
    NUMBER,
    TOWN,
    YANFENG,
    assigned,
    at,
    case_traits,
    facts,
    running,
)
from tests.rules.stories import tieable

UNIT = f"unit_{TOWN}"
PRINCIPAL, DEPUTY, OTHER_DEPUTY, MEMBER = "leader_principal", "leader_deputy_1", "leader_deputy_2", "leader_assist_1"
OFFICE, MANAGEMENT, TRIAL = "office_petition", "office_case", "office_trial"
DOCUMENT = DocumentRef(document="0b6f3b1e-7d53-4c1c-9a0e-2f6d1c9a7e11", digest="a" * 64)
ISSUED_ON = date(2023, 3, 1)
LETTER_CLOCK = running("supervision_letter", NOW)


class Pressed:
    """A case in the hands of a unit, as it is decided and remembered."""

    def __init__(self, unit: str = UNIT, district: District = YANFENG, tied: Sequence[str] = ()) -> None:
        self.district = district
        self.number = f"{district.code}-2023-000017"
        self.state: State = None
        self.now: datetime = NOW
        self.hear(assigned(unit, number=self.number, district=district, excluded=[*tied]))

    def hear(self, fact: Message) -> None:
        self.state = evolve(self.state, fact, self.now)

    def do(self, rule: Callable[..., Sequence[Output]], actor: str, message: Message, **more: Any) -> Sequence[Output]:
        """One message by one actor; what is said is remembered."""
        outputs = rule(self.state, message, Facts(self.district, actor, **more), now=self.now)
        for fact in facts(outputs):
            self.hear(fact)
        return outputs

    def conclude(self) -> "Pressed":
        self.hear(concluded(self.number))
        return self

    def known(self) -> dict[str, KnownCase]:
        """As a hearing's rules know it."""
        return {self.number: KnownCase(getattr(self.state, "zone", None), tied(self.state))}


def concluded(number: str = NUMBER) -> CaseConcluded:
    return CaseConcluded(
        petition=number,
        traits=case_traits(),
        unit=UNIT,
        zone="zone_1",
        chain="joint",
        jointly_reviewed=True,
        version=1,
        outcome=Outcome.PROVED,
        concluded_on=civil_date(NOW),
    )


def letter_to(to: str = "housing", number: str = NUMBER) -> IssueSupervisionLetter:
    return IssueSupervisionLetter(petition=number, to=to, ground=LetterGround.EVASIVE, letter=DOCUMENT)


@st.composite
def tied_cases(draw: st.DrawFn) -> tuple[District, Unit, list[str]]:
    """A district, a handling unit, and who is tied, whom the unit never is among."""
    district = draw(st.sampled_from(DISTRICTS))
    unit = draw(st.sampled_from(district.units))
    barred = draw(st.sets(st.sampled_from(tieable(district)))) - {unit.code}
    return district, unit, sorted(barred)


_OF_A_LETTER: dict[str, Any] = {
    "petition": NUMBER,
    "number": 1,
    "to": "housing",
    "unit": UNIT,
    "zone": "zone_1",
    "issued_on": ISSUED_ON,
}
HELD = HearingHeld(kind="special", held_on=date(2023, 3, 8), petitions=[NUMBER], attended=[PRINCIPAL], by=OFFICE)
MONTHLY = HearingHeld(kind="monthly", held_on=date(2023, 3, 30), attended=[PRINCIPAL], by=OFFICE)
ISSUED = SupervisionLetterIssued(
    **_OF_A_LETTER, ground=LetterGround.EVASIVE, letter=DOCUMENT, by=DEPUTY, clock=LETTER_CLOCK, basis="规则22"
)
ANSWERED = SupervisionLetterAnswered(**_OF_A_LETTER, document=DOCUMENT, by=OFFICE, issued_by=DEPUTY, on_time=True)
LATE = ANSWERED.model_copy(update={"on_time": False})
OVERDUE = SupervisionLetterOverdue(**_OF_A_LETTER, issued_by=DEPUTY, clock=LETTER_CLOCK)
INTERCEDED = IntercessionRecorded(
    petition=NUMBER,
    manner=Manner.PLEADED,
    by_kind=ByKind.COLLEAGUE,
    on=date(2023, 4, 3),
    document=DOCUMENT,
    recorded_by=UNIT,
    basis="监察法66",
)
LATE_OPINION = OpinionOverdue(petition=NUMBER, version=1, actor=TRIAL, due_at=at("2023-04-01 00:00"), times=1)
FACTS: tuple[Message, ...] = (HELD, MONTHLY, ISSUED, ANSWERED, OVERDUE, INTERCEDED, LATE_OPINION)
AFTER = LETTER_CLOCK.due_at + timedelta(days=1)
MUCH_LATER = at("2024-03-01 00:00")
