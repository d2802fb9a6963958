"""Intake's HTTP doors, each in a file of its own. All of them join the round of this process."""

from fastapi import APIRouter
from fastapi.responses import FileResponse

from services.runtime import keys, tokens
from services.runtime.service import Doors

from . import (
    clerks,
    hotline,
    ledgers,
    notices,
    outreach,
    pages,
    petitions,
    queue,
    readings,
    report,
    returns,
    status,
    wechat,
)
from .comers import Comers
from .guesses import Guesses

_DOORS = (petitions, report, clerks, ledgers, outreach, hotline, wechat, notices, queue)


def router(doors: Doors, reading: readings.Reading) -> APIRouter:
    """Every door."""
    keys.secret(doors.keys, tokens.SECRET)  # a missing file stops the start, not the first clerk
    routes = APIRouter()
    for door in _DOORS:
        routes.include_router(door.router(doors))
    routes.include_router(readings.router(doors, reading))
    comers = Comers(doors, Guesses())
    routes.include_router(returns.router(comers))
    routes.include_router(status.router(comers))

    @routes.get("/static/xinfang.css", include_in_schema=False)
    async def style() -> FileResponse:
        return FileResponse(pages.STATIC / "xinfang.css", headers={"Cache-Control": "max-age=3600"})

    return routes
