"""Plain routing."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter
from xinfang_contracts.district import District
from xinfang_contracts.intake import PetitionAccepted
from xinfang_contracts.review import CaseConcluded

from services.routing import decide
from services.routing.facts import Facts
from services.routing.state import Case, due_at, evolve, leader_of
from services.routing.store import CaseRow
from services.runtime.rules import Output

from .message import Handle, Heard, with_state

_ADAPTER: TypeAdapter[Any] = TypeAdapter(Case)


def handlers(_district: District, _key_folder: Path) -> dict[str, Handle]:
    """Type -> handler."""

    async def accepted(heard: Heard, message: PetitionAccepted) -> Sequence[Output]:
        return await _apply(heard, message, decide.assign)

    async def concluded(heard: Heard, message: CaseConcluded) -> Sequence[Output]:
        return await _apply(heard, message, decide.close)

    return {"intake.petition_accepted.v1": accepted, "review.case_concluded.v1": concluded}


async def _apply(heard: Heard, message: Any, rule: Any) -> Sequence[Output]:
    facts = Facts(heard.district)
    outputs, row = await with_state(
        heard, CaseRow, _ADAPTER, evolve, message, lambda state: rule(state, message, facts, now=heard.now)
    )
    state = _ADAPTER.validate_python(row.state)
    row.due_at, row.leader = due_at(state), leader_of(state)
    return outputs
