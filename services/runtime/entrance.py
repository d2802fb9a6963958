"""What the doors of every service ask first: which district, and who is there."""

from typing import Annotated, Any

from fastapi import Depends
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from xinfang_contracts.district import District

from .doors import SaidNo, Wrong
from .service import Doors
from .tokens import Claims, TokenError

Bearer = Annotated[HTTPAuthorizationCredentials | None, Depends(HTTPBearer(auto_error=False))]
KNOWN_ONLY: dict[int | str, dict[str, Any]] = {401: {"model": Wrong}, 403: {"model": Wrong}}


def district_of(doors: Doors, code: str) -> District:
    """The district of that code. 404 where there is none."""
    district = doors.districts.get(code)
    if district is None:
        raise SaidNo(404, "unknown_district", "没有这个区 / there is no such district")
    return district


async def speaker(doors: Doors, district: District, bearer: HTTPAuthorizationCredentials | None) -> Claims:
    """Whoever holds the token: an actor of this district. 401 without a valid token, 403 for anyone else."""
    try:
        claims = await doors.identity.of("" if bearer is None else bearer.credentials)
    except TokenError:
        text = "请用有效的令牌登录 / a valid token is needed"
        raise SaidNo(401, "no_valid_token", text, WWW_Authenticate="Bearer") from None
    if claims.district != district.code or claims.actor not in district.actors():
        raise not_entitled("不是本区的室、领导或单位 / is no office, leader or unit of this district")
    return claims


def not_entitled(text: str) -> SaidNo:
    """403."""
    return SaidNo(403, "not_entitled", text)
