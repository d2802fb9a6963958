"""Routing's HTTP doors: what waits for whoever asks. Codes and moments, no words."""

from datetime import datetime
from typing import Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel
from xinfang_contracts.message import PetitionNumber

from services.runtime.doors import DoorRoute, Wrong
from services.runtime.entrance import KNOWN_ONLY, Bearer, district_of, speaker
from services.runtime.service import Doors

from .pressing.state import Letter, Pressing
from .state import Open
from .store import STATES

MOST = 200
_MINE = (
    "SELECT petition, state, in_hand, leader FROM routing.cases"
    " WHERE left(petition, 6) = $1 AND {0} = $2 ORDER BY due_at NULLS LAST, petition LIMIT $3"
)
_SAYS_NO: dict[int | str, dict[str, Any]] = KNOWN_ONLY | {code: {"model": Wrong} for code in (404, 422, 503)}


class Waiting(BaseModel):
    """One thing to do, or to follow. ``number``: of a supervision letter."""

    petition: PetitionNumber
    task: Literal["handle", "lead", "answer_letter"]
    due_at: datetime | None = None
    number: int | None = None


class Queue(BaseModel):
    """What waits, what is due first before the rest; at most 200 of each kind."""

    waiting: list[Waiting]


def router(doors: Doors) -> APIRouter:
    """``GET /v1/{district}/queue``."""
    routes = APIRouter(route_class=DoorRoute, tags=["routing"])

    @routes.get("/v1/{district}/queue", response_model=Queue, responses=_SAYS_NO)
    async def queue(district: str, bearer: Bearer) -> Queue:
        """在办的件、包案的件、待答复的督办函。 / Cases in hand, cases led, letters to answer."""
        place = district_of(doors, district)
        claims = await speaker(doors, place, bearer)
        waiting: list[Waiting] = []
        async with doors.pool.acquire() as connection:
            for column, task in (("in_hand", "handle"), ("leader", "lead")):
                for row in await connection.fetch(_MINE.format(column), place.code, claims.actor, MOST):
                    waiting += _of(row["petition"], row["state"], task, claims.actor)
        return Queue(waiting=waiting)

    return routes


def _of(petition: str, state: str, task: Any, actor: str) -> list[Waiting]:
    case = STATES.adapter.validate_json(state)
    due_at = case.clock.due_at if isinstance(case, Open) else None
    letters = [_letter(petition, one) for one in (case.pressing or Pressing()).letters if _waits(one, actor)]
    return [Waiting(petition=petition, task=task, due_at=due_at), *letters]


def _waits(letter: Letter, actor: str) -> bool:
    return letter.to == actor and not letter.answered


def _letter(petition: str, letter: Letter) -> Waiting:
    due_at = letter.clock.due_at if letter.clock else None
    return Waiting(petition=petition, task="answer_letter", due_at=due_at, number=letter.number)
