"""Cases that were under way, or over, before voices were kept go on after the migration."""

import asyncio
import json
from typing import Any

import asyncpg

from services.review.joint.tables import add_demands, add_opinions
from services.review.store import due_in
from tests.house.test_migration_of_the_vault import upgrade
from tests.rules.given import NOW, YANFENG, at
from tests.rules.stories import IN_ORDER, Story, reported

OPEN, HALF, DONE = (f"{YANFENG.code}-2022-00000{n}" for n in (1, 2, 3))
LATE = {"asked", "calendar"}


def as_it_was(story: Story) -> str:
    assert story.state is not None
    return json.dumps({name: part for name, part in story.state.model_dump(mode="json").items() if name not in LATE})


async def before(url: str) -> None:
    connection = await asyncpg.connect(url)
    stories = {OPEN: Story(), HALF: reported().agreed_by(*IN_ORDER[:-1]), DONE: reported().agreed_by(*IN_ORDER)}
    try:
        for petition, story in stories.items():
            state = as_it_was(story)
            await connection.execute("INSERT INTO review.cases (petition, state) VALUES ($1, $2)", petition, state)
    finally:
        await connection.close()


async def after(url: str) -> tuple[list[Any], list[Any], list[str]]:
    connection = await asyncpg.connect(url)
    try:
        tasks = await connection.fetch("SELECT petition, actor, task FROM review.tasks")
        voices = await connection.fetch("SELECT petition, actor FROM review.opinions")
        asked = await due_in({YANFENG.code: YANFENG})(connection, YANFENG.code, NOW, 9)
        # Its last voice concludes what was half done; what was over takes what comes after.
        async with connection.transaction():
            await add_opinions(connection, [(HALF, 1, IN_ORDER[-1], 4, None, "agreed", at("2023-03-02 09:00"))])
            await add_demands(connection, [(HALF, 1, IN_ORDER)])
            await connection.execute(
                """UPDATE review.cases SET state = jsonb_set(state, '{status}', '"concluded"') WHERE petition = $1""",
                HALF,
            )
        await connection.execute("UPDATE review.cases SET state = jsonb_set(state, '{settled}', 'true')")
        return [tuple(row) for row in tasks], [tuple(row) for row in voices], [one.entry.type for one in asked]
    finally:
        await connection.close()


def test_what_was_under_way_is_asked_and_what_was_over_stays_over(empty_database: str) -> None:
    upgrade(empty_database, "0018")
    asyncio.run(before(empty_database))
    upgrade(empty_database, "head")
    tasks, voices, asked = asyncio.run(after(empty_database))
    assert tasks == [(OPEN, "unit_430406001", "report")]
    assert sorted(voices) == sorted((HALF, actor) for actor in IN_ORDER[:-1])
    assert asked == ["review.case_recounted.v1"]
