"""The servers from wheels: they start, fall, come back with their data, and say what is wrong."""

import asyncio
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncpg
import nats
import pytest

from services.embedded import EmbeddedNats, EmbeddedPostgres, PortBusy, ServerFailed, free_port
from services.embedded.account import choose_account, reachable_install
from services.embedded.initdb import wheel_install
from tests.eventually import eventually_sync

ROOT = Path(__file__).parents[2]
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root changes the account: run as root to test it")


def sql(server: EmbeddedPostgres, *statements: str, url: str | None = None) -> Any:
    """Run statements, each committed; the last one's first value."""

    async def run() -> Any:
        connection = await asyncpg.connect(url or server.url)
        try:
            values = [await connection.fetchval(statement) for statement in statements]
        finally:
            await connection.close()
        return values[-1]

    return asyncio.run(run())


def messages(server: EmbeddedNats, *publish: bytes) -> int:
    """Publish into a stream that is made when missing; how many it holds."""

    async def run() -> int:
        client = await nats.connect(server.url, allow_reconnect=False)
        try:
            stream = client.jetstream()
            await stream.add_stream(name="kept", subjects=["kept.>"])
            for body in publish:
                await stream.publish("kept.one", body)
            return (await stream.stream_info("kept")).state.messages
        finally:
            await client.close()

    return asyncio.run(run())


async def can_log_in(server: EmbeddedNats, user: str, password: str) -> bool:
    async def quiet(_: Exception) -> None: ...

    try:
        client = await nats.connect(server.url, user=user, password=password, allow_reconnect=False, error_cb=quiet)
    except nats.errors.Error:
        return False
    await client.close()
    return True


def is_gone(pid: int) -> bool:
    try:
        return "\nState:\tZ" in Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return True


@pytest.fixture(scope="module")
def shelter() -> Iterator[Path]:
    """A folder that only we can enter, as /root or a mkdtemp is."""
    folder = Path(tempfile.mkdtemp())
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def postgres(shelter: Path) -> Iterator[EmbeddedPostgres]:
    with EmbeddedPostgres(shelter / "deep" / "postgres") as server:
        yield server


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[EmbeddedNats]:
    with EmbeddedNats(tmp_path / "nats") as server:
        yield server


@pytest.fixture
def busy_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        yield taken.getsockname()[1]


def test_a_port_is_never_given_twice() -> None:
    assert len({free_port() for _ in range(50)}) == 50


def test_two_processes_are_never_given_the_same_port() -> None:
    ask = "from services.embedded import free_port; print(*(free_port() for _ in range(300)))"
    ours = {free_port() for _ in range(300)}
    other = subprocess.run([sys.executable, "-c", ask], cwd=ROOT, capture_output=True, text=True, check=True)
    assert not ours & set(map(int, other.stdout.split()))


def test_postgres_keeps_its_durable_defaults(postgres: EmbeddedPostgres) -> None:
    names = ("fsync", "full_page_writes", "synchronous_commit", "data_checksums")
    assert [sql(postgres, f"show {name}") for name in names] == ["on"] * 4
    assert sql(postgres, "show server_encoding") == "UTF8"
    assert sql(postgres, "select datcollate from pg_database limit 1") == "C"


def test_postgres_is_closed_to_other_local_users(postgres: EmbeddedPostgres) -> None:
    password = postgres.folder / "password"
    assert password.stat().st_mode & 0o777 == 0o600
    with pytest.raises(asyncpg.InvalidPasswordError):
        sql(postgres, "select 1", url=postgres.url.replace(password.read_text(), "guessed"))
    assert sql(postgres, "show unix_socket_directories") == ""


def test_postgres_comes_back_with_its_rows_after_stop_and_after_kill(postgres: EmbeddedPostgres) -> None:
    sql(postgres, "create table kept (n int)", "insert into kept values (1)")
    url, first = postgres.url, postgres.pid
    postgres.stop()
    assert not postgres.running
    postgres.start()
    sql(postgres, "insert into kept values (2)")
    postgres.kill()
    with pytest.raises(OSError):
        sql(postgres, "select 1")
    postgres.start()
    assert sql(postgres, "select count(*) from kept") == 2
    assert (postgres.url, postgres.pid == first) == (url, False)


