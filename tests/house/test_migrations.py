"""The migrations make the tables that the services declare, no more and no less."""

import asyncio
from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine
from sqlmodel import SQLModel

import services.catalogue  # noqa: F401 - importing declares the tables


def differences(connection: Connection) -> list[Any]:
    """What alembic would still change."""
    options = {
        "include_schemas": True,
        "compare_type": True,
        "compare_server_default": True,
        "include_name": lambda name, kind, _: not (kind == "table" and name == "alembic_version"),
    }
    return list(compare_metadata(MigrationContext.configure(connection, opts=options), SQLModel.metadata))


async def compare(url: str) -> list[Any]:
    """The differences between a database and the declared tables."""
    engine = create_async_engine(url.replace("postgresql://", "postgresql+asyncpg://", 1))
    try:
        async with engine.connect() as connection:
            return await connection.run_sync(differences)
    finally:
        await engine.dispose()


def test_migrations_make_the_declared_tables(database: str) -> None:
    assert asyncio.run(compare(database)) == []
