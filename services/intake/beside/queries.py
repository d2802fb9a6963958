"""Where outreach may go: the villages of which many petitions told. For the petition office, and for outreach only."""

from dataclasses import dataclass

import asyncpg
from xinfang_contracts.district import District


@dataclass(frozen=True, slots=True)
class VillageCount:
    """A village and how many petitions concerned it."""

    village: str
    name: str
    town: str
    petitions: int


async def villages_with_most(pool: asyncpg.Pool, district: District, first: int, last: int) -> list[VillageCount]:
    """The villages with most petitions in the years ``first`` to ``last``, most first.

    A village with few is left out: its count could point at somebody.
    """
    rows = await pool.fetch(
        "SELECT village, sum(petitions) AS petitions FROM intake.village_counts"
        " WHERE village = ANY($1::text[]) AND year BETWEEN $2 AND $3"
        " GROUP BY village HAVING sum(petitions) >= $4 ORDER BY sum(petitions) DESC, village",
        [village.code for town in district.towns for village in town.villages],
        first,
        last,
        district.outreach.smallest_count,
    )
    known = {village.code: (village.name, town.code) for town in district.towns for village in town.villages}
    return [VillageCount(row["village"], *known[row["village"]], petitions=int(row["petitions"])) for row in rows]
