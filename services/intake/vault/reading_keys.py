"""Whose page may be answered: the enrolled keys of persons, for which the vault encrypts what they read."""

from collections.abc import Iterable
from datetime import datetime

from joserfc.errors import JoseError
from joserfc.jwk import OKPKey
from sqlalchemy import Column, DateTime, Text
from sqlmodel import Field, SQLModel
from xinfang_contracts.signing import KeyEnrolled, KeyRevoked

from services.runtime.inbox import Connection


class ReadingKeyRow(SQLModel, table=True):
    """A person's key in one office. ``x``: of an X25519 public key; its private half never leaves the person's page."""

    __tablename__ = "reading_keys"
    __table_args__ = {"schema": "intake"}
    signer: str = Field(sa_type=Text, primary_key=True)
    key: str = Field(sa_type=Text, primary_key=True)
    person: str = Field(sa_type=Text)
    x: str = Field(sa_type=Text)
    enrolled_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    revoked_at: datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True)))


class ReadingKeys:
    """What one round learns of keys."""

    def __init__(self) -> None:
        self._learnt: list[KeyEnrolled | KeyRevoked] = []

    def decided(self, keep: Iterable[object]) -> None:
        """Remember."""
        self._learnt += [one for one in keep if isinstance(one, KeyEnrolled | KeyRevoked)]

    async def save(self, connection: Connection) -> None:
        """In order; a key that was revoked stays so."""
        for one in self._learnt:
            if isinstance(one, KeyRevoked):
                await connection.execute(
                    "UPDATE intake.reading_keys SET revoked_at = $3 WHERE signer = $1 AND key = $2",
                    one.signer,
                    one.key,
                    one.revoked_at,
                )
            elif one.read is not None:
                await connection.execute(
                    "INSERT INTO intake.reading_keys (signer, key, person, x, enrolled_at)"
                    " VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
                    one.signer,
                    one.key,
                    one.person,
                    one.read.x,
                    one.enrolled_at,
                )


async def find(connection: Connection, district: str, actor: str, key: str) -> OKPKey | None:
    """The key by its id, where it is this actor's and holds; None otherwise."""
    x = await connection.fetchval(
        "SELECT x FROM intake.reading_keys WHERE signer = $1 AND key = $2 AND revoked_at IS NULL",
        f"{district}.{actor}",
        key,
    )
    try:
        return None if x is None else OKPKey.import_key({"kty": "OKP", "crv": "X25519", "x": x, "kid": key})
    except (JoseError, ValueError):
        return None
