"""The outbox: mails that are to be sent, by the notice that each is. Their words are in the vault."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, DateTime, Integer, Text, func, text
from sqlalchemy.dialects.postgresql import UUID as PgUuid
from sqlmodel import Field, SQLModel

from services.runtime.inbox import Connection

from ..rules import Post, Unpost


class MailRow(SQLModel, table=True):
    """A mail. ``next_at``: when it is tried next; ``outcome``: what became of it, until the round has said so."""

    __tablename__ = "mails"
    __table_args__ = {"schema": "intake"}
    petition: str = Field(sa_type=Text, primary_key=True)
    notice: str = Field(sa_type=Text, primary_key=True)
    sending: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    document: UUID = Field(sa_column=Column(PgUuid, nullable=False))
    failures: int = Field(sa_column=Column(Integer, nullable=False, server_default=text("0")))
    posted_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False, server_default=func.now()))
    next_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False, server_default=func.now()))
    outcome: str | None = Field(default=None, sa_type=Text)


@dataclass(frozen=True, slots=True)
class Taken:
    """A mail in hand."""

    petition: str
    notice: str
    sending: int
    document: UUID
    failures: int
    posted_at: datetime
    outcome: Any


async def post(connection: Connection, posts: Sequence[Post]) -> None:
    """Put mails into the outbox, in the round's transaction."""
    await connection.executemany(
        "INSERT INTO intake.mails (petition, notice, sending, document) VALUES ($1, $2, $3, $4)",
        [(one.petition, one.notice, one.sending, UUID(one.document)) for one in posts],
    )


async def unpost(connection: Connection, done: Sequence[Unpost]) -> None:
    """Take out whatever is left of notices, in the round's transaction."""
    await connection.executemany(
        "DELETE FROM intake.mails WHERE petition = $1 AND notice = $2", [(one.petition, one.notice) for one in done]
    )


async def take(connection: Connection, lease_seconds: float) -> Taken | None:
    """The mail whose turn it is; for so long nobody else takes it. None when none is due."""
    row = await connection.fetchrow(
        "UPDATE intake.mails SET next_at = now() + make_interval(secs => $1)"
        " WHERE (petition, notice, sending) ="
        " (SELECT petition, notice, sending FROM intake.mails WHERE next_at <= now()"
        "  ORDER BY next_at LIMIT 1 FOR UPDATE SKIP LOCKED)"
        " RETURNING petition, notice, sending, document, failures, posted_at, outcome",
        lease_seconds,
    )
    return None if row is None else Taken(**row)


async def put_off(connection: Connection, mail: Taken, seconds: float) -> None:
    """It failed; it is tried again so much later."""
    await connection.execute(
        "UPDATE intake.mails SET failures = failures + 1, next_at = now() + make_interval(secs => $4)"
        " WHERE petition = $1 AND notice = $2 AND sending = $3",
        mail.petition,
        mail.notice,
        mail.sending,
        seconds,
    )


async def note(connection: Connection, mail: Taken, outcome: str) -> None:
    """What has become of it, before anybody is told: after this it is never sent again."""
    await connection.execute(
        "UPDATE intake.mails SET outcome = $4 WHERE petition = $1 AND notice = $2 AND sending = $3",
        mail.petition,
        mail.notice,
        mail.sending,
        outcome,
    )


async def drop(connection: Connection, mail: Taken) -> None:
    """The round has said what became of it."""
    await connection.execute(
        "DELETE FROM intake.mails WHERE petition = $1 AND notice = $2 AND sending = $3",
        mail.petition,
        mail.notice,
        mail.sending,
    )
