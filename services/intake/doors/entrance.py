"""What every door does: find the district, know the clerk, hand in, answer."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any

from fastapi import Header
from fastapi.responses import JSONResponse
from fastapi.security import HTTPAuthorizationCredentials
from pydantic import BaseModel
from xinfang_contracts.district import District, OfficeKind
from xinfang_contracts.intake import CommandRefused, PetitionRegistered, PetitionSealed, RefusalReason
from xinfang_contracts.message import Message, PetitionNumber

from services.runtime.doors import SaidNo, Wrong
from services.runtime.entrance import KNOWN_ONLY, not_entitled, speaker
from services.runtime.faults import Fault
from services.runtime.service import Doors

from ..submission import Submission, incoming_of, receipt_of
from .forms import HandedIn

HAND_IN_SECONDS = 30
REASONS = {
    RefusalReason.UNKNOWN_CHANNEL: "没有这个渠道 / there is no such channel",
    RefusalReason.NOT_ENTITLED: "该渠道只由合作系统自行报送 / only the partner system itself may use this channel",
    RefusalReason.ID_REUSED: "此前已用于另一件内容不同的来件 / was used before, for another petition",
}
SAYS_NO: dict[int | str, dict[str, Any]] = {code: {"model": Wrong} for code in (404, 422, 503)}
SAYS_NO[413] = {"description": "the body is over the limit", "content": {"text/plain": {}}}
CLERKS_ONLY = KNOWN_ONLY
HANDED_IN: dict[int | str, dict[str, Any]] = SAYS_NO | {200: {"model": HandedIn}, 409: {"model": Wrong}}
IdempotencyKey = Annotated[
    str,
    Header(
        alias="Idempotency-Key",
        min_length=8,
        max_length=200,
        pattern="^[!-~]+$",
        description="chosen by the sender, new for each petition; the same again is the same petition",
    ),
]


@dataclass(frozen=True, slots=True)
class Taken:
    """A petition that is in: its number, its receipt, and whether it was in before."""

    number: PetitionNumber
    receipt: str
    is_repeat: bool

    def answer(self) -> JSONResponse:
        """As JSON. 201: registered; 200: it was, with this key, and this is the same answer."""
        return answer(HandedIn(petition=self.number, receipt=self.receipt), 200 if self.is_repeat else 201)


async def clerk_of(doors: Doors, district: District, bearer: HTTPAuthorizationCredentials | None) -> str:
    """The actor code of a clerk of this district's petition office. 401 without a valid token, 403 for anyone else."""
    claims = await speaker(doors, district, bearer)
    if claims.actor not in {office.code for office in district.office_of_kind(OfficeKind.PETITION)}:
        raise not_entitled("只有本区信访室可以使用 / only this district's petition office may use it")
    return claims.actor


async def hand_in(doors: Doors, district: District, submission: Submission) -> Taken:
    """One petition through the round of this process, after whose commit it returns. SaidNo when it is refused."""
    # Asked before the round as well: there a refusal uses the id up, and the sender could not mend it.
    channel = district.channel(submission.channel)
    if channel is None:
        raise refusal(RefusalReason.UNKNOWN_CHANNEL)
    if channel.partner is not None:
        raise refusal(RefusalReason.NOT_ENTITLED)
    # Hashing, and sealing part by part, of 25 MB would keep everybody else waiting.
    make = partial(incoming_of, submission, district, doors.keys, doors.now())
    incoming = await asyncio.to_thread(make) if submission.files else make()
    outcome = outcome_of(await asyncio.wait_for(doors.hand_in(incoming), HAND_IN_SECONDS))
    if isinstance(outcome, RefusalReason):
        raise refusal(outcome)
    receipt = receipt_of(district, submission.actor, submission.id, doors.keys)
    return Taken(outcome, receipt, incoming.is_repeat)


def answer(body: BaseModel, status: int) -> JSONResponse:
    """A receipt is a secret: no cache on the way may keep it."""
    content = body.model_dump(mode="json", exclude_none=True)
    return JSONResponse(content, status_code=status, headers={"Cache-Control": "no-store"})


def outcome_of(facts: Sequence[Message]) -> PetitionNumber | RefusalReason:
    """The petition's number, sealed or not (which of the two is not told), or why it was refused."""
    match list(facts):
        case [PetitionRegistered(petition=number) | PetitionSealed(petition=number), *_]:
            return number
        case [CommandRefused(reason=reason), *_]:
            return reason
        case _:
            return RefusalReason.OTHER


def refusal(reason: RefusalReason) -> SaidNo:
    """A refused submission as an answer."""
    text = REASONS.get(reason, "未予接收 / was refused")
    if reason is RefusalReason.ID_REUSED:
        return SaidNo(409, reason, text, [Fault(where="Idempotency-Key", what=text)])
    return SaidNo(422, reason, text, [Fault(where="channel", what=text)])
