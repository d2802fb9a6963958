"""The door for the clerks' ledger (来件登记): row by row, safe to repeat."""

import asyncio
from collections.abc import Sequence

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from xinfang_contracts.district import District
from xinfang_contracts.intake import RefusalReason

from services.runtime.clock import civil_date
from services.runtime.doors import DoorRoute, SaidNo
from services.runtime.entrance import Bearer, district_of
from services.runtime.faults import Fault
from services.runtime.service import Doors

from ..ledgers import register
from ..submission import Submission, incoming_of, receipt_of
from .entrance import CLERKS_ONLY, HAND_IN_SECONDS, REASONS, SAYS_NO, answer, clerk_of, outcome_of
from .forms import LedgerReport, LedgerRow

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_FILES = {"text/csv": {"schema": {"type": "string"}}, XLSX: {"schema": {"type": "string", "format": "binary"}}}
_BODY = {"requestBody": {"required": True, "content": _FILES}}


def router(doors: Doors) -> APIRouter:
    """``POST /v1/{district}/ledger``."""
    routes = APIRouter(route_class=DoorRoute, tags=["intake"])

    @routes.post(
        "/v1/{district}/ledger",
        response_model=LedgerReport,
        responses=SAYS_NO | CLERKS_ONLY,
        openapi_extra=_BODY,
    )
    async def take_in_ledger(district: str, request: Request, bearer: Bearer, dry_run: bool = False) -> JSONResponse:
        """登记台账(来件登记.csv 或 .xlsx);同一台账再次提交,编号不变。

        Take in a clerk's ledger, as CSV or as the first sheet of a workbook; the same one again gives the same numbers.
        """
        place = district_of(doors, district)
        clerk = await clerk_of(doors, place, bearer)
        is_workbook = request.headers.get("content-type", "").startswith(XLSX)
        body, today = await request.body(), civil_date(doors.now())
        try:
            # In a thread of its own: while a large workbook is read, the rounds go on.
            rows = await asyncio.to_thread(register.parse, body, place, today, is_workbook=is_workbook)
        except register.LedgerError as error:
            text = "台账无法读取,未保存 / the ledger cannot be read; nothing was stored"
            raise SaidNo(422, error.reason, text, error.faults) from None
        return answer(_report(await _take_in(doors, place, clerk, rows, dry_run=dry_run)), 200)

    return routes


async def _take_in(
    doors: Doors, district: District, clerk: str, rows: Sequence[register.Row], *, dry_run: bool
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
        outcome, told = outcome_of(facts), found[row.number]
        if isinstance(outcome, RefusalReason):
            column = "编号" if outcome is RefusalReason.ID_REUSED else "渠道"
            told.errors = [Fault(where=column, what=REASONS.get(outcome, "未予接收 / was refused"))]
        else:
            told.petition = outcome
            told.receipt = receipt_of(district, clerk, submission.id, doors.keys)
    return list(found.values())


def _submission(clerk: str, row: register.Row) -> Submission:
    if row.entry is None:
        raise ValueError("a row with faults is not handed in")
    entry = row.entry
    return Submission(
        clerk, f"ledger/{row.serial}", entry.channel, entry.content, entry.received_on, skip_level=entry.skip_level
    )


def _report(rows: list[LedgerRow]) -> LedgerReport:
    refused = sum(row.errors is not None for row in rows)
    return LedgerReport(rows=rows, accepted=len(rows) - refused, refused=refused)
