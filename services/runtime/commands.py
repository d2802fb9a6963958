"""Command doors: every command that an actor of a district may send, over HTTP, from the registry alone.

``POST /v1/{district}/commands/{name}``: the token says who speaks, ``Idempotency-Key`` is the message's id, the body is
the command. It joins the round of this process as one from the broker does, and its answer is what the speaker is told.
"""

import asyncio
from collections.abc import Container, Iterable
from hashlib import blake2b
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Request, Response
from pydantic import BaseModel, Field
from xinfang_contracts.envelope import Envelope
from xinfang_contracts.intake import CommandRefused
from xinfang_contracts.message import Message
from xinfang_contracts.registry import REGISTRY, Entry, Kind
from xinfang_contracts.registry import fact as entry_of

from .doors import DoorRoute, Wrong, wrong_shape
from .entrance import KNOWN_ONLY, Bearer, district_of, not_entitled, speaker
from .errors import NotYet, Poison
from .faults import Fault
from .incoming import Incoming, hash_of, inbox_key
from .refusals import STRANGERS, not_theirs, refusal
from .rules import PETITION
from .service import Doors
from .tokens import Claims

DOOR = "door_http"
SECONDS = 30
NOBODYS = {"door", "operator"}
"""A door's own words come by that door; what an operator says changes an installation, and has its own credential."""
CommandKey = Annotated[
    str,
    Header(
        alias="Idempotency-Key",
        min_length=22,
        max_length=64,
        pattern="^[A-Za-z0-9_-]+$",
        description="new and by chance for each command, 128 bits or more; the same again is the same command",
    ),
]
ANSWERS: dict[int | str, dict[str, Any]] = KNOWN_ONLY | {code: {"model": Wrong} for code in (404, 409, 422, 503)}
ANSWERS[413] = {"description": "the body is over the limit", "content": {"text/plain": {}}}


class Told(BaseModel):
    """One thing that whoever spoke is told, as their notice says it."""

    fact: str
    body: dict[str, Any]


class Heard(BaseModel):
    """A command that took effect. told: what became of it; empty when it had been said before, or is not the speaker's
    to know.
    """

    command_id: str
    told: Annotated[list[Told], Field(description="notices to whoever spoke, in order")]


def offered(handled: Container[str]) -> list[Entry]:
    """The commands that have a door, of those that a service handles."""
    commands = [entry for entry in REGISTRY if entry.kind is Kind.COMMAND and entry.type in handled]
    return [entry for entry in commands if not NOBODYS.issuperset(entry.actors)]


def router(doors: Doors, handled: Container[str]) -> APIRouter:
    """A door for each command among the types that are handled."""
    routes = APIRouter(route_class=DoorRoute, tags=["commands"])
    for entry in offered(handled):
        _add(routes, doors, entry)
    return routes


def _add(routes: APIRouter, doors: Doors, entry: Entry) -> None:
    async def admitted(district: str, bearer: Bearer) -> Claims:
        """Asked before the body is looked at: a stranger is told nothing of what is wrong in it."""
        claims = await speaker(doors, district_of(doors, district), bearer)
        if kind_of(claims.actor) not in set(entry.actors) - NOBODYS:
            raise not_entitled("这一步不由您办理 / this step is not yours")
        return claims

    async def say(
        district: str,
        request: Request,
        claims: Annotated[Claims, Depends(admitted)],
        key: CommandKey,
        command: Message,
        response: Response,
    ) -> Heard:
        if claims.person is not None and getattr(command, "person", claims.person) != claims.person:
            # Whoever is two persons by their keys would have two voices.
            raise not_entitled("只能提交本人的密钥 / a key is offered by its own person")
        incoming = _incoming(doors, entry, claims, key, command, await request.body())
        told = await _hand_in(doors, incoming)
        response.status_code = 200 if incoming.is_repeat else 201
        response.headers["Cache-Control"] = "no-store"
        return _heard(incoming, told)

    # One handler for all: FastAPI reads the command's class, and with it the document's schema, from here.
    say.__annotations__["command"] = entry.model
    summary = (entry.model.__doc__ or entry.name).strip().splitlines()[0]
    routes.add_api_route(
        f"/v1/{{district}}/commands/{entry.name}",
        say,
        methods=["POST"],
        name=entry.name,
        operation_id=f"{entry.owner}_{entry.name}",
        summary=summary,
        description=(
            f"{entry.type}; 可由 {'、'.join(entry.actors)} 提交。同一 Idempotency-Key 再次提交,答复不变。\n\n"
            f"May be sent by: {', '.join(entry.actors)}. 201: took effect; 200: it had, with this key: the same answer."
        ),
        status_code=201,
        response_model=Heard,
        responses=ANSWERS | {200: {"model": Heard}},
    )


def kind_of(actor: str) -> str:
    """Office, leader, unit and so on: what a code begins with."""
    return actor.split("_", 1)[0]


def _incoming(doors: Doors, entry: Entry, claims: Claims, key: str, command: Message, body: bytes) -> Incoming:
    said_by = f"{claims.district}.{claims.actor}"
    # Ids are published with what is said because of them; the sender's own word stays here.
    message_id = f"http/{blake2b(f'{said_by}/{key}'.encode(), digest_size=16).hexdigest()}"
    return Incoming(
        key=inbox_key(said_by, message_id),
        body_hash=hash_of(entry.type.encode() + b"\n" + body),
        speaker=said_by,
        district=claims.district,
        actor=claims.actor,
        entry=entry,
        envelope=Envelope(id=message_id, type=entry.type, source=DOOR),
        message=command,
        now=doors.now(),
        is_told=True,
    )


async def _hand_in(doors: Doors, incoming: Incoming) -> list[Message]:
    try:
        return await asyncio.wait_for(doors.hand_in(incoming), SECONDS)
    except NotYet:
        raise not_theirs() from None
    except Poison:
        what = "无法解密,或解密后内容不对 / does not open, or holds what it should not"
        raise wrong_shape([Fault(where="content", what=what)]) from None


def _heard(incoming: Incoming, told: Iterable[Message]) -> Heard:
    notices = list(told)
    for one in notices:
        if isinstance(one, CommandRefused):
            if one.reason in STRANGERS and hasattr(incoming.message, PETITION):
                raise not_theirs()
            raise refusal(one.reason, one.details or ())
    body = [
        Told(fact=entry_of(incoming.entry.owner, type(one)).name, body=one.model_dump(mode="json", exclude_none=True))
        for one in notices
    ]
    return Heard(command_id=incoming.envelope.id, told=body)
