"""What all tests share: real servers, installations, and an honest end of the run.

Servers come from ``DATABASE_URL`` and ``NATS_URL`` where these are set, else from the wheels. One that does not start
fails the tests that need it; nothing is skipped for it.
"""

import asyncio
import itertools
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Protocol

import asyncpg
import pytest

from services.embedded import EmbeddedNats, EmbeddedPostgres
from services.installation import Installation, Ports
from services.runtime import migrate
from services.runtime.districts import load_districts
from tests import forked

ROOT = Path(__file__).resolve().parents[1]
YANFENG = ROOT / "deploy" / "districts" / "yanfeng.yaml"
LIUYUAN = ROOT / "tests" / "districts" / "liuyuan.yaml"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


class Install(Protocol):
    """Start an installation of one's own; it is stopped when its module is over."""

    def __call__(self, district: Path = YANFENG, *, replay: bool = True, replicas: int = 1) -> Installation: ...


@pytest.fixture(scope="session")
def anyio_backend() -> tuple[str, dict[str, bool]]:
    """Async tests run as the services do: asyncio on uvloop."""
    return "asyncio", {"use_uvloop": True}


@pytest.fixture(scope="session")
def postgres_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The owner's address of a PostgreSQL server: ``DATABASE_URL``, else one from the wheel."""
    if url := os.environ.get("DATABASE_URL"):
        yield url
        return
    with EmbeddedPostgres(tmp_path_factory.mktemp("postgres")) as server:
        yield server.url


@pytest.fixture(scope="session")
def nats_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A NATS server with JetStream and without accounts: ``NATS_URL``, else one from the wheel."""
    if url := os.environ.get("NATS_URL"):
        yield url
        return
    with EmbeddedNats(tmp_path_factory.mktemp("nats")) as server:
        yield server.url


@pytest.fixture
def empty_database(postgres_url: str) -> Iterator[str]:
    """The owner's address of a database that holds nothing; dropped after the test."""
    name = f"test_{secrets.token_hex(6)}"
    asyncio.run(_execute(postgres_url, f"CREATE DATABASE {name}"))
    yield f"{postgres_url.rsplit('/', 1)[0]}/{name}"
    asyncio.run(_execute(postgres_url, f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture
def database(empty_database: str) -> str:
    """The owner's address of a migrated database without rows; dropped after the test."""
    migrate.upgrade(empty_database)
    return empty_database


async def _execute(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


@pytest.fixture(scope="module")
def install() -> Iterator[Install]:
    """Starts installations with servers and services of their own, ready to take messages.

    ``install(district, replay=True, replicas=1)``: with ``replay`` the user ``clock`` ticks the district's time.
    """
    # Not below pytest's folder, whose names grow with the test's.
    with tempfile.TemporaryDirectory(prefix="xinfang-", ignore_cleanup_errors=True) as folder, ExitStack() as running:
        numbers = itertools.count()

        def start(district: Path = YANFENG, *, replay: bool = True, replicas: int = 1) -> Installation:
            own = Path(folder) / str(next(numbers))
            installation = Installation(
                own, district, load_districts(district), replay=replay, ports=Ports(), launch=forked.launch
            )
            running.callback(installation.stop)
            installation.start_servers()
            asyncio.run(installation.apply_topology())
            installation.start_services(replicas)
            return installation

        yield start


@pytest.fixture(scope="module")
def installation(install: Install) -> Installation:
    """One running installation of 雁峰区 for a module; its clock is the test's to tick."""
    return install()


LONGEST_FIRST = ("faults", "flows", "parts", "browser", "bench", "containers")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Side by side, the longest files begin: else one worker ends with a file of minutes while the others have none."""
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: _turn(item.path))


def _turn(path: Path) -> int:
    folder = path.relative_to(ROOT / "tests").parts[0]
    return LONGEST_FIRST.index(folder) if folder in LONGEST_FIRST else len(LONGEST_FIRST)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """A test without its engine or browser cannot run; ``pytest_terminal_summary`` says so."""
    if item.get_closest_marker("container") and (reason := _no_engine()):
        pytest.skip(reason)
    if item.get_closest_marker("browser") and CHROMIUM is None:
        pytest.skip("没有 chromium / no chromium on this machine")


_engine: list[str] = []


def _no_engine() -> str:
    """Why no Docker engine answers, asked once; empty when one does."""
    if not _engine:
        import docker

        try:
            docker.from_env(timeout=10).ping()
            _engine.append("")
        except (docker.errors.DockerException, OSError) as error:
            text = " ".join(str(error).split())
            _engine.append(f"没有 Docker 引擎应答 / no Docker engine answers: {text[:160]}")
    return _engine[0]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name every test that could not run, and why: a skip is never silent."""
    skipped = terminalreporter.stats.get("skipped", [])
    if not skipped:
        return
    terminalreporter.section("未能运行 / could not run")
    for report in skipped:
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        terminalreporter.line(f"{report.nodeid}: {reason.removeprefix('Skipped: ')}")
