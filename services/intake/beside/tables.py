"""The tables of the work beside petitions."""

from datetime import date, datetime
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Boolean, Column, Date, DateTime, Index, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from services.runtime.service import StateTable

from .handlers import ITEM
from .recommended import due_at
from .state import AnyItem, evolve

SCHEMA = "intake"


class ItemRow(SQLModel, table=True):
    """An item outside the vault, found by its number or by when something falls due."""

    __tablename__ = "items"
    __table_args__ = (
        Index("items_due", text("left(item, 6)"), "due_at", postgresql_where=text("due_at IS NOT NULL")),
        {"schema": SCHEMA},
    )
    item: str = Field(sa_type=Text, primary_key=True)
    state: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    due_at: datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True)))


class HandedOverRow(SQLModel, table=True):
    """As which petition an item has gone on, whose words are the petition's since. Codes only."""

    __tablename__ = "handed_over"
    __table_args__ = {"schema": SCHEMA}
    item: str = Field(sa_type=Text, primary_key=True)
    petition: str = Field(sa_type=Text, index=True)


class ItemSerialRow(SQLModel, table=True):
    """The last number given, by district, letter and year."""

    __tablename__ = "item_serials"
    __table_args__ = {"schema": SCHEMA}
    district: str = Field(sa_type=Text, primary_key=True)
    letter: str = Field(sa_type=Text, primary_key=True)
    year: int = Field(primary_key=True)
    last: int


class ItemPlaceRow(SQLModel, table=True):
    """In which village an item is; no message says so. ``serves``: it is a supervisor who covers the village."""

    __tablename__ = "item_places"
    __table_args__ = (
        Index("item_places_serving", text("left(item, 6)"), postgresql_where=text("serves")),
        {"schema": SCHEMA},
    )
    item: str = Field(sa_type=Text, primary_key=True)
    village: str = Field(sa_type=Text)
    serves: bool = Field(sa_column=Column(Boolean, nullable=False))


class VillageRow(SQLModel, table=True):
    """How many petitions of a year concern a village: a count that names none of them."""

    __tablename__ = "village_counts"
    __table_args__ = {"schema": SCHEMA}
    village: str = Field(sa_type=Text, primary_key=True)
    year: int = Field(primary_key=True)
    petitions: int


class ContactRow(SQLModel, table=True):
    """A petition's reporter was received or answered; whether it was rated, never how."""

    __tablename__ = "contacts"
    __table_args__ = {"schema": SCHEMA}
    petition: str = Field(sa_type=Text, primary_key=True)
    contact: str = Field(sa_type=Text, primary_key=True)
    rated: bool = Field(sa_column=Column(Boolean, nullable=False))


class ConfirmedRow(SQLModel, table=True):
    """A petition that was confirmed, the accused's unit, and the recommendation that it was counted for. Codes only."""

    __tablename__ = "confirmed"
    __table_args__ = (
        Index("confirmed_uncounted", text("left(petition, 6)"), "unit", postgresql_where=text("item IS NULL")),
        Index("confirmed_items", "item", postgresql_where=text("item IS NOT NULL")),
        {"schema": SCHEMA},
    )
    petition: str = Field(sa_type=Text, primary_key=True)
    unit: str = Field(sa_type=Text)
    concluded_on: date = Field(sa_column=Column(Date, nullable=False))
    item: str | None = Field(default=None, sa_type=Text)


ITEMS = StateTable("intake.items", TypeAdapter(AnyItem), evolve, {"due_at": ("timestamptz", due_at)}, key=ITEM)
