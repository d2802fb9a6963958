"""``xinfang bench clocks``: ticks with few and many due, at few and many open clocks, on servers of their own.

Measured from the tick's publication until routing has acknowledged it: all that was due is then worked off, committed
and published.
"""

import asyncio
import json
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

import asyncpg
from nats.aio.client import Client
from rich.console import Console
from rich.progress import Progress, TaskID
from rich.table import Table
from xinfang_contracts.district import District
from xinfang_contracts.registry import Stream, clock_subject

from services.catalogue import SERVICES
from services.demo.quiet import all_ticked
from services.installation import Installation, Ports, new_id
from services.routing.clocks.counting import start
from services.routing.clocks.state import Clocks
from services.routing.clocks.state import Progress as Gone
from services.routing.state import Open, due_at
from services.routing.store import COUNTED_OTHERWISE, FALLEN_DUE, STATES
from services.runtime.calendar import revision
from services.runtime.clock import ZONE
from services.runtime.districts import load_districts

from .servers import YANFENG, fresh_folder

OPEN = (10_000, 100_000)
DUE = (0, 100, 1_000, 20_000)
TIMES = 7
"""How often a tick with little due is measured; of many one is enough."""
_ABSENT = set(SERVICES) - {"routing"}
_NOW = datetime(2023, 6, 1, tzinfo=ZONE)
_COLUMNS = ["petition", "state", "due_at", "counted_by"]


@dataclass(frozen=True, slots=True)
class Measured:
    """One tick, the median of several where they are short."""

    open: int
    due: int
    ms: float


def run(show: bool, sizes: tuple[int, ...] = OPEN, dues: tuple[int, ...] = DUE) -> dict[str, object]:
    """Measure; returns what ``--json`` prints. Raises when a clock was worked off at another time, twice or not."""
    console = Console(quiet=not show)
    with fresh_folder() as folder, Progress(console=console, transient=True) as progress:
        districts = load_districts(YANFENG)
        installation = Installation(folder, YANFENG, districts, replay=True, ports=Ports())
        try:
            task = progress.add_task("启动 / starting", total=len(sizes) * len(dues))
            installation.start_servers()
            asyncio.run(installation.apply_topology())
            installation.start_service("routing")
            installation.wait_ready()
            (district,) = districts.values()
            bench = _Bench(installation, district)
            found, indexes = asyncio.run(bench.measure(sizes, dues, lambda text: _step(progress, task, text)))
        finally:
            installation.stop()
    result = figures(found, indexes)
    _show(console, found, result)
    return result


def figures(found: list[Measured], indexes: list[str]) -> dict[str, object]:
    """What is printed. idle_ratio: nothing due at the most open clocks beside the fewest; due_ratio: the most due."""
    by = {(one.open, one.due): one.ms for one in found}
    few, many = min(one.open for one in found), max(one.open for one in found)
    idle, most = min(one.due for one in found), max(one.due for one in found)
    return {
        "clocks": [asdict(one) for one in found],
        "idle_ms": by[many, idle],
        "idle_ratio": round(by[many, idle] / by[few, idle], 2),
        "due_ratio": round(by[many, most] / by[few, most], 2),
        "ms_per_due": round((by[many, most] - by[many, idle]) / max(most, 1), 4),
        "indexes": indexes,
    }


