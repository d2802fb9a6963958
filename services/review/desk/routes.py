"""The desk's pages, and the doors through which its scripts reach the services."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Header, Path, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import TypeAdapter, ValidationError
from xinfang_contracts.district import District
from xinfang_contracts.message import PetitionNumber

from services.runtime import keys
from services.runtime.clock import ZONE
from services.runtime.doors import DoorRoute, SaidNo
from services.runtime.inbox import Connection
from services.runtime.service import Doors

from ..state import ReviewCase
from ..store import KEYS
from . import pages, timeline, words
from .entering import Entering
from .following import following
from .gateway import Answered, Away, Gateway
from .offers import Place, offers
from .pages import PageRoute, not_found, page
from .queue import gathered, is_elsewhere, is_to_screen, tasks_of
from .session import Session
from .showing import may_see, shown

COMMANDS = frozenset({"intake", "routing", "review"})
_CASE: TypeAdapter[Any] = TypeAdapter(ReviewCase)
_NUMBER: TypeAdapter[str] = TypeAdapter(PetitionNumber)


@dataclass(frozen=True, slots=True)
class Me:
    """Who is signed in, as every page shows it."""

    actor: str
    person: str
    name: str
    district: District

    @property
    def signer(self) -> str:
        """As keys are enrolled for."""
        return f"{self.district.code}.{self.actor}"

    @property
    def is_petition_office(self) -> bool:
        """信访室."""
        return Place("", None, self.district, self.actor).is_petition_office

    @property
    def kind(self) -> str:
        """Office, leader, unit ..."""
        return self.actor.split("_", 1)[0]


def me_of(session: Session, district: District) -> Me:
    """For the head of a page."""
    claims = session.claims
    return Me(claims.actor, claims.person or "", words.names_of(district).get(claims.actor, claims.actor), district)


def router(doors: Doors, gateway: Gateway, entered: Entering) -> APIRouter:
    """Everything under ``/desk``."""
    routes = APIRouter(include_in_schema=False)
    routes.include_router(_pages(doors, gateway, entered))
    routes.include_router(_doors(gateway, entered))
    return routes


def _pages(doors: Doors, gateway: Gateway, entered: Entering) -> APIRouter:
    routes = APIRouter(route_class=PageRoute)

    def of(session: Session) -> tuple[District, Me]:
        district = doors.districts[session.claims.district]
        return district, me_of(session, district)

    @routes.get("/")
    async def root() -> Response:
        return RedirectResponse("/desk", 303)

    @routes.get("/desk")
    async def queue(request: Request, number: Annotated[str | None, Query(max_length=40)] = None) -> Response:
        session = entered.session(request)
        if session is None:
            return entered.welcome()
        if number is not None and (found := _number(number)) is not None:
            return RedirectResponse(f"/desk/cases/{found}", 303)
        district, me = of(session)
        async with doors.pool.acquire() as connection:
            own = await tasks_of(connection, district, me.actor)
        waiting = await gathered(own, gateway, session, district, doors.now())
        title = "待办 / To do"
        return page("queue.html", me=me, queue=waiting, title=title, unknown=number is not None)

    @routes.get("/desk/cases/{number}")
    async def case(request: Request, number: Annotated[PetitionNumber, Path()]) -> Response:
        session = entered.session(request)
        if session is None:
            return entered.welcome()
        district, me = of(session)
        if not number.startswith(f"{district.code}-"):
            raise not_found()
        async with doors.pool.acquire() as connection:
            found = await connection.fetchval("SELECT state FROM review.cases WHERE petition = $1", number)
            state = None if found is None else _CASE.validate_json(found)
            said = await timeline.read(connection, number)
            waiting = await tasks_of(connection, district, me.actor)
            mine = await _keys_of(connection, me)
        tasks = [(one.task, one.version) for one in waiting if one.petition == number]
        is_open = may_see(state, district, me.actor, bool(tasks))
        if not is_open and not me.is_petition_office:
            is_open = await is_elsewhere(gateway, session, number) and may_see(state, district, me.actor, True)
            if not is_open:
                raise not_found()
        if not is_open:
            # Where it is tied, the petition office is shown what it is shown of a number that is no case.
            state, said, tasks = None, [], []
        # What has been screened and is no case (referred, declined, on file) is nobody's to screen again.
        is_done = state is None and not await is_to_screen(gateway, session, number)
        place = Place(number, state, district, me.actor, tasks, said)
        return page(
            "case.html",
            me=me,
            case=shown(number, state, district, said),
            forms=[] if is_done else [*offers(place), *following(place)],
            waiting=[words.TASKS.get(task, (task, "")) for task, _ in tasks],
            reading=_reading(me, state is None),
            kinds=words.KINDS,
            vault=_vault(doors),
            enrolled=" ".join(one["key"] for one in mine if "enrolled" in one and "revoked" not in one),
            title=number,
        )

    @routes.get("/desk/keys")
    async def key_page(request: Request) -> Response:
        session = entered.session(request)
        if session is None:
            return entered.welcome()
        _, me = of(session)
        async with doors.pool.acquire() as connection:
            mine = await _keys_of(connection, me)
        return page("keys.html", me=me, known=json.dumps(mine), signer=me.signer, title="我的密钥 / My keys")

    @routes.get("/desk/letters")
    async def letters(request: Request) -> Response:
        session = entered.session(request)
        if session is None:
            return entered.welcome()
        district, me = of(session)
        if not Place("", None, district, me.actor).is_petition_office:
            raise not_found()
        channels = [one for one in district.channels if one.partner is None and one.form in ("letter", "visit", "call")]
        ranks = words.RANKS
        today = f"{doors.now().astimezone(ZONE):%Y-%m-%d}"
        return page(
            "letters.html",
            me=me,
            channels=channels,
            ranks=ranks,
            today=today,
            vault=_vault(doors),
            title="登记来信、来访、来电 / Write down",
        )

    @routes.get("/desk/static/{name}")
    async def static(name: Annotated[str, Path(pattern=r"^[a-z]+\.(js|css)$")]) -> Response:
        path = pages.STATIC / name
        if not path.is_file():
            raise not_found()
        headers = {"Cache-Control": "no-cache", "X-Content-Type-Options": "nosniff"}
        return Response(path.read_bytes(), media_type=pages.TYPES[path.suffix], headers=headers)

    return routes


def _doors(gateway: Gateway, entered: Entering) -> APIRouter:
    """What the scripts ask: a same-origin request of somebody who is signed in, which goes on with their token."""
    routes = APIRouter(route_class=DoorRoute)

    @routes.post("/desk/commands/{service}/{name}")
    async def command(
        request: Request,
        service: Annotated[str, Path(pattern="^[a-z]+$")],
        name: Annotated[str, Path(pattern="^[a-z_]{1,60}$")],
        key: Annotated[str, Header(alias="Idempotency-Key", pattern="^[A-Za-z0-9_-]{22,64}$")],
    ) -> Response:
        session = entered.required(request)
        if service not in COMMANDS:
            raise not_found()
        path = f"/v1/{session.claims.district}/commands/{name}"
        return await _passed_on(gateway, service, path, session, await request.body(), key)

    @routes.post("/desk/readings")
    async def reading(request: Request) -> Response:
        session = entered.required(request)
        path = f"/v1/{session.claims.district}/readings"
        return await _passed_on(gateway, "intake", path, session, await request.body(), None)

    return routes


async def _passed_on(
    gateway: Gateway, service: str, path: str, session: Session, body: bytes, key: str | None
) -> Response:
    try:
        answer: Answered = await gateway.post(service, path, session.token, body, key)
    except Away:
        text = "服务暂时没有应答，请稍后再试，不会重复 / the service does not answer; try again, nothing is done twice"
        raise SaidNo(503, "away", text, Retry_After="5") from None
    return Response(answer.body, answer.status, {"Cache-Control": "no-store"}, "application/json")


def _number(text: str) -> str | None:
    try:
        return _NUMBER.validate_python(text.strip())
    except ValidationError:
        return None


def _vault(doors: Doors) -> str:
    """The key for which pages seal words: intake's, public."""
    key = keys.public_key(doors.keys, keys.VAULT)
    public: Mapping[str, Any] = key.as_dict(private=False)
    return json.dumps({"kty": public["kty"], "crv": public["crv"], "x": public["x"], "kid": keys.key_id(key)})


def _reading(me: Me, is_new: bool) -> str:
    """Why this person reads, for the audit."""
    return "screening" if is_new else "handling" if me.kind == "unit" else "review"


async def _keys_of(connection: Connection, me: Me) -> list[dict[str, str]]:
    """This person's keys as this actor, and since when each was offered, enrolled, revoked."""
    rows = await connection.fetch("SELECT state FROM review.keys WHERE district = $1", me.district.code)
    known = [KEYS.adapter.validate_json(row["state"]) for row in rows]
    found = []
    for one in known:
        if me.signer in one.offered and one.person == me.person:
            moments = {"offered": one.offered, "enrolled": one.enrolled, "revoked": one.revoked}
            when = {name: by[me.signer].isoformat() for name, by in moments.items() if me.signer in by}
            found.append({"key": one.key, **when})
    return found
