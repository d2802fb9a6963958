"""One process of plain FastStream: ``python -m services.bench.plain SERVICE``."""

import sys

import asyncpg
import uvloop
from faststream import FastStream
from faststream.nats import NatsBroker
from sqlalchemy.ext.asyncio import create_async_engine

from services.bench.baseline import Baseline, baseline
from services.metrics.publisher import Publisher
from services.runtime.broker import client_of

from . import intake, metrics, review, routing
from .message import WORKERS, Service

_HANDLERS = {
    "intake": intake.handlers,
    "routing": routing.handlers,
    "review": review.handlers,
    "metrics": metrics.handlers,
}


async def main(settings: Baseline) -> None:
    """Run until terminated."""
    broker = NatsBroker(settings.nats_url, nkeys_seed=settings.nats_seed, logger=None)
    engine = create_async_engine(
        settings.database_url.replace("postgresql://", "postgresql+asyncpg://"), pool_size=WORKERS, max_overflow=WORKERS
    )
    service = Service(settings.service, broker, engine, settings.district)
    for type_, handle in _HANDLERS[settings.service](settings.district, settings.keys).items():
        service.subscribe(type_, handle)
    pool = await asyncpg.create_pool(settings.database_url, min_size=1, max_size=2)
    publisher = Publisher(pool, client_of(broker), {settings.district.code: settings.district})

    async def started() -> None:
        if settings.service == "metrics":
            publisher.start()
        settings.ready()

    await FastStream(broker, logger=None, after_startup=[started]).run()


uvloop.run(main(baseline(sys.argv[1])))
