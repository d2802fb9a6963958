"""The demo: an installation, a year through it, its figures."""

import asyncio
import contextlib
import json
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Coroutine, Iterator
from dataclasses import dataclass
from pathlib import Path

import uvloop
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from xinfang_contracts.district import District
from xinfang_contracts.registry import Stream

from services.installation import Installation, Ports
from services.runtime.districts import load_districts
from services.runtime.ending import end_all_others
from services.runtime.errors import StartError

from . import after_ledgers, beside_ledgers, clearing_ledgers, figures, ledgers, pressing_ledgers
from .figures import Figure
from .front import open_hotlines
from .quiet import copied, settled
from .year import Day, Year


@dataclass(frozen=True)
class Plan:
    """What to run."""

    district: Path
    ledgers: Path
    expected: Path
    once: bool
    as_json: bool
    replicas: int
    data: Path | None
    ports: Ports


def run(plan: Plan) -> int:
    """Run it; returns the exit code: 0 when every measured figure holds, 1 when one does not."""
    end_on_sigterm()
    console = Console(stderr=plan.as_json)
    # All that can be wrong in the files is said before anything starts.
    district = _one_district(plan.district)
    year = ledgers.read(plan.ledgers, district)
    received = {one.serial: one for one in year.received}
    beside = beside_ledgers.read(plan.ledgers, district, received)
    pressing = pressing_ledgers.read(plan.ledgers, district, received)
    pressing = after_ledgers.joined(pressing, after_ledgers.read(plan.ledgers, district, received))
    clearing = clearing_ledgers.read(plan.ledgers, received)
    unmeasured = beside.unmeasured | pressing.unmeasured | clearing.unmeasured
    expected = [one for one in figures.read(plan.expected) if one.figure not in unmeasured]
    with _folder(plan.data) as folder:
        installation = Installation(folder, plan.district, {district.code: district}, replay=True, ports=plan.ports)
        open_hotlines(installation, district)
        started = time.monotonic()
        try:
            with console.status("启动服务器与四个服务 / starting servers and the four services ..."):
                installation.start_servers()
                asyncio.run(installation.apply_topology())
                installation.start_services(plan.replicas)
            found = uvloop.run(
                _unless_ended(_drive(installation, district, (year, beside, pressing, clearing), expected, console))
            )
            end_on_sigterm()
            seconds = round(time.monotonic() - started, 1)
            _show(found, seconds, district, plan.as_json, console)
            if not plan.once:
                _stay(installation, console)
        finally:
            with console.status("停止 / stopping ..."):
                installation.stop()
    return 0 if found and all(one.holds for one in found) else 1


def _one_district(path: Path) -> District:
    found = list(load_districts(path).values())
    if len(found) != 1:
        raise ledgers.LedgerError(f"{path}: 演示只用一个区文件 / the demo takes one district file")
    return found[0]


@contextlib.contextmanager
def _folder(data: Path | None) -> Iterator[Path]:
    """The given folder, which is kept, or a fresh one, which is not."""
    if data is not None:
        data.mkdir(parents=True, exist_ok=True)
        if any(data.iterdir()):
            text = f"--data {data}: 不是空目录,一年只能跑进空的存储 / is not empty; a year runs into an empty store"
            raise StartError(text)
        yield data.resolve()
        return
    folder = Path(tempfile.mkdtemp(prefix="xinfang-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def _drive(
    installation: Installation,
    district: District,
    read: tuple[ledgers.Ledgers, beside_ledgers.Beside, pressing_ledgers.Acts, clearing_ledgers.Clearings],
    expected: list[figures.Expected],
    console: Console,
) -> list[Figure]:
    columns = (
        TextColumn("{task.fields[on]}"),
        BarColumn(),
        TextColumn("登记 {task.fields[received]} 件 / registered"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("", total=None, on="", received=0)

        def show(day: Day) -> None:
            progress.update(task, completed=day.done, total=day.total, on=day.on.isoformat(), received=day.received)

        await Year(installation, district, *read).drive(show)
    operator = await installation.connect("operator")
    dashboard = await installation.connect(f"{district.code}.dashboard")
    await settled(operator, Stream.METRICS)
    await copied(operator, dashboard, Stream.METRICS)
    found = await figures.measure(dashboard, district.code, expected)
    await dashboard.close()
    await operator.close()
    return found


async def _unless_ended(driving: Coroutine[None, None, list[Figure]]) -> list[Figure]:
    """Drive until SIGINT or SIGTERM comes; KeyboardInterrupt then."""
    loop, ended = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, ended.set)
    if _asked_to_end:
        ended.set()
    task = asyncio.ensure_future(driving)
    await asyncio.wait({task, asyncio.ensure_future(ended.wait())}, return_when=asyncio.FIRST_COMPLETED)
    await end_all_others()
    if ended.is_set():
        raise KeyboardInterrupt
    return task.result()


def _show(found: list[Figure], seconds: float, district: District, as_json: bool, console: Console) -> None:
    if as_json:
        print(json.dumps({"figures": [one.as_json() for one in found], "seconds": seconds}, ensure_ascii=False))
        return
    table = Table(title=f"{district.organ}:预期与实测 / expected and measured", title_justify="left")
    for heading in ("指标 / figure", "关系", "预期 / expected", "实测 / measured", "相符 / holds"):
        first = heading.startswith("指标")
        table.add_column(heading, justify="left" if first else "right", no_wrap=first, overflow="fold")
    for one in found:
        mark = "[green]是 ✓[/]" if one.holds else "[red]否 ✗[/]"
        table.add_row(one.figure, one.relation, f"{one.expected:.12g}", f"{round(one.measured, 4):.12g}", mark)
    console.print(table)
    console.print(f"用时 {seconds} 秒 / took {seconds} s")


def listening(installation: Installation) -> Table:
    """Where everything listens, and where the credentials lie."""
    table = Table(title="监听地址 / listening", title_justify="left", show_header=False)
    table.add_row("NATS", installation.nats.url)
    table.add_row("PostgreSQL", installation.postgres.url.split("@")[-1])
    for name, running in installation.running.items():
        table.add_row(name, f"http://127.0.0.1:{running.port}  (/readyz /metrics)")
    if "review" in installation.running:
        table.add_row("工作台 / the desk", f"http://127.0.0.1:{installation.running['review'].port}/desk")
    table.add_row("凭据 / credentials", str(installation.folder / "credentials"))
    table.add_row("日志 / logs", str(installation.folder / "logs"))
    return table


def _stay(installation: Installation, console: Console) -> None:
    """Leave the services up until Ctrl-C or SIGTERM."""
    console.print(listening(installation))
    console.print("服务仍在运行,按 Ctrl-C 停止 / the services are up; press Ctrl-C to stop them")
    wait_for_end(installation)


_asked_to_end: list[int] = []


def end_on_sigterm() -> None:
    """SIGTERM ends as Ctrl-C does, in whatever state: what was started is stopped, folders are removed."""

    def end(number: int, _frame: object) -> None:
        # Noted as well: an interrupt that comes while Python clears up an object is lost.
        _asked_to_end.append(number)
        signal.raise_signal(signal.SIGINT)

    signal.signal(signal.SIGTERM, end)


def wait_for_end(installation: Installation) -> None:
    """Until a signal comes; or a service ends, which is said."""
    ended: list[int] = []
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda got, _frame: ended.append(got))
    while not ended:
        for name, running in installation.running.items():
            if running.process.poll() is not None:
                print(f"{name} 已退出 / has ended; 日志 / log: {running.log}", file=sys.stderr)
                return
        time.sleep(0.2)