def test_postgres_starts_over_a_pid_file_whose_number_belongs_to_somebody_else(
    postgres: EmbeddedPostgres,
) -> None:
    postgres.kill()
    stale = postgres.folder / "cluster" / "postmaster.pid"
    # Of the same account: PostgreSQL disregards numbers that it may not signal.
    with subprocess.Popen(["sleep", "60"], user=stale.stat().st_uid, cwd="/") as somebody:
        stale.write_text("\n".join([str(somebody.pid), *stale.read_text().splitlines()[1:]]) + "\n")
        postgres.start()
        somebody.kill()
    assert sql(postgres, "select 1") == 1


def test_postgres_does_not_log_what_a_failed_statement_held(postgres: EmbeddedPostgres) -> None:
    sql(postgres, "create table named (name text unique)", "insert into named values ('canary-Zhao')")
    with pytest.raises(asyncpg.UniqueViolationError):
        sql(postgres, "insert into named values ('canary-Zhao')")
    with pytest.raises(asyncpg.InvalidTextRepresentationError):
        sql(postgres, "select 'canary-Zhao'::int")
    assert "canary-Zhao" not in postgres.log.read_text()


def test_a_second_postgres_on_the_folder_is_refused(postgres: EmbeddedPostgres) -> None:
    with pytest.raises(ServerFailed, match="another server is still using"):
        EmbeddedPostgres(postgres.folder, patience_seconds=0.1).start()
    assert sql(postgres, "select 1") == 1


def test_a_busy_port_is_named_with_the_option(tmp_path: Path, busy_port: int) -> None:
    for server in (
        EmbeddedPostgres(tmp_path / "pg", busy_port),
        EmbeddedNats(tmp_path / "nats", port=busy_port),
    ):
        with pytest.raises(PortBusy, match=rf"{busy_port} is busy, choose another with --\w+-port"):
            server.start()


def test_a_busy_monitor_port_is_named(tmp_path: Path, busy_port: int) -> None:
    with pytest.raises(PortBusy, match=f"{busy_port} is busy, choose another with --nats-monitor-port"):
        EmbeddedNats(tmp_path, monitor_port=busy_port).start()


def test_a_port_that_only_the_server_finds_busy_is_recognised_from_its_log(tmp_path: Path, busy_port: int) -> None:
    taken = f'websocket {{ listen: "127.0.0.1:{busy_port}", no_tls: true }}'
    with pytest.raises(PortBusy, match=f"port {busy_port} is busy"):
        EmbeddedNats(tmp_path / "nats", taken).start()
    with pytest.raises(PortBusy):
        EmbeddedPostgres(tmp_path / "postgres", settings={"port": str(busy_port)}).start()


def test_a_wrong_postgres_setting_is_shown(postgres: EmbeddedPostgres) -> None:
    postgres.stop()
    wrong = EmbeddedPostgres(postgres.folder, settings={"max_connections": "many"})
    with pytest.raises(ServerFailed, match='invalid value for parameter "max_connections": "many"'):
        wrong.start()
    postgres.start()


def test_nats_keeps_acknowledged_messages_over_a_kill(broker: EmbeddedNats) -> None:
    assert messages(broker, b"one", b"two") == 2
    first = broker.pid
    broker.kill()
    broker.start()
    assert messages(broker) == 2
    assert broker.pid != first


def test_nats_forgets_everything_when_its_disk_is_wiped(broker: EmbeddedNats) -> None:
    messages(broker, b"one")
    with pytest.raises(ServerFailed, match="is running"):
        broker.wipe()
    broker.stop()
    broker.wipe()
    broker.start()
    assert messages(broker) == 0


def test_nats_fsyncs_each_message_and_holds_to_max_payload(tmp_path: Path) -> None:
    async def largest(url: str) -> int:
        client = await nats.connect(url)
        await client.close()
        return client.max_payload

    with EmbeddedNats(tmp_path, max_payload=4096) as server:
        assert asyncio.run(largest(server.url)) == 4096
        assert "sync_interval: always" in (tmp_path / "nats.conf").read_text()
        assert (tmp_path / "nats.conf").stat().st_mode & 0o777 == 0o600


