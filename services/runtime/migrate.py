"""The database brought to the newest revision: schemas, roles, tables. Alembic, one linear history."""

import asyncio
import secrets
from collections.abc import Mapping
from pathlib import Path

import asyncpg
from alembic import command
from alembic.config import Config

SCHEMAS = ("intake", "routing", "review", "metrics")
MIGRATIONS = Path(__file__).resolve().parents[2] / "deploy" / "migrations"


def upgrade(url: str, revision: str = "head") -> None:
    """Run the migrations that this database lacks, up to a revision; ``url`` is an owner's ``postgresql://``."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["url"] = url.replace("postgresql://", "postgresql+asyncpg://", 1)
    command.upgrade(config, revision)


def role_of(service: str) -> str:
    """The database role of a service."""
    return f"xf_{service}"


def set_passwords(url: str, passwords: Mapping[str, str]) -> None:
    """Let the services' roles log in with these passwords."""
    asyncio.run(_set_passwords(url, passwords))


async def _set_passwords(url: str, passwords: Mapping[str, str]) -> None:
    connection = await asyncpg.connect(url)
    try:
        for service, password in passwords.items():
            # A role's password cannot be a parameter; these are generated here, and hold no quote.
            if not password.isalnum():
                raise ValueError("a generated password has letters and digits only")
            await connection.execute(f"ALTER ROLE {role_of(service)} LOGIN PASSWORD '{password}'")
    finally:
        await connection.close()


def new_password() -> str:
    """A password for a role."""
    return secrets.token_hex(24)
