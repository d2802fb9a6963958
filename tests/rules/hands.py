"""A case in routing's hands, told message by message; it checks by itself that nobody interested is ever chosen."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from xinfang_contracts.district import District, UnitKind
from xinfang_contracts.handling import (
    CaseReassigned,
    ChangeHandling,
    ChangeReason,
    DeclareTie,
    ObjectionReason,
    ObjectToAssignment,
    TieDeclared,
)
from xinfang_contracts.intake import PetitionAccepted
from xinfang_contracts.message import DocumentRef, Message
from xinfang_contracts.outside import SuperiorDecided
from xinfang_contracts.routing import CaseAssigned, CaseSentUp, Mode
from xinfang_contracts.ties import TieKind

from services.routing.choosing import above, asking
from services.routing.choosing.moving import is_crossed_anew
from services.routing.decide import assign
from services.routing.facts import Facts
from services.routing.state import Closed, Open, SentUp, State, evolve
from services.runtime.rules import Notice, Output
from tests.rules.given import NOW, facts

DOCUMENT = DocumentRef(document="6c1f6b52-4b55-4f6e-8a51-3f0a5f0d1c11", digest="0" * 64)


class Hands:
    """A case as routing decides and remembers it. loads: shared by the cases of a district and year."""

    def __init__(self, district: District, petition: PetitionAccepted, loads: Counter[str] | None = None) -> None:
        self.district, self.petition, self.number = district, petition, petition.petition
        self.loads: Counter[str] = Counter() if loads is None else loads
        self.excluded = {*petition.excluded}
        self.state: State = None
        self.said: list[Message] = []
        self.said_at: list[datetime] = []
        self.now: datetime = NOW
        self.hears(assign, petition)

    def hears(self, rule: Any, message: Message, actor: str = "", *, is_fact: bool = True) -> Sequence[Output]:
        """A message meets its rule; what is said is remembered and checked."""
        known = Facts(self.district, actor, self.loads)
        outputs: Sequence[Output] = rule(self.state, message, known, now=self.now)
        assert rule(self.state, message.model_copy(deep=True), known, now=self.now) == outputs
        before = self.state
        for fact in [*([message] if is_fact else []), *facts(outputs)]:
            self.state = evolve(self.state, fact, self.now)
        for fact in facts(outputs):
            self._check(fact, before)
            self.said.append(fact)
            self.said_at.append(self.now)
        self._check_notices(outputs)
        self._check_state()
        return outputs

    # -- what may happen ---------------------------------------------------------------------------------------------

    def is_tied(self, actor: str, by: str) -> Sequence[Output]:
        message = DeclareTie(petition=self.number, actor=actor, kind=TieKind.INTEREST)
        return self.hears(asking.declare_tie, message, by, is_fact=False)

    def objects(self, unit: str) -> Sequence[Output]:
        message = ObjectToAssignment(petition=self.number, reason=ObjectionReason.NOT_COMPETENT, document=DOCUMENT)
        return self.hears(asking.object_to, message, unit, is_fact=False)

    def is_changed(self, by: str, mode: Mode, unit: str | None = None) -> Sequence[Output]:
        message = ChangeHandling(petition=self.number, mode=mode, unit=unit, reason=ChangeReason.COMPLEX)
        return self.hears(asking.change, message, by, is_fact=False)

    def superior_says(self, matter: str, unit: str | None = None, approved: bool = True) -> Sequence[Output]:
        message = SuperiorDecided.model_validate(
            {
                "petition": self.number,
                "superior": self.district.remit.superior,
                "matter": matter,
                "approved": approved,
                "unit": unit,
                "on": self.now.date(),
                "acceptance": self.petition.acceptance,
            }
        )
        return self.hears(above.hear, message)

    def days_pass(self, days: int) -> None:
        self.now += timedelta(days=days)

    @property
    def holder(self) -> str:
        """Who has it."""
        assert isinstance(self.state, Open | SentUp)
        return self.state.unit if isinstance(self.state, Open) else self.state.superior

    # -- what must hold ----------------------------------------------------------------------------------------------

    def _check(self, fact: Message, before: State) -> None:
        if isinstance(fact, TieDeclared):
            self.excluded.add(fact.actor)
        if isinstance(fact, CaseAssigned | CaseReassigned):
            hands = {fact.unit, *fact.assisting, *([fact.lead] if fact.lead else [])}
            assert not hands & self.excluded, f"interested hands: {hands & self.excluded}"
            assert self.excluded <= {*fact.excluded}
            if fact.mode is Mode.CROSSED:
                self._check_crossed(fact)
        if isinstance(fact, CaseReassigned | CaseSentUp) and before is not None:
            assert isinstance(before, Open | SentUp)
            assert fact.move == before.hands.move + 1
            assert fact.before == (before.unit if isinstance(before, Open) else before.superior)
        if is_crossed_anew(fact):
            self.loads[fact.unit] += 1

    def _check_crossed(self, fact: CaseAssigned | CaseReassigned) -> None:
        unit = self.district.unit(fact.unit)
        assert unit is not None and unit.kind is not UnitKind.ORGAN
        assert unit.code != self.petition.responsible_unit
        assert unit.town is None or unit.town != self.petition.traits.town

    def _check_notices(self, outputs: Sequence[Output]) -> None:
        for one in outputs:
            if isinstance(one, Notice):
                assert one.actor not in self.excluded or isinstance(one.fact, TieDeclared)
                assert not getattr(one.fact, "excluded", [])

    def _check_state(self) -> None:
        """One handling unit, or the superior; whoever has a part in it is free, or had it at its end."""
        if isinstance(self.state, Closed):
            assert self.state.unit not in self.excluded
            return
        assert isinstance(self.state, Open | SentUp)
        assert self.excluded == {*self.state.hands.excluded}
        assert self.holder not in self.excluded
        assert not {*self.state.hands.assisting, self.state.hands.lead} & self.excluded
