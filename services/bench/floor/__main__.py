"""One process of the floor: ``python -m services.bench.floor SERVICE``."""

import asyncio
import sys

import asyncpg
import nats
import uvloop

from services.bench.baseline import Baseline, baseline

from . import intake, metrics, review, routing
from .rounds import Rounds

_MAKE = {"intake": intake.make, "routing": routing.make, "review": review.make, "metrics": metrics.make}
_STREAMS = {
    "intake": ["XF_COMMANDS", "XF_EVENTS"],
    "routing": ["XF_EVENTS"],
    "review": ["XF_EVENTS", "XF_COMMANDS"],
    "metrics": ["XF_EVENTS"],
}


async def main(settings: Baseline) -> None:
    """Run until killed."""
    client = await nats.connect(
        settings.nats_url, nkeys_seed=settings.nats_seed, skip_subject_validation=True, pending_size=1 << 26
    )
    pool = await asyncpg.create_pool(settings.database_url, min_size=1, max_size=3)
    rounds = Rounds(settings.service, client, pool, _MAKE[settings.service](settings.district, settings.keys))
    for stream in _STREAMS[settings.service]:
        await rounds.listen(stream)
    tasks = [asyncio.create_task(rounds.run())]
    if settings.service == "metrics":
        tasks.append(asyncio.create_task(metrics.publish_changes(client, pool, settings.district)))
    settings.ready()
    await asyncio.gather(*tasks)


uvloop.run(main(baseline(sys.argv[1])))
