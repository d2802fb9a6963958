"""PostgreSQL: one pool a process, each service in its own schema with its own role."""

import asyncio

import asyncpg
import structlog

from .log import failure

log = structlog.get_logger()

APPLICATION = "xinfang"
WAIT_SECONDS = 30.0
"""A service that starts together with its database, or while that recovers, need not be started again."""
_AWAY = (OSError, asyncpg.CannotConnectNowError, asyncpg.ConnectionDoesNotExistError, asyncpg.InterfaceError)


async def open_pool(url: str, service: str) -> asyncpg.Pool:
    """A small pool; statements are prepared once a connection and used again.

    Waits for a database that does not answer yet; raises its error after WAIT_SECONDS, any other at once.
    """
    deadline = asyncio.get_running_loop().time() + WAIT_SECONDS
    while True:
        try:
            return await asyncpg.create_pool(
                url,
                min_size=1,
                max_size=6,
                command_timeout=60,
                server_settings={"application_name": f"{APPLICATION}-{service}", "search_path": service},
            )
        except _AWAY as error:
            if asyncio.get_running_loop().time() > deadline:
                raise
            log.warning("database.awaited", error=failure(error))
            await asyncio.sleep(0.2)
