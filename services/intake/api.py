"""Intake's HTTP doors: one petition, and the clerks' ledger. Both join the round of this process."""

import asyncio
from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Request
from fastapi.responses import JSONResponse
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel
from xinfang_contracts.district import District, OfficeKind
from xinfang_contracts.intake import (
    CommandRefused,
    PetitionContent,
    PetitionRegistered,
    PetitionSealed,
    RefusalReason,
)
from xinfang_contracts.message import Message, PetitionNumber

from services.runtime import keys, tokens
from services.runtime.clock import civil_date
from services.runtime.doors import DoorRoute, SaidNo, Wrong
from services.runtime.faults import Fault
from services.runtime.service import Doors

from . import ledger
from .forms import GivenPetition, HandedIn, LedgerReport, LedgerRow
from .submission import DOOR, Submission, http_id, incoming_of, receipt_of

HAND_IN_SECONDS = 30
_REASONS = {
    RefusalReason.UNKNOWN_CHANNEL: "没有这个渠道 / there is no such channel",
    RefusalReason.NOT_ENTITLED: "该渠道只由合作系统自行报送 / only the partner system itself may use this channel",
    RefusalReason.ID_REUSED: "此前已用于另一件内容不同的来件 / was used before, for another petition",
}
_SAYS_NO: dict[int | str, dict[str, Any]] = {code: {"model": Wrong} for code in (404, 422, 503)}
_SAYS_NO[413] = {"description": "the body is over the limit", "content": {"text/plain": {}}}
_LEDGER_BODY = {"requestBody": {"required": True, "content": {"text/csv": {"schema": {"type": "string"}}}}}
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
Bearer = Annotated[HTTPAuthorizationCredentials | None, Depends(HTTPBearer(auto_error=False))]


def router(doors: Doors) -> APIRouter:
    """Intake's doors."""
    routes = APIRouter(route_class=DoorRoute, tags=["intake"])
    keys.secret(doors.keys, tokens.SECRET)  # a missing file stops the start, not the first clerk

    @routes.post(
        "/v1/{district}/petitions",
        status_code=201,
        response_model=HandedIn,
        responses=_SAYS_NO | {200: {"model": HandedIn}, 409: {"model": Wrong}},
    )
    async def hand_in(district: str, petition: GivenPetition, idempotency_key: IdempotencyKey) -> JSONResponse:
        """Hand in one petition. 201: registered; 200: it was, with this key, and this is the same answer."""
        return await _hand_in(doors, _district(doors, district), petition, idempotency_key)

    @routes.post(
        "/v1/{district}/ledger",
        response_model=LedgerReport,
        responses=_SAYS_NO | {401: {"model": Wrong}, 403: {"model": Wrong}},
        openapi_extra=_LEDGER_BODY,
    )
    async def take_in_ledger(district: str, request: Request, bearer: Bearer, dry_run: bool = False) -> JSONResponse:
        """Take in a clerk's ledger (来件登记.csv); the same ledger again gives the same numbers."""
        place = _district(doors, district)
        clerk = _clerk(doors, place, bearer)
        try:
            rows = ledger.parse(await request.body(), place, civil_date(doors.now()))
        except ledger.LedgerError as error:
            text = "台账无法读取,未保存 / the ledger cannot be read; nothing was stored"
            raise SaidNo(422, error.reason, text, error.faults) from None
        return _answer(_report(await _take_in(doors, place, clerk, rows, dry_run=dry_run)), 200)

    return routes


def _district(doors: Doors, code: str) -> District:
    district = doors.districts.get(code)
    if district is None:
        raise SaidNo(404, "unknown_district", "没有这个区 / there is no such district")
    return district


def _clerk(doors: Doors, district: District, bearer: HTTPAuthorizationCredentials | None) -> str:
    """The actor code of a clerk of this district's petition office. 401 without a valid token, 403 for anyone else."""
    try:
        token = "" if bearer is None else bearer.credentials
        claims = tokens.check(keys.secret(doors.keys, tokens.SECRET), token)
    except tokens.TokenError:
        text = "请用有效的令牌登录 / a valid token is needed"
        raise SaidNo(401, "no_valid_token", text, WWW_Authenticate="Bearer") from None
    offices = {office.code for office in district.office_of_kind(OfficeKind.PETITION)}
    if claims.district != district.code or claims.actor not in offices:
        text = "只有本区信访室可以导入台账 / only this district's petition office may take a ledger in"
        raise SaidNo(403, "not_entitled", text)
    return claims.actor


