"""Plain review."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter
from xinfang_contracts.district import District
from xinfang_contracts.review import GiveOpinion, SubmitReport
from xinfang_contracts.routing import CaseAssigned

from services.review import decide
from services.review.facts import Facts
from services.review.signing.checking import Signers
from services.review.signing.enrolling import PersonKey, ValidKeys
from services.review.state import ReviewCase, evolve
from services.review.store import CaseRow, KeyRow
from services.runtime.rules import Output

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

    return {
        "routing.case_assigned.v1": assigned,
        "review.submit_report.v1": report,
        "review.give_opinion.v1": opinion,
    }


async def _apply(heard: Heard, message: Any, rule: Any) -> Sequence[Output]:
    facts = Facts(heard.district, heard.actor, await _signers(heard, message))
    outputs, _ = await with_state(
        heard, CaseRow, _ADAPTER, evolve, message, lambda state: rule(state, message, facts, now=heard.now)
    )
    return outputs


async def _signers(heard: Heard, message: Any) -> Signers:
    signature = getattr(message, "signature", None)
    row = await heard.session.get(KeyRow, signature.key) if signature is not None else None
    if row is None:
        return {}
    key = PersonKey.model_validate(row.state)
    return ValidKeys(heard.district.code, {signer: [key] for signer in key.enrolled}, heard.now)
