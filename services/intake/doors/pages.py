"""Pages for people: server-side HTML that needs no script, keeps nothing in the browser and asks nobody else."""

from pathlib import Path
from typing import Any

from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

_HERE = Path(__file__).parent
STATIC = _HERE / "static"
_TEMPLATES = Environment(
    loader=FileSystemLoader(_HERE / "templates"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
)
_HEADERS = {
    "Cache-Control": "no-store",
    # No script at all, nothing from elsewhere, no frame around us: a page that cannot be made to tell.
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def page(template: str, status: int = 200, **values: Any) -> HTMLResponse:
    """One of ``templates/``, filled in and escaped."""
    return HTMLResponse(_TEMPLATES.get_template(template).render(**values), status_code=status, headers=_HEADERS)
