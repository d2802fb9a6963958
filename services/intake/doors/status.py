"""Pages for a reporter who comes back: the code in, how it stands out; material and answers.

The code travels in the body of forms only: an address is kept by browsers, proxies and whoever looks over a shoulder.
"""

import secrets
from collections.abc import Awaitable, Sequence
from typing import Annotated, Any, TypeVar

import structlog
from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse
from pydantic import TypeAdapter, ValidationError
from xinfang_contracts.district import District

from services.runtime.doors import RETRY_SECONDS, SaidNo
from services.runtime.entrance import district_of
from services.runtime.log import failure, place

from ..queries import Found
from .comers import Comers, Done, GivenAnswer, GivenMaterial, GivenRating, GivenReceipt, address_of
from .entrance import IdempotencyKey
from .pages import PageRoute, page
from .standing import Words, standing_of
from .uploads import CHOICE, FILES, Sent, chosen, read_form, text_of

log = structlog.get_logger()

_FORM_LOST = "表单不完整,请重新查询 / the form was not complete: please start again"
_LATER = (
    "暂时无法处理,没有任何内容丢失,请稍后再点一次 / "
    "not possible right now; nothing was lost: please press the button again later"
)
_MISSING = {
    "receipt": "请输入回执码 / please enter the code of your receipt",
    "level": "请选一项 / please choose one",
    "text": "请写下内容,最多两万字 / please write something, at most 20,000 characters",
}
_KEY: TypeAdapter[str] = TypeAdapter(IdempotencyKey)
_Text = Annotated[str, Form()]
G = TypeVar("G", bound=GivenReceipt)
T = TypeVar("T")


def router(comers: Comers) -> APIRouter:
    """``/{district}/status``, ``.../material`` and ``.../answer``."""
    routes = APIRouter(route_class=PageRoute, include_in_schema=False)

    @routes.get("/{district}/status")
    async def ask_for_code(district: str) -> HTMLResponse:
        return _page("status.html", district_of(comers.doors, district), receipt="")

    @routes.post("/{district}/status")
    async def show(district: str, request: Request, receipt: _Text = "") -> HTMLResponse:
        place_ = district_of(comers.doors, district)
        return await _show(comers, place_, receipt, address_of(request))

    @routes.post("/{district}/status/material")
    async def add_material(district: str, request: Request) -> HTMLResponse:
        place_ = district_of(comers.doors, district)
        typed = await _read(request, "text", "receipt", "key")

        async def hand_in() -> Done:
            given = _given(GivenMaterial, receipt=typed["receipt"], text=typed["text"])
            return await comers.add_material(place_, given, _checked(typed["key"]), address_of(request), typed.files)

        if isinstance(no := await _tried(hand_in()), SaidNo):
            return _again(place_, no, "material", typed)
        return await _show(comers, place_, typed["receipt"], address_of(request), done="material")

    @routes.post("/{district}/status/answer")
    async def answer(district: str, request: Request) -> HTMLResponse:
        place_ = district_of(comers.doors, district)
        typed = await _read(request, "text", "receipt", "key", "question")

        async def hand_in() -> Done:
            given = _given(GivenAnswer, receipt=typed["receipt"], question=typed["question"], text=typed["text"])
            return await comers.answer(place_, given, _checked(typed["key"]), address_of(request), typed.files)

        if isinstance(no := await _tried(hand_in()), SaidNo):
            return _again(place_, no, "answer", typed)
        return await _show(comers, place_, typed["receipt"], address_of(request), done="answer")

    @routes.post("/{district}/status/satisfaction")
    async def rate(district: str, request: Request) -> HTMLResponse:
        place_ = district_of(comers.doors, district)
        typed = await _read(request, "level", "receipt", "key", "contact")

        async def hand_in() -> Done:
            given = _given(GivenRating, receipt=typed["receipt"], contact=typed["contact"], level=typed["level"])
            return await comers.rate(place_, given, _checked(typed["key"]), address_of(request))

        if isinstance(no := await _tried(hand_in()), SaidNo):
            return _again(place_, no, "satisfaction", typed)
        return await _show(comers, place_, typed["receipt"], address_of(request), done="satisfaction")

    return routes


class _Typed(dict[str, str]):
    """The fields of a form, and the files that were chosen with it."""

    files: Sequence[Sent] = ()


async def _read(request: Request, *names: str) -> _Typed:
    """A form whose hidden fields are all there. SaidNo 422 when it is none of our pages'."""
    form = await read_form(request)
    if not all(isinstance(form.get(name), str) for name in names if name not in _MISSING):
        raise _wrong(_FORM_LOST)
    typed = _Typed((name, text_of(form, name)) for name in names)
    typed.files = await chosen(form)
    await form.close()
    return typed


def _again(district: District, no: SaidNo, action: str, typed: _Typed) -> HTMLResponse:
    """The form with what was written; files must be chosen again, a page cannot give them back."""
    faults = [one for one in no.wrong.errors if one.where.startswith(FILES)]
    values = {"question": ""} | typed
    return _page("status_again.html", district, no, action=action, faults=faults, had_files=bool(typed.files), **values)


async def _show(comers: Comers, district: District, receipt: str, address: str, done: str = "") -> HTMLResponse:
    """How it stands; or the entry again, with what was typed, so that one wrong symbol is not seventeen to type."""

    async def find() -> Found:
        return await comers.find(district, _given(GivenReceipt, receipt=receipt).receipt, address)

    found = await _tried(find())
    if isinstance(found, SaidNo):
        return _page("status.html", district, found, receipt=receipt)
    return _page(
        "standing.html",
        district,
        receipt=receipt,
        found=found,
        standing=standing_of(found, district),
        new_key=lambda: secrets.token_urlsafe(16),
        done=done,
    )


async def _tried(doing: Awaitable[T]) -> T | SaidNo:
    """What it gives, or why it could not be done."""
    try:
        return await doing
    except SaidNo as no:
        return no
    except Exception as error:  # noqa: BLE001 - a door answers; only class and place may be told
        log.error("door.failed", door="status", error=failure(error), at=place(error))
        return SaidNo(503, "try_again", _LATER, Retry_After=str(RETRY_SECONDS))


def _given(model: type[G], **values: str) -> G:
    try:
        return model.model_validate(values)
    except ValidationError as error:
        where = str(error.errors()[0]["loc"][0])
        raise _wrong(_MISSING.get(where, _FORM_LOST)) from None


def _wrong(text: str) -> SaidNo:
    return SaidNo(422, "wrong_shape", text)


def _checked(key: str) -> str:
    try:
        return _KEY.validate_python(key)
    except ValidationError:
        raise _wrong(_FORM_LOST) from None


def _page(template: str, district: District, no: SaidNo | None = None, **values: Any) -> HTMLResponse:
    values |= {"choice": CHOICE}
    if no is None:
        return page(template, district=district, error=None, **values)
    chinese, _, english = no.wrong.text.partition(" / ")
    error = Words(chinese, english)
    response = page(template, no.status, district=district, error=error, **values)
    response.headers.update(no.headers)
    return response
