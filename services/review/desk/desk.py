"""The desk put together, where the settings give it an address."""

import httpx
import structlog
from fastapi import APIRouter, FastAPI
from fastapi.telemetry import TelemetryConfig
from xinfang_contracts.district import District

from services.runtime import commands
from services.runtime.errors import StartError
from services.runtime.service import Doors
from services.runtime.settings import Settings

from ..handlers import HANDLERS
from . import entering, routes, words
from .gateway import Gateway
from .provider import Provider
from .session import Sessions

log = structlog.get_logger()

_SECONDS = 10.0


def router(doors: Doors) -> APIRouter:
    """Its pages and doors; none where there is no desk here. StartError when its settings are not whole."""
    together = APIRouter()
    settings = doors.settings
    if settings is None or settings.desk_url is None:
        return together
    if doors.identity.issuer is None:
        raise StartError("工作台需要 XINFANG_OIDC_ISSUER / the desk needs XINFANG_OIDC_ISSUER")
    address = settings.desk_url.rstrip("/")
    callback = f"{address}/desk/callback"
    if settings.development_issuer is not None:
        require_embedded(settings)
        issuer = _development_issuer(doors, settings, callback)
        together.include_router(issuer)
        discovery, http = "/issuer/.well-known/openid-configuration", _inside(issuer)
    else:
        discovery = f"{doors.identity.issuer.expected.issuer.rstrip('/')}/.well-known/openid-configuration"
        http = httpx.AsyncClient(timeout=_SECONDS, follow_redirects=False)
    provider = Provider(doors.identity, doors.identity.issuer, settings.oidc_client, callback, discovery, http)
    entered = entering.Entering(Sessions(), provider, dict(doors.districts), address)
    # Its own commands go in by their doors as well: the desk has no other way to anything.
    own = _inside(commands.router(doors, HANDLERS))
    gateway = Gateway({"intake": settings.intake_url, "routing": settings.routing_url}, own)
    together.include_router(entering.router(entered))
    together.include_router(routes.router(doors, gateway, entered))
    return together


def require_embedded(settings: Settings) -> None:
    """StartError where a development issuer would stand outside the embedded mode: there it is an open door."""
    if not settings.embedded or settings.host not in ("127.0.0.1", "localhost", "::1"):
        raise StartError(
            "开发用签发者只能用于内置模式(xinfang up、demo),不能用于正式部署,请去掉 XINFANG_DEVELOPMENT_ISSUER / "
            "the development issuer is for the embedded mode alone; remove XINFANG_DEVELOPMENT_ISSUER"
        )


def _development_issuer(doors: Doors, settings: Settings, callback: str) -> APIRouter:
    # Loaded here alone: what runs before real petitions never holds it.
    from services.embedded import issuer

    if settings.development_issuer is None:
        raise ValueError("not asked for")
    log.warning("desk.development_issuer")
    people = {code: _people(district) for code, district in doors.districts.items()}
    return issuer.router(people, issuer.read_key(settings.development_issuer), callback, settings.oidc_client)


def _people(district: District) -> list[tuple[str, str]]:
    names = words.names_of(district)
    return [(code, names.get(code, code)) for code in district.actors() if not code.startswith("partner")]


def _inside(router_: APIRouter) -> httpx.AsyncClient:
    """A client of doors in this process."""
    silent = TelemetryConfig(tracing=False, metrics=False, logs=False, auto_configure=False)
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None, telemetry=silent)
    app.include_router(router_)
    transport = httpx.ASGITransport(app=app)
    return httpx.AsyncClient(transport=transport, base_url="http://inside", timeout=_SECONDS)
