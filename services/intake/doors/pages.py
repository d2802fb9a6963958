"""Pages for people: server-side HTML that needs no script, keeps nothing in the browser and asks nobody else."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import structlog
from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from xinfang_contracts.district import District

from services.runtime.doors import PAGE_HEADERS, RETRY_SECONDS, SaidNo
from services.runtime.html import templates
from services.runtime.log import failure, place

log = structlog.get_logger()

_HERE = Path(__file__).parent
STATIC = _HERE / "static"
_TEMPLATES = templates(_HERE / "templates")
_NOT_NOW = (
    "现在暂时无法保存。您填写的内容没有丢失：请稍等片刻，刷新本页并同意“重新提交”，不会重复登记。 / "
    "It cannot be stored right now. What you wrote is not lost: wait a moment, reload this page and agree to send it "
    "again. It will not be registered twice."
)
_NOT_WHOLE = (
    "表单没有完整送达，未保存。请返回上一页再试一次。 / "
    "The form did not arrive whole; nothing was stored. Go back and try once more."
)
_NOT_FOUND = (
    "没有这个网页。请核对地址，或重新扫描二维码。 / There is no such page. Check the address, or scan the code again."
)


def page(template: str, status: int = 200, **values: Any) -> HTMLResponse:
    """One of ``templates/``, filled in and escaped."""
    return HTMLResponse(_TEMPLATES.get_template(template).render(**values), status_code=status, headers=PAGE_HEADERS)


def wrong(status: int, text: str, district: District | None = None, again: str | None = None) -> HTMLResponse:
    """A page that says what went wrong; ``again``: where the person may begin anew."""
    return page("wrong.html", status, text=text, district=district, again=again)


class PageRoute(APIRoute):
    """A route that answers every error as a page, and repeats nothing of what was handed in."""

    def get_route_handler(self) -> Callable[[Request], Awaitable[Response]]:  # type: ignore[override]
        """FastAPI's handler, its errors answered here."""
        inner = super().get_route_handler()

        async def handle(request: Request) -> Response:
            try:
                return await inner(request)
            except SaidNo as no:
                response = wrong(no.status, _NOT_FOUND if no.status == 404 else no.wrong.text)
                response.headers.update(no.headers)
                return response
            except (RequestValidationError, HTTPException):
                is_form = request.method == "POST"
                return wrong(422, _NOT_WHOLE) if is_form else wrong(404, _NOT_FOUND)
            except Exception as error:  # noqa: BLE001 - a door answers; only class and place may be told
                log.error("door.failed", door=self.name, error=failure(error), at=place(error))
                response = wrong(503, _NOT_NOW)
                response.headers["Retry-After"] = str(RETRY_SECONDS)
                return response

        return handle
