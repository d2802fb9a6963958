"""A case under review and after, told message by message through the handlers, with a clock of its own."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from xinfang_contracts.district import District, OfficeKind
from xinfang_contracts.message import DocumentRef, Message
from xinfang_contracts.notices import NoticeDelivered, NoticeKind
from xinfang_contracts.registry import REGISTRY, Kind
from xinfang_contracts.repeats import RepeatLinked
from xinfang_contracts.review import CaseConcluded, GiveOpinion, Outcome, RecordSettlement, ReturnReason, SubmitReport

from services.review.decide import current, steps_of
from services.review.due import CaseDue, due_at, fall_due
from services.review.facts import Facts
from services.review.handlers import HANDLERS
from services.review.state import State, UnderReview, evolve
from services.runtime.rules import Output
from tests.rules.given import NOW, NUMBER, YANFENG, assigned, at, case_traits, facts

UNIT = "unit_430406001"
OFFICE = "office_petition"
PRINCIPAL = "leader_principal"
DOCUMENT = DocumentRef(document="0f6d2a64-7c1b-5b52-9d5e-2f7b6a0c1d10", digest="5b" * 32)
REPEAT = "430406-2023-000099"
_TYPES = {entry.model: entry.type for entry in REGISTRY if entry.kind in (Kind.COMMAND, Kind.FACT)}
YANFENG_OFFICES = [office.code for office in YANFENG.office_of_kind(OfficeKind.PETITION)]


def reviewing(**changes: Any) -> District:
    """Yanfeng with another setting of what follows a conclusion. Signatures, tested elsewhere, are not demanded."""
    settings = {"signatures": "recorded"} | changes
    return YANFENG.model_copy(update={"review": YANFENG.review.model_copy(update=settings)})


QUIET = reviewing(follow_up=None)
"""Without visits of the district file's own."""


class Case:
    """One case: ``now`` is the time of the next message; ``said``: all its facts; ``about``: its traits."""

    def __init__(
        self, *, district: District = QUIET, unit: str = UNIT, excluded: Sequence[str] = (), **about: Any
    ) -> None:
        self.district = district
        self.now = NOW
        self.state: State = None
        self.said: list[Message] = []
        self.hear(assigned(unit, district=district, excluded=[*excluded], traits=case_traits(**about)))

    @property
    def case(self) -> Any:
        """What stays the same from one version to the next."""
        assert self.state is not None
        return self.state.case

    def on(self, text: str) -> "Case":
        """What follows happens then: ``2023-03-01``, or with the time of day."""
        self.now = at(text if " " in text else f"{text} 10:00")
        return self

    def hear(self, fact: Message) -> Sequence[Output]:
        """A fact of another service: decided on, remembered, then what is said of it."""
        outputs = self.rule(fact)
        self.state = evolve(self.state, fact, self.now)
        return self._then(outputs)

    def rule(self, message: Message, actor: str = "") -> Sequence[Output]:
        """What its rule answers; nothing is remembered."""
        step = HANDLERS[_TYPES[type(message)]](message)
        return step.rule(self.state, message, Facts(self.district, actor), now=self.now)

    def do(self, command: type[Message], actor: str = OFFICE, **fields: Any) -> Sequence[Output]:
        """Somebody speaks."""
        return self._then(self.rule(command(**{"petition": NUMBER} | fields), actor))

    def _then(self, outputs: Sequence[Output]) -> Sequence[Output]:
        for fact in facts(outputs):
            self.state = evolve(self.state, fact, self.now)
            self.said.append(fact)
        return outputs

    def tick(self, until: str | datetime) -> list[Message]:
        """All that falls due by then, each at its own moment."""
        end = until if isinstance(until, datetime) else at(f"{until} 00:00")
        found: list[Message] = []
        while (due := due_at(self.state)) is not None and due <= end:
            self.now = due
            message = CaseDue(petition=NUMBER)
            outputs = fall_due(self.state, message, Facts(self.district, ""), now=due)
            assert facts(outputs), "nothing is said of what is due"
            assert len(found) < 100, "what is due does not move on"
            found += facts(self._then(outputs))
        self.now = max(self.now, end)
        return found

    def report(self, outcome: Outcome = Outcome.PROVED, yuan: int = 0) -> Sequence[Output]:
        """The unit reports the version that is awaited."""
        version = self.state.version if self.state is not None else 1
        return self.do(SubmitReport, self.case.unit, version=version, outcome=outcome, recovered_yuan=yuan)

    def agree(self, until: str = "") -> Sequence[Output]:
        """Everybody who is asked agrees, up to and without ``until``; the last answer."""
        outputs: Sequence[Output] = []
        while isinstance(self.state, UnderReview):
            steps = steps_of(self.district, self.case)
            asked = [one for one in steps[current(steps, self.state.given)] if one not in self.state.given]
            if until in asked:
                break
            outputs = self.do(GiveOpinion, asked[0], version=self.state.version)
        return outputs

    def conclude(self, outcome: Outcome = Outcome.PROVED, yuan: int = 0) -> "Case":
        """Reported and agreed to by all."""
        self.report(outcome, yuan)
        self.agree()
        return self

    def sent_back(self) -> None:
        """The first who is asked returns the report."""
        assert isinstance(self.state, UnderReview)
        steps = steps_of(self.district, self.case)
        asked = next(one for one in steps[current(steps, self.state.given)] if one not in self.state.given)
        self.do(GiveOpinion, asked, version=self.state.version, returned=ReturnReason.FACTS_UNCLEAR)

    def replied(self) -> "Case":
        """The reporter is told of the newest result, today."""
        ended = [one for one in self.said if isinstance(one, CaseConcluded)]
        self.hear(reply(self.now.date(), number=len(ended)))
        return self

    def settle(self, actor: str = OFFICE) -> Sequence[Output]:
        """The reporter has confirmed."""
        return self.do(RecordSettlement, actor)

    def repeat(self, number: str = REPEAT, *, accepted: bool = False, unit: str | None = None) -> Sequence[Output]:
        """Intake says that a repeat belongs to it."""
        return self.hear(RepeatLinked(petition=NUMBER, repeat=number, accepted=accepted, unit=unit))


def reply(on: date, kind: NoticeKind = NoticeKind.RESULT, number: int = 1) -> NoticeDelivered:
    """Intake says that the reporter was told."""
    return NoticeDelivered(
        petition=NUMBER,
        notice=f"{kind}_{number}",
        kind=kind,
        traits=case_traits(),
        way="phone",
        delivered_on=on,
        by=OFFICE,
        proof=DOCUMENT,
        newly_on_time=True,
    )
