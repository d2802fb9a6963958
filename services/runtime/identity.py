"""Who stands behind a bearer token: ours (``tokens``), or one of the issuer that the settings name (``oidc``)."""

from dataclasses import dataclass
from pathlib import Path

from joserfc import jws
from joserfc.errors import JoseError

from . import keys, oidc, tokens
from .errors import StartError
from .settings import Settings
from .tokens import Claims, TokenError


@dataclass(frozen=True)
class Identity:
    """The ways to be known. Our own tokens count only in a process that holds their secret."""

    keys: Path
    issuer: oidc.Issuer | None = None

    async def of(self, token: str) -> Claims:
        """Whose token it is; TokenError when it is nobody's. Which of the two ways, the token's algorithm says."""
        if _algorithm(token) == "HS256":
            try:
                secret = keys.secret(self.keys, tokens.SECRET)
            except StartError:
                raise TokenError from None
            return tokens.check(secret, token)
        if self.issuer is None:
            raise TokenError
        return await self.issuer.check(token)


def identity_of(settings: Settings) -> Identity:
    """As a process's settings have it; StartError when they are not whole."""
    oidc.require_whole(settings.oidc_issuer, settings.oidc_audience, settings.oidc_jwks)
    issuer = None
    if settings.oidc_issuer and settings.oidc_audience and settings.oidc_jwks:
        expected = oidc.Expected(
            settings.oidc_issuer,
            settings.oidc_audience,
            settings.oidc_actor_claim,
            settings.oidc_district_claim,
            settings.oidc_person_claim,
        )
        issuer = oidc.Issuer(expected, settings.oidc_jwks)
    return Identity(settings.keys, issuer)


def _algorithm(token: str) -> object:
    try:
        return jws.extract_compact(token.encode()).headers().get("alg")
    except (JoseError, ValueError):
        raise TokenError from None