async def _hand_in(doors: Doors, district: District, given: GivenPetition, key: str) -> JSONResponse:
    channel = district.channel(given.channel)
    # Asked before the round as well: there a refusal uses the key up, and the sender could not mend it.
    if channel is None:
        raise _refusal(RefusalReason.UNKNOWN_CHANNEL)
    if channel.partner is not None:
        raise _refusal(RefusalReason.NOT_ENTITLED)
    content = PetitionContent.model_validate(given.model_dump(exclude={"channel"}))
    submission = Submission(DOOR, http_id(district, key, doors.keys), given.channel, content)
    incoming = incoming_of(submission, district, doors.keys, doors.now())
    outcome = _outcome(await asyncio.wait_for(doors.hand_in(incoming), HAND_IN_SECONDS))
    if isinstance(outcome, RefusalReason):
        raise _refusal(outcome)
    answer = HandedIn(petition=outcome, receipt=receipt_of(district, DOOR, submission.id, doors.keys))
    return _answer(answer, 200 if incoming.is_repeat else 201)


def _answer(body: BaseModel, status: int) -> JSONResponse:
    """A receipt is a secret: no cache on the way may keep it."""
    content = body.model_dump(exclude_none=True)
    return JSONResponse(content, status_code=status, headers={"Cache-Control": "no-store"})


def _outcome(facts: Sequence[Message]) -> PetitionNumber | RefusalReason:
    """The petition's number, sealed or not (which of the two is not told), or why it was refused."""
    match list(facts):
        case [PetitionRegistered(petition=number) | PetitionSealed(petition=number), *_]:
            return number
        case [CommandRefused(reason=reason), *_]:
            return reason
        case _:
            return RefusalReason.OTHER


def _refusal(reason: RefusalReason) -> SaidNo:
    text = _REASONS.get(reason, "未予接收 / was refused")
    if reason is RefusalReason.ID_REUSED:
        return SaidNo(409, reason, text, [Fault(where="Idempotency-Key", what=text)])
    return SaidNo(422, reason, text, [Fault(where="channel", what=text)])


async def _take_in(
    doors: Doors, district: District, clerk: str, rows: Sequence[ledger.Row], *, dry_run: bool
) -> list[LedgerRow]:
    """Hand in all good rows at once, so that they share rounds; an illness of the world fails the whole request.

    What was committed by then stays, and says the same when the ledger comes again.
    """
    found = {row.number: LedgerRow(row=row.number, serial=row.serial, errors=list(row.faults) or None) for row in rows}
    good = [] if dry_run else [row for row in rows if row.entry is not None]
    submissions = [_submission(clerk, row) for row in good]
    incoming = [incoming_of(one, district, doors.keys, doors.now()) for one in submissions]
    async with asyncio.timeout(HAND_IN_SECONDS):
        answers = await asyncio.gather(*(doors.hand_in(one) for one in incoming))
    for row, submission, facts in zip(good, submissions, answers, strict=True):
        outcome, answer = _outcome(facts), found[row.number]
        if isinstance(outcome, RefusalReason):
            column = "编号" if outcome is RefusalReason.ID_REUSED else "渠道"
            answer.errors = [Fault(where=column, what=_REASONS.get(outcome, "未予接收 / was refused"))]
        else:
            answer.petition = outcome
            answer.receipt = receipt_of(district, clerk, submission.id, doors.keys)
    return list(found.values())


def _submission(clerk: str, row: ledger.Row) -> Submission:
    if row.entry is None:
        raise ValueError("a row with faults is not handed in")
    entry = row.entry
    return Submission(clerk, f"ledger/{row.serial}", entry.channel, entry.content, entry.received_on)


def _report(rows: list[LedgerRow]) -> LedgerReport:
    refused = sum(row.errors is not None for row in rows)
    return LedgerReport(rows=rows, accepted=len(rows) - refused, refused=refused)
