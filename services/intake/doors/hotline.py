"""The door for a telephone hotline's system: a call that was written down, signed by who sends it."""

import hmac
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Request
from fastapi.responses import JSONResponse
from pydantic import AwareDatetime, Field, SecretStr, field_validator
from xinfang_contracts.intake import PetitionContent
from xinfang_contracts.message import PlaceCode

from services.runtime.clock import ZONE
from services.runtime.doors import SaidNo, Wrong
from services.runtime.service import Doors

from ..submission import Submission, door_id
from . import entrance
from .entrance import HANDED_IN
from .forms import Given, GivenAccused, GivenReporter, HandedIn, says_something
from .setup import ChannelSecret, open_channels, opened
from .uploads import Enclosed, FilesRoute, looked_at, with_files

ACTOR = "door_hotline"
STALE_SECONDS = 300
TIMESTAMP, SIGNATURE = "X-Xinfang-Timestamp", "X-Xinfang-Signature"
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


@dataclass(frozen=True, slots=True)
class SignedHeaders:
    """What a call is signed with, as the OpenAPI document tells it."""

    timestamp: Annotated[str, Header(alias=TIMESTAMP, description="Unix 秒 / Unix seconds")] = ""
    signature: Annotated[
        str,
        Header(
            alias=SIGNATURE,
            description="sha256=<hex HMAC-SHA-256(timestamp + '.' + 原始请求体 / raw body)>",
        ),
    ] = ""


def router(doors: Doors) -> APIRouter:
    """``POST /hotline/{district}/{channel}``."""
    channels = open_channels(doors, "hotline", HotlineSecret)

    class SignedRoute(FilesRoute):
        """Whoever has not signed is turned away: FastAPI reads a body before it asks any dependency."""

        async def admit(self, request: Request) -> None:
            """401 without a right signature of just now."""
            place = request.path_params
            secret = opened(doors, channels, place["district"], place["channel"]).secret.secret.get_secret_value()
            timestamp = request.headers.get(TIMESTAMP, "")
            right = is_signed(secret, timestamp, await request.body(), request.headers.get(SIGNATURE, ""))
            if not right or not is_fresh(timestamp, doors.now(), STALE_SECONDS):
                raise SaidNo(401, "wrong_signature", "签名无效或已过期 / the signature is wrong or too old")

    routes = APIRouter(route_class=SignedRoute, tags=["intake"])

    @routes.post(
        "/hotline/{district}/{channel}",
        status_code=201,
        response_model=HandedIn,
        responses=HANDED_IN | _UNSIGNED,
        summary="热线来电 / A call to the hotline",
        dependencies=[Depends(SignedHeaders)],
        openapi_extra=with_files(GivenCall),
    )
    async def take_call(district: str, channel: str, call: GivenCall, files: Enclosed) -> JSONResponse:
        """热线系统推送一次来电;同一 call_id 和内容再次推送,编号不变;内容不同则 409。

        有录音的,用 multipart/form-data:entry 为该 JSON,files 为录音;签名仍对整个原始请求体计算。

        A hotline's system hands in a call; the same again has the same number, the same call_id with another body 409.
        Where there is a recording: multipart/form-data, entry the same JSON and files the recording; what is signed is
        the whole body as it is sent.
        """
        place = opened(doors, channels, district, channel).district
        id_ = door_id("hotline", place, ACTOR, f"{channel}/{call.call_id}", doors.keys)
        submission = Submission(ACTOR, id_, channel, call.content(), files=await looked_at(files))
        return (await entrance.hand_in(doors, place, submission)).answer()

    return routes


def is_signed(secret: str, timestamp: str, body: bytes, signature: str) -> bool:
    """Whether ``signature`` is ``sha256=`` and the HMAC over timestamp, full stop and body; in constant time."""
    return hmac.compare_digest(signature_of(secret, timestamp, body).encode(), signature.encode())


def signature_of(secret: str, timestamp: str, body: bytes) -> str:
    """What the hotline's system sends beside the body."""
    return f"sha256={hmac.digest(secret.encode(), timestamp.encode() + b'.' + body, 'sha256').hex()}"


def is_fresh(timestamp: str, now: datetime, seconds: int) -> bool:
    """Whether Unix seconds are no further from now than that, before or after."""
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        return False
    return abs(now.timestamp() - int(timestamp)) <= seconds
