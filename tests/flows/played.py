"""One petition on its whole way through all four services, in a year of its own."""

from datetime import date

from services.installation import Installation
from tests.faults.script import REVIEWED, SCREENED, SUBMISSIONS, cases, day, screenings
from tests.faults.stage import on_stage
from tests.rules.given import YANFENG


async def play_one(installation: Installation, year: int) -> None:
    """From the door to the settlement."""
    async with on_stage(installation) as stage:
        await stage.tick(date(year, 1, 1))
        await stage.declare()
        await stage.enrol()
        await stage.register(year, SUBMISSIONS[:1])
        await stage.tick(day(year, SCREENED))
        await stage.say(year, screenings(year)[:1])
        await stage.quiet()
        await stage.tick(day(year, REVIEWED))
        for command in cases(year, YANFENG)[1]:
            await stage.say(year, [command])
            await stage.quiet()
