"""Where the services' CPU time goes: ``python -m services.bench.profile -n 5000``; needs py-spy, and may need root."""

import asyncio
import re
import shutil
import signal
import subprocess
from collections import Counter
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from services.catalogue import SERVICES
from services.runtime import keys

from .drive import Driver
from .run import write_load
from .servers import Bench, fresh_folder

PARTS = (
    ("vault", r"intake/vault/"),
    ("JWE", r"joserfc/|keys\.py|opening\.py|cryptography/"),
    ("screening and sealing", r"screening/proposing\.py|sealed/sealing\.py|intake/script\.py|intake/submission\.py"),
    ("PostgreSQL client", r"asyncpg/"),
    ("publish", r"runtime/publish\.py"),
    ("acknowledge", r"Acknowledging|_acknowledge"),
    ("receive", r"runtime/pull\.py|_process_msg|_process_headers|nats/protocol/parser|_read_loop|_wait_for_msgs"),
    ("read and validate", r"runtime/reading\.py|contracts/envelope\.py|incoming\.py|xinfang_contracts/intake\.py"),
    ("rules and states", r"(decide|chain|state|fold|indicators)\.py|rules\.py"),
    ("say", r"runtime/saying\.py"),
    ("outbox", r"pack \(.*inbox\.py"),
    ("state rows as JSON", r"(load|save|<listcomp>) \(.*runtime/service\.py"),
    ("metrics publisher", r"metrics/publisher\.py"),
    ("log and figures", r"structlog/|runtime/log\.py|telemetry\.py|prometheus_client/|logging/"),
    ("round", r"runtime/(round|transaction|inbox)\.py|intake/store\.py|metrics/store\.py"),
    ("event loop and NATS client", r"."),
)
"""A sample belongs to the part of the innermost frame that any part but the last knows."""


def profile(n: int, rate: int = 200) -> dict[str, tuple[Counter[str], Counter[str]]]:
    """Service -> samples by part, and by innermost line, while ``n`` petitions go through."""
    if shutil.which("py-spy") is None:
        raise FileNotFoundError("py-spy is missing: pip install py-spy")
    with fresh_folder() as folder, Progress(transient=True) as progress:
        keys.make_pair(folder / "keys", keys.VAULT)
        _, load = write_load(n, folder / "keys", progress)
        bench = Bench(folder / "xinfang", folder / "keys")
        spies: list[subprocess.Popen[bytes]] = []
        try:
            bench.start_servers()
            asyncio.run(bench.apply_topology())
            bench.start_services()
            spies = [_spy(bench.running[name].process.pid, folder / name, rate) for name in SERVICES]
            asyncio.run(Driver(bench, load, bench.processes()).drive(lambda _registered, _concluded: None))
        finally:
            for spy in spies:
                spy.send_signal(signal.SIGINT)
                spy.wait()
            bench.stop()
        return {name: _read(folder / name) for name in SERVICES}


def _spy(pid: int, out: Path, rate: int) -> subprocess.Popen[bytes]:
    command = ["py-spy", "record", "--pid", str(pid), "--format", "raw", "--rate", str(rate), "--output", str(out)]
    # Only what holds the interpreter: a loop that waits for its sockets looks busy otherwise.
    return subprocess.Popen(
        [*command, "--gil", "--duration", "86400"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


def _read(path: Path) -> tuple[Counter[str], Counter[str]]:
    parts: Counter[str] = Counter()
    lines: Counter[str] = Counter()
    for line in path.read_text().splitlines():
        stack, _, count = line.rpartition(" ")
        frames = stack.split(";")
        parts[_part(frames)] += int(count)
        lines[frames[-1]] += int(count)
    return parts, lines


def _part(frames: list[str]) -> str:
    for frame in reversed(frames):
        for name, pattern in PARTS[:-1]:
            if re.search(pattern, frame):
                return name
    return PARTS[-1][0]


def main(n: Annotated[int, typer.Option("-n", min=100)] = 5_000, top: int = 12) -> None:
    """Print a table of parts by service, and each service's hottest lines."""
    console = Console()
    found = profile(n)
    table = Table("part", *SERVICES)
    for name, _ in PARTS:
        shares = [parts[name] / max(1, parts.total()) for parts, _ in found.values()]
        table.add_row(name, *(f"{share:.0%}" if share >= 0.005 else "" for share in shares))
    console.print(table)
    for service, (_, lines) in found.items():
        console.print(f"[bold]{service}[/] ({lines.total()} samples)")
        for line, count in lines.most_common(top):
            console.print(f"  {count / lines.total():5.1%}  {line}", highlight=False, markup=False)


if __name__ == "__main__":
    typer.run(main)
