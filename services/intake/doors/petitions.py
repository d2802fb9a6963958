"""The door for programs: one petition as JSON."""

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from services.runtime.doors import DoorRoute
from services.runtime.entrance import district_of
from services.runtime.service import Doors

from ..submission import DOOR, Submission, door_id
from . import entrance
from .entrance import HANDED_IN, IdempotencyKey
from .forms import GivenPetition, HandedIn


def router(doors: Doors) -> APIRouter:
    """``POST /v1/{district}/petitions``."""
    routes = APIRouter(route_class=DoorRoute, tags=["intake"])

    @routes.post("/v1/{district}/petitions", status_code=201, response_model=HandedIn, responses=HANDED_IN)
    async def hand_in(district: str, petition: GivenPetition, idempotency_key: IdempotencyKey) -> JSONResponse:
        """Hand in one petition. 201: registered; 200: it was, with this key, and this is the same answer."""
        place = district_of(doors, district)
        id_ = door_id("http", place, DOOR, idempotency_key, doors.keys)
        submission = Submission(DOOR, id_, petition.channel, petition.content())
        return (await entrance.hand_in(doors, place, submission)).answer()

    return routes
