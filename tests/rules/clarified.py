"""A concluded case and what comes after it, told message by message: clarification, accusation, quality review."""

import json
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from xinfang_contracts.clarification import (
    ApproveClarification,
    AssessClarification,
    CarryOutClarification,
    CheckClarification,
    ClarificationGround,
    ClarificationScope,
    ClarificationWay,
    Cleared,
    FileClarification,
    ProposeClarification,
)
from xinfang_contracts.district import District
from xinfang_contracts.intake import CaseTraits
from xinfang_contracts.message import DocumentRef, Message
from xinfang_contracts.review import CaseConcluded, Outcome, ReportSubmitted
from xinfang_contracts.vault import DocumentDeposited, DocumentKind

from services.review.clarifying.state import Clarification
from services.review.due import CaseDue, due_at, fall_due
from services.review.facts import Facts
from services.review.handlers import HANDLERS
from services.review.state import State, evolve
from services.runtime.clock import civil_date
from services.runtime.rules import Output
from tests.pens import pen_of, signers_of
from tests.rules.given import NOW, YANFENG, assigned, at, case_traits, facts

UNIT, TRIAL, PRINCIPAL, OFFICE, MANAGEMENT = (
    "unit_430406001",
    "office_trial",
    "leader_principal",
    "office_petition",
    "office_case",
)
TYPES = {type_.split(".")[1]: handler for type_, handler in HANDLERS.items() if type_.startswith("review.")}


def document(name: str) -> DocumentRef:
    """A document by a letter."""
    return DocumentRef(document=f"00000000-0000-4000-8000-{ord(name):012x}", digest=f"{ord(name):064x}")


ASSESSMENT, TEXT, OTHER = document("a"), document("t"), document("o")