class _Bench:
    """An installation with routing alone, and its clock."""

    def __init__(self, installation: Installation, district: District) -> None:
        self._installation = installation
        self._district = district
        self._minutes = 0
        self._serial = 0

    async def measure(
        self, sizes: tuple[int, ...], dues: tuple[int, ...], step: Callable[[str], None]
    ) -> tuple[list[Measured], list[str]]:
        connection = await asyncpg.connect(self._installation.postgres.url)
        clock = await self._installation.connect("clock")
        operator = await self._installation.connect("operator")
        found, there = [], 0
        try:
            await self._tick(clock, operator)
            for size in sizes:
                for due in dues:
                    step(f"{size:,} 件在办 / open, {due:,} 件到期 / due")
                    # What was worked off is open no more: as many as are due now are open beside the rest.
                    there = await self._fill(connection, there, size - due)
                    found.append(await self._measured(connection, clock, operator, size, due))
            return found, await self._indexes(connection)
        finally:
            await connection.close()
            await clock.close()
            await operator.close()

    async def _measured(
        self, connection: asyncpg.Connection, clock: Client, operator: Client, size: int, due: int
    ) -> Measured:
        taken = []
        for _ in range(TIMES if due <= 100 else 1):
            await self._add(connection, self._cases(due, is_due=True))
            await connection.execute("VACUUM ANALYZE routing.cases")
            before = await _overdue(operator, self._district.code)
            taken.append(await self._tick(clock, operator))
            await self._check(operator, before, due)
        return Measured(size, due, round(statistics.median(taken) * 1000, 1))

    async def _tick(self, clock: Client, operator: Client) -> float:
        """Seconds."""
        self._minutes += 1
        moment = _NOW + timedelta(minutes=self._minutes)
        headers = {"ce-time": moment.isoformat(), "Nats-Msg-Id": new_id()}
        started = time.perf_counter()
        await clock.jetstream().publish(clock_subject(self._district.code, "day"), b"{}", headers=headers)
        await all_ticked(operator, _ABSENT)
        return time.perf_counter() - started

    async def _fill(self, connection: asyncpg.Connection, there: int, size: int) -> int:
        """Bring those that are not due to ``size``."""
        if size < there:
            await connection.execute(
                "DELETE FROM routing.cases WHERE petition IN"
                " (SELECT petition FROM routing.cases WHERE due_at > $1 LIMIT $2)",
                _NOW + timedelta(days=1),
                there - size,
            )
        await self._add(connection, self._cases(max(size - there, 0), is_due=False))
        return size

    async def _add(self, connection: asyncpg.Connection, cases: Iterator[tuple[object, ...]]) -> None:
        await connection.copy_records_to_table("cases", schema_name="routing", columns=_COLUMNS, records=cases)

    def _cases(self, count: int, *, is_due: bool) -> Iterator[tuple[object, ...]]:
        """Those that are due have run out in the last three days, their warnings said; the others have weeks left."""
        states = [self._state(_NOW - timedelta(days=day), is_due) for day in ((93, 94, 95) if is_due else range(5, 45))]
        written = [(STATES.adapter.dump_json(state).decode(), due_at(state)) for state in states]
        for n in range(count):
            self._serial += 1
            text, due = written[n % len(written)]
            yield f"{self._district.code}-2023-{self._serial:07d}", text, due, None

    def _state(self, begun: datetime, is_due: bool) -> Open:
        clock = start(self._district, self._district.handling.clock, begun)
        said = Gone(warned_until=max(one.at for one in clock.warnings)) if is_due else Gone()
        unit = self._district.units[0]
        zone = self._district.zone_of(unit)
        return Open(unit=unit.code, zone=zone.code if zone else None, clock=clock, clocks=Clocks(handling=said))

    async def _check(self, operator: Client, before: int, due: int) -> None:
        """As many as were due, each at its own moment, once."""
        after = await _overdue(operator, self._district.code)
        if after - before != due:
            raise RuntimeError(f"{due} due, {after - before} worked off")
        if due:
            subject = f"xf.{self._district.code}.event.routing.case_overdue.v1"
            last = await operator.jetstream().get_last_msg(Stream.EVENTS.value, subject)
            said, meant = (last.headers or {})["ce-time"], json.loads(last.data or b"{}")["clock"]["due_at"]
            if datetime.fromisoformat(said) != datetime.fromisoformat(meant):
                raise RuntimeError(f"worked off at {said}, due at {meant}")

    async def _indexes(self, connection: asyncpg.Connection) -> list[str]:
        """Which indexes a tick with nothing due looks into; a scan of the table would show as one."""
        code, calendar = self._district.code, revision(self._district.calendar)
        plans = [(FALLEN_DUE, _NOW), *((query, calendar) for query in COUNTED_OTHERWISE)]
        found = set()
        for query, value in plans:
            plan = await connection.fetchval(f"EXPLAIN (FORMAT JSON) {query}", code, value, 500)
            found |= set(_scans(json.loads(plan)[0]["Plan"]))
        return sorted(found)


def _scans(plan: dict[str, object]) -> Iterator[str]:
    if "Scan" in str(plan["Node Type"]):
        yield str(plan.get("Index Name", plan["Node Type"]))
    below = plan.get("Plans", [])
    assert isinstance(below, list)
    for one in below:
        yield from _scans(one)


async def _overdue(operator: Client, code: str) -> int:
    """How often an overdue case was said."""
    subject = f"xf.{code}.event.routing.case_overdue.v1"
    info = await operator.jetstream().stream_info(Stream.EVENTS.value, subjects_filter=subject)
    return (info.state.subjects or {}).get(subject, 0)


def _step(progress: Progress, task: TaskID, text: str) -> None:
    progress.update(task, description=text, advance=1)


def _show(console: Console, found: list[Measured], result: dict[str, object]) -> None:
    table = Table(title="一次滴答,毫秒 / one tick, ms", title_justify="left")
    for heading in ("在办 / open", "到期 / due", "ms"):
        table.add_column(heading, justify="right")
    for one in found:
        table.add_row(f"{one.open:,}", f"{one.due:,}", f"{one.ms:,.1f}")
    console.print(table)
    for name in ("idle_ms", "idle_ratio", "due_ratio", "ms_per_due"):
        console.print(f"{name}: {result[name]}")
    console.print(f"索引 / indexes: {result['indexes']}")
