"""What waits for the petition office: codes and moments, no words."""

from datetime import datetime
from typing import Literal

import asyncpg
from fastapi import APIRouter
from pydantic import BaseModel
from xinfang_contracts.district import District, OfficeKind
from xinfang_contracts.message import PetitionNumber

from services.runtime.doors import DoorRoute
from services.runtime.entrance import KNOWN_ONLY, Bearer, district_of, speaker
from services.runtime.service import Doors

from .entrance import SAYS_NO

MOST = 200
_TO_SCREEN = (
    "SELECT petition, due_at, state->'traits'->>'channel' AS channel FROM intake.petitions"
    " WHERE left(petition, 6) = $1 AND to_screen AND NOT coalesce(state->'tied', '[]') ? $2"
    " ORDER BY petition LIMIT $3"
)
_TO_SEND = (
    "SELECT petition, notice.key AS notice, (notice.value->>'due_at')::timestamptz AS due_at"
    " FROM intake.petitions, jsonb_each(state->'notices') AS notice"
    " WHERE left(petition, 6) = $1 AND notice_due_at IS NOT NULL AND notice.value->>'status' = 'prepared'"
    " AND NOT coalesce(state->'excluded', '[]') ? $2 ORDER BY petition LIMIT $3"
)


class Waiting(BaseModel):
    """One thing to do."""

    petition: PetitionNumber
    task: Literal["screen", "send_notice"]
    due_at: datetime | None = None
    channel: str | None = None
    notice: str | None = None


class Queue(BaseModel):
    """What waits, the oldest first; at most 200 of each kind."""

    waiting: list[Waiting]


def router(doors: Doors) -> APIRouter:
    """``GET /v1/{district}/queue``."""
    routes = APIRouter(route_class=DoorRoute, tags=["intake"])

    @routes.get("/v1/{district}/queue", response_model=Queue, responses=SAYS_NO | KNOWN_ONLY)
    async def queue(district: str, bearer: Bearer) -> Queue:
        """等待办理的事项:待筛查的来件、待寄送的告知书。 / What waits for whoever asks: to screen, to send."""
        place = district_of(doors, district)
        claims = await speaker(doors, place, bearer)
        return Queue(waiting=await _waiting(doors.pool, place, claims.actor))

    return routes


async def _waiting(pool: asyncpg.Pool, district: District, actor: str) -> list[Waiting]:
    if actor not in {office.code for office in district.office_of_kind(OfficeKind.PETITION)}:
        return []
    async with pool.acquire() as connection:
        screening = await connection.fetch(_TO_SCREEN, district.code, actor, MOST)
        notices = await connection.fetch(_TO_SEND, district.code, actor, MOST)
    return [
        *(Waiting(task="screen", **row) for row in screening),
        *(Waiting(task="send_notice", **row) for row in notices),
    ]
