"""What the command line does for operators beyond a call or two."""

import asyncio
import json
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

import asyncpg
import nats
import nats.errors
import typer
from rich.progress import Progress

from services.catalogue import subscription_tables
from services.intake.vault import audit
from services.intake.vault.rotation import rotate
from services.runtime import credentials
from services.runtime import topology as plan
from services.runtime.districts import load_districts
from services.runtime.errors import StartError

T = TypeVar("T")


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


def rotate_master(folder: Path, database: str) -> int:
    """Bring the vault under a new master key, and say which key files are no longer needed."""
    with Progress(transient=True) as bar:
        task = bar.add_task("数据密钥 / data keys", total=None)
        unused = asyncio.run(
            _reaching(database, rotate(database, folder, lambda done, of: bar.update(task, completed=done, total=of)))
        )
    typer.echo("全部数据密钥已由最新主密钥保护,运行中的服务无需重启 / all data keys are under the newest master key;")
    typer.echo("services that run need no restart.")
    for name in unused:
        typer.echo(
            f"{name} 已无任何数据使用,可以移除(更早的数据库备份仍需要它) / nothing uses {name} any more, "
            "it may be removed; older backups of the database still need it"
        )
    return 0


def verify_readings(database: str, as_json: bool) -> int:
    """Whether the audit of readings is as it was written; says its head, to be compared with one kept elsewhere."""

    async def run() -> tuple[int | None, tuple[int, str]]:
        connection = await asyncpg.connect(database)
        try:
            return await audit.first_broken(connection), await audit.head(connection)
        finally:
            await connection.close()

    broken, (rows, digest) = asyncio.run(_reaching(database, run()))
    if as_json:
        typer.echo(json.dumps({"broken": broken, "rows": rows, "head": digest}))
    elif broken is None:
        typer.echo(f"审计链完好 / the chain holds: {rows} {digest}")
    else:
        typer.echo(f"审计链自第 {broken} 行起被改动 / the chain was changed from row {broken} on")
    return 0 if broken is None else 1


async def _reaching(database: str, work: Coroutine[Any, Any, T]) -> T:
    """StartError, with the address but not its password, where the database cannot be reached."""
    try:
        return await work
    except (OSError, asyncpg.PostgresError) as error:
        where = database.rsplit("@", 1)[-1]
        raise StartError(f"连不上数据库 / cannot use the database at {where}: {type(error).__name__}") from None
