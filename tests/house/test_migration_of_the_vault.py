"""What was decided before the vault kept something of it is given that by the migrations."""

import asyncio
import json

import asyncpg
from alembic import command
from alembic.config import Config

from services.runtime import migrate

SCREENED = {"traits": {"channel": "letter", "form": "letter", "received_on": "2023-02-27"}}
AT = "2023-03-01T09:30:00+08:00"


def upgrade(url: str, revision: str) -> None:
    """To a revision on the way."""
    config = Config()
    config.set_main_option("script_location", str(migrate.MIGRATIONS))
    config.attributes["url"] = url.replace("postgresql://", "postgresql+asyncpg://", 1)
    command.upgrade(config, revision)


async def insert(url: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        for status in ("registered", "accepted", "declined"):
            state = SCREENED | {"status": status} | ({} if status == "registered" else {"screened_at": AT})
            await connection.execute("INSERT INTO intake.petitions VALUES ($1, $2)", status, json.dumps(state))
        await connection.execute("INSERT INTO intake.vault (petition, wrapped_key) VALUES ('declined', '')")
    finally:
        await connection.close()


async def after(url: str) -> tuple[dict[str, tuple[bool, bool]], int]:
    connection = await asyncpg.connect(url)
    try:
        query = "SELECT petition, retained_since, state ? 'ended_at' AS ended FROM intake.petitions"
        rows = await connection.fetch(query)
        version = await connection.fetchval("SELECT key_version FROM intake.vault")
        return {row["petition"]: (row["retained_since"] is not None, row["ended"]) for row in rows}, version
    finally:
        await connection.close()


def test_a_petition_decided_without_a_case_is_retained_since_then(empty_database: str) -> None:
    upgrade(empty_database, "0001")
    asyncio.run(insert(empty_database))
    upgrade(empty_database, "0002")
    found, version = asyncio.run(after(empty_database))
    assert found == {"registered": (False, False), "accepted": (False, False), "declined": (True, True)}
    assert version == 1


async def cases(url: str) -> None:
    connection = await asyncpg.connect(url)
    accepted = SCREENED | {"status": "accepted", "screened_at": AT}
    try:
        for petition, more in (
            ("up", {"unit": "superior_430400", "ended_at": None}),
            ("over", {"unit": "superior_430400", "ended_at": AT}),
            ("here", {"unit": "unit_430406001"}),
        ):
            await connection.execute(
                "INSERT INTO intake.petitions VALUES ($1, $2)", petition, json.dumps(accepted | more)
            )
    finally:
        await connection.close()


async def above(url: str) -> dict[str, tuple[bool, str | None]]:
    connection = await asyncpg.connect(url)
    try:
        query = "SELECT petition, retained_since, state->>'above_since' AS since FROM intake.petitions"
        return {
            row["petition"]: (row["retained_since"] is not None, row["since"]) for row in await connection.fetch(query)
        }
    finally:
        await connection.close()


def test_a_case_that_was_sent_up_is_retained_since_it_was_accepted(empty_database: str) -> None:
    upgrade(empty_database, "0004")
    asyncio.run(cases(empty_database))
    upgrade(empty_database, "0005")
    assert asyncio.run(above(empty_database)) == {"up": (True, AT), "over": (False, None), "here": (False, None)}


async def handed_over(url: str, states: dict[str, dict[str, str]]) -> list[tuple[str, str]]:
    connection = await asyncpg.connect(url)
    try:
        for item, state in states.items():
            await connection.execute("INSERT INTO intake.items VALUES ($1, $2)", item, json.dumps(state))
        await asyncio.to_thread(upgrade, url, "0015")
        return [tuple(row) for row in await connection.fetch("SELECT item, petition FROM intake.handed_over")]
    finally:
        await connection.close()


def test_a_mediation_that_had_gone_on_as_a_petition_is_known_as_its(empty_database: str) -> None:
    upgrade(empty_database, "0012")
    states = {"went on": {"status": "failed", "petition": "the petition"}, "did not": {"status": "failed"}}
    assert asyncio.run(handed_over(empty_database, states)) == [("went on", "the petition")]