def test_nats_takes_new_users_without_a_restart_and_refuses_nonsense(tmp_path: Path) -> None:
    def users(*names: str) -> str:
        return f"authorization {{ users: [{', '.join(f'{{user: {n}, password: p}}' for n in names)}] }}"

    with EmbeddedNats(tmp_path, users("intake")) as server:
        before = server.pid
        assert not asyncio.run(can_log_in(server, "routing", "p"))
        server.reload(users("intake", "routing"))
        server.reload(users("intake", "routing"))
        assert asyncio.run(can_log_in(server, "routing", "p"))
        with pytest.raises(ServerFailed, match="Parse error"):
            server.reload("authorization {")
        assert asyncio.run(can_log_in(server, "routing", "p"))
        assert server.pid == before
        server.kill()
        server.start()
        assert asyncio.run(can_log_in(server, "routing", "p"))


def test_a_wrong_nats_configuration_is_shown(tmp_path: Path) -> None:
    with pytest.raises(ServerFailed, match=r"NATS ended at once[\s\S]*nats\.conf:5"):
        EmbeddedNats(tmp_path, "no_such_setting: 1").start()


def test_a_server_outlives_the_thread_that_started_it(tmp_path: Path) -> None:
    async def run() -> None:
        server = EmbeddedNats(tmp_path)
        await asyncio.to_thread(server.start)
        await asyncio.get_running_loop().shutdown_default_executor()
        client = await nats.connect(server.url, allow_reconnect=False)
        await client.flush()
        await client.close()
        server.stop()

    asyncio.run(run())


ORPHANS = """
import sys, time
from pathlib import Path
from services.embedded import EmbeddedNats, EmbeddedPostgres
postgres, broker = EmbeddedPostgres(Path(sys.argv[1])), EmbeddedNats(Path(sys.argv[2]))
postgres.start(); broker.start()
print(postgres.pid, broker.pid, flush=True)
time.sleep(600)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child of its parent's death")
def test_servers_die_with_a_killed_parent_and_their_folders_are_free_again(
    postgres: EmbeddedPostgres, tmp_path: Path
) -> None:
    postgres.stop()
    logged = len(postgres.log.read_text())
    command = [sys.executable, "-c", ORPHANS, str(postgres.folder), str(tmp_path)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pids = [int(pid) for pid in parent.stdout.readline().split()]
        parent.send_signal(signal.SIGKILL)
    postgres.start()  # at once: it waits for the predecessor's orderly end
    assert "was not properly shut down" not in postgres.log.read_text()[logged:]
    assert len(pids) == 2
    assert eventually_sync(lambda: all(is_gone(pid) for pid in pids))


@as_root
def test_as_root_postgres_runs_as_nobody_below_folders_that_nobody_can_enter(
    postgres: EmbeddedPostgres, shelter: Path
) -> None:
    assert shelter.stat().st_mode & 0o777 == 0o700
    assert shelter.stat().st_uid == 0
    assert Path(f"/proc/{postgres.pid}").stat().st_uid == (postgres.folder / "cluster").stat().st_uid != 0


@as_root
def test_as_root_programs_that_nobody_can_reach_are_copied_once(shelter: Path) -> None:
    wheel = wheel_install()
    hidden = shelter / "site-packages" / wheel.parent.name / wheel.name
    shutil.copytree(wheel, hidden, ignore=shutil.ignore_patterns("include", "*.a", "pgxs"))
    libraries = f"{wheel.parent.name}.libs"
    shutil.copytree(wheel.parent.parent / libraries, shelter / "site-packages" / libraries)
    account = choose_account(shelter)
    with tempfile.TemporaryDirectory(dir="/var/tmp") as cache:
        Path(cache).chmod(0o755)
        copied = reachable_install(hidden, account, Path(cache))
        assert copied.is_relative_to(cache)
        assert reachable_install(hidden, account, Path(cache)) == copied
        assert len(list(Path(cache).iterdir())) == 1
        shutil.rmtree(shelter / "site-packages")
        with EmbeddedPostgres(shelter / "copied", install=copied) as server:
            assert sql(server, "select 1") == 1
