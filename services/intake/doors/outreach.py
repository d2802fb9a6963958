"""The petition office's door to the choice of villages for outreach."""

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from xinfang_contracts.message import PlaceCode, TownCode

from services.runtime.clock import civil_date
from services.runtime.doors import DoorRoute
from services.runtime.entrance import Bearer, district_of
from services.runtime.service import Doors

from ..beside.queries import villages_with_most
from .entrance import CLERKS_ONLY, SAYS_NO, answer, clerk_of


class Village(BaseModel):
    """A village of which many petitions told."""

    village: PlaceCode
    name: str
    town: TownCode
    petitions: int


class Villages(BaseModel):
    """Where outreach may go. ``withheld_below``: villages with fewer are not named."""

    first_year: int
    last_year: int
    withheld_below: int
    villages: list[Village]


def router(doors: Doors) -> APIRouter:
    """``GET /v1/{district}/outreach/villages``."""
    routes = APIRouter(route_class=DoorRoute, tags=["intake"])

    @routes.get("/v1/{district}/outreach/villages", response_model=Villages, responses=SAYS_NO | CLERKS_ONLY)
    async def choose_villages(
        district: str, bearer: Bearer, years: Annotated[int, Query(ge=1, le=10)] = 3
    ) -> JSONResponse:
        """The villages with most petitions in the last years, this one among them: for outreach only."""
        place = district_of(doors, district)
        await clerk_of(doors, place, bearer)
        last = civil_date(doors.now()).year
        found = await villages_with_most(doors.pool, place, last - years + 1, last)
        told = Villages(
            first_year=last - years + 1,
            last_year=last,
            withheld_below=place.outreach.smallest_count,
            villages=[
                Village(village=one.village, name=one.name, town=one.town, petitions=one.petitions) for one in found
            ],
        )
        return answer(told, 200)

    return routes
