"""Fresh servers for one system, the same for all: JetStream that fsyncs everything, PostgreSQL with its defaults."""

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import asyncpg
import psutil
from xinfang_contracts.registry import Stream

from services.catalogue import SERVICES
from services.installation import Installation, Ports
from services.review.signing.enrolling import PersonKey
from services.review.store import KEYS
from services.runtime import credentials
from services.runtime.credentials import User
from services.runtime.districts import load_districts
from services.runtime.errors import StartError

from .baseline import READY

YANFENG = Path(__file__).resolve().parents[2] / "deploy" / "districts" / "yanfeng.yaml"
BENCH = User("bench", [">"], [">"])
"""As whom the baselines connect: permissions cost the server alike, but theirs need not be worked out."""


@contextlib.contextmanager
def fresh_folder() -> Iterator[Path]:
    """A folder on a disk, removed at the end. Not in memory, as /tmp is on some machines: there an fsync is free."""
    parent = Path("/var/tmp")
    folder = Path(tempfile.mkdtemp(prefix="xinfang-bench-", dir=parent if parent.is_dir() else None))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class Bench(Installation):
    """An installation with one more user, whose services may be replaced by a baseline's."""

    def __init__(self, folder: Path, key_folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        if key_folder.exists():
            shutil.copytree(key_folder, folder / "keys")
        super().__init__(folder, YANFENG, load_districts(YANFENG), replay=False, ports=Ports())
        self.users.append(BENCH)
        self.nats = self.make_nats()
        self._baselines: dict[str, subprocess.Popen[bytes]] = {}

    async def enrol(self, keys: Sequence[PersonKey]) -> None:
        """Keys as their rows stand after they were offered and enrolled: set-up, the same for every system."""
        connection = await asyncpg.connect(self.postgres.url)
        try:
            async with connection.transaction():
                await KEYS.save(connection, {one.key: one for one in keys})
        finally:
            await connection.close()

    async def drop_durables(self) -> None:
        """Without the services' own durables: plain FastStream makes one for each subscriber."""
        client = await self.connect("operator")
        js = client.jetstream()
        for stream in (Stream.COMMANDS, Stream.EVENTS):
            for info in await js.consumers_info(stream.value):
                await js.delete_consumer(stream.value, info.name)
        await client.close()

    def start_baseline(self, module: str) -> None:
        """A baseline's four processes instead of the services; StartError when one does not come up."""
        for service in SERVICES:
            environment = self.environment(service) | {
                "XINFANG_NATS_SEED": str(credentials.seed_file(self.folder / "credentials", BENCH.name)),
                "XINFANG_DATABASE_URL": self.postgres.url,
            }
            log = self.folder / "logs" / f"{module}.{service}.log"
            with log.open("wb") as errors:
                process = subprocess.Popen(
                    [sys.executable, "-m", f"services.bench.{module}", service],
                    env=environment,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=errors,
                    start_new_session=True,
                )
            self._baselines[service] = process
            if process.stdout is None or process.stdout.readline().strip() != READY.encode():
                raise StartError(f"{module} {service}:\n{log.read_text(errors='replace')[-2000:]}")

    def processes(self) -> dict[str, psutil.Process]:
        """What is measured, by name."""
        found = {name: psutil.Process(running.process.pid) for name, running in self.running.items()}
        found |= {name: psutil.Process(process.pid) for name, process in self._baselines.items()}
        return found | {"nats-server": psutil.Process(self.nats.pid), "postgres": psutil.Process(self.postgres.pid)}

    def ended(self) -> list[str]:
        """Which processes have died."""
        dead = [name for name, running in self.running.items() if running.process.poll() is not None]
        return dead + [name for name, process in self._baselines.items() if process.poll() is not None]

    def stop(self) -> None:
        """Everything."""
        for process in self._baselines.values():
            process.terminate()
            process.wait()
        super().stop()


def disk_sync_milliseconds(folder: Path, times: int = 100) -> float:
    """What one fsync of a small write costs here: the figure that the others must be read beside."""
    path = folder / "fsync"
    with path.open("wb") as file:
        started = time.perf_counter()
        for _ in range(times):
            file.write(b"x" * 500)
            file.flush()
            os.fsync(file.fileno())
        seconds = time.perf_counter() - started
    path.unlink()
    return seconds / times * 1000
