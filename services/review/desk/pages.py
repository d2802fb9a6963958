"""The desk's pages and files: what they are sent with, and how an error looks."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import structlog
from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse
from fastapi.routing import APIRoute
from markupsafe import Markup
from starlette.exceptions import HTTPException

from services.runtime.doors import PAGE_HEADERS, SaidNo
from services.runtime.html import templates
from services.runtime.log import failure, place

log = structlog.get_logger()

_HERE = Path(__file__).parent
STATIC = _HERE / "static"
_TEMPLATES = templates(_HERE / "templates")
# Scripts of this origin seal and sign in the page; they talk to this origin alone, and nothing else may run.
HEADERS = PAGE_HEADERS | {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"
    ),
    # With no referrer at all, browsers say of a form's page that it is nobody's: Origin null.
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
TYPES = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8"}
_NOT_FOUND = "没有这个网页，或您无权查看。 / There is no such page, or it is not yours to see."
_NOT_NOW = "现在暂时无法打开，请稍后再试。 / It cannot be opened right now; please try again in a moment."


def page(template: str, status: int = 200, **values: Any) -> HTMLResponse:
    """One of ``templates/``, filled in and escaped."""
    return HTMLResponse(_TEMPLATES.get_template(template).render(**values), status_code=status, headers=HEADERS)


def both(words: tuple[str, str]) -> Markup:
    """Chinese, and small beside it the English."""
    chinese, english = words
    if not english:
        return Markup("{}").format(chinese)
    return Markup('{} <span lang="en">{}</span>').format(chinese, english)


_TEMPLATES.filters["words"] = both


def wrong(status: int, text: str) -> HTMLResponse:
    """A page that says what went wrong."""
    return page("wrong.html", status, text=text, me=None, title="出错了 / Something went wrong")


class PageRoute(APIRoute):
    """A route that answers every error as a page, and repeats nothing of what was handed in."""

    def get_route_handler(self) -> Callable[[Request], Awaitable[Response]]:  # type: ignore[override]
        """FastAPI's handler, its errors answered here."""
        inner = super().get_route_handler()

        async def handle(request: Request) -> Response:
            try:
                return await inner(request)
            except SaidNo as no:
                return wrong(no.status, no.wrong.text)
            except (RequestValidationError, HTTPException):
                return wrong(404, _NOT_FOUND)
            except Exception as error:  # noqa: BLE001 - a page answers; only class and place may be told
                log.error("desk.failed", page=self.name, error=failure(error), at=place(error))
                return wrong(503, _NOT_NOW)

        return handle


def not_found() -> SaidNo:
    """404: of a case that is not theirs, people are told the same as of one that there is not."""
    return SaidNo(404, "unknown", _NOT_FOUND)
