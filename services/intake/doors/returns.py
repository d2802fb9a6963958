"""The doors for programs through which a reporter comes back, and the clerks' door for a lost receipt."""

from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from xinfang_contracts.message import PetitionNumber
from xinfang_contracts.satisfaction import RatedContact

from services.runtime.doors import DoorRoute, Wrong
from services.runtime.entrance import Bearer, district_of

from ..queries import Found
from ..returns import coming_back
from ..returns.coming_back import Comer
from .comers import Comers, Done, GivenAnswer, GivenMaterial, GivenRating, GivenReceipt, address_of
from .entrance import CLERKS_ONLY, SAYS_NO, IdempotencyKey, answer, clerk_of
from .forms import Given, HandedIn
from .standing import Status, standing_of
from .uploads import Enclosed, FilesRoute, with_files

_NO: dict[int | str, dict[str, Any]] = SAYS_NO | {429: {"model": Wrong, "description": "too many wrong codes"}}


class Question(BaseModel):
    """A question to the reporter."""

    id: str
    text: str
    asked_on: date
    answered: bool


class Returned(BaseModel):
    """How a petition stands. ``status`` is for machines; ``text`` and ``next_step`` are for people."""

    petition: PetitionNumber
    status: Status
    since: date
    text: str
    next_step: str
    questions: list[Question]
    materials: int
    to_rate: list[RatedContact]


class Stored(BaseModel):
    """The petition to which something was added."""

    petition: PetitionNumber


class GivenReplacement(Given):
    """What a clerk vouches for. Without both no receipt is replaced."""

    in_person: Literal[True]
    identity_checked: Literal[True]


_STORED: dict[int | str, dict[str, Any]] = _NO | {200: {"model": Stored}, 409: {"model": Wrong}}
_REPLACED: dict[int | str, dict[str, Any]] = SAYS_NO | CLERKS_ONLY | {200: {"model": HandedIn}, 409: {"model": Wrong}}


def router(comers: Comers) -> APIRouter:
    """``POST /v1/{district}/returns``, ``.../material``, ``.../answers``, and ``petitions/{number}/receipt``."""
    routes = APIRouter(route_class=DoorRoute, tags=["intake"])
    doors = comers.doors

    @routes.post("/v1/{district}/returns", response_model=Returned, responses=_NO)
    async def come_back(district: str, given: GivenReceipt, request: Request) -> JSONResponse:
        """How the petition of a receipt stands, and what its reporter is asked."""
        place = district_of(doors, district)
        found = await comers.find(place, given.receipt, address_of(request))
        standing = standing_of(found, place)
        told = Returned(
            petition=found.petition,
            status=standing.status,
            since=standing.since,
            text=str(standing.text),
            next_step=str(standing.next_step),
            questions=_questions(found),
            materials=found.materials,
            to_rate=[contact for contact, rated in found.contacts.items() if not rated],
        )
        return answer(told, 200)

    @routes.post("/v1/{district}/returns/satisfaction", status_code=201, response_model=Stored, responses=_STORED)
    async def rate(
        district: str, given: GivenRating, idempotency_key: IdempotencyKey, request: Request
    ) -> JSONResponse:
        """Say how a contact went, once. What is counted names no petition. 200: it had been said, with this key."""
        place = district_of(doors, district)
        return _stored(await comers.rate(place, given, idempotency_key, address_of(request)))

    @routes.post(
        "/v1/{district}/petitions/{number}/receipt", status_code=201, response_model=HandedIn, responses=_REPLACED
    )
    async def replace_receipt(
        district: str,
        number: Annotated[PetitionNumber, Path()],
        given: GivenReplacement,
        idempotency_key: IdempotencyKey,
        bearer: Bearer,
    ) -> JSONResponse:
        """A new receipt for who has lost theirs and is here. 201: made; 200: it was, with this key: the same one."""
        place = district_of(doors, district)
        clerk = await clerk_of(doors, place, bearer)
        comer = Comer(place, number, idempotency_key, doors.now())
        incoming, code = coming_back.replacement(comer, clerk, doors.keys)
        done = await comers.hand_in(incoming)
        return answer(HandedIn(petition=number, receipt=code), 200 if done.is_repeat else 201)

    routes.include_router(_with_files(comers))
    return routes


def _with_files(comers: Comers) -> APIRouter:
    """Where a reporter may bring files: as JSON, or as multipart/form-data with the JSON as its part ``entry``."""
    routes = APIRouter(route_class=FilesRoute, tags=["intake"])
    stored: dict[str, Any] = {"status_code": 201, "response_model": Stored, "responses": _STORED}

    @routes.post("/v1/{district}/returns/material", **stored, openapi_extra=with_files(GivenMaterial))
    async def add_material(
        district: str, given: GivenMaterial, idempotency_key: IdempotencyKey, files: Enclosed, request: Request
    ) -> JSONResponse:
        """Add to a petition. 201: it was added; 200: it had been, with this key."""
        place = district_of(comers.doors, district)
        return _stored(await comers.add_material(place, given, idempotency_key, address_of(request), files))

    @routes.post("/v1/{district}/returns/answers", **stored, openapi_extra=with_files(GivenAnswer))
    async def answer_question(
        district: str, given: GivenAnswer, idempotency_key: IdempotencyKey, files: Enclosed, request: Request
    ) -> JSONResponse:
        """Answer a question, once. 201: it was answered; 200: it had been, with this key."""
        place = district_of(comers.doors, district)
        return _stored(await comers.answer(place, given, idempotency_key, address_of(request), files))

    return routes


def _questions(found: Found) -> list[Question]:
    return [Question(id=one.id, text=one.words, asked_on=one.asked_on, answered=one.answered) for one in found.asked]


def _stored(done: Done) -> JSONResponse:
    return answer(Stored(petition=done.petition), 200 if done.is_repeat else 201)
