"""The door to the reading room: what the vault holds, for a person's own page and nobody on the way."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from pydantic import Field
from xinfang_contracts.message import PetitionNumber
from xinfang_contracts.signing import KeyId
from xinfang_contracts.vault import DocumentRead, ReadDocument, ReadRefusal, ReadRefused

from services.runtime.doors import DoorRoute, SaidNo, not_now
from services.runtime.entrance import KNOWN_ONLY, Bearer, district_of, not_entitled, speaker
from services.runtime.service import Doors

from ..vault.answering import Answering
from .entrance import SAYS_NO, answer

_TEXTS = {
    ReadRefusal.NOT_ENTITLED: (403, "您无权查阅,已记录 / you may not read it; the question is on record"),
    ReadRefusal.NO_KEY: (403, "您的密钥没有启用,请到“我的密钥” / your key is not enrolled; see the page of keys"),
    ReadRefusal.UNKNOWN_DOCUMENT: (404, "没有这份材料 / there is no such document"),
}


class Question(ReadDocument):
    """What to read and why. ``key``: id of the enrolled key that the answer is encrypted for."""

    petition: PetitionNumber
    key: Annotated[KeyId, Field(description="thumbprint of the person's signing key, as it was enrolled")]


@dataclass(frozen=True, slots=True)
class Reading:
    """Who answers, and whether anybody may be answered yet."""

    answering: Answering
    is_open: Callable[[], bool]


def router(doors: Doors, reading: Reading) -> APIRouter:
    """``POST /v1/{district}/readings``."""
    routes = APIRouter(route_class=DoorRoute, tags=["intake"])

    @routes.post("/v1/{district}/readings", response_model=DocumentRead, responses=SAYS_NO | KNOWN_ONLY)
    async def read_document(district: str, question: Question, bearer: Bearer) -> JSONResponse:
        """查阅保管库中的材料:先记入查阅记录,再以本人启用的密钥加密答复。

        Read what the vault holds: the audit row first, then the document as a JWE for the person's enrolled key.
        """
        place = district_of(doors, district)
        claims = await speaker(doors, place, bearer)
        if not reading.is_open():
            raise not_now()
        asked = ReadDocument.model_validate(question.model_dump(exclude={"key"}))
        if asked.item is not None:
            raise not_entitled("这里只查阅信访件 / petitions only")
        found = await reading.answering.answer(place.code, claims.actor, asked, question.key)
        if isinstance(found, ReadRefused):
            status, text = _TEXTS.get(found.reason, (422, "无法查阅 / cannot be read"))
            raise SaidNo(status, found.reason, text)
        return answer(found, 200)

    return routes
