"""The doors for a clerk who writes down a letter, a visit or a call."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import JSONResponse
from pydantic import Field
from xinfang_contracts.district import District
from xinfang_contracts.intake import RefusalReason, Visitors
from xinfang_contracts.message import Code, Form, SkipLevel

from services.runtime.clock import civil_date
from services.runtime.doors import SaidNo, wrong_shape
from services.runtime.entrance import Bearer, district_of
from services.runtime.faults import Fault
from services.runtime.service import Doors

from ..submission import Submission, door_id
from . import entrance
from .entrance import CLERKS_ONLY, HANDED_IN, IdempotencyKey, clerk_of
from .forms import GivenContent, HandedIn
from .uploads import Enclosed, FilesRoute, looked_at, with_files

_PATHS = {
    "letters": (Form.LETTER, "登记来信", "write down a letter"),
    "visits": (Form.VISIT, "登记来访", "write down a visit"),
    "calls": (Form.CALL, "登记来电", "write down a call"),
}


class GivenByClerk(GivenContent):
    """A petition as a clerk writes it down. No channel: the district's first of that form."""

    channel: Annotated[
        Code | None, Field(description="须属该形式;默认取本区该形式的第一个渠道 / of that form; default: the first one")
    ] = None
    received_on: Annotated[
        date | None, Field(description="收件日期,不得晚于今天 / the day of receipt, never later than today")
    ] = None
    skip_level: Annotated[
        SkipLevel | None, Field(description="越级:赴省、赴京,只计数 / went to the province or the centre; only counted")
    ] = None
    visitors: Annotated[
        Visitors | None,
        Field(description="来访人数,五人以上为集体访 / how many came; from five on a collective visit"),
    ] = None


def router(doors: Doors) -> APIRouter:
    """``POST /v1/{district}/letters``, ``/visits`` and ``/calls``."""
    routes = APIRouter(route_class=FilesRoute, tags=["intake"])

    async def clerk(district: str, bearer: Bearer) -> str:
        """Asked before the body is looked at: a stranger is told nothing of what is wrong in it."""
        return await clerk_of(doors, district_of(doors, district), bearer)

    def add(path: str, form: Form, chinese: str, english: str) -> None:
        async def write_down(
            district: str,
            petition: GivenByClerk,
            idempotency_key: IdempotencyKey,
            actor: Annotated[str, Depends(clerk)],
            files: Enclosed,
        ) -> JSONResponse:
            place = district_of(doors, district)
            if petition.received_on is not None and petition.received_on > civil_date(doors.now()):
                raise wrong_shape([Fault(where="received_on", what="晚于今天 / is later than today")])
            id_ = door_id("clerk", place, actor, idempotency_key, doors.keys)
            channel = _channel(place, form, petition.channel)
            submission = Submission(
                actor,
                id_,
                channel,
                petition.content(),
                petition.received_on,
                await looked_at(files),
                skip_level=petition.skip_level,
                visitors=petition.visitors,
            )
            return (await entrance.hand_in(doors, place, submission)).answer()

        routes.add_api_route(
            f"/v1/{{district}}/{path}",
            write_down,
            methods=["POST"],
            name=f"write_down_{form}",
            summary=f"{chinese} / {english}",
            description=(
                f"信访室{chinese},答复编号和查询码;同一 Idempotency-Key 再次提交,答复不变。\n\n"
                "扫描件、照片、录音随 multipart/form-data 提交:entry 为上述 JSON,files 为各文件。\n\n"
                f"For the petition office, to {english}: 201 with number and receipt; 200 with the same, sent again. "
                "Scans, photographs, recordings come as multipart/form-data: entry is that JSON, files are the files."
            ),
            status_code=201,
            response_model=HandedIn,
            responses=HANDED_IN | CLERKS_ONLY,
            openapi_extra=with_files(GivenByClerk),
        )

    for path, (form, chinese, english) in _PATHS.items():
        add(path, form, chinese, english)
    return routes


def _channel(district: District, form: Form, code: str | None) -> str:
    """The channel that is named, else the first of that form which is no partner's."""
    own = [one for one in district.channels if one.form is form and one.partner is None]
    if code is None and own:
        return own[0].code
    if code is None or (named := district.channel(code)) is None:
        raise entrance.refusal(RefusalReason.UNKNOWN_CHANNEL)
    if named.form is not form:
        text = "该渠道不属这一形式 / this channel is not of that form"
        raise SaidNo(422, "wrong_form", text, [Fault(where="channel", what=text)])
    return named.code
