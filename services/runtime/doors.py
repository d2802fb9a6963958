"""What HTTP doors share: an answer says what is wrong and where, and never repeats what was handed in."""

import json
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import structlog
from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from pydantic import BaseModel
from pydantic_core import from_json
from starlette.exceptions import HTTPException

from .faults import WHAT, Fault, faults_of
from .log import failure, place

log = structlog.get_logger()

RETRY_SECONDS = 5

PAGE_HEADERS = {
    "Cache-Control": "no-store",
    # No script at all, nothing from elsewhere, no frame around us: a page that cannot be made to tell.
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
"""What every page for people is sent with."""


class Wrong(BaseModel):
    """The body of every error. ``reason`` is for machines, ``text`` for people, Chinese first."""

    reason: str
    text: str
    errors: list[Fault] = []


class SaidNo(Exception):
    """A door's refusal; holds nothing of what was handed in."""

    def __init__(self, status: int, reason: str, text: str, errors: Iterable[Fault] = (), **headers: str) -> None:
        super().__init__(reason)
        self.status = status
        self.wrong = Wrong(reason=reason, text=text, errors=list(errors))
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}

    def answer(self) -> Response:
        """As HTTP."""
        headers = {"Cache-Control": "no-store"} | self.headers
        return JSONResponse(self.wrong.model_dump(), status_code=self.status, headers=headers)


def wrong_shape(faults: Iterable[Fault]) -> SaidNo:
    """422, with the places."""
    text = "内容不符合要求,未保存 / not in the form that is needed; nothing was stored"
    return SaidNo(422, "wrong_shape", text, faults)


def not_now() -> SaidNo:
    """503: the world is ill."""
    text = (
        "暂时无法保存。没有任何内容丢失,请稍后用同一个 Idempotency-Key(或同一份台账)再次提交,不会重复登记 / "
        "cannot be stored right now. Nothing was lost: send it again with the same Idempotency-Key "
        "(or the same ledger), it will not be registered twice"
    )
    return SaidNo(503, "try_again", text, Retry_After=str(RETRY_SECONDS))


class StrictRequest(Request):
    """A request whose JSON is UTF-8 without lone surrogates, which later would raise with the text in the error."""

    async def json(self) -> Any:
        """The body as JSON; JSONDecodeError, empty of content, when it is none."""
        try:
            return from_json(await self.body(), allow_inf_nan=False)
        except ValueError:
            raise json.JSONDecodeError("", "", 0) from None


class DoorRoute(APIRoute):
    """A route that answers every error in one form. FastAPI's own answers repeat the input."""

    async def opened(self, request: Request) -> Request:
        """The request as its endpoint is to see it."""
        return request

    def get_route_handler(self) -> Callable[[Request], Awaitable[Response]]:  # type: ignore[override]
        """FastAPI's handler, its errors answered here."""
        inner = super().get_route_handler()

        async def handle(given: Request) -> Response:
            request = StrictRequest(given.scope, given.receive)
            try:
                await self.admit(request)
                return await inner(await self.opened(request))
            except SaidNo as no:
                return no.answer()
            except RequestValidationError as error:
                return wrong_shape(_request_faults(error)).answer()
            except HTTPException as error:
                raise HTTPException(error.status_code) from None
            except Exception as error:  # noqa: BLE001 - a door answers; only class and place may be told
                log.error("door.failed", door=self.name, error=failure(error), at=place(error))
                return not_now().answer()

        return handle

    async def admit(self, request: Request) -> None:
        """Asked before the body is looked at; SaidNo turns the request away. Here everybody is admitted."""


def _request_faults(error: RequestValidationError) -> list[Fault]:
    """The first step of a place only says body, header or query; of broken JSON the second is an offset."""
    broken = [one for one in error.errors() if one["type"] == "json_invalid"]
    if broken:
        return [Fault(where="body", what=WHAT["json_invalid"])]
    return faults_of(error.errors(), skip=1)
