"""``xinfang bench``: the services, the floor and plain FastStream, one after another on servers of their own."""

import asyncio
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from services.runtime import keys
from services.runtime.districts import load_districts

from . import door
from .check import check
from .door import DoorResult
from .drive import Driver
from .latency import latencies, percentile
from .mix import Load, Writer
from .servers import YANFENG, Bench, disk_sync_milliseconds, fresh_folder

SYSTEMS = {"xinfang": "四个服务 / services", "floor": "底线 / floor", "plain": "普通 / plain FastStream"}
PLAIN_AT_MOST = 2_000
"""Plain FastStream is so slow that more would only take longer: its rate does not change."""
LATENCY_SECONDS = {"xinfang": 20.0, "floor": 10.0, "plain": 10.0}
DOOR_SECONDS = 20.0


@dataclass
class Result:
    """One system's figures. ``cpu_per_1000``: process -> CPU seconds for a thousand petitions."""

    petitions: int
    seconds: float
    petitions_per_s: float
    p50_ms: float | None
    p99_ms: float | None
    cpu_per_1000: dict[str, float] = field(default_factory=dict)
    door: DoorResult | None = None


def run(n: int, show: bool, *, systems: tuple[str, ...] = tuple(SYSTEMS), latency: bool = True) -> dict[str, object]:
    """Measure ``n`` petitions. Returns the figures; raises when a message was lost, refused or done twice.

    ``show`` prints progress and a table. ``systems``: which of SYSTEMS; ratios need all three.
    """
    console = Console(quiet=not show)
    results: dict[str, Result] = {}
    with fresh_folder() as folder, _progress(console) as progress:
        sync = disk_sync_milliseconds(folder)
        writer_keys = folder / "keys"
        keys.make_pair(writer_keys, keys.VAULT)
        loads: dict[int, tuple[Writer, Load]] = {}
        for name in systems:
            petitions = min(n, PLAIN_AT_MOST) if name == "plain" else n
            if petitions not in loads:
                loads[petitions] = write_load(petitions, writer_keys, progress)
            seconds = LATENCY_SECONDS[name] if latency else 0.0
            results[name] = measure(name, folder / name, writer_keys, *loads[petitions], progress, seconds)
    found = figures(n, results, sync)
    _show(console, results, found)
    return found


def figures(n: int, results: dict[str, Result], sync: float) -> dict[str, object]:
    """What ``--json`` prints."""
    found: dict[str, object] = {"n": n, "fsync_ms": round(sync, 3)}
    if "xinfang" in results:
        own = results["xinfang"]
        found |= {"petitions_per_s": own.petitions_per_s, "p50_ms": own.p50_ms, "p99_ms": own.p99_ms}
        if own.door is not None:
            found |= {"door_per_s": own.door.per_s, "door_p50_ms": own.door.p50_ms, "door_p99_ms": own.door.p99_ms}
        for name, ratio in (("floor", "share_of_floor"), ("plain", "times_plain_faststream")):
            if name in results:
                found[ratio] = round(own.petitions_per_s / results[name].petitions_per_s, 3)
    return found | {"systems": {name: asdict(result) for name, result in results.items()}}


def measure(
    name: str, folder: Path, key_folder: Path, writer: Writer, load: Load, progress: Progress, latency: float
) -> Result:
    """One system on fresh servers, which are removed afterwards."""
    task = progress.add_task(f"{SYSTEMS[name]}: 启动 / starting", total=None)
    bench = Bench(folder, key_folder)
    try:
        bench.start_servers()
        asyncio.run(bench.apply_topology())
        asyncio.run(bench.enrol(writer.enrolled()))
        if name == "xinfang":
            bench.start_services()
        else:
            if name == "plain":
                asyncio.run(bench.drop_durables())
            bench.start_baseline(name)
        progress.update(task, description=SYSTEMS[name], total=load.petitions)
        return asyncio.run(_measure(bench, writer, load, progress, task, latency))
    finally:
        bench.stop()
        progress.remove_task(task)
        _remove(folder)


async def _measure(
    bench: Bench, writer: Writer, load: Load, progress: Progress, task: TaskID, latency: float
) -> Result:
    def moved(registered: int, concluded: int) -> None:
        progress.update(task, completed=registered)

    driven = await Driver(bench, load, bench.processes()).drive(moved)
    client = await bench.connect("operator")
    await check(client, load, writer.year)
    await client.close()
    p50 = p99 = at_door = None
    if latency:
        progress.update(task, description="时延 / latency", total=None)
        waited = await latencies(bench, writer, load.petitions + 1, latency)
        p50, p99 = round(percentile(waited, 50), 2), round(percentile(waited, 99), 2)
    if latency and bench.running:
        progress.update(task, description="网上窗口 / the HTTP door")
        at_door = await door.measure(bench, load.district, DOOR_SECONDS)
    return Result(
        petitions=load.petitions,
        seconds=round(driven.seconds, 2),
        petitions_per_s=round(load.petitions / driven.seconds, 1),
        p50_ms=p50,
        p99_ms=p99,
        door=at_door,
        cpu_per_1000={name: round(used / load.petitions * 1000, 4) for name, used in driven.cpu.items()},
    )


def write_load(petitions: int, key_folder: Path, progress: Progress) -> tuple[Writer, Load]:
    """So many petitions, encrypted to the vault key in ``key_folder``."""
    task = progress.add_task("加密来件 / writing petitions", total=petitions)
    (district,) = load_districts(YANFENG).values()
    writer = Writer(district, keys.public_key(key_folder, keys.VAULT))
    size = min(500, max(25, petitions // 12))
    load = writer.write(petitions, size, lambda done: progress.advance(task, done))
    progress.remove_task(task)
    return writer, load


@contextmanager
def _progress(console: Console) -> Iterator[Progress]:
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed:.0f}"), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        yield progress


def _remove(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)


def _show(console: Console, results: dict[str, Result], found: dict[str, object]) -> None:
    table = Table(title=f"fsync {found['fsync_ms']} ms", title_justify="left")
    table.add_column("", no_wrap=True)
    for heading in ("件 / petitions", "秒 / s", "件每秒 / a second", "p50 ms", "p99 ms", "CPU s / 1,000"):
        table.add_column(heading, justify="right")
    for name, one in results.items():
        row = (one.petitions, one.seconds, one.petitions_per_s, one.p50_ms, one.p99_ms)
        table.add_row(SYSTEMS[name], *map(str, row), f"{sum(one.cpu_per_1000.values()):.2f}")
    console.print(table)
    processes = Table(title="CPU s / 1,000", title_justify="left")
    processes.add_column("", no_wrap=True)
    names = list(dict.fromkeys(name for one in results.values() for name in one.cpu_per_1000))
    for name in names:
        processes.add_column(name, justify="right")
    for system, one in results.items():
        processes.add_row(SYSTEMS[system], *(f"{one.cpu_per_1000.get(name, 0):.3f}" for name in names))
    console.print(processes)
    if "door_per_s" in found:
        text = "{door_per_s} 件每秒 / a second, p50 {door_p50_ms} ms, p99 {door_p99_ms} ms".format(**found)
        console.print(f"网上窗口 / the HTTP door: {text}")
    for ratio in ("share_of_floor", "times_plain_faststream"):
        if ratio in found:
            console.print(f"{ratio}: {found[ratio]}")
