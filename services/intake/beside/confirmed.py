"""Confirmed petitions by the accused's unit: what a round needs of them, what it keeps, and what falls due of them."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date, datetime

from xinfang_contracts.district import District
from xinfang_contracts.intake import PetitionContent
from xinfang_contracts.registry import Entry, Kind

from services.runtime.clock import civil_date
from services.runtime.inbox import Connection
from services.runtime.incoming import Incoming, own_message

from ..vault.masters import Masters
from ..vault.shelf import contents
from .recommendation import Confirmed, Counted, RecommendationDue, RecommendationExpires, enough

RECOMMENDATION_DUE = Entry(Kind.CLOCK, "intake", RecommendationDue)
RECOMMENDATION_EXPIRES = Entry(Kind.CLOCK, "intake", RecommendationExpires)

OfUnit = dict[tuple[str, str], dict[str, date]]
"""(district, unit) -> petition -> the day of its conclusion."""


async def uncounted(connection: Connection, units: Sequence[tuple[str, str]]) -> OfUnit:
    """Of these districts' units what no proposal has counted, its rows locked: no petition is counted twice."""
    found: OfUnit = {}
    if not units:
        return found
    rows = await connection.fetch(
        "SELECT petition, unit, concluded_on FROM intake.confirmed"
        " WHERE (left(petition, 6), unit) IN (SELECT * FROM unnest($1::text[], $2::text[])) AND item IS NULL"
        " ORDER BY petition FOR UPDATE",
        [district for district, _ in units],
        [unit for _, unit in units],
    )
    for row in rows:
        found.setdefault((row["petition"][:6], row["unit"]), {})[row["petition"]] = row["concluded_on"]
    return found


async def reported(
    connection: Connection, items: Sequence[str], masters: Masters
) -> dict[str, tuple[PetitionContent, ...]]:
    """What the petitions say that proposals were made for, by item, decrypted in memory."""
    if not items:
        return {}
    statement = "SELECT petition, item FROM intake.confirmed WHERE item = ANY($1::text[])"
    item_of = {row["petition"]: row["item"] for row in await connection.fetch(statement, list(items))}
    found: dict[str, tuple[PetitionContent, ...]] = {}
    for petition, content in (await contents(connection, sorted(item_of), masters)).items():
        found[item_of[petition]] = (*found.get(item_of[petition], ()), content)
    return found


async def save(connection: Connection, confirmed: Sequence[Confirmed], counted: Sequence[Counted]) -> None:
    """Write both; a petition that is concluded again is not confirmed anew."""
    if confirmed:
        await connection.executemany(
            "INSERT INTO intake.confirmed (petition, unit, concluded_on) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
            sorted((one.petition, one.unit, one.on) for one in confirmed),
        )
    for one in counted:
        await connection.execute(
            "UPDATE intake.confirmed SET item = $2 WHERE petition = ANY($1::text[])", list(one.petitions), one.item
        )


async def recommendations_due(connection: Connection, district: District, now: datetime, limit: int) -> list[Incoming]:
    """Units with enough confirmed petitions, then answers that are overdue, as messages."""
    return await _to_propose(connection, district, now, limit) or await _overdue(connection, district.code, now, limit)


async def _to_propose(connection: Connection, district: District, now: datetime, limit: int) -> list[Incoming]:
    if district.recommendation is None:
        return []
    # Some days too many: PostgreSQL's months are not the clock's.
    rows = await connection.fetch(
        "SELECT unit, array_agg(petition ORDER BY petition) AS petitions,"
        " array_agg(concluded_on ORDER BY petition) AS days FROM intake.confirmed"
        " WHERE left(petition, 6) = $1 AND item IS NULL"
        " AND concluded_on >= $2::date - make_interval(months => $3) - interval '3 days'"
        " GROUP BY unit HAVING count(*) >= $4 ORDER BY unit",
        district.code,
        civil_date(now),
        district.recommendation.months,
        district.recommendation.confirmed,
    )
    units = {row["unit"]: dict(zip(row["petitions"], row["days"], strict=True)) for row in rows}
    found = [
        _due(district.code, unit, confirmed, now)
        for unit, confirmed in units.items()
        if district.unit(unit) is not None and enough(confirmed, district, civil_date(now))
    ]
    return found[:limit]


def _due(code: str, unit: str, confirmed: Mapping[str, date], now: datetime) -> Incoming:
    """Named by its petitions too: with another one among them it is not the message that was answered before."""
    counted = hashlib.sha256(",".join(confirmed).encode()).hexdigest()
    name = f"{code}/recommendation/{unit}/{civil_date(now).isoformat()}/{counted}"
    return own_message("intake", code, RECOMMENDATION_DUE, RecommendationDue(unit=unit), name, now)


async def _overdue(connection: Connection, code: str, now: datetime, limit: int) -> list[Incoming]:
    rows = await connection.fetch(
        "SELECT item, due_at FROM intake.items WHERE left(item, 6) = $1 AND due_at <= $2"
        " ORDER BY due_at, item LIMIT $3",
        code,
        now,
        limit,
    )
    return [
        own_message(
            "intake",
            code,
            RECOMMENDATION_EXPIRES,
            RecommendationExpires(item=row["item"]),
            f"{row['item']}/overdue/{row['due_at'].isoformat()}",
            row["due_at"],
        )
        for row in rows
    ]