class Afterwards:
    """A case that stands concluded, and its clarifications."""

    def __init__(
        self,
        *,
        outcome: Outcome = Outcome.UNFOUNDED,
        unit: str = UNIT,
        district: District = YANFENG,
        excluded: Sequence[str] = (),
        about: CaseTraits | None = None,
        now: datetime = NOW,
    ) -> None:
        self.district, self.unit, self.now = district, unit, now
        self.number = f"{district.code}-2023-000017"
        self.said: list[Message] = []
        self.state: State = None
        self.hear(
            assigned(unit, number=self.number, district=district, excluded=[*excluded], traits=about or case_traits())
        )
        self.hear(ReportSubmitted(petition=self.number, version=1, unit=unit, outcome=outcome))
        self.hear(concluded(self.number, unit, outcome, civil_date(now), about))

    def hear(self, fact: Message) -> None:
        """A fact of ours, or of another service."""
        self.state = evolve(self.state, fact, self.now)

    def say(self, actor: str, message: Message) -> Sequence[Output]:
        """A command, by whatever rule the handlers have for it; what is said is remembered."""
        name = _snake(type(message).__name__)
        known = Facts(self.district, actor, signers_of(self.district))
        outputs = TYPES[name](message).rule(self.state, message, known, now=self.now)
        return self._then(outputs)

    def hears(self, type_: str, message: Message) -> Sequence[Output]:
        """Another service's fact: by our rule, then remembered."""
        outputs = HANDLERS[type_](message).rule(self.state, message, Facts(self.district, ""), now=self.now)
        self.hear(message)
        return self._then(outputs)

    def _then(self, outputs: Sequence[Output]) -> Sequence[Output]:
        for fact in facts(outputs):
            self.hear(fact)
            self.said.append(fact)
        return outputs

    def at(self, text: str) -> "Afterwards":
        """From now on it is then."""
        self.now = at(text)
        return self

    def ticks(self) -> Sequence[Output]:
        """All that is due by now, each at its own moment."""
        found: list[Output] = []
        while (moment := due_at(self.state)) is not None and moment <= self.now:
            before = self.state
            outputs = fall_due(self.state, CaseDue(petition=self.number), Facts(self.district, ""), now=moment)
            found += self._then(outputs)
            assert self.state != before, "what is due stays due"
        return found

    def one(self, number: int = 1) -> Clarification:
        """A clarification as it is known."""
        assert self.state is not None and self.state.case.clarifying is not None
        found = self.state.case.clarifying.of(number)
        assert found is not None
        return found

    # -- the five steps ------------------------------------------------------------------------------------------

    def proposed(self, actor: str = UNIT, **changes: Any) -> Sequence[Output]:
        given: dict[str, Any] = {
            "petition": self.number,
            "cleared": Cleared.PERSON,
            "grounds": [ClarificationGround.RIGHTS],
            "accused_agrees": True,
        }
        return self.say(actor, ProposeClarification(**given | changes))

    def assessed(self, actor: str = UNIT, number: int = 1, **changes: Any) -> Sequence[Output]:
        message = AssessClarification(petition=self.number, number=number, document=ASSESSMENT, **changes)
        return self.say(actor, message)

    def checked(self, actor: str = TRIAL, number: int = 1, agrees: bool = True) -> Sequence[Output]:
        return self.say(actor, CheckClarification(petition=self.number, number=number, agrees=agrees))

    def approved(self, actor: str = PRINCIPAL, number: int = 1, **changes: Any) -> Sequence[Output]:
        return self.say(actor, self.signed(actor, number, **changes))

    def signed(self, actor: str, number: int = 1, pen: Any = None, **changes: Any) -> ApproveClarification:
        """The approval, signed over the assessment by this actor's person."""
        message = ApproveClarification(petition=self.number, number=number, **changes)
        return (pen or pen_of(actor)).signed(message, self.district.code, actor, self.told(number))

    def told(self, number: int = 1) -> dict[str, Any]:
        """What whoever approves was told: the assessment, and the last record."""
        part = None if self.state is None else self.state.case.clarifying
        one = None if part is None else part.of(number)
        asking = None if one is None else one.checked or one.assessed
        return (
            {}
            if asking is None
            else {
                "report": ASSESSMENT.model_dump(mode="json"),
                "link": json.loads(asking.model_dump_json())["link"],
            }
        )

    def deposited(self, text: DocumentRef = TEXT, kind: DocumentKind = DocumentKind.CLARIFICATION) -> "Afterwards":
        """Intake says that a text is in the vault; one that goes out has passed its gate."""
        fact = DocumentDeposited(petition=self.number, document=text, kind=kind, by=self.unit)
        self.hears("intake.document_deposited.v1", fact)
        return self

    def made(self, actor: str = UNIT, number: int = 1, **changes: Any) -> Sequence[Output]:
        given: dict[str, Any] = {
            "petition": self.number,
            "number": number,
            "on": civil_date(self.now),
            "ways": [ClarificationWay.WRITING, ClarificationWay.MEETING],
            "scope": ClarificationScope.COMMUNITY,
            "text": TEXT,
        }
        return self.say(actor, CarryOutClarification(**given | changes))

    def filed(self, actor: str = UNIT, number: int = 1, **changes: Any) -> Sequence[Output]:
        given: dict[str, Any] = {"petition": self.number, "number": number, "reporter": "told"}
        return self.say(actor, FileClarification(**given | changes))

    def up_to(self, stage: str) -> "Afterwards":
        """As far as that, by those whose steps they are."""
        steps: dict[str, Callable[[], Sequence[Output]]] = {
            "proposed": self.proposed,
            "assessed": self.assessed,
            "checked": self.checked,
            "approved": self.approved,
            "made": lambda: self.deposited().made(),
            "filed": self.filed,
        }
        for name, step in steps.items():
            assert facts(step()), name
            if name == stage:
                break
        return self


def concluded(
    number: str, unit: str, outcome: Outcome, on: Any, about: CaseTraits | None = None, **more: Any
) -> CaseConcluded:
    """办结."""
    return CaseConcluded(
        petition=number,
        traits=about or case_traits(),
        unit=unit,
        zone="zone_1",
        chain="joint",
        jointly_reviewed=True,
        version=1,
        outcome=outcome,
        concluded_on=on,
        **more,
    )


def _snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).removeprefix("_")
