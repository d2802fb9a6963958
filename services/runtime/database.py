"""PostgreSQL: one pool a process, each service in its own schema with its own role."""

import asyncpg

APPLICATION = "xinfang"


async def open_pool(url: str, service: str) -> asyncpg.Pool:
    """A small pool; statements are prepared once a connection and used again."""
    return await asyncpg.create_pool(
        url,
        min_size=1,
        max_size=6,
        command_timeout=60,
        server_settings={"application_name": f"{APPLICATION}-{service}", "search_path": service},
    )
