"""The door for a WeChat official account (微信公众号): a follower's text is a petition, and the reply its number."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import PlainTextResponse
from pydantic import Field, SecretStr, field_validator
from wechatpy.events import BaseEvent, SubscribeEvent, SubscribeScanEvent
from wechatpy.messages import TextMessage
from xinfang_contracts.intake import PetitionContent

from services.runtime.doors import DoorRoute, SaidNo, Wrong, wrong_shape
from services.runtime.faults import OTHERWISE, Fault
from services.runtime.service import Doors

from ..submission import Submission, door_id
from . import entrance, wechat_protocol, wechat_says
from .hotline import is_fresh
from .setup import ChannelSecret, Opened, open_channels, opened

T = TypeVar("T")
ACTOR = "door_wechat"
STALE_SECONDS = 600
LONGEST = 20_000
_XML = {"type": "string", "description": "微信的 XML / WeChat's XML"}
_BODY = {"requestBody": {"required": True, "content": {"text/xml": {"schema": _XML}}}}
# Spelt out: beside an answer that is no JSON, FastAPI would document these as that too.
_WRONG = {"application/json": {"schema": {"$ref": f"#/components/schemas/{Wrong.__name__}"}}}
_NO: dict[int | str, dict[str, Any]] = {
    403: {"description": "not signed by WeChat, or at another time", "content": _WRONG},
    404: {"description": "no such district, or the channel is not set up", "content": _WRONG},
    409: {"description": "the same message id with another text", "content": _WRONG},
    413: entrance.SAYS_NO[413],
    422: {"description": "no message of WeChat's", "content": _WRONG},
    503: {"description": "not now; WeChat sends it again", "content": _WRONG},
}
_ECHO: dict[int | str, dict[str, Any]] = {code: _NO[code] for code in (403, 404, 413, 422)}
_ECHO[200] = {"description": "echostr", "content": {"text/plain": {"schema": {"type": "string"}}}}
_REPLY = _NO | {
    200: {
        "description": "被动回复,或 success / a passive reply, or the word success",
        "content": {"text/xml": {"schema": _XML}, "text/plain": {"schema": {"type": "string"}}},
    }
}


class WeChatSecret(ChannelSecret):
    """An account's settings. ``minimum``: a shorter text is no petition; ``form_url``: where the web form is."""

    token: Annotated[SecretStr, Field(min_length=3, max_length=32)]
    app_id: Annotated[str, Field(pattern=r"^[0-9A-Za-z]{1,64}$")]
    encoding_aes_key: SecretStr | None = None
    minimum: Annotated[int, Field(ge=1, le=1000)] = 20
    form_url: Annotated[str | None, Field(pattern=r"^https://[!-~]+$", max_length=200)] = None

    @field_validator("encoding_aes_key")
    @classmethod
    def _is_43_symbols(cls, key: SecretStr | None) -> SecretStr | None:
        symbols = None if key is None else key.get_secret_value()
        if symbols is not None and not (len(symbols) == 43 and symbols.isascii() and symbols.isalnum()):
            raise ValueError("an EncodingAESKey has 43 letters and digits")
        return key

    @property
    def account(self) -> wechat_protocol.Account:
        """As the protocol needs it."""
        key = None if self.encoding_aes_key is None else self.encoding_aes_key.get_secret_value()
        return wechat_protocol.Account(self.token.get_secret_value(), self.app_id, key)


@dataclass(frozen=True, slots=True)
class Address:
    """What WeChat puts into the address; all of it may be missing, and then nothing is signed."""

    timestamp: Annotated[str, Query(max_length=200)] = ""
    nonce: Annotated[str, Query(max_length=200)] = ""
    signature: Annotated[str, Query(max_length=200)] = ""
    msg_signature: Annotated[str, Query(max_length=200)] = ""


def router(doors: Doors) -> APIRouter:
    """``GET`` (WeChat asks whether the address is ours) and ``POST /wechat/{district}/{channel}`` (a message)."""
    routes = APIRouter(route_class=DoorRoute, tags=["intake"])
    channels = open_channels(doors, "wechat", WeChatSecret)

    @routes.get(
        "/wechat/{district}/{channel}",
        response_class=PlainTextResponse,
        responses=_ECHO,
        summary="微信服务器验证 / WeChat verifies the address",
    )
    async def verify(
        district: str,
        channel: str,
        address: Annotated[Address, Depends()],
        echostr: Annotated[str, Query(max_length=1000)] = "",
    ) -> Response:
        """原样答复 echostr(加密时先解密)。Answers echostr, opened where it came encrypted."""
        account = opened(doors, channels, district, channel).secret.account
        said = _checked(lambda signed: wechat_protocol.echo(account, signed, echostr), address, doors.now())
        return PlainTextResponse(said, headers={"X-Content-Type-Options": "nosniff"})

    @routes.post(
        "/wechat/{district}/{channel}",
        response_class=Response,
        responses=_REPLY,
        openapi_extra=_BODY,
        summary="微信消息 / A message from WeChat",
    )
    async def take_message(
        district: str, channel: str, address: Annotated[Address, Depends()], request: Request
    ) -> Response:
        """文字消息登记为信访举报,被动回复给出编号和查询码;同一消息重复推送,答复不变。

        A text becomes a petition; the passive reply holds number and receipt. Sent again, it is answered the same.
        """
        found, body = opened(doors, channels, district, channel), await request.body()
        account = found.secret.account
        message = _checked(lambda signed: wechat_protocol.message_in(account, signed, body), address, doors.now())
        text = await _answer(doors, found, message)
        if text is None:
            return PlainTextResponse("success")
        # A receipt is a secret: no cache on the way may keep it.
        reply = wechat_protocol.reply(account, message, text, doors.now())
        return Response(reply, media_type="text/xml", headers={"Cache-Control": "no-store"})

    return routes


def _checked(read: Callable[[wechat_protocol.Signed], T], address: Address, now: datetime) -> T:
    """What ``read`` makes of a callback; 403 when WeChat did not sign it just now, 422 when it is no message."""
    try:
        found = read(wechat_protocol.Signed(address.timestamp, address.nonce, address.signature, address.msg_signature))
    except wechat_protocol.NotWeChat:
        raise SaidNo(403, "wrong_signature", "签名无效 / the signature is wrong") from None
    except wechat_protocol.NoMessage:
        raise wrong_shape([Fault(where="body", what=OTHERWISE)]) from None
    if not is_fresh(address.timestamp, now, STALE_SECONDS):
        raise SaidNo(403, "stale", "时间戳已过期 / the timestamp is too old")
    return found


async def _answer(doors: Doors, found: Opened[WeChatSecret], message: Any) -> str | None:
    """The reply's text; None where WeChat wants none. Who sent it stands in the message, and is kept nowhere."""
    secret = found.secret
    match message:
        case TextMessage():
            text = (message.content or "").strip()
            if not secret.minimum <= len(text) <= LONGEST:
                return wechat_says.length(secret.minimum, secret.form_url)
            id_ = door_id("wechat", found.district, ACTOR, f"{found.channel.code}/{message.id}", doors.keys)
            submission = Submission(ACTOR, id_, found.channel.code, PetitionContent(text=text))
            taken = await entrance.hand_in(doors, found.district, submission)
            return wechat_says.registered(taken.number, taken.receipt)
        case SubscribeEvent() | SubscribeScanEvent():
            return wechat_says.greeting(found.district.organ, secret.minimum, secret.form_url)
        case BaseEvent():
            return None
        case _:
            return wechat_says.text_only(secret.form_url)
