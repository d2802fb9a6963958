"""Plain review."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter
from sqlmodel import delete
from xinfang_contracts.district import District
from xinfang_contracts.pressing import LeaderNamed
from xinfang_contracts.review import GiveOpinion, OpinionGiven, SubmitReport
from xinfang_contracts.routing import CaseAssigned

from services.review import decide
from services.review.after.learning import learn
from services.review.facts import Facts
from services.review.joint.opinions import Demanded
from services.review.joint.tables import DemandRow, OpinionRow, TaskRow
from services.review.signing.checking import Signers
from services.review.signing.enrolling import PersonKey, ValidKeys
from services.review.state import ReviewCase, State, evolve
from services.review.store import CaseRow, KeyRow
from services.review.tasks import open_tasks
from services.runtime.rules import Keep, Output

from .message import Handle, Heard, with_state

_ADAPTER: TypeAdapter[Any] = TypeAdapter(ReviewCase)


def handlers(_district: District, _key_folder: Path) -> dict[str, Handle]:
    """Type -> handler."""

    async def assigned(heard: Heard, message: CaseAssigned) -> Sequence[Output]:
        return await _apply(heard, message, decide.open_case)

    async def report(heard: Heard, message: SubmitReport) -> Sequence[Output]:
        return await _apply(heard, message, decide.submit_report)

    async def opinion(heard: Heard, message: GiveOpinion) -> Sequence[Output]:
        return await _apply(heard, message, decide.give_opinion)

    async def led(heard: Heard, message: LeaderNamed) -> Sequence[Output]:
        return await _apply(heard, message, learn)

    return {
        "routing.case_assigned.v1": assigned,
        "routing.leader_named.v1": led,
        "review.submit_report.v1": report,
        "review.give_opinion.v1": opinion,
    }


async def _apply(heard: Heard, message: Any, rule: Any) -> Sequence[Output]:
    facts = Facts(heard.district, heard.actor, await _signers(heard, message))
    outputs, row = await with_state(
        heard, CaseRow, _ADAPTER, evolve, message, lambda state: rule(state, message, facts, now=heard.now)
    )
    for one in outputs:
        match one:
            case OpinionGiven(petition=petition, version=version, actor=actor, step=step, signed=signed):
                row_of = {"petition": petition, "version": version, "actor": actor, "step": step}
                row_of["person"] = signed.person if signed else None
                heard.session.add(OpinionRow.model_validate(row_of | {"decision": "agreed", "said_at": heard.now}))
            case Keep(what=Demanded(petition=petition, version=version, actors=actors)):
                row_of = {"petition": petition, "version": version, "actors": [*actors]}
                heard.session.add(DemandRow.model_validate(row_of))
    await _queue(heard, message.petition, _ADAPTER.validate_python(row.state))
    return outputs


async def _signers(heard: Heard, message: Any) -> Signers:
    signature = getattr(message, "signature", None)
    row = await heard.session.get(KeyRow, signature.key) if signature is not None else None
    if row is None:
        return {}
    key = PersonKey.model_validate(row.state)
    return ValidKeys(heard.district.code, {signer: [key] for signer in key.enrolled}, heard.now)


async def _queue(heard: Heard, petition: str, state: State) -> None:
    """What waits for whom is written anew."""
    await heard.session.exec(delete(TaskRow).where(TaskRow.petition == petition))  # type: ignore[arg-type]
    for task in open_tasks(state, heard.district):
        heard.session.add(TaskRow.model_validate({"petition": petition, **asdict(task)}))
