"""Short ways to say what is given, and what a rule has answered."""

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any, TypeVar

from xinfang_contracts.district import Clock, District
from xinfang_contracts.handling import CaseReassigned
from xinfang_contracts.intake import (
    Accused,
    CaseTraits,
    PetitionAccepted,
    PetitionContent,
    PetitionRegistered,
    RefusalReason,
    Traits,
)
from xinfang_contracts.message import Category, Form, Message, Rank
from xinfang_contracts.proposal import Proposal
from xinfang_contracts.routing import CaseAssigned, Mode
from xinfang_contracts.routing import Clock as Running

from services.runtime.clock import ZONE, due_at
from services.runtime.districts import load_district
from services.runtime.rules import Before, Keep, Notice, Output, Refused, Seal

M = TypeVar("M", bound=Message)

ROOT = Path(__file__).resolve().parents[2]
YANFENG = load_district(ROOT / "deploy/districts/yanfeng.yaml")
LIUYUAN = load_district(ROOT / "tests/districts/liuyuan.yaml")
DISTRICTS = (YANFENG, LIUYUAN)

NUMBER = "430406-2023-000017"
ELSEWHERE = "990001-2023-000017"
TOWN = "430406001"
JWE = "e30.AA.AA.AA.AA"
CANARY = "canary4f2e9b"
"""Stands for what a citizen wrote: it may be found in the vault, and nowhere else."""


def at(text: str) -> datetime:
    """A moment of the district's civil time: ``2023-03-01 09:30``."""
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


NOW = at("2023-03-01 09:30")


def traits(**changes: Any) -> Traits:
    """A letter to the first town."""
    given: dict[str, Any] = {
        "channel": "letter",
        "form": Form.LETTER,
        "received_on": date(2023, 2, 27),
        "town": TOWN,
    }
    return Traits(**given | changes)


def case_traits(**changes: Any) -> CaseTraits:
    """The same letter, accepted under its real name, about a village cadre."""
    given: dict[str, Any] = {
        "accepted_on": date(2023, 3, 1),
        "category": Category.INTEGRITY,
        "rank": Rank.VILLAGE_OR_OTHER,
        "real_name": True,
        "first_time": True,
    }
    return CaseTraits(**traits().model_dump() | given | changes)


def accepted(number: str = NUMBER, *, about: CaseTraits | None = None, **changes: Any) -> PetitionAccepted:
    """The fact that makes it a case."""
    return PetitionAccepted(petition=number, traits=about or case_traits(), **changes)


def assigned(
    unit: str = "unit_430406001", *, number: str = NUMBER, district: District = YANFENG, **changes: Any
) -> CaseAssigned:
    """The case in the hands of a unit, in the zone that the district file says."""
    known = district.unit(unit)
    zone = None if known is None else district.zone_of(known)
    given: dict[str, Any] = {
        "petition": number,
        "traits": case_traits(),
        "unit": unit,
        "zone": None if zone is None else zone.code,
        "mode": Mode.UNIT,
        "clock": running("handling", NOW),
        "rule": "town_unit",
    }
    return CaseAssigned(**given | changes)


def reassigned(unit: str = "unit_430406004", **changes: Any) -> CaseReassigned:
    """The case moved to a unit of 雁峰区, from the one that ``assigned`` names."""
    known = YANFENG.unit(unit)
    zone = None if known is None else YANFENG.zone_of(known)
    given: dict[str, Any] = {
        "petition": NUMBER,
        "traits": case_traits(),
        "unit": unit,
        "zone": None if zone is None else zone.code,
        "mode": Mode.CROSSED,
        "rule": "home_objected",
        "before": "unit_430406001",
        "before_zone": "zone_1",
        "before_on": NOW.date(),
        "clock": running("handling", NOW),
        "move": 1,
    }
    return CaseReassigned(**given | changes)


def content(*accused: Accused, text: str = "反映村级资金问题", **more: Any) -> PetitionContent:
    """What a reporter has written."""
    return PetitionContent(text=text, accused=list(accused), **more)


def running(name: str, start: datetime) -> Running:
    """A clock of 雁峰区 that has been started."""
    clock = YANFENG.clocks[name]
    return Running(name=name, started_at=start, due_at=due_at(start, clock, YANFENG.calendar), basis=clock.basis)


def clock(length: int, unit: str) -> Clock:
    """A clock that no article knows."""
    return Clock.model_validate({"length": length, "unit": unit, "basis": "测试1"})


def facts(outputs: Sequence[Output]) -> list[Message]:
    """What was said to everybody entitled."""
    return [one for one in map(said, outputs) if isinstance(one, Message)]


def said(output: Output) -> Output:
    """What an output says, whether or not it answers anybody."""
    return output.output if isinstance(output, Before) else output


def proposals(outputs: Sequence[Output]) -> list[Proposal]:
    """What the screening rules propose."""
    return [one for said in outputs if isinstance(said, PetitionRegistered) for one in said.proposals or []]


def told(outputs: Sequence[Output]) -> list[str]:
    """Who is told of something by name, in order."""
    return [one.actor for one in map(said, outputs) if isinstance(one, Notice)]


def kept(outputs: Sequence[Output]) -> list[Any]:
    """What the service writes for itself."""
    return [one.what for one in outputs if isinstance(one, Keep)]


def sealed(outputs: Sequence[Output]) -> list[Seal]:
    """What goes to one reader as ciphertext."""
    return [one for one in outputs if isinstance(one, Seal)]


def refusal(outputs: Sequence[Output]) -> RefusalReason:
    """The reason of a refusal, which must be the whole answer."""
    (only,) = outputs
    assert isinstance(only, Refused), only
    return only.reason


def the(outputs: Sequence[Output], kind: type[M]) -> M:
    """The only fact, which is of that kind."""
    (fact,) = facts(outputs)
    assert isinstance(fact, kind), fact
    return fact
