"""What the command line does for operators beyond a call or two."""

import asyncio
import json
import re
from collections.abc import Coroutine
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import asyncpg
import nats
import nats.errors
import typer
from nats.aio.client import Client
from nats.js.errors import NotFoundError
from rich.progress import Progress
from xinfang_contracts.district import District
from xinfang_contracts.registry import Stream, fact
from xinfang_contracts.vault import AuditHeadPublished

from services.catalogue import subscription_tables
from services.intake.vault import audit
from services.intake.vault.rotation import rotate
from services.routing.clocks.working import as_json as as_json_of
from services.routing.clocks.working import as_lines, work_out
from services.runtime import credentials
from services.runtime import topology as plan
from services.runtime.clock import ZONE
from services.runtime.districts import load_district, load_districts
from services.runtime.errors import StartError

T = TypeVar("T")


def apply_topology(district: Path, nats_url: str, seed: Path, replicas: int, schedules: bool) -> int:
    """Bring a broker to the plan, as the operator. StartError when it cannot be reached."""
    districts = load_districts(district).values()

    async def run() -> None:
        client = await operator(nats_url, seed)
        try:
            tables = subscription_tables()
            await plan.apply(client.jetstream(), tables, districts, schedules=schedules, replicas=replicas)
            await plan.apply_figures(client, districts)
        finally:
            await client.close()

    asyncio.run(run())
    return 0


def district_of(file: Path, code: str) -> District:
    """The district of that code in a file or folder; StartError where there is none."""
    districts = load_districts(file)
    if code not in districts:
        raise StartError(f"区文件中没有这个区 / no such district in {file}: {code}")
    return districts[code]


def show_clock(name: str, begun: str, file: Path, as_json: bool) -> int:
    """Print when a clock of the district file runs out that starts then, and the working. StartError for a clock that
    is not there, or a time that is none.
    """
    district = load_district(file)
    moment = moment_in(begun)
    if name not in district.clocks:
        known = ", ".join(district.clocks)
        raise StartError(f"区文件中没有这个时限 / no such clock in {file.name}: {name}\n可用的有 / there are: {known}")
    found = work_out(district, name, moment)
    if as_json:
        typer.echo(json.dumps(as_json_of(found), ensure_ascii=False))
    else:
        for line in as_lines(found, district):
            typer.echo(line)
    return 0


def moment_in(text: str) -> datetime:
    """A day, whose beginning is meant, or a moment; without an offset it is the district's time. StartError else."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise StartError(
            f"时间写法不对 / no time: {text[:40]}\n"
            "例如 / for example: 2024-02-08, 2024-02-08T23:59+08:00, 2024-02-08T15:59Z"
        ) from None
    return found if found.tzinfo is not None else found.replace(tzinfo=ZONE)


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


def verify_readings(database: str, as_json: bool, published: tuple[int, str] | None) -> int:
    """Whether the audit of readings is as it was written, and still has what it had at a head that was published."""

    async def run() -> tuple[int | None, tuple[int, str], bool | None]:
        connection = await asyncpg.connect(database)
        try:
            agrees = None if published is None else await audit.holds(connection, *published)
            return await audit.first_broken(connection), await audit.head(connection), agrees
        finally:
            await connection.close()

    broken, (rows, digest), agrees = asyncio.run(_reaching(database, run()))
    is_whole = broken is None and agrees is not False
    if as_json:
        typer.echo(json.dumps({"broken": broken, "rows": rows, "head": digest, "agrees": agrees}))
        return 0 if is_whole else 1
    if is_whole:
        typer.echo(f"审计链完好 / the chain holds: {rows}:{digest}")
    if broken is not None:
        typer.echo(f"审计链自第 {broken} 行起被改动 / the chain was changed from row {broken} on")
    if agrees is None:
        typer.echo("未与公布的链头比对,见 --head、--nats-url / compared with no published head: --head, --nats-url")
    elif not agrees:
        typer.echo("与公布的链头不符:行被截去或改写 / differs from the published head: rows were cut off or rewritten")
    return 0 if is_whole else 1


def head_in(text: str) -> tuple[int, str]:
    """A head as ``verify`` writes it, rows and hash; StartError when it is none."""
    found = re.fullmatch(r"([1-9][0-9]{0,17}):([0-9a-f]{64})", text.strip())
    if found is None:
        raise StartError("链头应为 行数:散列 / a head is ROWS:HASH, the hash in 64 hex digits")
    return int(found[1]), found[2]


def published_head(nats_url: str, seed: Path) -> tuple[int, str]:
    """The newest head in the stream, as the operator reads it. StartError when there is none."""
    entry = fact("intake", AuditHeadPublished)

    async def run() -> bytes | None:
        client = await operator(nats_url, seed)
        try:
            return (await client.jetstream().get_msg(Stream.EVENTS.value, subject=entry.subject("*"))).data
        except NotFoundError:
            raise StartError("尚未公布过链头 / no head has been published yet") from None
        finally:
            await client.close()

    head = AuditHeadPublished.model_validate_json(asyncio.run(run()) or b"")
    return head.rows, head.hash


async def operator(nats_url: str, seed: Path) -> Client:
    """A connection with the operator's credential; StartError when the broker cannot be reached."""
    try:
        return await nats.connect(
            nats_url,
            nkeys_seed=str(seed),
            inbox_prefix=b"_INBOX_operator",
            allow_reconnect=False,
            max_reconnect_attempts=1,  # nats-py's 60 are two minutes of silence, even without reconnecting
            reconnect_time_wait=0.2,
        )
    except (OSError, nats.errors.Error) as error:
        raise StartError(f"连不上 NATS / cannot reach NATS at {nats_url}: {type(error).__name__}") from None


async def _reaching(database: str, work: Coroutine[Any, Any, T]) -> T:
    """StartError, with the address but not its password, where the database cannot be reached."""
    try:
        return await work
    except (OSError, asyncpg.PostgresError) as error:
        where = database.rsplit("@", 1)[-1]
        raise StartError(f"连不上数据库 / cannot use the database at {where}: {type(error).__name__}") from None
