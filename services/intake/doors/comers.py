"""What both doors for a return do, JSON and pages: hear a receipt, find its petition, take in what is brought."""

import asyncio
import time
from dataclasses import dataclass
from typing import Annotated

from fastapi import Request
from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError
from xinfang_contracts.district import District
from xinfang_contracts.intake import CommandRefused, RefusalReason
from xinfang_contracts.message import PetitionNumber
from xinfang_contracts.returning import LONGEST_TEXT, MaterialAdded, QuestionId, ReceiptReplaced, ReporterAnswered

from services.runtime.doors import SaidNo
from services.runtime.faults import Fault
from services.runtime.incoming import Incoming
from services.runtime.service import Doors

from .. import queries
from ..queries import Found
from ..returns import coming_back, receipt
from ..returns.coming_back import Comer
from .entrance import HAND_IN_SECONDS
from .forms import Given
from .guesses import FAILED, MISTYPED, Guesses

ASK_SECONDS = 10
MISTYPED_TEXT = (
    "回执码可能抄错或听错了,请对照回执再核对一遍 / "
    "the code seems to be mistyped or misheard: please check it against your receipt"
)
UNKNOWN_TEXT = (
    "没有查到这个回执码,请核对;已补办回执的,旧码不再有效 / no petition has this code: please check it; "
    "a code that was replaced does not work any more"
)
WAIT_TEXT = (
    "查询次数较多,请稍后再试;您的来件不受影响 / many tries just now: please try again later; your petition is safe"
)
REFUSED = {
    RefusalReason.UNKNOWN_QUESTION: (404, "没有这个问题 / there is no such question", "question"),
    RefusalReason.ALREADY_ANSWERED: (409, "这个问题已经答复过 / this question has been answered", "question"),
    RefusalReason.UNKNOWN_PETITION: (404, "没有这个编号的来件 / there is no petition of that number", "petition"),
    RefusalReason.NOT_ENTITLED: (403, "只有本区信访室可以使用 / only the petition office may use it", "petition"),
    RefusalReason.ID_REUSED: (
        409,
        "此前已用于另一内容 / was used before, for something else",
        "Idempotency-Key",
    ),
}


def _says_something(text: str) -> str:
    if not text.strip():
        raise PydanticCustomError("blank", "blank")
    return text


Receipt = Annotated[str, Field(min_length=1, max_length=100, description="the code that came with the petition")]
Words = Annotated[str, Field(min_length=1, max_length=LONGEST_TEXT), AfterValidator(_says_something)]


class GivenReceipt(Given):
    """Who comes back shows nothing but the receipt."""

    receipt: Receipt


class GivenMaterial(GivenReceipt):
    """What a reporter adds."""

    text: Words


class GivenAnswer(GivenReceipt):
    """What a reporter answers to a question."""

    question: QuestionId
    text: Words


@dataclass(frozen=True, slots=True)
class Comers:
    """Those who come back to one process: they share the count of failures."""

    doors: Doors
    guesses: Guesses

    async def find(self, district: District, code: str, address: str) -> Found:
        """The petition of a receipt. SaidNo: 429 too many failures, 422 mistyped, 404 unknown."""
        wait = self.guesses.wait(district.code, address, time.monotonic())
        if wait:
            raise SaidNo(429, "too_many_tries", WAIT_TEXT, Retry_After=str(wait))
        if receipt.is_mistyped(code):
            self.guesses.fail(district.code, address, MISTYPED, time.monotonic())
            raise SaidNo(422, "mistyped_receipt", MISTYPED_TEXT, [Fault(where="receipt", what=MISTYPED_TEXT)])
        async with asyncio.timeout(ASK_SECONDS):
            found = await queries.find(self.doors.pool, district, code, self.doors.keys)
        if found is None:
            self.guesses.fail(district.code, address, FAILED, time.monotonic())
            raise SaidNo(404, "unknown_receipt", UNKNOWN_TEXT)
        return found

    async def add_material(self, district: District, given: GivenMaterial, key: str, address: str) -> "Done":
        """More for a petition."""
        found = await self.find(district, given.receipt, address)
        comer = Comer(district, found.petition, key, self.doors.now())
        return await self.hand_in(coming_back.material(comer, found.reader, given.text, self.doors.keys))

    async def answer(self, district: District, given: GivenAnswer, key: str, address: str) -> "Done":
        """An answer to a question. SaidNo when there is no such question, or it was answered."""
        found = await self.find(district, given.receipt, address)
        if given.question not in {asked.id for asked in found.asked}:
            # Asked before the round as well: there a refusal uses the key up.
            raise refusal(RefusalReason.UNKNOWN_QUESTION)
        comer = Comer(district, found.petition, key, self.doors.now())
        return await self.hand_in(coming_back.answer(comer, given.question, given.text, self.doors.keys))

    async def hand_in(self, incoming: Incoming) -> "Done":
        """Through the round of this process, after whose commit it returns. SaidNo when it is refused."""
        match await asyncio.wait_for(self.doors.hand_in(incoming), HAND_IN_SECONDS):
            case [MaterialAdded() | ReporterAnswered() | ReceiptReplaced() as fact, *_]:
                return Done(fact.petition, incoming.is_repeat)
            case [CommandRefused(reason=reason), *_]:
                raise refusal(reason)
            case _:
                raise refusal(RefusalReason.OTHER)


@dataclass(frozen=True, slots=True)
class Done:
    """It is in: for which petition, and whether it was in before."""

    petition: PetitionNumber
    is_repeat: bool


def address_of(request: Request) -> str:
    """The peer's address: counted under a keyed digest, kept nowhere."""
    return request.client.host if request.client else ""


def refusal(reason: RefusalReason) -> SaidNo:
    """A refused return as an answer."""
    status, text, where = REFUSED.get(reason, (422, "未予接收 / was refused", "body"))
    return SaidNo(status, reason, text, [Fault(where=where, what=text)])
