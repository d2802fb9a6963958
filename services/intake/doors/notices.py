"""The door through which a clerk fetches a letter to print."""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Path
from fastapi.responses import Response
from xinfang_contracts.message import PetitionNumber
from xinfang_contracts.notices import NoticeId

from services.runtime.doors import DoorRoute, SaidNo, Wrong
from services.runtime.entrance import Bearer, district_of
from services.runtime.service import Doors

from ..notices.adapters.pdf import pdf_of
from ..notices.adapters.reading import read_letter
from ..vault.masters import Masters
from .entrance import CLERKS_ONLY, clerk_of

PDF = "application/pdf"
_HEADERS = {
    "Cache-Control": "no-store",
    # Neither number nor name: a file's name is seen by whoever looks into a folder.
    "Content-Disposition": 'attachment; filename="letter.pdf"',
    "X-Content-Type-Options": "nosniff",
}
_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {"content": {PDF: {"schema": {"type": "string", "format": "binary"}}}},
    404: {"model": Wrong, "description": "no such district, or no such letter"},
    503: {"model": Wrong, "description": "not possible right now"},
}


def router(doors: Doors) -> APIRouter:
    """``GET /v1/{district}/petitions/{number}/notices/{notice}.pdf``."""
    routes = APIRouter(route_class=DoorRoute, tags=["intake"])

    @routes.get(
        "/v1/{district}/petitions/{number}/notices/{notice}.pdf",
        response_class=Response,
        responses=_ANSWERS | CLERKS_ONLY,
    )
    async def print_letter(
        district: str, number: Annotated[PetitionNumber, Path()], notice: Annotated[NoticeId, Path()], bearer: Bearer
    ) -> Response:
        """打印告知书:第一页供开窗信封,第二页为正文;每次取用都先记入查阅记录。

        A letter to print, the sheet for the envelope's window and the letter; each reading is audited first.
        """
        place = district_of(doors, district)
        clerk = await clerk_of(doors, place, bearer)
        letter = await read_letter(doors.pool, place, clerk, number, notice, Masters(doors.keys), doors.now())
        if letter is None:
            raise SaidNo(404, "no_letter", "没有可打印的告知书 / there is no letter to print")
        return Response(await asyncio.to_thread(pdf_of, letter), media_type=PDF, headers=_HEADERS)

    return routes
