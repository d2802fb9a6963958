"""A server as a child process: it cannot outlive us or run twice on a folder, and says why it failed."""

import ctypes
import fcntl
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from services.embedded.ports import PortBusy, ServerFailed

BARE = {"PATH": os.defpath, "LC_ALL": "C"}
"""What a server needs of an environment: ours holds keys and passwords, and PG* would change it."""

_POLL_SECONDS = 0.01
_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None
_spawners: dict[int, ThreadPoolExecutor] = {}
_BUSY = re.compile(r"(?::(?P<port>\d+): bind: )?address already in use", re.IGNORECASE)


@dataclass(frozen=True)
class Account:
    """Whom a child runs as, by number: no user is looked up or created."""

    uid: int
    gid: int


@dataclass(frozen=True)
class Child:
    """A running server: its process, and where in its log this run begins."""

    label: str
    popen: subprocess.Popen[bytes]
    log: Path
    log_start: int
    port: int = 0
    option: str = ""

    @property
    def alive(self) -> bool:
        return self.popen.poll() is None

    def end_now(self) -> None:
        """SIGKILL and reap; harmless when it has ended."""
        self.popen.kill()
        self.popen.wait()

    def said(self, start: int | None = None) -> str:
        """What the server has logged since this run began, or since an offset in bytes."""
        with self.log.open("rb") as lines:
            lines.seek(self.log_start if start is None else start)
            return lines.read().decode("utf-8", "replace")

    def failure(self, what: str) -> ServerFailed:
        """The error for this run: PortBusy where the log says so, else `what` with the log's tail."""
        said = self.said()
        if busy := _BUSY.search(said):
            return PortBusy(int(busy["port"] or self.port), self.option)
        tail = "\n".join(said.splitlines()[-15:]) or "(empty)"
        return ServerFailed(f"{self.label} {what}. Log {self.log}:\n{tail}")


def until(check: Callable[[], bool], seconds: float) -> bool:
    """Poll until true; False when the seconds have passed."""
    deadline = time.monotonic() + seconds
    while not check():
        if time.monotonic() > deadline:
            return False
        time.sleep(_POLL_SECONDS)
    return True


def _try_lock(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextmanager
def folder_lock(folder: Path, label: str, seconds: float) -> Iterator[int]:
    """Lock a folder's `lock` file and yield the handle, which a launched server inherits.

    The lock lasts as long as any process of that server, whoever its parent is: no stale pid to misread,
    and a predecessor still shutting down after our own kill -9 is waited for. nats-server has no such guard
    of its own. Raises ServerFailed when the folder is still in use after `seconds`.
    """
    handle = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        if not until(lambda: _try_lock(handle), seconds):
            raise ServerFailed(f"{label}: 另一个进程正在使用 {folder} / another server is still using {folder}")
        yield handle
    finally:
        os.close(handle)


def _spawner() -> ThreadPoolExecutor:
    # PDEATHSIG fires when the *thread* that forked ends: a server started from a worker thread would die
    # with it. One thread starts them all and lives as long as the process (another one after a fork).
    return _spawners.setdefault(os.getpid(), ThreadPoolExecutor(1, thread_name_prefix="embedded"))


def _die_with(parent: int, death_signal: signal.Signals) -> None:
    # In the child, after setuid, which would clear it.
    if _LIBC is not None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, int(death_signal))
    if os.getppid() != parent:
        os._exit(1)


def spawn(
    command: Sequence[str | Path],
    log: IO[bytes],
    death_signal: signal.Signals,
    *,
    lock: int | None = None,
    stdin: IO[bytes] | int = subprocess.DEVNULL,
    cwd: Path | None = None,
    account: Account | None = None,
    environment: Mapping[str, str] | None = None,
) -> subprocess.Popen[bytes]:
    """Start a child that gets `death_signal` when we die; its session is its own, so Ctrl-C is ours alone.

    `environment` is all of its environment, BARE when none is given.
    """
    parent = os.getpid()

    def start() -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [str(part) for part in command],
            stdin=stdin,
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd=cwd,
            env=BARE if environment is None else environment,
            start_new_session=True,
            pass_fds=() if lock is None else (lock,),
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
            preexec_fn=lambda: _die_with(parent, death_signal),
        )

    return _spawner().submit(start).result()


def wait_until_ready(child: Child, ready: Callable[[], bool], seconds: float) -> None:
    """Wait for `ready()`; kills the child and raises ServerFailed or PortBusy when it does not come."""
    try:
        if not until(lambda: not child.alive or ready(), seconds):
            raise child.failure(f"was not ready after {seconds:g} s")
        if not child.alive:
            raise child.failure(f"ended at once with code {child.popen.returncode}")
    except BaseException:
        child.end_now()
        raise


def stop_child(child: Child, ask: signal.Signals, seconds: float) -> None:
    """Ask a child to end and wait for it; one that does not is killed, and ServerFailed says so."""
    child.popen.send_signal(ask)
    try:
        child.popen.wait(seconds)
    except subprocess.TimeoutExpired:
        child.end_now()
        raise child.failure(f"did not stop within {seconds:g} s and was killed") from None
