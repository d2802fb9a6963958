"""A case under review, told message by message: given what was said, when somebody speaks, then what is remembered."""

from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st
from xinfang_contracts.district import District, Unit
from xinfang_contracts.message import Message
from xinfang_contracts.review import GiveOpinion, Outcome, RecordSettlement, ReturnReason, SubmitReport

from services.review.decide import give_opinion, settle, steps_of, submit_report
from services.review.facts import Facts
from services.review.state import State, UnderReview, evolve
from services.runtime.rules import Output
from tests.pens import signed, signers_of
from tests.rules.given import DISTRICTS, NOW, YANFENG, assigned, facts

TOWN_UNIT = "unit_430406001"
JOINT = [
    ["office_supervision_1", "office_petition", "office_trial"],
    ["leader_assist_1"],
    ["leader_deputy_1"],
    ["leader_principal"],
]
IN_ORDER = [actor for step in JOINT for actor in step]


class Story:
    """A case as it is decided and remembered, message by message."""

    def __init__(
        self, unit: str = TOWN_UNIT, district: District = YANFENG, excluded: Sequence[str] = (), number: str = ""
    ) -> None:
        self.district = district
        self.number = number or f"{district.code}-2023-000017"
        self.unit = unit
        self.given = assigned(unit, number=self.number, district=district, excluded=[*excluded])
        self.state: State = None
        self.said: list[Message] = []
        self.hear(self.given)

    def hear(self, fact: Message) -> None:
        self.state = evolve(self.state, fact, NOW)

    def _then(self, outputs: Sequence[Output]) -> Sequence[Output]:
        for fact in facts(outputs):
            self.hear(fact)
            self.said.append(fact)
        return outputs

    def report(self, version: int = 1, actor: str = "", petition: str = "", **more: Any) -> Sequence[Output]:
        message = SubmitReport(petition=petition or self.number, version=version, outcome=Outcome.PROVED, **more)
        return self.hands_in(message, actor)

    def hands_in(self, message: SubmitReport, actor: str = "") -> Sequence[Output]:
        return self._then(submit_report(self.state, message, Facts(self.district, actor or self.unit), now=NOW))

    def opinion(self, actor: str, version: int = 1, petition: str = "", back: bool = False) -> Sequence[Output]:
        return self._then(self.would_say(actor, version, petition, back))

    def would_say(self, actor: str, version: int, petition: str = "", back: bool = False) -> Sequence[Output]:
        message = GiveOpinion(
            petition=petition or self.number, version=version, returned=ReturnReason.FACTS_UNCLEAR if back else None
        )
        return self.hears(actor, signed(message, actor, self.told(), self.district))

    def says(self, actor: str, message: GiveOpinion) -> GiveOpinion:
        """The opinion as it is signed; it is heard."""
        given = signed(message, actor, self.told(), self.district)
        self._then(self.hears(actor, given))
        return given

    def hears(self, actor: str, message: GiveOpinion) -> Sequence[Output]:
        return give_opinion(self.state, message, Facts(self.district, actor, signers_of(self.district)), now=NOW)

    def told(self) -> dict[str, Any]:
        """What whoever is asked has in hand of the version under review."""
        if not isinstance(self.state, UnderReview) or self.state.submitted is None:
            return {}
        found = {"link": self.state.submitted.model_dump(mode="json")}
        return found | ({"report": self.state.report.model_dump(mode="json")} if self.state.report else {})

    def steps(self) -> list[list[str]]:
        """Who has to speak, step by step."""
        assert self.state is not None
        return steps_of(self.district, self.state.case)

    def settlement(self, actor: str, petition: str = "") -> Sequence[Output]:
        message = RecordSettlement(petition=petition or self.number)
        return self._then(settle(self.state, message, Facts(self.district, actor), now=NOW))

    def agreed_by(self, *actors: str, version: int = 1) -> "Story":
        for actor in actors:
            assert facts(self.opinion(actor, version)), actor
        return self


def reported(unit: str = TOWN_UNIT, *, recovered: int = 0) -> Story:
    story = Story(unit)
    story.report(recovered_yuan=recovered)
    return story


def tieable(district: District) -> list[str]:
    """Whom a tie may exclude: everybody here. The superior is the last resort."""
    return [one.code for group in (district.units, district.offices, district.leaders) for one in group]


@st.composite
def ties(draw: st.DrawFn) -> tuple[District, Unit, set[str]]:
    """A district, a handling unit, and who is tied; the unit never is, routing sees to that."""
    district = draw(st.sampled_from(DISTRICTS))
    unit = draw(st.sampled_from(district.units))
    return district, unit, draw(st.sets(st.sampled_from(tieable(district)), max_size=7)) - {unit.code}
