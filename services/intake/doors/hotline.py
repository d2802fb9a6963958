"""The door for a telephone hotline's system: a call that was written down, signed by who sends it."""

import hmac
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Request
from fastapi.responses import JSONResponse
from pydantic import AwareDatetime, Field, SecretStr, field_validator
from xinfang_contracts.intake import PetitionContent
from xinfang_contracts.message import PlaceCode

from services.runtime.clock import ZONE
from services.runtime.doors import DoorRoute, SaidNo, Wrong
from services.runtime.service import Doors

from ..submission import Submission, door_id
from . import entrance
from .entrance import HANDED_IN
from .forms import Given, GivenAccused, GivenReporter, HandedIn, says_something
from .setup import ChannelSecret, open_channels, opened

ACTOR = "door_hotline"
STALE_SECONDS = 300
_UNSIGNED: dict[int | str, dict[str, Any]] = {
    401: {"model": Wrong, "description": "no signature, a wrong one, or one of another time"}
}


class HotlineSecret(ChannelSecret):
    """``secret``: what the hotline's system signs with, 32 characters or more."""

    secret: Annotated[SecretStr, Field(min_length=32)]


class GivenCall(Given):
    """A call. ``transcript``: what was said, in the caller's words or the operator's."""

    call_id: Annotated[str, Field(min_length=1, max_length=200, description="该来电的唯一编号 / unique for this call")]
    started_at: Annotated[AwareDatetime, Field(description="来电时间,带时区 / when it began, with its time zone")]
    transcript: Annotated[str, Field(min_length=1, max_length=19_900)]
    caller: GivenReporter | None = None
    accused: list[GivenAccused] = Field(default=[], max_length=20)
    village: PlaceCode | None = None

    _says_something = field_validator("transcript")(says_something)

    def content(self) -> PetitionContent:
        """The call as a petition: when it was is its first line, for a petition has no field for it."""
        began = self.started_at.astimezone(ZONE)
        given = self.model_dump(include={"accused", "village"})
        reporter = None if self.caller is None else self.caller.model_dump()
        text = f"来电时间:{began:%Y-%m-%d %H:%M:%S}\n{self.transcript}"
        return PetitionContent.model_validate(given | {"text": text, "reporter": reporter})


def router(doors: Doors) -> APIRouter:
    """``POST /hotline/{district}/{channel}``."""
    routes = APIRouter(route_class=DoorRoute, tags=["intake"])
    channels = open_channels(doors, "hotline", HotlineSecret)

    async def signed(
        district: str,
        channel: str,
        request: Request,
        timestamp: Annotated[str, Header(alias="X-Xinfang-Timestamp", description="Unix 秒 / Unix seconds")] = "",
        signature: Annotated[
            str,
            Header(
                alias="X-Xinfang-Signature",
                description="sha256=<hex HMAC-SHA-256(timestamp + '.' + 原始请求体 / raw body)>",
            ),
        ] = "",
    ) -> None:
        """Asked before what the body says is looked at."""
        secret = opened(doors, channels, district, channel).secret.secret.get_secret_value()
        right = is_signed(secret, timestamp, await request.body(), signature)
        if not right or not is_fresh(timestamp, doors.now(), STALE_SECONDS):
            raise SaidNo(401, "wrong_signature", "签名无效或已过期 / the signature is wrong or too old")

    @routes.post(
        "/hotline/{district}/{channel}",
        status_code=201,
        response_model=HandedIn,
        responses=HANDED_IN | _UNSIGNED,
        summary="热线来电 / A call to the hotline",
        dependencies=[Depends(signed)],
    )
    async def take_call(district: str, channel: str, call: GivenCall) -> JSONResponse:
        """热线系统推送一次来电;同一 call_id 和内容再次推送,编号不变;内容不同则 409。

        A hotline's system hands in a call; the same again has the same number, the same call_id with another body 409.
        """
        place = opened(doors, channels, district, channel).district
        id_ = door_id("hotline", place, ACTOR, f"{channel}/{call.call_id}", doors.keys)
        return (await entrance.hand_in(doors, place, Submission(ACTOR, id_, channel, call.content()))).answer()

    return routes


def is_signed(secret: str, timestamp: str, body: bytes, signature: str) -> bool:
    """Whether ``signature`` is ``sha256=`` and the HMAC over timestamp, full stop and body; in constant time."""
    right = hmac.digest(secret.encode(), timestamp.encode() + b"." + body, "sha256").hex()
    return hmac.compare_digest(f"sha256={right}".encode(), signature.encode())


def is_fresh(timestamp: str, now: datetime, seconds: int) -> bool:
    """Whether Unix seconds are no further from now than that, before or after."""
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        return False
    return abs(now.timestamp() - int(timestamp)) <= seconds
