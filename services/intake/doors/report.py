"""The public's door: a form that anybody can fill in, and the page to which a QR poster leads."""

import asyncio
from datetime import datetime

import segno
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from markupsafe import Markup
from xinfang_contracts.district import Channel, District
from xinfang_contracts.message import Form, Rank

from services.runtime.clock import civil_date, due_date
from services.runtime.doors import SaidNo
from services.runtime.entrance import district_of
from services.runtime.faults import Fault
from services.runtime.service import Doors

from ..ledgers.register import RANKS
from ..returns import spelling
from ..submission import DOOR, Submission, door_id
from . import entrance, promises, typed
from .entrance import Taken
from .pages import PageRoute, page, wrong
from .typed import Typed, Understood
from .uploads import CHOICE

_ENGLISH_RANKS = {
    Rank.PROVINCE: "province",
    Rank.PREFECTURE: "prefecture",
    Rank.COUNTY: "county",
    Rank.TOWNSHIP: "township",
    Rank.STAFF: "staff",
    Rank.VILLAGE_OR_OTHER: "village or other",
}
_RANKS = [(rank.value, f"{name} / {_ENGLISH_RANKS[rank]}") for name, rank in reversed(RANKS.items())]
_SENT_ALREADY = (
    "这一页已经提交并登记过一次，这次的内容与上次不同，没有保存。如要补充或另行举报，请打开新的表单。 / "
    "This page has been sent and registered before. This time it says something else, which was not stored. "
    "To add something or to report anew, open a new form."
)


def router(doors: Doors) -> APIRouter:
    """``GET`` and ``POST`` of ``/{district}/report`` and ``/{district}/report/{channel}``."""
    routes = APIRouter(route_class=PageRoute, include_in_schema=False)

    @routes.get("/{district}/report")
    @routes.get("/{district}/report/{channel}")
    async def show(district: str, channel: str | None = None) -> HTMLResponse:
        place = district_of(doors, district)
        return _form(place, _channel(place, channel), Typed(typed.new_key()))

    @routes.post("/{district}/report")
    @routes.post("/{district}/report/{channel}")
    async def take(request: Request, district: str, channel: str | None = None) -> HTMLResponse:
        place = district_of(doors, district)
        way = _channel(place, channel)
        given = await typed.read(request)
        # Files are looked through, which may take the third part of a second.
        understood = await asyncio.to_thread(typed.understand, given, way.code, place)
        if not isinstance(understood, Understood):
            return _form(place, way, given, understood)
        try:
            taken = await entrance.hand_in(doors, place, _submission(doors, place, way, given, understood))
        except SaidNo as no:
            if no.status != 409:
                raise
            return wrong(409, _SENT_ALREADY, place, again=str(request.url.path))
        return _answer(place, taken, understood, doors.now(), f"{request.base_url}{place.code}/status")

    return routes


def _channel(district: District, code: str | None) -> Channel:
    """The channel of a poster, or the first that the public may use over the net. 404 where there is none."""
    for one in district.channels:
        if one.form is Form.NET and one.partner is None and code in {None, one.code}:
            return one
    raise SaidNo(404, "unknown_channel", "没有这个渠道 / there is no such channel")


def _submission(doors: Doors, district: District, channel: Channel, given: Typed, petition: Understood) -> Submission:
    id_ = door_id("form", district, DOOR, given.key, doors.keys)
    return Submission(DOOR, id_, channel.code, petition.content, files=petition.files)


def _form(district: District, channel: Channel, given: Typed, faults: list[Fault] | None = None) -> HTMLResponse:
    """The form, empty or with what was typed; files must be chosen again, a page cannot give them back."""
    expired = any(fault.where == "key" for fault in faults or ())
    return page(
        "report.html",
        422 if faults else 200,
        district=district,
        channel=channel,
        key=typed.new_key() if expired else given.key,
        values=given.values,
        limits=typed.LIMITS,
        faults=faults or [],
        had_files=bool(given.files),
        ranks=_RANKS,
        choice=CHOICE,
        file_places=["files", *(f"files.{place}" for place in range(len(given.files)))],
        real_name=promises.real_name(district),
    )


def _answer(district: District, taken: Taken, petition: Understood, now: datetime, address: str) -> HTMLResponse:
    """Number, receipt, and where to look. Whether the petition is sealed shows nowhere: somebody may read along."""
    reporter = petition.content.reporter
    clock = district.clocks.get("acceptance_notice")
    # A page that is sent again a week later would promise another day.
    by = None if clock is None or taken.is_repeat else due_date(civil_date(now), clock, district.calendar)
    return page(
        "handed_in.html",
        200 if taken.is_repeat else 201,
        district=district,
        number=taken.number,
        receipt=taken.receipt,
        is_repeat=taken.is_repeat,
        spelt=spelling.groups(taken.receipt),
        next_steps=promises.next_steps(
            district, is_named=reporter is not None and bool(reporter.name and reporter.contact), notice_by=by
        ),
        files=len(petition.files),
        address=address,
        # The address alone: with the code in it, the code would stay in the telephone's history.
        qr=Markup(segno.make(address, error="m").svg_inline(scale=4, border=4)),
    )
