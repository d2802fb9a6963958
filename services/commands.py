"""What the command line does for operators beyond a call or two."""

import asyncio
from pathlib import Path

import nats
import nats.errors

from services.catalogue import subscription_tables
from services.runtime import credentials
from services.runtime import topology as plan
from services.runtime.districts import load_districts
from services.runtime.errors import StartError


def apply_topology(district: Path, nats_url: str, seed: Path, replicas: int, schedules: bool) -> int:
    """Bring a broker to the plan, as the operator. StartError when it cannot be reached."""
    districts = load_districts(district).values()

    async def run() -> None:
        try:
            client = await nats.connect(
                nats_url, nkeys_seed=str(seed), inbox_prefix=b"_INBOX_operator", allow_reconnect=False
            )
        except (OSError, nats.errors.Error) as error:
            raise StartError(f"连不上 NATS / cannot reach NATS at {nats_url}: {type(error).__name__}") from None
        try:
            tables = subscription_tables()
            await plan.apply(client.jetstream(), tables, districts, schedules=schedules, replicas=replicas)
            await plan.apply_figures(client, districts)
        finally:
            await client.close()

    asyncio.run(run())
    return 0


def write_credentials(district: Path, folder: Path) -> Path:
    """Write a seed for each user and ``accounts.conf`` for the server; seeds that exist are kept."""
    districts = load_districts(district).values()
    users = credentials.users(subscription_tables(), districts, replay=False)
    public = credentials.ensure_seeds(folder, [user.name for user in users])
    path = folder / "accounts.conf"
    path.write_text(credentials.accounts(users, public))
    return path
