"""Which receipt leads to which petition: keyed digests, for registered and sealed petitions alike."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Column, DateTime, LargeBinary, Text
from sqlmodel import Field, SQLModel

from services.runtime.inbox import Connection

from ..decide import MadeReceipt


class ReceiptRow(SQLModel, table=True):
    """The keyed digest of a receipt. ``replaced_at``: since when it does not work any more."""

    __tablename__ = "receipts"
    __table_args__ = {"schema": "intake"}
    digest: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    petition: str = Field(sa_type=Text, index=True)
    made_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    replaced_at: datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True)))


async def keep(connection: Connection, made: Sequence[MadeReceipt]) -> None:
    """Write receipts in the round's transaction, and end those that they replace.

    A partner's receipt that is another petition's already leads there for good: it must not be turned to a newer one.
    """
    for one in made:
        if one.replaces:
            await connection.execute(
                "UPDATE intake.receipts SET replaced_at = $2 WHERE petition = $1 AND replaced_at IS NULL",
                one.petition,
                one.made_at,
            )
    if made:
        await connection.execute(
            "INSERT INTO intake.receipts (digest, petition, made_at)"
            " SELECT * FROM unnest($1::bytea[], $2::text[], $3::timestamptz[]) ON CONFLICT DO NOTHING",
            [one.digest for one in made],
            [one.petition for one in made],
            [one.made_at for one in made],
        )
